import type { Lookup } from '../../domain/lookup.js';
import type { AskedMetric, WrittenMetrics } from '../../domain/metric-source.js';
import { metricsThatExist } from '../../domain/suggest.js';

/** The value that the commands wrote to METRICS_FILE; where two wrote it, they must agree. */
export function written(metric: Pick<AskedMetric, 'id' | 'key'>, all: readonly WrittenMetrics[], none: string): Lookup {
  if (all.length === 0) return { absent: none };
  const unreadable = all.find((each) => each.file !== undefined && 'unreadable' in each.file);
  if (unreadable?.file !== undefined && 'unreadable' in unreadable.file) {
    return { absent: `'${unreadable.by}' wrote it unreadably: ${unreadable.file.unreadable}` };
  }
  const found = all.flatMap((each) => {
    const value = each.file !== undefined && 'values' in each.file ? each.file.values.get(metric.key) : undefined;
    return value === undefined ? [] : [{ by: each.by, value }];
  });
  const [first, ...others] = found;
  if (first === undefined) {
    const known = all.flatMap(({ file }) => (file !== undefined && 'values' in file ? [...file.values.keys()] : []));
    const exist =
      known.length === 0 ? '' : `${metricsThatExist(metric.id, metric.key, [...new Set(known)])} Else write`;
    return {
      absent: `${all.map((each) => `'${each.by}'`).join(', ')} wrote no '${metric.key}' to METRICS_FILE`,
      cure: `${exist === '' ? 'Write' : exist} {"${metric.key}": NUMBER} to the file that $METRICS_FILE names.`,
    };
  }
  const other = others.find((each) => each.value !== first.value);
  if (other !== undefined) {
    return {
      absent: `'${first.by}' wrote ${first.value} and '${other.by}' wrote ${other.value}: which one counts is not said`,
    };
  }
  return { reading: { value: first.value, origin: `METRICS_FILE of '${first.by}'` } };
}
