import { spawn } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { node24, root } from './tools.js';

export interface ActionRun {
  readonly workspace: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** Over what a runner sets; undefined removes a variable. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly event?: object;
  readonly eventName?: string;
  /** The `github.token` that a workflow has; empty by default. */
  readonly token?: string;
}

export interface Annotation {
  readonly level: string;
  readonly message: string;
  readonly properties: Readonly<Record<string, string>>;
}

export interface ActionResult {
  readonly code: number | null;
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly annotations: readonly Annotation[];
}

interface Metadata {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
}

/** Runs `dist/index.js` as the runner does: inputs with their defaults from action.yml, event and output files. */
export async function runAction(run: ActionRun): Promise<ActionResult> {
  const folder = await mkdtemp(join(tmpdir(), 'runner-'));
  const files = { output: join(folder, 'output'), summary: join(folder, 'summary'), event: join(folder, 'event.json') };
  await writeFile(files.output, '');
  await writeFile(files.summary, '');
  await writeFile(files.event, JSON.stringify(run.event ?? { repository: { default_branch: 'main' } }));
  const { inputs } = parse(await readFile(join(root, 'action.yml'), 'utf8')) as Metadata;
  const defaults = Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [
      name,
      (input.default ?? '').replace('${{ github.token }}', run.token ?? ''),
    ]),
  );
  const given = Object.entries({ ...defaults, ...run.inputs }).map(
    ([name, value]) => [`INPUT_${name.toUpperCase()}`, value] as const,
  );
  const kept = ['PATH', 'HOME', 'LANG', 'TMPDIR'].map((name) => [name, process.env[name]] as const);
  const environment = {
    ...Object.fromEntries([...kept, ...given]),
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: run.workspace,
    GITHUB_REPOSITORY: 'acme/churn',
    GITHUB_EVENT_NAME: run.eventName ?? 'workflow_dispatch',
    GITHUB_EVENT_PATH: files.event,
    GITHUB_REF: 'refs/heads/main',
    GITHUB_SHA: 'a'.repeat(40),
    GITHUB_RUN_ID: '4711',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_ACTOR: 'octocat',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_API_URL: 'http://127.0.0.1:9',
    GITHUB_OUTPUT: files.output,
    GITHUB_STEP_SUMMARY: files.summary,
    RUNNER_TEMP: folder,
    ...run.environment,
  };
  const child = spawn(node24, [join(root, 'dist/index.js')], {
    cwd: run.workspace,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (log += data.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    code,
    log,
    outputs: parseOutputs(await readFile(files.output, 'utf8')),
    summary: await readFile(files.summary, 'utf8'),
    annotations: parseAnnotations(log),
  };
}

/** `name<<delimiter`, lines, `delimiter`: the runner's file commands. */
function parseOutputs(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^([\w-]+)<<(.+)\n([\s\S]*?)\n\2$/gm)].map((match) => [match[1] ?? '', match[3] ?? '']),
  );
}

function parseAnnotations(log: string): Annotation[] {
  const plain = (text: string): string =>
    text
      .replaceAll('%0A', '\n')
      .replaceAll('%0D', '\r')
      .replaceAll('%3A', ':')
      .replaceAll('%2C', ',')
      .replaceAll('%25', '%');
  return [...log.matchAll(/^::(error|warning|notice)(?: ([^:\n]*))?::(.*)$/gm)].map(
    ([, level = '', properties = '', message = '']) => ({
      level,
      message: plain(message),
      properties: Object.fromEntries(
        properties
          .split(',')
          .filter((each) => each !== '')
          .map((each) => each.split('=').map(plain) as [string, string]),
      ),
    }),
  );
}
