import type { Problem } from '../errors.js';
import { remarkOnApproval, remarkOnSteps } from './lint/life.js';
import { remarkOnCommands, remarkOnEvaluate } from './lint/commands.js';
import { remarkOnHolds } from './lint/holds.js';
import { remarkOnUnused } from './lint/metrics.js';
import { remarkOnMonitors } from './lint/monitors.js';
import { remarkOnPercents } from './lint/percents.js';
import { remarkOnRanges } from './lint/ranges.js';
import { remarkOnContradictions, remarkOnRequirements, remarkOnWarnings } from './lint/requirements.js';
import type { Rule } from './lint/rule.js';
import { remarkOnChampion, remarkOnFirstPromotion, remarkOnReach } from './lint/stages.js';
import type { Policy } from './policy.js';

/** To add a rule: a function in `lint/`, one line here. */
const rules: readonly Rule[] = [
  remarkOnRanges,
  remarkOnPercents,
  remarkOnRequirements,
  remarkOnContradictions,
  remarkOnWarnings,
  remarkOnHolds,
  remarkOnUnused,
  remarkOnReach,
  remarkOnFirstPromotion,
  remarkOnChampion,
  remarkOnApproval,
  remarkOnSteps,
  remarkOnCommands,
  remarkOnEvaluate,
  remarkOnMonitors,
];

/**
 * What a valid policy says and hardly means: checks that can never fail or never pass, stages that nothing reaches.
 * Each remark has its place and what to write instead; in the order of the file. Pure.
 */
export function lintRemarks(policy: Policy): readonly Problem[] {
  const remarks = rules.flatMap((rule) => rule(policy));
  // An alias in YAML stands in several stages and has one place.
  const once = new Map(remarks.map((remark) => [`${line(remark)}:${column(remark)} ${remark.message}`, remark]));
  return [...once.values()].sort((a, b) => line(a) - line(b) || column(a) - column(b));
}

function line({ at }: Problem): number {
  return at?.line ?? 0;
}

function column({ at }: Problem): number {
  return at?.column ?? 0;
}
