import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Subject } from './subject.js';
import type { World } from './world.js';

/** What there is to see of a promotion once it has ended, without what differs between any two: times, ids, runs. */
export interface State {
  readonly registry: unknown;
  /** The events that the contract names, oldest first. */
  readonly log: readonly string[];
  /** Undefined for a chain that is one. */
  readonly chain: string | undefined;
  /** How the action's comments on the pull request begin. */
  readonly comments: readonly string[];
  /** What each deployment ended in. */
  readonly deployments: readonly string[];
  readonly deployed: string;
}

const contract = new Set([
  'registered',
  'approved',
  'deployed',
  'rejected',
  'failed',
  'archived',
  'rolled_back',
  'adopted',
]);

export async function observe(world: World, subject: Subject): Promise<State> {
  const { git, marker, model, mode, pull } = subject;
  const { events, chain } = logOf(git.folder, model);
  const comments = await world.github.comments(pull.number);
  const deployments = world.github.deployments().filter(({ sha }) => sha === pull.sha);
  return {
    registry: mode === 'git' ? tags(git.folder) : await versions(world, mode, model),
    log: events,
    chain,
    comments: comments
      .filter(({ user }) => user.login === 'github-actions[bot]')
      .map(({ body }) => /[✅❌⏸⚠❗⏭]/u.exec(body)?.[0] ?? body.slice(0, 80)),
    // The next success in the environment makes this one inactive: that is not how it ended.
    deployments: deployments.map(({ statuses }) => statuses.find(({ state }) => state !== 'inactive')?.state ?? 'none'),
    deployed: readFileSync(marker, 'utf8'),
  };
}

/** Where two states differ, each place in a few words. */
export function differences(expected: unknown, found: unknown, path = ''): readonly string[] {
  if (JSON.stringify(expected) === JSON.stringify(found)) return [];
  if (isObject(expected) && isObject(found)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(found)])];
    return keys.flatMap((key) => differences(expected[key], found[key], path === '' ? key : `${path}.${key}`));
  }
  const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value)).slice(0, 160);
  return [`${path} is ${shown(found)} instead of ${shown(expected)}`];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function logOf(folder: string, model: string): { readonly events: readonly string[]; readonly chain?: string } {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const ref = `refs/promotion/${model}`;
  if (git('for-each-ref', ref).trim() === '') return { events: [], chain: 'there is no log' };
  const events: string[] = [];
  const commits = git('log', '--reverse', '--topo-order', '--format=%H %P', ref).trim().split('\n');
  for (const [index, line] of commits.entries()) {
    const [commit = '', ...parents] = line.split(' ').filter((each) => each !== '');
    const before = commits[index - 1]?.split(' ')[0];
    if (parents.join() !== (before ?? '')) return { events, chain: `commit ${index + 1} does not follow the last` };
    const event = JSON.parse(git('show', `${commit}:event.json`)) as Readonly<Record<string, unknown>>;
    if (!contract.has(String(event['type']))) continue;
    const { type, version, stage, previous } = event;
    events.push([type, version, stage, ...(previous === undefined ? [] : ['after', previous])].map(String).join(' '));
  }
  return { events };
}

/** GTO's tags and which commit each is on, by its subject. */
function tags(folder: string): unknown {
  const listed = execFileSync(
    'git',
    ['-C', folder, 'for-each-ref', '--format=%(refname:short) %(*subject)', 'refs/tags'],
    { encoding: 'utf8' },
  );
  return Object.fromEntries(
    listed
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
  );
}

interface RawVersion {
  readonly version: string;
  readonly current_stage?: string;
  readonly source?: string;
  readonly aliases?: readonly string[];
  readonly tags?: readonly { readonly key: string; readonly value: string }[];
}

async function versions({ mlflow }: World, mode: string, model: string): Promise<unknown> {
  const names = mode === 'mlflow model' ? [model, `${model}-production`] : [model];
  const read = async (name: string): Promise<unknown> => {
    const filter = encodeURIComponent(`name='${name}'`);
    const [{ model_versions: found = [] }, aliases] = await Promise.all([
      mlflow.call('GET', `model-versions/search?filter=${filter}`) as Promise<{ model_versions?: RawVersion[] }>,
      mlflow.aliases(name),
    ]);
    const all = found.map(({ version, current_stage: stage, source, tags: own = [] }) => [
      `version ${version}`,
      {
        ...(mode === 'mlflow stage' ? { stage } : {}),
        ...(source?.startsWith('models:') === true ? { source: source.replaceAll(model, 'churn') } : {}),
        tags: Object.fromEntries(
          own
            .toSorted((a, b) => (a.key < b.key ? -1 : 1))
            .map(({ key, value }) => [key, lasting(value.replaceAll(model, 'churn'))]),
        ),
      },
    ]);
    return { aliases, ...Object.fromEntries(all.toSorted()) };
  };
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name.replace(model, 'churn'), await read(name)])),
  );
}

/** A tag's value without what no two promotions share. */
function lasting(value: string): unknown {
  if (!value.startsWith('{')) return value;
  const {
    at: _,
    run: __,
    evidence: ___,
    commit: ____,
    policy: _____,
    ...rest
  } = JSON.parse(value) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(rest)
      .filter(([key]) => !/^operation|attempt/i.test(key))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}
