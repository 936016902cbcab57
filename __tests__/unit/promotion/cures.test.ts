import { afterAll, describe, expect, test } from '@jest/globals';
import { archive } from '../../../src/promotion/archive.js';
import {
  actOf,
  applyOf,
  curesIn,
  newPlace,
  planIn,
  removeTemplates,
  unsettled,
  type Cure,
  type Mode,
  type Place,
} from '../../support/cures-world.js';
import { removeWorlds } from '../../support/mlflow-world.js';

/**
 * Brings about each state that people bring about with other tools, runs each command in it, and does what its
 * message tells to do: then all must be settled, after two commands at most.
 */
interface Disturbance {
  readonly name: string;
  readonly modes: readonly Mode[];
  /** How many versions there are; the first two held production. */
  readonly versions?: number;
  /** The stage that is disturbed and looked at; default production. */
  readonly stage?: string;
  readonly bring: (place: Place) => unknown;
}

const everywhere: readonly Mode[] = ['alias', 'stage', 'model', 'git'];
const mlflowModes: readonly Mode[] = ['alias', 'stage', 'model'];

/** Gives a stage to a version, or to nobody, past the gate. */
async function give(place: Place, stage: string, version: string | undefined): Promise<void> {
  const { mlflow: world, git, mode } = place;
  if (world !== undefined) {
    const { mlflow } = world;
    const model = mode === 'model' ? `churn-${stage}` : 'churn';
    const aliases = mlflow.models.get(model)?.aliases;
    if (mode === 'stage') {
      const name = stage === 'production' ? 'Production' : 'Staging';
      for (const each of mlflow.models.get('churn')?.versions ?? []) {
        if (each.current_stage === name) each.current_stage = 'None';
        if (each.version === version) each.current_stage = name;
      }
    } else if (version === undefined) aliases?.delete(stage);
    else {
      const copy = mlflow.models.get(model)?.versions.find(({ source }) => source === `models:/churn/${version}`);
      mlflow.setAlias(model, stage, mode === 'model' ? (copy?.version ?? '') : version);
    }
    return;
  }
  if (git === undefined) return;
  const { at, path, commits } = git;
  const index = place.versions.indexOf(version ?? '');
  at.clock += 60_000;
  if (version !== undefined) await at.annotate(path, `churn#${stage}#90`, commits[index]);
  else
    for (const [number, commit] of commits.entries()) await at.annotate(path, `churn#${stage}!#${90 + number}`, commit);
  await at.git(path, 'push', '-q', 'origin', '--tags');
}

/** Deletes a version, as MLflow 2 or 3 does; in git it is deregistered. */
async function remove({ mlflow: world, git, versions }: Place, index: number, keepsAliases: boolean): Promise<void> {
  const version = versions[index] ?? '';
  world?.mlflow.remove('churn', version, keepsAliases);
  if (git === undefined) return;
  git.at.clock += 60_000;
  if (keepsAliases) await git.at.annotate(git.path, `churn@${version}!`, git.commits[index]);
  else await git.at.git(git.path, 'push', '-q', 'origin', `:refs/tags/churn@${version}`);
  await git.at.git(git.path, 'push', '-q', 'origin', '--tags').catch(() => undefined);
  if (!keepsAliases) {
    await git.at.git(git.path, 'tag', '-d', `churn@${version}`);
    await git.at.git(git.path, 'push', '-q', 'origin', `:refs/tags/churn@${version}`).catch(() => undefined);
  }
}

const disturbances: readonly Disturbance[] = [
  { name: 'production was emptied', modes: everywhere, bring: (place) => give(place, 'production', undefined) },
  {
    name: 'staging was emptied',
    modes: everywhere,
    stage: 'staging',
    bring: (place) => give(place, 'staging', undefined),
  },
  {
    name: 'production was given back to the one before',
    modes: everywhere,
    bring: (place) => give(place, 'production', place.versions[0]),
  },
  {
    name: 'production was given to one that was never there',
    modes: ['alias', 'stage', 'git'],
    bring: (place) => give(place, 'production', place.versions[2]),
  },
  {
    name: 'the only one there ever was is taken away',
    modes: everywhere,
    versions: 1,
    bring: (place) => give(place, 'production', undefined),
  },
  { name: 'the holder was deleted, and its alias left', modes: everywhere, bring: (place) => remove(place, 1, true) },
  {
    name: 'the holder was deleted, and its alias with it',
    modes: everywhere,
    bring: (place) => remove(place, 1, false),
  },
  {
    name: 'the only holder there ever was is deleted',
    modes: ['alias', 'stage', 'git'],
    versions: 1,
    bring: (place) => remove(place, 0, true),
  },
  {
    name: 'the copy that has the alias was deleted',
    modes: ['model'],
    bring: ({ mlflow }) => mlflow?.mlflow.remove('churn-production', '2', true),
  },
  {
    name: 'the copy that has the alias is of another',
    modes: ['model'],
    bring: ({ mlflow }) =>
      mlflow?.mlflow.models
        .get('churn-production')
        ?.versions.find(({ version }) => version === '2')
        ?.tags.set('promotion_copy_of', 'churn/3'),
  },
  {
    name: 'two versions are in Production',
    modes: ['stage'],
    bring: ({ mlflow }) => {
      const first = mlflow?.mlflow.models.get('churn')?.versions[0];
      if (first !== undefined) first.current_stage = 'Production';
    },
  },
  {
    name: 'an archive may not be finished',
    modes: mlflowModes,
    bring: async (place) => {
      const { mlflow: world } = place;
      if (world === undefined) return;
      // It leaves nothing before the credential loses its right: the run that began it is killed there.
      const append = world.log.append.bind(world.log);
      const ask = world.mlflow.fetch;
      world.log.append = async (told, options) => {
        const result = await append(told, options);
        world.mlflow.fetch = () => Promise.reject(new Error('Killed.'));
        world.log.append = () => Promise.reject(new Error('Killed.'));
        return result;
      };
      await place.act((work) => archive(work, '2'), 'production', { reason: 'x' });
      world.log.append = append;
      world.mlflow.fetch = ask;
      world.mlflow.forbidden = /^DELETE registered-models\/alias|transition-stage .*"Archived"/;
    },
  },
  {
    name: 'two version tags are on the commit of the live one',
    modes: ['git'],
    bring: async ({ git }) => {
      if (git === undefined) return;
      await git.at.annotate(git.path, 'churn@v1.2.1', git.commits[1]);
      await git.at.git(git.path, 'push', '-q', 'origin', '--tags');
    },
  },
  {
    name: 'two version tags are on the commit of a new one',
    modes: ['git'],
    bring: async ({ git }) => {
      if (git === undefined) return;
      await git.at.annotate(git.path, 'churn@v1.3.1', git.commits[2]);
      await git.at.git(git.path, 'push', '-q', 'origin', '--tags');
    },
  },
];

/** Each command, and for what version: the newest, which is not in production yet, or the holder that was. */
const commands: readonly (readonly [command: string, version?: 'newest' | 'holder'])[] = [
  ['promote', 'newest'],
  ['gate', 'newest'],
  ['apply', 'newest'],
  ['rollback'],
  ['adopt'],
  ['status'],
  ['monitor'],
  ['archive', 'holder'],
  ['archive', 'newest'],
  ['register', 'holder'],
  ['register', 'newest'],
];

/** `FAULTS=all`: every command in every state of a real git repository, too, which takes minutes. */
const isComplete = process.env['FAULTS'] === 'all';

/** In git a sample: every fourth command, in each state other ones. */
function commandsIn(mode: Mode, state: number): typeof commands {
  return mode !== 'git' || isComplete ? commands : commands.filter((_, index) => index % 4 === state % 4);
}

const counts = { states: 0, cells: 0, cures: 0, lost: 0 };
afterAll(async () => {
  removeWorlds();
  await removeTemplates();
  process.stderr.write(
    `${counts.states} disturbed states, ${counts.cells} with each command; ${counts.cures} cures followed, ${counts.lost} without a way out\n`,
  );
});

/** Runs a command, and says what came of it; `status` says what it shows. */
async function say(place: Place, command: string, version: string | undefined): Promise<string> {
  if (command === 'status') return (await unsettled(place)).join('\n');
  const act = command === 'apply' ? applyOf(place) : actOf(command, version);
  return place.act(act, place.stage, { reason: 'a test' });
}

/** Does what the cure says; returns what came of it. */
async function follow(place: Place, cure: Cure): Promise<string> {
  if ('git' in cure) {
    await place.git?.at.git(place.git.path, ...cure.git.split(' ').slice(1));
    return 'done';
  }
  const override = cure.inputs.get('override') === 'champion' ? { override: 'champion' as const } : {};
  return place.act(actOf(cure.command, cure.inputs.get('version')), cure.inputs.get('stage') ?? place.stage, {
    reason: 'as the message said',
    ...override,
  });
}

/** What changes nothing, and what needs a run's id that only its reader knows. */
function settlesNothing({ command, inputs }: Exclude<Cure, { readonly git: string }>): boolean {
  return ['status', 'gate'].includes(command) || inputs.has('run');
}

const cells = disturbances.flatMap((each, index) =>
  each.modes.map((mode) => [mode, each.name, { ...each, commands: commandsIn(mode, index) }] as const),
);

describe.each(cells)('%s: %s', (mode, _, { versions = 3, stage = 'production', bring, commands }) => {
  test('whatever is run, its message leads out', async () => {
    counts.states += 1;
    for (const [command, which] of commands) {
      counts.cells += 1;
      const place = await newPlace(mode, versions);
      try {
        place.stage = stage;
        const newest = place.versions.at(-1);
        const candidate = which === 'holder' ? place.versions[Math.min(1, versions - 1)] : which && newest;
        if (command === 'apply') await planIn(place, newest ?? '');
        await bring(place);
        let told = await say(place, command, candidate);
        const path = [`${command} ${candidate ?? ''}: ${told}`];
        // What refuses says itself what to type, whatever 'status' would say.
        if (/^(?:hold|error)/.test(told)) expect({ told, cures: curesIn(told) }).not.toEqual({ told, cures: [] });
        const named = (text: string): Cure | undefined =>
          curesIn(text).find((one) => 'git' in one || !settlesNothing(one));
        for (let step = 0; step < 2 && (await unsettled(place)).length > 0; step += 1) {
          // What a command has no part in, `status` tells of.
          const cure = named(told) ?? named(await say(place, 'status', undefined));
          if (cure === undefined) break;
          told = await follow(place, cure);
          counts.cures += 1;
          path.push(`${JSON.stringify('git' in cure ? cure : { ...cure, inputs: [...cure.inputs] })}: ${told}`);
        }
        const left = await unsettled(place);
        if (left.length > 0) counts.lost += 1;
        expect({ command, left, path: left.length > 0 ? path : [] }).toEqual({ command, left: [], path: [] });
      } finally {
        await place.dispose();
      }
    }
  }, 300_000);
});
