import type { Checkout } from './checkout.js';

/** Commits a version of a git model with its files, and tags it as GTO does: here and in the remote. */
export function tagVersion(repository: Checkout, version: string, auc: number, model = `{"weights": [${auc}]}`): void {
  repository.commit({ 'model.json': `${model}\n`, 'metrics.json': `{"auc": ${auc}}\n` }, `Train ${version}`);
  repository.git('tag', '-a', `churn@${version}`, '-m', `Register churn ${version}`);
  repository.git('push', '-q', 'origin', 'main', `churn@${version}`);
}

/** What GitHub sends about a pull request of the repository to `main`, whose head is the commit checked out. */
export function pullRequestEvent(repository: Checkout, number: number): object {
  const repo = { full_name: 'acme/churn' };
  const head = { sha: repository.git('rev-parse', 'HEAD'), ref: 'change', repo };
  return { action: 'synchronize', number, pull_request: { number, head, base: { ref: 'main', repo } } };
}
