import { sourceOf } from '../domain/metric-source.js';
import { listKnownNames } from '../domain/suggest.js';
import { unknownStage } from './check-references.js';
import type { CompileContext } from './compile-context.js';
import type { Path } from './document.js';
import { compileSource, defaultSource } from './metric-source.js';
import type { Best, Metric } from './policy.js';
import type { RawMetric, RawPolicy } from './raw.js';
import { dimensionsOf, recordedKey, type Slices } from './slices.js';

/** Reads a metric's declaration, with every mistake that a schema cannot see. */
export function compileMetric(id: string, raw: RawMetric, context: CompileContext): Metric {
  const { document, add } = context;
  const path: Path = ['metrics', id];
  if (raw.min !== undefined && raw.max !== undefined && raw.min > raw.max) {
    add(
      `Metric '${id}' has a min (${raw.min}) above its max (${raw.max}): no value is sane.`,
      document.locate([...path, 'min']),
    );
  }
  const key = raw.key ?? id;
  const slices = compileSlices(id, key, raw, context);
  const source = compileSource(id, key, raw, context);
  return {
    id,
    key,
    goal: raw.goal,
    ...(raw.min === undefined ? {} : { min: raw.min }),
    ...(raw.max === undefined ? {} : { max: raw.max }),
    source,
    ...(slices === undefined ? {} : { slices }),
    at: document.locateKey(path),
  };
}

function compileSlices(
  id: string,
  key: string,
  raw: RawMetric,
  { document, add, sources }: CompileContext,
): Slices | undefined {
  const path: Path = ['metrics', id];
  const dimensions = dimensionsOf(key);
  const source = sourceOf(sources, raw.from ?? defaultSource);
  const { count, min_count: minCount } = raw;
  for (const name of ['count', 'min_count'] as const) {
    const isOwn = name === 'count' && source.hasCount;
    if (raw[name] !== undefined && dimensions.length === 0 && !isOwn) {
      add(
        `'${name}' is for a metric that is logged for each slice, with a key such as 'auc/{country}'; '${key}' has no braces.`,
        document.locateKey([...path, name]),
      );
    }
  }
  if (dimensions.length === 0) return undefined;
  if (!source.isAskedAtOnce) {
    add(
      `Slices are read from what is logged with the version; '${id}' has 'from: ${raw.from ?? ''}'.`,
      document.locate([...path, 'from']),
    );
  }
  if ((count === undefined) !== (minCount === undefined)) {
    add(
      `'count' says under what key a slice's size is logged, and 'min_count' how large it must be: '${id}' needs both, or neither.`,
      document.locateKey([...path, count === undefined ? 'min_count' : 'count']),
    );
  }
  if (count !== undefined && [...dimensionsOf(count)].sort().join() !== [...dimensions].sort().join()) {
    add(
      `'count' must have the same braces as the key: ${dimensions.map((name) => `{${name}}`).join(', ')}.`,
      document.locate([...path, 'count']),
    );
  }
  return {
    dimensions,
    ...(count === undefined ? {} : { count }),
    ...(minCount === undefined ? {} : { minCount }),
  };
}

/** A promotion records a slice by its key: another metric of that name would be taken for the slice, or the other way round. */
export function checkRecordedNames(metrics: ReadonlyMap<string, Metric>, { add }: CompileContext): void {
  for (const family of metrics.values()) {
    if (family.slices === undefined) continue;
    for (const { id, key, source, at } of metrics.values()) {
      const isReadAlike = source.from === family.source.from && key === id;
      if (id === family.id || isReadAlike || recordedKey(family, id) === undefined) continue;
      add(
        `Metric '${id}' would be recorded under the name of a slice of '${family.id}', and is read elsewhere. Give it another name, with 'key: ${key}' where it is logged so.`,
        at,
      );
    }
  }
}

/** Reads by what `version: best` chooses, with every mistake that a schema cannot see. */
export function compileBest(
  raw: NonNullable<RawPolicy['best']>,
  metrics: ReadonlyMap<string, Metric>,
  stages: readonly string[],
  { document, add }: CompileContext,
): Best {
  const metric = metrics.get(raw.metric);
  const at = document.locate(['best', 'metric']);
  if (metric === undefined) {
    add(`Metric '${raw.metric}' is not declared. ${listKnownNames('metrics', raw.metric, [...metrics.keys()])}`, at);
  } else if (metric.slices !== undefined) {
    add(`'best' compares one value of each version; '${raw.metric}' has one for each slice.`, at);
  } else if (!metric.source.isAskedAtOnce) {
    add(`'best' compares what is logged with the versions; '${raw.metric}' has 'from: ${metric.source.from}'.`, at);
  }
  if (raw.passed !== undefined) {
    if (!stages.includes(raw.passed)) add(unknownStage(raw.passed, stages), document.locate(['best', 'passed']));
    return { metric: raw.metric, among: { passed: raw.passed } };
  }
  const [tag = '', ...value] = (raw.tag ?? '').split('=');
  if (tag === '') {
    add(`'${raw.tag ?? ''}' names no tag: write NAME, or NAME=VALUE.`, document.locate(['best', 'tag']));
  }
  return { metric: raw.metric, among: { tag, ...(value.length === 0 ? {} : { value: value.join('=') }) } };
}
