import type { Big } from 'big.js';
import type { Best, Metric, Policy } from '../../policy/policy.js';
import type { MetricReading, ModelVersion } from '../../domain/version.js';
import { numberOf } from '../../verdict/reading.js';
import { formatDecimal } from '../../domain/decimal.js';
import { PromotionError } from '../../domain/errors.js';
import type { Registry } from '../../registry/registry.js';
import { readHistory } from './holders.js';
import { hasPassed, isEligible } from '../../domain/record.js';

interface Contender {
  readonly version: ModelVersion;
  readonly reading?: MetricReading;
}

/** A contender as the report shows it: its value, or why it does not count. */
interface Placing {
  readonly version: string;
  readonly value: string;
  readonly why?: string;
}

/**
 * The contender with the best value by the metric's goal, the first of equals. Pure.
 * @param contenders newest first
 */
function chooseBest(
  contenders: readonly Contender[],
  metric: Metric,
): { readonly winner: ModelVersion | undefined; readonly field: readonly Placing[] } {
  let winner: { readonly version: ModelVersion; readonly number: Big } | undefined;
  const field = contenders.map(({ version, reading }): Placing => {
    if (reading === undefined) return { version: version.version, value: '', why: `no ${metric.id}` };
    const value = numberOf(reading, metric);
    if ('fault' in value) return { version: version.version, value: String(reading.value), why: value.fault };
    const better =
      winner === undefined ||
      (metric.goal === 'maximize' ? value.number.gt(winner.number) : value.number.lt(winner.number));
    if (better) winner = { version, number: value.number };
    return { version: version.version, value: formatDecimal(value.number) };
  });
  return { winner: winner?.version, field };
}

/**
 * The version that `best` names: by the policy's metric, among those that passed a stage or carry a tag, never
 * one that was rejected, rolled back or archived.
 * @returns the winner, and the field it won against, as remarks for the report
 * @throws PromotionError `VERSION_UNKNOWN` where nobody is in the field, `INPUT_INVALID` where the policy has no `best`
 */
export async function best(
  registry: Registry,
  policy: Policy,
  model: string,
): Promise<{ readonly version: ModelVersion; readonly remarks: readonly string[] }> {
  const rule = policy.best;
  const metric = rule === undefined ? undefined : policy.metrics.get(rule.metric);
  if (rule === undefined || metric === undefined) {
    throw new PromotionError('INPUT_INVALID', "The version 'best' needs the policy to say by what.", {
      cure: "Add to the policy, e.g., 'best: { metric: auc, passed: staging }'.",
    });
  }
  const inField = await fieldOf(registry, model, rule);
  const contenders = [];
  for await (const version of registry.versions(model)) {
    if (!inField(version) || !isEligible(version)) continue;
    const reading = (await registry.metrics(version, [metric.key])).get(metric.key);
    contenders.push({ version, ...(reading === undefined ? {} : { reading }) });
  }
  const { winner, field } = chooseBest(contenders, metric);
  const placings = field.map(
    ({ version, value, why }) => `${version}${version === winner?.version ? ' (chosen)' : ''}: ${why ?? value}`,
  );
  if (winner === undefined) {
    const among =
      'passed' in rule.among
        ? `passed ${rule.among.passed}`
        : `carry the tag ${rule.among.tag}${rule.among.value === undefined ? '' : `=${rule.among.value}`}`;
    throw new PromotionError(
      'VERSION_UNKNOWN',
      `No version of '${model}' can be the best: of those that ${among}, none has a sound ${metric.id}.`,
      { cure: placings.length === 0 ? 'None is in the field: promote one first.' : `${placings.join('; ')}.` },
    );
  }
  return {
    version: winner,
    remarks: [`Best by ${metric.id} (${metric.goal}), of ${field.length}: ${placings.join(', ')}.`],
  };
}

async function fieldOf(
  registry: Registry,
  model: string,
  { among }: Best,
): Promise<(version: ModelVersion) => boolean> {
  if ('tag' in among) {
    const { tag, value } = among;
    return ({ tags }) => (value === undefined ? tags.has(tag) : tags.get(tag) === value);
  }
  const history = await readHistory(registry, model);
  return (version) =>
    history === undefined ? hasPassed(version, among.passed) : history.passed(version, among.passed) !== undefined;
}
