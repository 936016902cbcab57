import type { MetricReading } from './version.js';

/** A metric looked up in its one source: a reading, or why there is none and what to do. */
export type Lookup = { readonly reading: MetricReading } | { readonly absent: string; readonly cure?: string };
