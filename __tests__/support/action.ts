import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { closing } from './closing.js';
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
  /** The Node that runs it, instead of a runner's Node 24. */
  readonly node?: string;
  /** Ends a run that hangs; four minutes by default. */
  readonly timeoutMs?: number;
  /** Sent to the process as soon as it has written the line. */
  readonly signal?: { readonly name: NodeJS.Signals; readonly after: string };
  /** What a runner never gives: arguments behind the file. */
  readonly args?: readonly string[];
  /** Runs the post step instead, with what the step has saved. */
  readonly post?: ActionResult['state'];
  /** Told how to end it as a lost machine does: at once, with all that it started and that stayed in its group. */
  readonly started?: (kill: () => void) => void;
}

export interface Annotation {
  readonly level: string;
  readonly message: string;
  readonly properties: Readonly<Record<string, string>>;
}

export interface ActionResult {
  readonly code: number | null;
  /** Both streams as they came, as a job's log has them. */
  readonly log: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** What it saved for a `post` step. */
  readonly state: Readonly<Record<string, string>>;
  /** What it wrote into the later steps' environment and PATH, which is a danger: as text. */
  readonly leaked: string;
  readonly annotations: readonly Annotation[];
}

interface Metadata {
  readonly runs: { readonly main: string; readonly post: string };
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
}

/** Runs the step or its post step as the runner does: inputs with their defaults from action.yml, event and output files. */
export async function runAction(run: ActionRun): Promise<ActionResult> {
  const folder = await mkdtemp(join(tmpdir(), 'runner-'));
  const place = (name: string): string => join(folder, name);
  const files = {
    output: place('output'),
    summary: place('summary'),
    state: place('state'),
    env: place('env'),
    path: place('path'),
    event: place('event.json'),
  };
  await Promise.all(Object.values(files).map((file) => writeFile(file, '')));
  await writeFile(files.event, JSON.stringify(run.event ?? { repository: { default_branch: 'main' } }));
  const { inputs, runs } = parse(await readFile(join(root, 'action.yml'), 'utf8')) as Metadata;
  const defaults = Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [
      name,
      (input.default ?? '').replace('${{ github.token }}', run.token ?? ''),
    ]),
  );
  const given = Object.entries({ ...defaults, ...run.inputs }).map(
    ([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value] as const,
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
    GITHUB_REF_NAME: 'main',
    GITHUB_REF_TYPE: 'branch',
    GITHUB_JOB: 'promote',
    GITHUB_WORKFLOW: 'Promote',
    GITHUB_ACTION: '__self',
    GITHUB_SHA: headOf(run.workspace) ?? 'a'.repeat(40),
    GITHUB_RUN_ID: '4711',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_ACTOR: 'octocat',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_API_URL: 'http://127.0.0.1:9',
    GITHUB_OUTPUT: files.output,
    GITHUB_STEP_SUMMARY: files.summary,
    GITHUB_STATE: files.state,
    GITHUB_ENV: files.env,
    GITHUB_PATH: files.path,
    RUNNER_OS: 'Linux',
    RUNNER_TEMP: folder,
    ...Object.fromEntries(Object.entries(run.post ?? {}).map(([name, value]) => [`STATE_${name}`, value])),
    ...run.environment,
  };
  const file = join(root, run.post === undefined ? runs.main : runs.post);
  const child = spawn(run.node ?? node24, [file, ...(run.args ?? [])], {
    cwd: run.workspace,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: run.timeoutMs ?? 240_000,
    killSignal: 'SIGKILL',
    detached: run.started !== undefined,
  });
  const end = closing(() => {
    child.kill('SIGKILL');
  });
  run.started?.(() => {
    // Without an exit yet its number is still its own.
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, 'SIGKILL');
  });
  const said = { log: '', stdout: '', stderr: '' };
  let signalled = false;
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
      said.log += text;
      if (run.signal === undefined || signalled || !said.log.includes(run.signal.after)) return;
      signalled = true;
      child.kill(run.signal.name);
    });
  }
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('close', resolve).once('error', reject),
  ).finally(() => void end());
  const written = (file: string): Promise<string> => readFile(file, 'utf8');
  return {
    code,
    ...said,
    outputs: parseFileCommands(await written(files.output)),
    summary: await written(files.summary),
    state: parseFileCommands(await written(files.state)),
    leaked: (await written(files.env)) + (await written(files.path)),
    annotations: parseAnnotations(said.log),
  };
}

/** The commit that a workflow's checkout has; undefined where there is none. */
function headOf(workspace: string): string | undefined {
  const git = spawnSync('git', ['-C', workspace, 'rev-parse', '--verify', '--quiet', 'HEAD'], { encoding: 'utf8' });
  return git.status === 0 ? git.stdout.trim() : undefined;
}

/** `name<<delimiter`, lines, `delimiter`: the runner's file commands. */
function parseFileCommands(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^([\w-]+)<<(.+)\n([\s\S]*?)\n\2$/gm)].map((match) => [match[1] ?? '', match[3] ?? '']),
  );
}

/** A runner takes a command after blanks, too: what is not ours must not look like one. */
function parseAnnotations(log: string): Annotation[] {
  const plain = (text: string): string =>
    text
      .replaceAll('%0A', '\n')
      .replaceAll('%0D', '\r')
      .replaceAll('%3A', ':')
      .replaceAll('%2C', ',')
      .replaceAll('%25', '%');
  return [...log.matchAll(/^[^\S\n]*::(error|warning|notice)(?: ([^:\n]*))?::(.*)$/gm)].map(
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
