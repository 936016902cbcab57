import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAction, type ActionResult } from '../support/action.js';
import { checkout } from '../support/checkout.js';
import { startGitServer, type GitServer } from '../support/git-http.js';
import { startGithub, type GithubServer, type PullRequest } from '../support/github.js';
import { startMlflow, type MlflowServer } from '../support/mlflow.js';
import { startProxy, type Fault, type Proxied } from '../support/proxy.js';

/** One secret for each place where one can be: a leak says by itself where it came from. */
const canaries = {
  token: 'canary/mlflow-token+0a1b2c',
  password: 'canary&"password"-3d4e5f',
  address: 'canary-address-6a7b8c',
  proxy: 'canary-proxy-9d0e1f',
  passed: 'canary\\passed-2a3b4c',
  source: 'canary-source-5d6e7f',
  runtime: 'canary-runtime-8a9b0c',
  cloud: 'canary-cloud-1d2e3f',
  remote: 'canary-remote-4a5b6c',
} as const;

/** Every form in which a text may hold it: as it is, in an address, in JSON, in HTML, as a header has it. */
function forms(secret: string): readonly string[] {
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;'),
    Buffer.from(`user:${secret}`).toString('base64'),
    Buffer.from(`x-access-token:${secret}`).toString('base64'),
  ];
}

let mlflow: MlflowServer;
let github: GithubServer;
let git: GitServer;
let pull: PullRequest;
/** What one step leaves behind on its machine. */
let temporary: string;
let runs = 0;
/** How much was searched, and for how many secrets. */
const searched = { runs: 0, texts: 0, found: 0 };

const policy = `version: 1
registry: { type: mlflow }
model: churn
first_promotion: allow
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
  said: { goal: maximize, from: command }
stages:
  production:
    environment: production
    checks:
      - name: tells all it knows
        run: |
          env
          cat /proc/[0-9]*/cmdline | tr '\\0' ' '
          printf '%s' "$DEPLOY_HOOK"
      - require: auc >= 0.5
    deploy:
      run: env
      smoke_test: env
  speaks:
    checks:
      - name: writes what it should not
        run: printf '{"said":%s' "$DEPLOY_HOOK" > "$METRICS_FILE"; env
        pass_env: [DEPLOY_HOOK, registry]
      - require: said >= 1
  sends:
    checks:
      - name: measures what it should not
        run: printf '{"said":"%s"}' "\${DEPLOY_HOOK//\\\\/}" > "$METRICS_FILE"
        pass_env: [DEPLOY_HOOK, registry]
      - require: said >= 1
`;

beforeAll(async () => {
  [mlflow, github] = await Promise.all([startMlflow(), startGithub()]);
  git = await startGitServer(github.token);
  pull = await github.openPullRequest();
  const clone = checkout({ '.github/model-promotion.yml': policy });
  clone.git('push', '-q', git.folder, 'HEAD:main');
  await mlflow.createModel('churn');
  const run = await mlflow.createRun({ auc: 0.9 });
  for (const _ of ['held', 'better'])
    await mlflow.call('POST', 'model-versions/create', {
      name: 'churn',
      source: `s3://reader:${canaries.source}@models.example.com/churn`,
      run_id: run,
      description: canaries.token,
      tags: [{ key: 'note', value: canaries.token }],
    });
  await mlflow.setAlias('churn', 'production', '1');
});
afterAll(async () => {
  process.stderr.write(
    `${Object.keys(canaries).length + 1} secrets looked for in ${searched.texts} texts of ${searched.runs} runs: ${searched.found} found\n`,
  );
  await Promise.all([mlflow.stop(), github.stop(), git.stop()]);
});
beforeEach(() => {
  runs += 1;
  temporary = mkdtempSync(join(tmpdir(), 'canary-'));
});

async function act(
  inputs: Record<string, string>,
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<ActionResult> {
  const workspace = join(mkdtempSync(join(tmpdir(), 'workspace-')), 'churn');
  execFileSync('git', ['clone', '-q', git.folder, workspace], { stdio: 'ignore' });
  const remote = `${git.url.replace('://', `://someone:${canaries.remote}@`)}/acme/churn`;
  execFileSync('git', ['-C', workspace, 'remote', 'set-url', 'origin', remote]);
  return runAction({
    workspace,
    inputs: { stage: 'production', ...inputs },
    token: github.token,
    eventName: 'push',
    environment: {
      RUNNER_TEMP: temporary,
      GITHUB_API_URL: github.url,
      GITHUB_SERVER_URL: git.url,
      GITHUB_SHA: pull.sha,
      GITHUB_RUN_ID: String(100 + runs),
      GITHUB_TOKEN: github.token,
      PROMOTION_GITHUB_TIMEOUT: '5',
      MLFLOW_TRACKING_URI: mlflow.url,
      MLFLOW_TRACKING_TOKEN: canaries.token,
      DEPLOY_HOOK: canaries.passed,
      AWS_SECRET_ACCESS_KEY: canaries.cloud,
      ACTIONS_RUNTIME_TOKEN: canaries.runtime,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: canaries.runtime,
      HTTPS_PROXY: `http://someone:${canaries.proxy}@127.0.0.1:9`,
      NO_PROXY: '127.0.0.1',
      ...environment,
    },
  });
}

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

/** All that a run says, leaves behind or sends to anybody, by where it is. */
async function surfaces(result: ActionResult): Promise<ReadonlyMap<string, string>> {
  const registered = await mlflow.call('GET', 'model-versions/search?filter=name%3D%27churn%27');
  const told = JSON.stringify(registered, (key, value: unknown) =>
    key === 'source' || key === 'description' || isNote(value) ? undefined : value,
  );
  const logged = execFileSync('git', ['-C', git.folder, 'log', '-p', '--all'], { encoding: 'utf8' });
  const comments = await github.comments(pull.number);
  return new Map([
    // How a secret is made known to the runner, which never shows it.
    ['log', result.log.replaceAll(/^::add-mask::.*$/gm, '')],
    ['outputs', JSON.stringify(result.outputs)],
    ['state', JSON.stringify(result.state)],
    ['summary', result.summary],
    ['comments', comments.map(({ body }) => body).join('\n')],
    ['deployments', JSON.stringify(github.deployments())],
    ['requests to GitHub', github.requests.map(({ path, body }) => `${path} ${JSON.stringify(body)}`).join('\n')],
    ['tags in MLflow', told],
    ['commits of the log', logged],
    ...filesUnder(temporary).map((path) => [path, readFileSync(path, 'latin1')] as const),
  ]);
}

function isNote(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'key' in value && value.key === 'note';
}

/** Where a secret was found: nowhere, it is hoped. */
async function leaks(result: ActionResult): Promise<readonly string[]> {
  const all = await surfaces(result);
  const found = [...Object.entries(canaries), ['github', github.token] as const].flatMap(([name, secret]) =>
    [...all].flatMap(([where, text]) => {
      const form = forms(secret).find((each) => text.includes(each));
      if (form === undefined) return [];
      const at = text.indexOf(form);
      return [`${name} in ${where}: ${JSON.stringify(text.slice(Math.max(0, at - 60), at + form.length + 20))}`];
    }),
  );
  searched.runs += 1;
  searched.texts += all.size;
  searched.found += found.length;
  return found;
}

describe('a secret is shown nowhere', () => {
  test('by a promotion that goes well', async () => {
    const result = await act({ version: '2', reason: `because ${canaries.token}` });
    expect(result.outputs).toMatchObject({ decision: 'promote', promoted: 'true' });
    expect(result.log).toContain('MODEL_VERSION=2');
    expect(readFileSync(result.outputs['evidence'] ?? '', 'utf8')).toContain('models.example.com/churn');
    expect(await leaks(result)).toEqual([]);
  });

  test.each([['speaks'], ['sends']])('by a command that %s of what it was given', async (stage) => {
    const result = await act({ stage, command: 'gate', version: '2' });
    expect(result.outputs['decision']).toBe('error');
    expect(result.log).toMatch(/METRICS_FILE|no number/);
    expect(result.outputs['plan']).toBeDefined();
    expect(await leaks(result)).toEqual([]);
  });

  test.each(['status', 'backtest', 'lint', 'matrix'])('by %s', async (command) => {
    const result = await act({ command });
    expect(await leaks(result)).toEqual([]);
  });

  test.each([
    ['rollback', { reason: `because of ${canaries.token}` }],
    ['archive', { version: '2', reason: canaries.token }],
    ['adopt', { reason: canaries.token }],
    ['register', { source: 's3://models.example.com/other', reason: canaries.token }],
  ])('by %s', async (command, inputs) => {
    const result = await act({ command, ...inputs });
    expect([command, result.code, result.log]).toEqual([command, expect.any(Number), expect.any(String)]);
    expect(await leaks(result)).toEqual([]);
  });

  const inputs = [
    ['command', 'gate'], ['policy', 'gate'], ['policy-ref', 'gate'], ['model', 'gate'], ['version', 'gate'],
    ['stage', 'gate'], ['source', 'register'], ['run-id', 'register'], ['plan', 'apply'], ['plan-digest', 'apply'],
    ['on', 'status'], ['dry-run', 'gate'], ['override', 'promote'], ['reason', 'gate'], ['fail-on', 'gate'],
    ['comment', 'gate'], ['deployment', 'gate'], ['pr-number', 'gate'],
  ] as const; // prettier-ignore
  test.each(inputs)('that stands in the input %s', async (input, command) => {
    for (const secret of [canaries.token, github.token]) {
      const result = await act({
        command,
        'plan-digest': 'sha256:0',
        plan: 'plan.json',
        version: command === 'register' ? '' : '2',
        [input]: secret,
      });
      expect(await leaks(result)).toEqual([]);
    }
  });
});

describe('a server that repeats what it was sent is not repeated', () => {
  /** Everything that came with the request, as text and as JSON. */
  const echo =
    (status: number, which: (call: Proxied) => boolean, type: string, known: string): Fault =>
    (call, response) => {
      if (!which(call)) return false;
      const text = `${call.headers.authorization ?? ''} ${known} http://user:${canaries.address}@host/x`;
      const body = type === 'application/json' ? JSON.stringify({ error_code: 'INTERNAL_ERROR', message: text }) : text;
      response.writeHead(status, { 'Content-Type': type, Location: `http://user:${known}@127.0.0.1:9/` }).end(body);
      return true;
    };

  test.each([
    [500, 'application/json', 'registered-models/get'],
    [401, 'text/plain', 'model-versions/get'],
    [403, 'application/json', 'runs/get'],
    [302, 'text/html', 'model-versions/search'],
    [200, 'text/plain', 'model-versions/get'],
    [200, 'text/html', 'model-versions/get'],
  ])('MLflow: %i, %s', async (status, type, path) => {
    const proxy = await startProxy(
      mlflow.url,
      '',
      echo(status, (call) => call.path.includes(path), type, canaries.password),
    );
    const result = await act(
      { command: 'gate', version: '2' },
      {
        MLFLOW_TRACKING_URI: proxy.url,
        MLFLOW_TRACKING_USERNAME: 'user',
        MLFLOW_TRACKING_PASSWORD: canaries.password,
        MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0',
      },
    );
    await proxy.stop();
    expect(await leaks(result)).toEqual([]);
  });

  test('MLflow, with the credential in its address', async () => {
    const proxy = await startProxy(
      mlflow.url,
      '',
      echo(500, () => true, 'text/plain', canaries.address),
    );
    const address = proxy.url.replace('://', `://user:${canaries.address}@`);
    const result = await act({ command: 'gate', version: '2' }, { MLFLOW_TRACKING_URI: address });
    await proxy.stop();
    expect(result.outputs['decision']).toBe('error');
    expect(await leaks(result)).toEqual([]);
  });

  test.each(['issues/', 'deployments', 'commits/', 'graphql'])('GitHub: %s', async (path) => {
    const proxy = await startProxy(
      github.url,
      '',
      echo(403, (call) => call.path.includes(path), 'application/json', github.token),
    );
    const result = await act({ version: '2', 'dry-run': 'false' }, { GITHUB_API_URL: proxy.url });
    await proxy.stop();
    expect(await leaks(result)).toEqual([]);
  });

  test('git', async () => {
    const proxy = await startProxy(
      git.url,
      '',
      echo(403, () => true, 'text/plain', github.token),
    );
    const result = await act({ version: '2' }, { GITHUB_SERVER_URL: proxy.url });
    await proxy.stop();
    expect(await leaks(result)).toEqual([]);
  });
});
