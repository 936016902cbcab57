import type { Problem } from '../../domain/errors.js';
import type { Metric, Policy, Stage } from '../policy.js';
import { absolute, bundlesOf, metricOf } from './rule.js';

/** Stages that no promotion reaches: without a check, and those behind them. */
export function remarkOnReach(policy: Policy): readonly Problem[] {
  return [...policy.stages.values()].flatMap((stage) => {
    if (stage.checks.length === 0) {
      const message = `Stage '${stage.name}' has no check: a promotion to it proves nothing and ends in an error. Add one, such as 'checks: [{ ${exampleOf(policy)} }]'.`;
      return [{ message, at: stage.at }];
    }
    const blocked = before(policy, stage).find(({ checks }) => checks.length === 0);
    if (blocked === undefined) return [];
    const cure =
      stage.after === blocked.name
        ? `Give '${blocked.name}' a check, or remove 'after: ${blocked.name}'.`
        : `Give '${blocked.name}' a check.`;
    const message = `Stage '${stage.name}' comes after '${blocked.name}', which has no check: no version is promoted so far. ${cure}`;
    return [{ message, at: stage.at }];
  });
}

/** A champion's stage that a version can take without having been anywhere. */
export function remarkOnChampion(policy: Policy): readonly Problem[] {
  const { champion, stages } = policy;
  const stage = stages.get(champion);
  if (stage === undefined || stage.after !== undefined) return [];
  const names = [...stages.keys()];
  const earlier = names
    .slice(0, names.indexOf(champion))
    .filter((name) => stages.get(name)?.checks.length !== 0)
    .filter((name) => !before(policy, stages.get(name)).some((each) => each.name === champion))
    .at(-1);
  if (earlier === undefined) return [];
  const message = `'${champion}' comes after no stage: a version can take it without having passed '${earlier}'. Add 'after: ${earlier}'.`;
  return [{ message, at: stage.at }];
}

/** The stages that a version must have passed, the nearest first. */
function before({ stages }: Policy, stage: Stage | undefined): readonly Stage[] {
  const chain: Stage[] = [];
  for (let next = stage?.after; next !== undefined; next = stages.get(next)?.after) {
    const found = stages.get(next);
    if (found !== undefined) chain.push(found);
  }
  return chain;
}

/** A check as the policy has one elsewhere, else one on its first metric, else a command. */
function exampleOf(policy: Policy): string {
  const [check] = bundlesOf(policy).flatMap(({ conditions }) => conditions);
  const metric: Metric | undefined =
    check === undefined ? policy.metrics.values().next().value : metricOf(policy, check);
  return metric === undefined ? 'run: ./test.sh "$MODEL_URI"' : `require: ${absolute(policy, metric)}`;
}
