import type { MetricSource, SourceDescriptor, SourceTraits } from '../../domain/metric-source.js';
import { metricsThatExist } from '../../domain/suggest.js';

const traits: SourceTraits = {
  from: 'run',
  phase: 'logged',
  isAskedAtOnce: true,
  canReplay: true,
  provenance: 'version',
};

/** What is logged with the run that made the version. */
export const run: SourceDescriptor = {
  ...traits,
  plural: 'metrics of runs',
  keys: {},
  paths: [],
  hasCount: false,
  compile: (): MetricSource => ({ ...traits, lookup }),
};

const lookup: MetricSource['lookup'] = async ({ id, key, version }, { registry, ofRun }) => {
  const reading = (await ofRun(version)).get(key);
  if (reading !== undefined) return { reading };
  const where =
    version.run === undefined ? `version ${version.version}` : `run ${version.run} of version ${version.version}`;
  const exist = metricsThatExist(id, key, await registry.metricKeys(version));
  return {
    absent: `${where} has no metric '${key}'`,
    cure: `${exist} Else log '${key}' where the model is trained.`,
  };
};
