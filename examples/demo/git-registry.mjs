// The embedded registry: versions and stages are git tags.
import { typed } from './terminal.mjs';

export async function openGitRegistry() {
  return {
    policy: 'model-promotion.git.yml',
    model: 'churn',
    environment: {},
    /** Commits a model with its metrics, and tags it as GTO does. */
    register: (repository, number, metrics) => {
      const version = `v1.${number - 1}.0`;
      const files = {
        'model.json': JSON.stringify({ weights: [metrics.auc, 1 - metrics.auc] }),
        'metrics.json': JSON.stringify(metrics),
      };
      repository.write(files);
      repository.commit(`Train churn ${version}`);
      repository.git('tag', '-a', `churn@${version}`, '-m', `Register churn ${version}`);
      typed(`$ echo '${files['metrics.json']}' > metrics.json    # and the new model.json`);
      typed(`$ git add -A && git commit -m "Train churn ${version}"`);
      typed(`$ git tag -a churn@${version} -m "Register churn ${version}"`);
    },
    close: async () => [],
  };
}
