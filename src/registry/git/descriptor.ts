import { PromotionError } from '../../domain/errors.js';
import { given } from '../../domain/defined.js';
import { logRef, PromotionLog } from '../../log/promotion-log.js';
import type { RegistryAdapter } from '../adapter.js';
import { gitCredentials } from './credentials.js';
import { refusesModelName, refusesStageName } from './gto-tag.js';
import type { GitSettings } from './settings.js';

/** A git repository in GTO's tag format: see `git-registry.ts`. */
export const git: RegistryAdapter<GitSettings> = {
  type: 'git',
  keys: {
    metrics_file: {
      description: "git: the JSON file with a version's metrics, read at its commit.",
      type: 'string',
      minLength: 1,
      default: 'metrics.json',
    },
    files: {
      description: 'git: the paths that make up a version. Default: the whole tree.',
      type: 'array',
      items: { type: 'string', minLength: 1 },
    },
  },
  paths: ['metrics_file', 'files'],
  credentials: gitCredentials,
  words: { when: 'where there is no server', insteadOfExpression: {} },
  isInCheckout: true,
  versionsAreCommits: true,
  metricSources: ['run'],

  settings(raw) {
    const { metrics_file: metricsFile, files } = raw as {
      readonly metrics_file?: string;
      readonly files?: readonly string[];
    };
    return { type: 'git', ...given({ metricsFile }), files: files ?? [] };
  },
  oneStageAtATime: () => undefined,
  refusesStage: refusesStageName,
  refusesModel(model) {
    const refusal = refusesModelName(model);
    return refusal === undefined ? undefined : `${refusal.message} ${refusal.cure}`;
  },
  collisions: () => [],

  async open({ settings, stages, repository, identity, redactor, origin, now, checkoutCure }) {
    if (repository === undefined) {
      throw new PromotionError('GIT_FAILED', 'The registry is git, and the workspace is no git repository.', {
        cure: checkoutCure("Check out the repository first: 'uses: actions/checkout' with 'fetch-depth: 0'."),
      });
    }
    const { createGitRegistry } = await import('./git-registry.js');
    const log = (model: string): PromotionLog =>
      new PromotionLog({ repository, ref: logRef(model), identity, redactor, origin, now });
    return createGitRegistry({ settings, stages, repository, log, identity, now });
  },
};
