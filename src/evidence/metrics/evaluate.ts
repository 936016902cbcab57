import type { SourceDescriptor, SourceTraits } from '../../domain/metric-source.js';
import { written } from './written.js';

const traits: SourceTraits = {
  from: 'evaluate',
  phase: 'evaluate',
  writtenBy: 'evaluate',
  isAskedAtOnce: false,
  canReplay: false,
  provenance: 'job',
};

/** What `evaluate` measures of candidate and champion on the same data. */
export const evaluate: SourceDescriptor = {
  ...traits,
  plural: 'evaluations',
  keys: {},
  paths: [],
  hasCount: false,
  compile: () => ({
    ...traits,
    lookup: (asked, { evaluations }) =>
      written(
        asked,
        [evaluations.get(asked.role)].filter((each) => each !== undefined),
        `evaluate did not run for the ${asked.role}`,
      ),
  }),
};
