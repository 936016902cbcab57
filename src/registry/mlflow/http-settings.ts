import type { Environment } from '../../domain/environment.js';
import { PromotionError } from '../../domain/errors.js';
import type { HttpOptions } from '../http.js';

/** For one call with all its attempts, unless one attempt alone may take longer. */
const budgetMs = 90_000;

/**
 * How long a call may take and how often it is sent again, by the variables that MLflow's own client reads; where
 * they are not set, less than there: a job waits for this.
 * @see https://mlflow.org/docs/latest/api_reference/python_api/mlflow.environment_variables.html
 * @throws PromotionError `INPUT_INVALID` for a value that is none
 */
export function httpLimits(environment: Environment): Pick<HttpOptions, 'timeoutMs' | 'budgetMs' | 'retries'> {
  const seconds = given(environment, 'MLFLOW_HTTP_REQUEST_TIMEOUT', /^\d{1,4}(?:\.\d+)?$/, 'seconds, up to 3600');
  const retries = given(environment, 'MLFLOW_HTTP_REQUEST_MAX_RETRIES', /^\d{1,2}$/, 'a whole number, up to 10');
  const timeoutMs = seconds === undefined ? undefined : seconds.value * 1000;
  if (seconds !== undefined && (seconds.value <= 0 || seconds.value > 3600)) throw seconds.refusal;
  if (retries !== undefined && retries.value > 10) throw retries.refusal;
  return {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    budgetMs: Math.max(budgetMs, 2 * (timeoutMs ?? 0)),
    ...(retries === undefined ? {} : { retries: retries.value }),
  };
}

function given(
  environment: Environment,
  name: string,
  form: RegExp,
  allowed: string,
): { readonly value: number; readonly refusal: PromotionError } | undefined {
  const text = (environment[name] ?? '').trim();
  if (text === '') return undefined;
  const refusal = new PromotionError('INPUT_INVALID', `${name} is no number of that kind.`, {
    cure: `Give ${allowed}, or leave it out.`,
  });
  if (!form.test(text)) throw refusal;
  return { value: Number(text), refusal };
}
