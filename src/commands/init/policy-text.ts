import { Big } from 'big.js';
import type { Suggestion } from './suggest.js';

/** What a starting policy is made from. */
export interface Findings {
  readonly model: string;
  readonly type: 'mlflow' | 'git';
  /** MLflow's own stages are in use. */
  readonly usesStages: boolean;
  /** git: the file with the metrics, where it is not `metrics.json`. */
  readonly metricsFile?: string;
  /** `MLflow at https://…`. */
  readonly registry: string;
  /** The version whose values the thresholds are taken from, and the stage it holds, where it holds one. */
  readonly measured: { readonly version: string; readonly stage?: string };
  /** The stage that users are served from: `production`, or the name that the registry has for it. */
  readonly last: string;
  readonly suggestions: readonly Suggestion[];
  readonly others: readonly string[];
}

const schema = 'https://raw.githubusercontent.com/your-org/gated-model-promotion/v1/schema/policy.schema.json';

/**
 * A starting policy, as YAML. What is a guess is marked `suggestion`. Pure.
 * @param replayed what `backtest` says of it, as sentences
 */
export function policyText(findings: Findings, replayed: readonly string[]): string {
  const { measured, suggestions, others } = findings;
  const whose = `${measured.version}${measured.stage === undefined ? '' : `, which holds ${measured.stage}`}`;
  const hasChampion = measured.stage !== undefined;
  return `${[
    `# yaml-language-server: $schema=${schema}`,
    `# A start, made by 'gated-model-promotion init' from ${comment(findings.registry)}.`,
    "# Lines marked 'suggestion' are guesses from names and values: read them, then remove the mark.",
    ...replayed.map((sentence) => `# ${comment(sentence)}`),
    'version: 1',
    `registry: ${registryOf(findings)}`,
    `model: ${quoted(findings.model)}`,
    ...(hasChampion
      ? []
      : [`first_promotion: allow # no version holds ${findings.last} yet: the first one is compared with none`]),
    'metrics:',
    ...suggestions.map(metricLine),
    ...(others.length === 0 ? [] : [`  # Logged as well: ${comment(others.slice(0, 20).join(', '))}`]),
    'stages:',
    '  staging:',
    '    checks:',
    ...suggestions.map(
      ({ id, goal, value, threshold }) =>
        `      - require: ${id} ${goal === 'maximize' ? '>=' : '<='} ${withoutExponent(threshold)} # suggestion: a little worse than ${withoutExponent(value)} of ${comment(whose)}`,
    ),
    '      # - name: unit tests',
    '      #   run: pytest -q tests/model',
    `  ${quoted(findings.last)}:`,
    '    after: staging',
    '    # environment: production # the GitHub environment that is told, and asked:',
    '    # approval: { environment: production }',
    '    checks:',
    ...suggestions.map(
      ({ id, goal, margin }) =>
        `      - require: ${id} ${goal === 'maximize' ? '>= champion -' : '<= champion +'} ${withoutExponent(margin)} # suggestion`,
    ),
  ].join('\n')}\n`;
}

function registryOf({ type, usesStages, metricsFile }: Findings): string {
  const more = usesStages
    ? ', stage_as: stage'
    : metricsFile === undefined
      ? ''
      : `, metrics_file: ${quoted(metricsFile)}`;
  return `{ type: ${type}${more} }`;
}

function metricLine({ id, key, goal, isKnown, isShare }: Suggestion): string {
  const range = isShare ? ', min: 0, max: 1' : '';
  const named = key === id ? '' : `, key: ${JSON.stringify(key)}`;
  const why = isKnown ? `'${goal}' by its name` : `is '${goal}' right? Its name does not say`;
  return `  ${quoted(id)}: { goal: ${goal}${range}${named} } # suggestion: ${why}`;
}

/** A name that YAML would read as more than a name is quoted. */
function quoted(name: string): string {
  return /^[A-Za-z_][\w./@-]*$/.test(name) && !/^(?:true|false|null|yes|no|on|off)$/i.test(name)
    ? name
    : JSON.stringify(name);
}

/** Conditions do not know exponents. */
function withoutExponent(value: number): string {
  return new Big(String(value)).toFixed();
}

function comment(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ');
}
