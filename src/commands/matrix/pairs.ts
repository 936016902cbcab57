import { PromotionError } from '../../domain/errors.js';
import type { Policy } from '../../policy/policy.js';

export interface Pair {
  readonly model: string;
  readonly stage: string;
}

/** https://docs.github.com/actions/reference/limits */
const limit = 256;

/**
 * The models and stages to judge, in the policy's order. A model without `paths` is always among them. Pure.
 * @param changed the files a pull request touches; undefined where all count
 * @param matches whether a file fits a glob
 * @throws PromotionError `INPUT_INVALID` where GitHub would not start so many jobs
 */
export function matrix(
  policy: Policy,
  changed: readonly string[] | undefined,
  only: { readonly model?: string; readonly stage?: string },
  matches: (file: string, glob: string) => boolean,
): readonly Pair[] {
  const isTouched = (model: string): boolean => {
    const paths = policy.variants.get(model)?.paths ?? [];
    return changed === undefined || paths.length === 0 || changed.some((file) => concerns(file, paths, matches));
  };
  const pairs = [...policy.models.keys()]
    .filter((model) => (only.model === undefined || model === only.model) && isTouched(model))
    .flatMap((model) => [...policy.stages.keys()].map((stage) => ({ model, stage })))
    .filter(({ stage }) => only.stage === undefined || stage === only.stage);
  if (pairs.length <= limit) return pairs;
  throw new PromotionError(
    'INPUT_INVALID',
    `The matrix has ${pairs.length} pairs, and GitHub starts ${limit} jobs at most.`,
    {
      cure: "Set 'stage' or 'model', or split the models over several policies.",
    },
  );
}

/** As in a workflow's own `paths`: the last glob that fits decides, and `!` before it excludes. */
function concerns(file: string, paths: readonly string[], matches: (file: string, glob: string) => boolean): boolean {
  return paths.reduce(
    (isIn, glob) => (glob.startsWith('!') ? isIn && !matches(file, glob.slice(1)) : isIn || matches(file, glob)),
    false,
  );
}
