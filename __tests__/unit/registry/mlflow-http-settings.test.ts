import { expect, test } from '@jest/globals';
import { httpLimits } from '../../../src/registry/mlflow/http-settings.js';

test.each([
  [{}, { budgetMs: 90_000 }],
  [{ MLFLOW_HTTP_REQUEST_TIMEOUT: '', MLFLOW_HTTP_REQUEST_MAX_RETRIES: ' ' }, { budgetMs: 90_000 }],
  [{ MLFLOW_HTTP_REQUEST_TIMEOUT: '0.5' }, { timeoutMs: 500, budgetMs: 90_000 }],
  // One attempt alone may take longer than what is usual for all.
  [{ MLFLOW_HTTP_REQUEST_TIMEOUT: '300' }, { timeoutMs: 300_000, budgetMs: 600_000 }],
  [{ MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0' }, { budgetMs: 90_000, retries: 0 }],
])("MLflow's own variables %j are %j", (environment, expected) => {
  expect(httpLimits(environment)).toEqual(expected);
});

test.each([
  ['MLFLOW_HTTP_REQUEST_TIMEOUT', '0'],
  ['MLFLOW_HTTP_REQUEST_TIMEOUT', '-1'],
  ['MLFLOW_HTTP_REQUEST_TIMEOUT', '2m'],
  ['MLFLOW_HTTP_REQUEST_TIMEOUT', '3601'],
  ['MLFLOW_HTTP_REQUEST_MAX_RETRIES', '1.5'],
  ['MLFLOW_HTTP_REQUEST_MAX_RETRIES', '11'],
])('%s=%s is refused by its name', (name, value) => {
  expect(() => httpLimits({ [name]: value })).toThrow(
    expect.objectContaining({ code: 'INPUT_INVALID', message: expect.stringContaining(name) }),
  );
});
