import type { Problem } from '../../domain/errors.js';
import type { ConditionCheck, Metric, Policy, Stage } from '../policy.js';

/** Looks for one kind of thing that a valid policy hardly means. Pure. */
export type Rule = (policy: Policy) => readonly Problem[];

/** The conditions that are judged together. */
export interface Bundle {
  readonly stage: Stage;
  readonly monitor: boolean;
  readonly conditions: readonly ConditionCheck[];
}

/** Each stage's conditions, and apart from them its monitor's. */
export function bundlesOf(policy: Policy): readonly Bundle[] {
  return [...policy.stages.values()].flatMap((stage) =>
    [
      { stage, monitor: false, checks: stage.checks },
      { stage, monitor: true, checks: stage.monitor?.checks ?? [] },
    ].map(({ checks, ...bundle }) => ({
      ...bundle,
      conditions: checks.filter((check) => check.kind === 'condition'),
    })),
  );
}

/** The metric that a check of a valid policy judges. */
export function metricOf(policy: Policy, { condition }: ConditionCheck): Metric {
  const metric = policy.metrics.get(condition.metric);
  if (metric === undefined) throw new TypeError(`'${condition.metric}' is not declared`); // compile() has seen to it
  return metric;
}

/** A check against a number: as the stage says it, or another stage, else with the number left to the reader. */
export function absolute(policy: Policy, metric: Metric, stage?: Stage): string {
  const bundles = bundlesOf(policy);
  const known = [...bundles.filter((bundle) => bundle.stage === stage), ...bundles]
    .flatMap(({ conditions }) => conditions)
    .find(
      ({ severity, condition }) =>
        severity === 'require' && condition.metric === metric.id && condition.operand.kind === 'number',
    );
  return known?.condition.text ?? `${metric.id} ${better(metric)} NUMBER`;
}

/** The operator that asks for a good value. */
export function better({ goal }: Metric): '>=' | '<=' {
  return goal === 'maximize' ? '>=' : '<=';
}
