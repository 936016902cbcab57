import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, posix, relative, resolve } from 'node:path';
import { PromotionError } from '../domain/errors.js';
import { leadsOut } from './workspace.js';
import { listKnownNames } from '../domain/suggest.js';

/**
 * The folder of the checkout: the workspace, or what the input `path` names in it.
 * @param path as actions/checkout takes it: relative to the workspace, or whole
 * @throws PromotionError `FILE_UNSAFE` for one that leads out of the workspace, `INPUT_INVALID` for one that is no folder
 */
export async function checkoutFolder(workspace: string, path: string | undefined): Promise<string> {
  if (path === undefined) return workspace;
  const folder = resolve(workspace, path);
  const real = await realpath(folder).catch(() => undefined);
  // By its text too: what is not there leads nowhere.
  if (relative(workspace, folder).startsWith('..') || (real !== undefined && (await leadsOut(workspace, real)))) {
    throw new PromotionError('FILE_UNSAFE', `Input 'path' is '${path}', and that leads out of the workspace.`, {
      cure: "Give the same 'path' as to actions/checkout.",
    });
  }
  if (real !== undefined && (await stat(real)).isDirectory()) {
    const around = await checkoutAround(await realpath(workspace), real);
    if (around === undefined) return real;
    throw new PromotionError(
      'INPUT_INVALID',
      `Input 'path' is '${path}', which is a folder inside the checkout in '${around}'.`,
      {
        cure: `${around === '.' ? "Leave 'path' out" : `Set the input 'path: ${around}'`}: the policy, 'working_directory' and files are named from the repository's root.`,
      },
    );
  }
  const entries = await readdir(workspace, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  throw new PromotionError(
    'INPUT_INVALID',
    `Input 'path' is '${path}', and the workspace has no such folder. ${listKnownNames('folders', path, folders)}`,
    { cure: "Give the same 'path' as to actions/checkout, in a step before this one." },
  );
}

/** The checkout that a folder lies in without being one, as far up as the workspace; relative to that. */
async function checkoutAround(workspace: string, folder: string): Promise<string | undefined> {
  for (let place = folder; ; place = dirname(place)) {
    if ((await lstat(join(place, '.git')).catch(() => undefined)) !== undefined)
      return place === folder ? undefined : relative(workspace, place) || '.';
    if (place === workspace || place === dirname(place)) return undefined;
  }
}

/** Where below a folder that is no checkout there are some, nearest first; none where it is one itself. */
export async function checkoutsBelow(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  const look = async (place: string, depth: number): Promise<void> => {
    if ((await lstat(join(folder, place, '.git')).catch(() => undefined)) !== undefined) return void found.push(place);
    if (depth === 0) return;
    const entries = await readdir(join(folder, place), { withFileTypes: true }).catch(() => []);
    for (const entry of entries.slice(0, 200)) {
      if (entry.isDirectory() && !/^(\.|node_modules$)/.test(entry.name))
        await look(posix.join(place, entry.name), depth - 1);
    }
  };
  await look('.', 2);
  return found.filter((place) => place !== '.').sort((a, b) => a.split('/').length - b.split('/').length);
}

/** What to do where a checkout was needed, and there is one elsewhere; else as given. */
export function checkoutCure(elsewhere: readonly string[], otherwise: string): string {
  const [only, another] = elsewhere;
  if (only === undefined) return otherwise;
  if (another === undefined) return `The checkout is in '${only}': set the input 'path: ${only}'.`;
  const shown = elsewhere.slice(0, 5).map((place) => `'${place}'`);
  return `There are checkouts in ${shown.join(', ')}: set the input 'path' to that of this repository.`;
}
