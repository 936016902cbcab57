import type { Problem } from '../domain/errors.js';
import { remarkOnApproval, remarkOnSteps } from './lint/life.js';
import { remarkOnCommands, remarkOnErrorCodes, remarkOnEvaluate } from './lint/commands.js';
import { remarkOnEnvironments } from './lint/environments.js';
import { remarkOnHolds } from './lint/holds.js';
import { remarkOnJUnit } from './lint/junit.js';
import { remarkOnUnused } from './lint/metrics.js';
import { remarkOnPercents } from './lint/percents.js';
import { remarkOnRanges } from './lint/ranges.js';
import { remarkOnContradictions, remarkOnRequirements, remarkOnWarnings } from './lint/requirements.js';
import { remarkOnPlaceholders } from './lint/placeholders.js';
import type { Rule } from './lint/rule.js';
import { remarkOnChampion, remarkOnReach } from './lint/stages.js';
import type { Policy } from './policy.js';

/** To add a rule: a function in `lint/`, one line here. */
const rules: readonly Rule[] = [
  remarkOnRanges,
  remarkOnPercents,
  remarkOnRequirements,
  remarkOnContradictions,
  remarkOnWarnings,
  remarkOnHolds,
  remarkOnReach,
  remarkOnChampion,
  remarkOnApproval,
  remarkOnSteps,
  remarkOnCommands,
  remarkOnErrorCodes,
  remarkOnEvaluate,
  remarkOnJUnit,
  remarkOnPlaceholders,
];

/**
 * What a valid policy says and hardly means: checks that can never fail or never pass, stages that nothing reaches.
 * Each remark has its place and what to write instead; in the order of the file. Pure.
 */
export function lintRemarks(policy: Policy): readonly Problem[] {
  const policies = differing(policy);
  const remarks = [...policies.flatMap((each) => rules.flatMap((rule) => rule(each))), ...remarkOnEnvironments(policy)];
  // A metric may be there for one model only.
  const unused = policies.map((each) => remarkOnUnused(each));
  const [first = [], ...others] = unused;
  const key = (remark: Problem): string => `${line(remark)}:${column(remark)}`;
  remarks.push(...first.filter((remark) => others.every((other) => other.some((each) => key(each) === key(remark)))));
  // An alias in YAML stands in several stages and has one place.
  const once = new Map(remarks.map((remark) => [`${line(remark)}:${column(remark)} ${remark.message}`, remark]));
  return [...once.values()].sort((a, b) => line(a) - line(b) || column(a) - column(b));
}

/** The policies to look at: one for all models that change no stage, and each of the others. */
function differing(policy: Policy): readonly Policy[] {
  const own = [...policy.variants].filter(([, { isOwn }]) => isOwn);
  const alike = new Map([...policy.models].filter(([name]) => policy.variants.get(name)?.isOwn !== true));
  return [
    ...(alike.size > 0 ? [{ ...policy, models: alike }] : []),
    ...own.map(([name, variant]) => ({
      ...variant.policy,
      models: new Map([...policy.models].filter(([each]) => each === name)),
    })),
  ];
}

function line({ at }: Problem): number {
  return at?.line ?? 0;
}

function column({ at }: Problem): number {
  return at?.column ?? 0;
}
