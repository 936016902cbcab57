import type { SourceDescriptor, SourceTraits } from '../../domain/metric-source.js';
import { readable } from './readable.js';

const traits: SourceTraits = {
  from: 'logged_model',
  phase: 'logged',
  isAskedAtOnce: false,
  // Asked for one by one: too many requests for a whole history.
  canReplay: false,
  provenance: 'version',
};

/** MLflow 3's logged model that the version is; by data set where it was evaluated on several. */
export const loggedModel: SourceDescriptor = {
  ...traits,
  plural: 'logged models',
  keys: {
    dataset: {
      description: 'from logged_model: the name or digest of the data set, where it was evaluated on several.',
      $ref: '#/definitions/name',
    },
  },
  paths: [],
  hasCount: false,
  compile(raw) {
    const { dataset } = raw as { readonly dataset?: string };
    return {
      ...traits,
      lookup: ({ key, version }, { registry }) => readable(registry.loggedModelMetric(version, key, dataset)),
    };
  },
};
