// A real MLflow server: the one that MLFLOW_TRACKING_URI names, or one that is started here.
import { randomBytes } from 'node:crypto';
import { said, typed } from './terminal.mjs';
import { startServer } from './mlflow-server.mjs';

/**
 * @param root the demo's temporary folder
 * @throws Error with what is missing, and what to type
 */
export async function openMlflowRegistry(root) {
  const given = process.env.MLFLOW_TRACKING_URI;
  if (given !== undefined && given !== '' && !/^https?:/.test(given))
    throw new Error(
      `MLFLOW_TRACKING_URI is '${given}'. The action speaks to a server: give an address with http or https.`,
    );
  const server = given ? { url: given.replace(/\/+$/, ''), stop: async () => {} } : await startServer(root);
  try {
    said(given ? `The MLflow server at ${server.url} is used.` : `An MLflow server was started at ${server.url}.`);
    said('The training is played: the demo logs metrics and registers versions, with no model behind them.');
    return await registryOn(server, given !== undefined && given !== '');
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function registryOn(server, isShared) {
  const call = client(server.url);
  // On a server of other people nothing of theirs may have its name.
  const model = isShared ? `gated-model-promotion-demo-${randomBytes(4).toString('hex')}` : 'churn';
  const { experiment_id: experiment } = await call('POST', 'experiments/create', { name: `${model}-training` });
  const forget = () => call('POST', 'experiments/delete', { experiment_id: experiment });
  await call('POST', 'registered-models/create', { name: model }).catch(async (error) => {
    await forget();
    throw error;
  });
  return {
    policy: 'model-promotion.mlflow.yml',
    model,
    environment: { MLFLOW_TRACKING_URI: server.url },
    /** What a training script does with MLflow's client; here without a model behind it. */
    register: async (_, number, metrics) => {
      const { run } = await call('POST', 'runs/create', { experiment_id: experiment, start_time: Date.now() });
      const { run_id: id, artifact_uri: files } = run.info;
      for (const [key, value] of Object.entries(metrics))
        await call('POST', 'runs/log-metric', { run_id: id, key, value, timestamp: Date.now(), step: 0 });
      await call('POST', 'model-versions/create', { name: model, source: `${files}/model`, run_id: id });
      typed(
        `$ python train.py    # mlflow.log_metrics(${JSON.stringify(metrics)}) and log_model(…, registered_model_name="${model}")`,
      );
      said(`  Created version '${number}' of model '${model}'.`);
    },
    close: async () => {
      if (!isShared) {
        await server.stop();
        return [];
      }
      await call('DELETE', 'registered-models/delete', { name: model });
      await forget();
      return [
        `On ${server.url} the model ${model} was deleted. MLflow keeps its deleted experiment ${model}-training until 'mlflow gc'.`,
      ];
    },
  };
}

function client(url) {
  const {
    MLFLOW_TRACKING_TOKEN: token,
    MLFLOW_TRACKING_USERNAME: user,
    MLFLOW_TRACKING_PASSWORD: password,
  } = process.env;
  const basic = user && `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}`;
  const authorization = token ? `Bearer ${token}` : basic;
  return async (method, path, body) => {
    const answer = await fetch(`${url}/api/2.0/mlflow/${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', ...(authorization ? { authorization } : {}) },
      body: JSON.stringify(body),
    }).catch((error) => {
      throw new Error(`The MLflow server at ${url} does not answer: ${error.cause?.message ?? error.message}.`);
    });
    const text = await answer.text();
    if (!answer.ok)
      throw new Error(`The MLflow server answered ${method} ${path} with ${answer.status}: ${text.slice(0, 300)}`);
    return JSON.parse(text);
  };
}
