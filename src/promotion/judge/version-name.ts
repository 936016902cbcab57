import { PromotionError } from '../../domain/errors.js';
import type { Registry } from '../../registry/registry.js';

type AtNames = Registry['atNames'];

/**
 * The version as the input takes it, from what else names one: a pushed tag (`churn@v1.2.0`, `refs/tags/…`), or what
 * loads it (`models:/churn/12`, `models:/churn@champion`), which this action itself gives as an output. Any other text
 * is left as it is.
 * @param atNames what follows an `@` in the registry: a git tag names a version, an `@` in MLflow an alias
 * @throws PromotionError `INPUT_INVALID` for a version of another model, and for one that is not named by its number
 */
export function versionIn(given: string, model: string, atNames: AtNames): string {
  const found = uri(given) ?? tag(given, model, atNames);
  if (found === undefined) return given;
  if (found.model !== model) {
    throw new PromotionError(
      'INPUT_INVALID',
      `Input 'version' is '${given}', which is of the model '${found.model}', and this run is for '${model}'.`,
      { cure: `Name a version of '${model}', or set 'model: ${found.model}'.` },
    );
  }
  if (found.version !== undefined) return found.version;
  throw new PromotionError('INPUT_INVALID', `Input 'version' is '${given}', which names no version by its number.`, {
    cure: "Write the number, '@' and an alias, 'stage:' and a stage, or 'latest'.",
  });
}

interface Found {
  readonly model: string;
  readonly version: string | undefined;
}

/** https://mlflow.org/docs/latest/ml/model-registry/: a number, an alias, or one of the old stages. */
function uri(given: string): Found | undefined {
  const [, path] = /^models:\/+(.+)$/i.exec(given) ?? [];
  if (path === undefined) return undefined;
  const [, named = path, last = ''] = /^(.+)\/([^/]*)$/.exec(path) ?? [];
  if (/^\d+$/.test(last)) return { model: named, version: last };
  const [, aliased, alias] = /^([^@]+)@([^@/]+)$/.exec(path) ?? [];
  if (aliased !== undefined && alias !== undefined) return { model: aliased, version: `@${alias}` };
  return { model: named, version: undefined };
}

/** GTO writes `models:churn` as `models=churn`. A version of another model is told by its form alone. */
function tag(given: string, model: string, atNames: AtNames): Found | undefined {
  const [, named = '', version = ''] = /^(?:refs\/tags\/)?([^@\s]+)@([^@\s]+)$/.exec(given) ?? [];
  if (named === '') return undefined;
  const of = atNames === 'version' ? named.replaceAll('=', ':') : named;
  if (of === model) return { model, version: atNames === 'version' ? version : `@${version}` };
  return atNames === 'version' && /^v?\d/.test(version) ? { model: of, version } : undefined;
}
