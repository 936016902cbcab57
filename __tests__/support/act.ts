import { spawn } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { checkout, type Checkout } from './checkout.js';
import { closing } from './closing.js';
import { node24, python, root } from './tools.js';

const act = join(root, '.tools/bin/act');

export interface WorkflowRun {
  readonly repository: Checkout;
  /** One file of `.github/workflows`, where only that is to run. */
  readonly workflow?: string;
  readonly event: 'workflow_dispatch' | 'pull_request' | 'push' | 'repository_dispatch' | 'schedule';
  /** Over what GitHub sends with every event. */
  readonly payload?: object;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly vars?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** What happens between the upload of an artifact and its download in a later job: a person approves, somebody tampers. */
  readonly between?: (artifact: string, folder: string) => Promise<void> | void;
}

export interface WorkflowResult {
  readonly code: number | null;
  /** The run's log: every job's lines, with summaries and outputs. */
  readonly log: string;
  /** What the steps of each job gave, by the job's id. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** An example as a user's repository: its files on `main`, with a bare remote. */
export function exampleRepository(name: string): Checkout {
  const repository = checkout({}, { remote: true });
  cpSync(join(root, 'examples', name), repository.folder, { recursive: true });
  repository.commit({}, 'Add the workflow and the policy');
  return repository;
}

/**
 * Runs the repository's workflows for an event, on this machine. actions/checkout copies the repository with its remote;
 * the action comes from a folder with nothing but `action.yml` and `dist/`, as GitHub would give it, so that a file
 * or package it needs beside them is missed here.
 */
export async function runWorkflow(run: WorkflowRun): Promise<WorkflowResult> {
  const folder = await mkdtemp(join(tmpdir(), 'act-'));
  try {
    const action = join(folder, 'action');
    for (const part of ['action.yml', 'dist']) cpSync(join(root, part), join(action, part), { recursive: true });
    const artifacts = join(folder, 'artifacts');
    await mkdir(artifacts);
    const event = join(folder, 'event.json');
    await writeFile(
      event,
      JSON.stringify({
        repository: { default_branch: 'main', full_name: 'acme/churn' },
        inputs: run.inputs ?? {},
        ...run.payload,
      }),
    );
    const environment = {
      GITHUB_REPOSITORY: 'acme/churn',
      GITHUB_API_URL: 'http://127.0.0.1:9', // Nothing listens there: no test talks to GitHub.
      ARTIFACTS: artifacts,
      TEST_PYTHON: dirname(python),
      ...run.environment,
    };
    const pairs = (option: string, values: Readonly<Record<string, string>> = {}): string[] =>
      Object.entries(values).flatMap(([name, value]) => [option, `${name}=${value}`]);
    const args = [
      run.event,
      ...(run.workflow === undefined ? [] : ['--workflows', `.github/workflows/${run.workflow}`]),
      ...['--platform', 'ubuntu-latest=-self-hosted'],
      ...['--local-repository', `your-org/gated-model-promotion@v1=${action}`],
      ...standIns(run.repository).flatMap(([used, local]) => ['--local-repository', `${used}=${local}`]),
      ...['--eventpath', event, '--action-cache-path', join(folder, 'cache')],
      ...['--no-cache-server', '--log-prefix-job-id', '--actor', 'octocat'],
      ...pairs('--input', run.inputs),
      ...pairs('--var', run.vars),
      ...pairs('--secret', run.secrets),
      ...pairs('--env', environment),
    ];
    const child = spawn(act, args, {
      cwd: run.repository.folder,
      // A home of its own: settings and credentials of the person who runs the tests change nothing.
      env: { PATH: [dirname(node24), process.env['PATH'] ?? ''].join(delimiter), HOME: folder, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const end = closing(() => {
      child.kill('SIGKILL');
    });
    let log = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (data: string) => (log += data));
    const waiting = setInterval(() => void letThrough(artifacts, run.between), 100);
    const code = await new Promise<number | null>((resolve, reject) =>
      child.once('close', resolve).once('error', reject),
    ).finally(() => {
      clearInterval(waiting);
      void end();
    });
    return { code, log, outputs: outputsOf(log) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * GitHub keeps artifacts, and nothing here can: stand-ins for its two actions copy to and from a folder. The download
 * waits until `between` is done. The stand-in for actions/setup-python gives the Python that the tests installed.
 */
function standIns(repository: Checkout): readonly (readonly [used: string, local: string])[] {
  const workflows = join(repository.folder, '.github/workflows');
  const texts = readdirSync(workflows).map((name) => readFileSync(join(workflows, name), 'utf8'));
  return ['upload-artifact', 'download-artifact', 'setup-python'].flatMap((name) => {
    const used = new RegExp(`actions/${name}@\\w+`).exec(texts.join('\n'))?.[0];
    return used === undefined ? [] : [[used, join(root, '__tests__/support', name)] as const];
  });
}

async function letThrough(artifacts: string, between: WorkflowRun['between']): Promise<void> {
  for (const name of readdirSync(artifacts).filter((each) => each.startsWith('want-'))) {
    const artifact = name.slice('want-'.length);
    rmSync(join(artifacts, name));
    try {
      await between?.(artifact, join(artifacts, artifact));
    } finally {
      writeFileSync(join(artifacts, `go-${artifact}`), '');
    }
  }
}

function outputsOf(log: string): Record<string, Record<string, string>> {
  const outputs: Record<string, Record<string, string>> = {};
  for (const [, job = '', name = '', value = ''] of log.matchAll(/^\[(.+?)\s*\] .*::set-output:: ([\w-]+)=(.*)$/gm)) {
    (outputs[job] ??= {})[name] = value;
  }
  return outputs;
}
