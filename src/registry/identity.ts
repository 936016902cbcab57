import { createHash } from 'node:crypto';
import type { PromotionEvent } from '../log/event.js';
import type { ModelVersion } from './registry.js';

export type Identified = Pick<ModelVersion, 'model' | 'version' | 'createdAt' | 'run' | 'source' | 'fingerprint'>;

/** What makes a version itself: a version deleted and made anew has the same number and another identity. */
export function identityOf(version: Identified): string {
  return JSON.stringify([version.model, version.version, version.createdAt, version.run ?? '', version.source ?? '']);
}

/** The identity as the promotion log keeps it: `sha256:` and 64 hex digits. */
export function fingerprintOf(version: Identified): string {
  return version.fingerprint ?? `sha256:${createHash('sha256').update(identityOf(version)).digest('hex')}`;
}

/** The events with the identity of the version they are about. */
export function identified(events: readonly PromotionEvent[], version: Identified): PromotionEvent[] {
  return events.map((event) => ({ ...event, identity: fingerprintOf(version) }));
}
