import type { Goal } from '../../policy/policy.js';

/** A metric as the registry logs it, with a requirement that the version it is taken from would just meet. */
export interface Suggestion {
  /** For conditions; `key` where the logged name is another one. */
  readonly id: string;
  readonly key: string;
  readonly goal: Goal;
  /** Whether the goal is known by the name, or only assumed. */
  readonly isKnown: boolean;
  /** Whether its values lie between 0 and 1. */
  readonly isShare: boolean;
  /** What the version has. */
  readonly value: number;
  /** A little worse than that. */
  readonly threshold: number;
  /** How much worse than the champion a candidate may be. */
  readonly margin: number;
}

const lower =
  /(?:^|_)(?:loss|logloss|error|err|rmse|mse|mae|mape|smape|rmsle|brier|ece|wer|cer|ter|perplexity|ppl|fid|latency|ms|seconds|secs|time|duration|bytes|kb|mb|gb|size|cost|fpr|fnr|hinge|deviance|drift|psi|bias|gap|toxicity)(?:_|$)|(?:loss|error|latency)$/;
const higher =
  /(?:^|_)(?:auc|roc|ap|map|acc|accuracy|f1|f2|fbeta|precision|recall|sensitivity|specificity|tpr|tnr|r2|score|gini|ks|kappa|mcc|iou|dice|ndcg|mrr|hit|bleu|rouge|meteor|bertscore|throughput|qps|coverage|lift|gain|p_at|exact_match|em|correlation|corr|pearson|spearman)(?:_|$|\d)|(?:accuracy|score|auc|precision|recall)$/;
/** What says how the training went, and nothing of the model. */
const ofTraining =
  /^(?:train|training|system|gpu|cpu)[_/ .]|(?:^|[_/ .])(?:epoch|step|steps|iteration|lr|learning_rate|global_step|num_params|n_params|seed|samples|rows|count|support)$/i;

/** At most so many, or a first policy is not read. */
const most = 6;
/** How much worse than the version's value a candidate may be at first. */
const slack = 0.02;

/**
 * The metrics to begin with: finite in each of the versions, not of the training, known ones first. Pure.
 * @param metrics of the newest versions, by name; the first version's values are those that count
 */
export function suggest(metrics: readonly ReadonlyMap<string, number>[]): {
  readonly suggestions: readonly Suggestion[];
  /** Names that are logged and not suggested. */
  readonly others: readonly string[];
} {
  const [first = new Map<string, number>(), ...rest] = metrics;
  const everywhere = [...first.keys()].filter((key) => rest.every((each) => each.has(key)));
  const fit = everywhere
    .filter((key) => !ofTraining.test(key) && isMeasurable(first.get(key)))
    .map((key) => suggestion(key, metrics))
    .toSorted((a, b) => Number(b.isKnown) - Number(a.isKnown));
  const ids = new Set<string>();
  const suggestions = fit.filter(({ id }) => !ids.has(id) && ids.add(id)).slice(0, most);
  const taken = new Set(suggestions.map(({ key }) => key));
  return { suggestions, others: [...first.keys()].filter((key) => !taken.has(key)) };
}

/** Of 0 nothing is a little less, and numbers beyond these are no measurements. */
function isMeasurable(value = 0): boolean {
  return Math.abs(value) > 1e-12 && Math.abs(value) < 1e15;
}

function suggestion(key: string, metrics: readonly ReadonlyMap<string, number>[]): Suggestion {
  const name = key.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
  const isLower = lower.test(name);
  const values = metrics.map((each) => each.get(key) ?? NaN);
  const [value = NaN] = values;
  const goal = isLower ? 'minimize' : 'maximize';
  return {
    id: idOf(key),
    key,
    goal,
    isKnown: isLower || higher.test(name),
    isShare: values.every((each) => each >= 0 && each <= 1) && values.some((each) => each > 0.01),
    value,
    threshold: threshold(value, goal),
    margin: Number((Math.abs(value) / 100).toPrecision(2)),
  };
}

/** A name that conditions can use. */
function idOf(key: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_./@]*$/.test(key)) return key;
  const id = key.replaceAll(/[^A-Za-z0-9]+/g, '_').replaceAll(/^_+|_+$/g, '');
  return /^[A-Za-z_]/.test(id) ? id : `m_${id}`;
}

/** A little worse than the value, in three digits, rounded to the worse side. */
function threshold(value: number, goal: Goal): number {
  const worse = goal === 'maximize' ? value - slack * Math.abs(value) : value + slack * Math.abs(value);
  const digits = Math.floor(Math.log10(Math.abs(worse))) - 2;
  const unit = 10 ** digits;
  const rounded = (goal === 'maximize' ? Math.floor(worse / unit) : Math.ceil(worse / unit)) * unit;
  return Number(rounded.toPrecision(3));
}
