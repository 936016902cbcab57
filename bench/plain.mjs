// The same promotion as bare requests: what no promotion can do without. The floor.
const [model, version] = process.argv.slice(2);
const base = `${process.env.MLFLOW_TRACKING_URI}/api/2.0/mlflow/`;

async function ask(path, query) {
  const response = await fetch(`${base}${path}?${new URLSearchParams(query)}`);
  return response.ok ? response.json() : undefined;
}
async function tell(path, body) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(await response.text());
  await response.arrayBuffer();
}
async function auc({ run_id }) {
  const { run } = await ask('runs/get', { run_id });
  return run.data.metrics.find(({ key }) => key === 'auc').value;
}

const candidate = (await ask('model-versions/get', { name: model, version })).model_version;
const champion = (await ask('registered-models/alias', { name: model, alias: 'production' }))?.model_version;
const value = await auc(candidate);
if (value < 0.5 || (champion !== undefined && value < (await auc(champion)))) process.exit(1);

if (champion !== undefined) {
  await tell('registered-models/alias', { name: model, alias: 'previous-production', version: champion.version });
}
await tell('registered-models/alias', { name: model, alias: 'production', version });
await tell('model-versions/set-tag', { name: model, version, key: 'promotion_state', value: 'production_deployed' });
await tell('model-versions/set-tag', { name: model, version, key: 'promotion_production', value: `{"auc": ${value}}` });
if (champion !== undefined) {
  const { version: old } = champion;
  await tell('model-versions/set-tag', { name: model, version: old, key: 'promotion_state', value: 'archived' });
}
