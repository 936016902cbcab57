import { mkdir, mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../domain/environment.js';

/** git refuses a repository that another user owns, as a container job's checkout is. In 2.35.2's words, and in later ones'. */
export function isForeignOwned(stderr: string): boolean {
  return /unsafe repository|dubious ownership/i.test(stderr);
}

/**
 * An environment in which git trusts the folder though another user owns it, for versions that heed `-c safe.directory`
 * nowhere (2.35.2 to 2.37, and what distributions have made of older ones): the user's configuration, and that one line.
 * Files of this process alone, removed at its end.
 * @param version `[2, 34]`
 */
export async function trustingFolder(
  folder: string,
  environment: Environment,
  version: readonly [number, number],
): Promise<Readonly<Record<string, string>>> {
  const home = environment['HOME'] ?? '';
  const xdg = environment['XDG_CONFIG_HOME'] ?? join(home, '.config');
  const place = await mkdtemp(join(environment['RUNNER_TEMP'] ?? tmpdir(), 'model-promotion-git-'));
  process.once('exit', () => {
    rmSync(place, { recursive: true, force: true });
  });
  const folders = new Set([folder, await realpath(folder)]);
  // Instead of the user's files, which git would not read besides.
  const given = environment['GIT_CONFIG_GLOBAL'];
  const own = given === undefined ? [join(xdg, 'git/config'), join(home, '.gitconfig')] : [given];
  if (version[0] > 2 || version[1] >= 32) {
    const file = join(place, 'config');
    await writeFile(file, configuration(own, folders));
    return { GIT_CONFIG_GLOBAL: file };
  }
  await mkdir(join(place, 'git'));
  await writeFile(join(place, 'git/config'), configuration([join(xdg, 'git/config')], folders));
  return { XDG_CONFIG_HOME: place };
}

function configuration(includes: readonly string[], folders: ReadonlySet<string>): string {
  const quoted = (text: string): string => `"${text.replaceAll(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;
  return [
    '[include]',
    ...includes.map((path) => `\tpath = ${quoted(path)}`),
    '[safe]',
    ...[...folders].map((folder) => `\tdirectory = ${quoted(folder)}`),
    '',
  ].join('\n');
}
