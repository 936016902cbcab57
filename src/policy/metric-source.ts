import { type MetricSource, sourceOf } from '../domain/metric-source.js';
import type { CompileContext } from './compile-context.js';
import type { Path } from './document.js';

/** What a metric's declaration says of its source: what else it holds the source itself knows. */
export interface RawSource extends Readonly<Record<string, unknown>> {
  readonly from?: string;
  readonly count?: string;
}

export const defaultSource = 'run';

/** Reads where a metric comes from, with every mistake that a schema cannot see. */
export function compileSource(
  id: string,
  key: string,
  raw: RawSource,
  { document, add, registry, sources }: CompileContext,
): MetricSource {
  const path: Path = ['metrics', id];
  const from = raw.from ?? defaultSource;
  const source = sourceOf(sources, from);
  for (const other of sources) {
    for (const name of Object.keys(other.keys)) {
      if (raw[name] === undefined || Object.hasOwn(source.keys, name)) continue;
      add(
        `'${name}' is for metrics with 'from: ${other.from}'; '${id}' has 'from: ${from}'.`,
        document.locateKey([...path, name]),
      );
    }
  }
  if (source.phase === 'logged' && !registry.metricSources.includes(from)) {
    add(
      `A ${registry.type} registry has no ${source.plural}: '${id}' can be 'from: ${defaultSource}'.`,
      document.locate([...path, 'from']),
    );
  }
  return source.compile(raw, {
    id,
    key,
    add: (message, at) =>
      add(
        message,
        at?.value === undefined
          ? document.locateKey(at?.key === undefined ? path : [...path, at.key])
          : document.locate([...path, at.value]),
      ),
  });
}
