import { Big } from 'big.js';
import { assertNever } from '../domain/assert-never.js';
import { asInput } from '../domain/cure.js';
import type { ConditionCheck, Metric } from '../policy/policy.js';
import type { Operand, Operator } from '../domain/condition.js';
import type { MetricReading } from '../domain/version.js';
import { numberOf } from './reading.js';
import { decimal, formatDecimal, formatSigned } from '../domain/decimal.js';
import type { ConditionResult, Measured, Outcome } from '../domain/check.js';
import type { Lookup } from '../domain/lookup.js';

/** Whom a candidate is compared with. */
export type Baseline =
  | {
      readonly kind: 'champion';
      readonly version: string;
      readonly lookup: Lookup;
      /** What it was when it was promoted, where that is something else. */
      readonly recorded?: MetricReading;
    }
  /** A version that the policy names: there is no doing without it. */
  | {
      readonly kind: 'anchor';
      readonly name: string;
      readonly version: string;
      readonly lookup: Lookup;
      readonly recorded?: MetricReading;
    }
  /** The version under judgement is the one to compare with: nothing would be compared. */
  | { readonly kind: 'itself'; readonly version: string; readonly stage: string; readonly anchor?: string }
  /** No champion, and never one before: the policy's `first_promotion` says what that means. */
  | { readonly kind: 'first'; readonly policy: 'hold' | 'allow'; readonly where: string }
  /** No champion now, but there was one: it was taken away. */
  | { readonly kind: 'vanished'; readonly where: string; readonly cure?: string }
  /** No champion now, by the log, and a person lifts that: what the log recorded of the last one. */
  | {
      readonly kind: 'last';
      readonly version: string;
      readonly recorded: MetricReading | undefined;
      readonly cure: string;
    };

/**
 * Judges one condition. Pure.
 *
 * Integers are compared exactly. Other numbers are compared as the decimals they are written as: each measured double
 * is rounded to the 15 significant digits that a double carries for certain (IEEE 754, DBL_DIG), thresholds are
 * computed exactly from there, and equality passes `>=` and `<=`. So 0.85 meets 0.8 + 0.05, and no difference that a
 * measurement can show is forgiven. Whatever is not a finite number within the metric's range is an `error`.
 */
export function judgeCondition(
  check: ConditionCheck,
  metric: Metric,
  candidate: Lookup,
  baseline: Baseline,
  vars: ReadonlyMap<string, number>,
): ConditionResult {
  const base = {
    kind: 'condition',
    name: check.name,
    severity: check.severity,
    required: check.condition.text,
    at: check.at,
    ...('reading' in candidate ? { candidate: measured(candidate.reading) } : {}),
  } as const;
  const end = (outcome: Outcome, reason: string, more: Partial<ConditionResult> = {}): ConditionResult => ({
    ...base,
    outcome,
    reason,
    ...more,
  });
  if (!('reading' in candidate)) {
    return end('error', `${metric.id} has no value: ${candidate.absent}.`, cureOf(candidate));
  }
  const value = numberOf(candidate.reading, metric);
  if ('fault' in value)
    return end('error', `${metric.id} ${value.fault} (${candidate.reading.origin}).`, cureOf(value));

  const operand = check.condition.operand;
  if (operand.kind !== 'champion' && operand.kind !== 'anchor') {
    const limit = limitOf(operand, vars);
    if (limit === undefined) return end('error', `The model has no variable that '${check.condition.text}' names.`);
    if (typeof limit === 'number' && Number.isInteger(limit) && !Number.isSafeInteger(limit)) {
      return end(
        'error',
        `The limit of '${check.condition.text}' is ${limit}, an integer above 2^53, which YAML's reader may have rounded.`,
        {
          cure: 'Write the number in the condition itself, where it counts as it is written.',
        },
      );
    }
    return concluded(end, check, metric, value.number, decimal(limit), {});
  }

  if (baseline.kind === 'itself') {
    const { version, stage, anchor } = baseline;
    const who = anchor === undefined ? 'champion' : `anchor ${anchor}`;
    return end(
      'inconclusive',
      `The ${who} is version ${version}, which is the version under judgement: it would be compared with itself.`,
      {
        cure: `Judge another version, by the input 'version'; or compare with a number, such as '${metric.id} ${check.condition.operator} ${formatDecimal(value.number)}'. Where ${version} held ${stage} before, ${asInput('rollback', { stage, version })} puts it back.`,
      },
    );
  }
  if (baseline.kind === 'first') {
    return baseline.policy === 'allow'
      ? end(
          'skipped',
          `There is no champion to compare with: this is the model's first promotion in ${baseline.where}.`,
          { uncompared: true },
        )
      : end(
          'inconclusive',
          `There is no champion to compare with: this is the model's first promotion in ${baseline.where}.`,
          {
            cure: "Check that this is the right registry; then set 'first_promotion: allow', or promote the first champion by a policy without comparisons.",
          },
        );
  }
  if (baseline.kind === 'vanished') {
    return end(
      'inconclusive',
      `There is no champion to compare with, though the model had one before in ${baseline.where}.`,
      {
        cure:
          baseline.cure ??
          "Give the champion's stage back to the version that held it, in the registry itself; then run this again. Without a champion the comparison would pass anything.",
      },
    );
  }
  if (baseline.kind === 'last') {
    const { version, recorded, cure } = baseline;
    if (recorded !== undefined)
      return compared(end, check, metric, value.number, { kind: 'champion', version, lookup: { reading: recorded } });
    return end(
      'inconclusive',
      `The log recorded no ${metric.id} of ${version}, the last champion: nothing is left to compare with.`,
      { cure },
    );
  }
  switch (baseline.kind) {
    case 'champion':
    case 'anchor':
      return compared(end, check, metric, value.number, baseline);
    default:
      return assertNever(baseline, 'baseline');
  }
}

/** With one that is there, or whose value is recorded. */
function compared(
  end: End,
  check: ConditionCheck,
  metric: Metric,
  value: Big,
  baseline: Extract<Baseline, { kind: 'champion' | 'anchor' }>,
): ConditionResult {
  const operand = check.condition.operand;
  if (operand.kind !== 'champion' && operand.kind !== 'anchor') throw new TypeError('It compares with no version.');
  const other = baseline.kind === 'anchor' ? baseline.name : 'champion';
  const who = baseline.kind === 'anchor' ? `anchor ${other} (version ${baseline.version})` : `champion`;
  if (!('reading' in baseline.lookup)) {
    return end(
      'error',
      `The ${baseline.kind === 'anchor' ? who : `champion ${baseline.version}`} has no ${metric.id}: ${baseline.lookup.absent}.`,
      cureOf(baseline.lookup),
    );
  }
  const champion = baseline.kind === 'anchor' ? {} : { champion: measured(baseline.lookup.reading) };
  const baselineValue = numberOf(baseline.lookup.reading, metric);
  if ('fault' in baselineValue) {
    return end('error', `The ${who}'s ${metric.id} ${baselineValue.fault} (${baseline.lookup.reading.origin}).`, {
      ...champion,
      ...cureOf(baselineValue),
    });
  }
  if (baseline.recorded !== undefined) {
    const { value: was, origin } = measured(baseline.recorded);
    return end(
      'inconclusive',
      `The ${who}'s ${metric.id} is ${formatDecimal(baselineValue.number)} now (${baseline.lookup.reading.origin}), and was ${was} (${origin}): another value was logged since.`,
      {
        ...champion,
        cure: "If a newer measurement is to count, measure both versions with 'evaluate' in the policy; if the stage has an 'approval', an approver decides.",
      },
    );
  }
  const difference = { ...champion, difference: formatSigned(value.minus(baselineValue.number)) };
  if (operand.percent && baselineValue.number.eq(0)) {
    return end('error', `A per cent of the ${who}'s ${metric.id} means nothing while that is 0.`, {
      ...difference,
      cure: `Write an absolute margin instead, such as '${metric.id} ${check.condition.operator} ${other} ${operand.offset?.startsWith('-') === true ? '-' : '+'} 0.01'.`,
    });
  }
  const offset = new Big(operand.offset ?? 0);
  const threshold = operand.percent
    ? baselineValue.number.plus(baselineValue.number.abs().times(offset).times('0.01')) // exact; a division would round
    : baselineValue.number.plus(offset);
  return concluded(end, check, metric, value, threshold, difference);
}

/** What stands on the right side, where that is no other version's value; undefined for a variable without one. */
function limitOf(
  operand: Exclude<Operand, { kind: 'champion' | 'anchor' }>,
  vars: ReadonlyMap<string, number>,
): string | number | undefined {
  switch (operand.kind) {
    case 'number':
      return operand.value;
    case 'variable':
      return vars.get(operand.name);
    default:
      return assertNever(operand, 'operand of a condition');
  }
}

type End = (outcome: Outcome, reason: string, more?: Partial<ConditionResult>) => ConditionResult;

function concluded(
  end: End,
  check: ConditionCheck,
  metric: Metric,
  value: Big,
  threshold: Big,
  more: Partial<ConditionResult>,
): ConditionResult {
  const holds = compare(value, check.condition.operator, threshold);
  const margin = marginOf(value, check.condition.operator, threshold);
  const outcome = outcomes[check.severity](holds);
  const text = check.condition.operand.kind === 'number' ? {} : { threshold: formatDecimal(threshold) };
  const reason = `${metric.id} is ${formatDecimal(value)}, ${inWords(check, holds, formatDecimal(threshold), formatDecimal(margin.abs()))}.`;
  return end(outcome, reason, { ...more, ...text, margin: formatSigned(margin) });
}

function inWords(
  { severity, condition: { operator } }: ConditionCheck,
  holds: boolean,
  threshold: string,
  distance: string,
): string {
  const by = distance === '0' ? 'exactly there' : undefined;
  if (severity === 'hold_if') {
    return holds
      ? `which is ${operator} ${threshold} (by ${distance}): a person must decide`
      : `not ${operator} ${threshold} (${by ?? `${distance} to spare`})`;
  }
  const verb = verbs[severity];
  return `${verb} ${operator} ${threshold} (${by ?? (holds ? `${distance} to spare` : `missed by ${distance}`)})`;
}

const verbs: Readonly<Record<Exclude<ConditionCheck['severity'], 'hold_if'>, string>> = {
  require: 'required',
  warn: 'wanted',
};

const outcomes: Readonly<Record<ConditionCheck['severity'], (holds: boolean) => Outcome>> = {
  require: (holds) => (holds ? 'passed' : 'failed'),
  warn: (holds) => (holds ? 'passed' : 'warned'),
  hold_if: (holds) => (holds ? 'inconclusive' : 'passed'),
};

function compare(value: Big, operator: Operator, threshold: Big): boolean {
  switch (operator) {
    case '>=':
      return value.gte(threshold);
    case '>':
      return value.gt(threshold);
    case '<=':
      return value.lte(threshold);
    case '<':
      return value.lt(threshold);
    case '==':
      return value.eq(threshold);
    default:
      return assertNever(operator, 'operator of a condition');
  }
}

function marginOf(value: Big, operator: Operator, threshold: Big): Big {
  if (operator === '==') return value.minus(threshold).abs().times(-1);
  return operator.startsWith('>') ? value.minus(threshold) : threshold.minus(value);
}

function measured(reading: MetricReading): Measured {
  const { value, origin, at, page, remark } = reading;
  return {
    value: valueText(value),
    origin,
    ...(at === undefined ? {} : { at }),
    ...(page === undefined ? {} : { page }),
    ...(remark === undefined ? {} : { remark }),
  };
}

/** A value as it is shown, recorded and compared with a later one: as a condition sees it. */
export function valueText(value: MetricReading['value']): string {
  const isFinite = typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value));
  return isFinite ? formatDecimal(decimal(value)) : String(value);
}

function cureOf(lookup: { readonly cure?: string }): { cure?: string } {
  return lookup.cure === undefined ? {} : { cure: lookup.cure };
}
