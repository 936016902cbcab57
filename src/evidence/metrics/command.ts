import type { SourceDescriptor, SourceTraits } from '../../domain/metric-source.js';
import { fromRecord } from './recorded.js';
import { written } from './written.js';

const traits: SourceTraits = {
  from: 'command',
  phase: 'commands',
  writtenBy: 'command',
  isAskedAtOnce: false,
  canReplay: false,
  provenance: 'job',
};

/** What the stage's commands write to METRICS_FILE. */
export const command: SourceDescriptor = {
  ...traits,
  plural: 'commands',
  keys: {},
  paths: [],
  hasCount: false,
  compile: () => ({
    ...traits,
    lookup: (asked, { commands, recorded }) =>
      asked.role === 'champion'
        ? fromRecord(asked, recorded)
        : written(asked, commands, 'no command of this stage ran'),
  }),
};
