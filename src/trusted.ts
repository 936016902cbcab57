import {
  chmod,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { PromotionError } from './errors.js';
import type { GitRepository, TreeEntry } from './git/repository.js';

/** What the policy's own commit has at the trusted paths. */
interface Original {
  /** Git's: `100644`, `100755` or `120000` for a symbolic link. */
  readonly mode: string;
  readonly bytes: Buffer;
}

export interface TrustedPlaces {
  readonly workspace: string;
  readonly repository: Pick<GitRepository, 'listFiles' | 'readBlobs'>;
  /** The commit that the policy is of. */
  readonly commit: string;
  /** Files and folders, relative to the repository's root. */
  readonly paths: readonly string[];
  /** An empty folder of ours. */
  readonly temporary: string;
}

/**
 * Puts what the policy's commit has at the trusted paths in the place of what the workspace has there, byte for byte
 * and with nothing beside it, for as long as `act` takes: a change cannot bring its own judge.
 * @param act is told which files were otherwise
 * @throws PromotionError `POLICY_INVALID` for a path that the commit lacks, `FILE_UNSAFE` for one that the workspace
 *   leads elsewhere by a symbolic link
 */
export async function withTrusted<T>(
  places: TrustedPlaces,
  act: (different: readonly string[]) => Promise<T>,
): Promise<T> {
  const { workspace, temporary, paths } = places;
  const kept: { readonly path: string; readonly copy: string; readonly existed: boolean }[] = [];
  const different: string[] = [];
  try {
    for (const [index, given] of paths.entries()) {
      const path = posix.normalize(given).replace(/\/$/, '');
      const originals = await originalsAt(places, path);
      await refuseDetour(workspace, path);
      const changed = await changes(workspace, path, originals);
      if (changed.length === 0) continue;
      different.push(...changed);
      const place = join(workspace, path);
      const copy = join(temporary, `kept-${index}`);
      const existed = (await lstat(place).catch(() => undefined)) !== undefined;
      if (existed) await cp(place, copy, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
      kept.push({ path: place, copy, existed });
      await rm(place, { recursive: true, force: true });
      for (const [name, original] of originals) await lay(join(workspace, name), original);
    }
    return await act(different);
  } finally {
    for (const { path, copy, existed } of kept.reverse()) {
      await rm(path, { recursive: true, force: true });
      if (existed) await cp(copy, path, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    }
  }
}

async function originalsAt(
  { repository, commit }: TrustedPlaces,
  path: string,
): Promise<ReadonlyMap<string, Original>> {
  const entries: readonly TreeEntry[] = await repository.listFiles(commit, [path]);
  if (entries.length === 0) {
    throw new PromotionError(
      'POLICY_INVALID',
      `'trusted' names '${path}', and the policy's commit ${commit.slice(0, 8)} has no such file or folder.`,
      { cure: "Correct 'trusted', or merge the file first." },
    );
  }
  const blobs = await repository.readBlobs(entries.map(({ object }) => object));
  return new Map(
    entries.map((entry, index) => [entry.path, { mode: entry.mode, bytes: blobs[index] ?? Buffer.alloc(0) }]),
  );
}

/** A folder on the way that is a link would have us write, and the command read, somewhere else. */
async function refuseDetour(workspace: string, path: string): Promise<void> {
  const folder = dirname(join(workspace, path));
  const real = await realpath(folder).catch(() => undefined);
  if (real === undefined || real === join(await realpath(workspace), dirname(path))) return;
  throw new PromotionError(
    'FILE_UNSAFE',
    `'trusted' names '${path}', and a folder on the way there is a symbolic link.`,
    {
      cure: 'Make it a folder again.',
    },
  );
}

async function changes(
  workspace: string,
  path: string,
  originals: ReadonlyMap<string, Original>,
): Promise<readonly string[]> {
  const here = await filesUnder(workspace, path);
  const names = new Set([...originals.keys(), ...here]);
  const changed: string[] = [];
  for (const name of names) {
    const original = originals.get(name);
    if (original === undefined || !(await isAs(join(workspace, name), original))) changed.push(name);
  }
  return changed.sort();
}

async function isAs(place: string, { mode, bytes }: Original): Promise<boolean> {
  const status = await lstat(place).catch(() => undefined);
  if (status === undefined) return false;
  if (mode === '120000') return status.isSymbolicLink() && bytes.equals(Buffer.from(await readlink(place)));
  return status.isFile() && bytes.equals(await readFile(place));
}

async function filesUnder(workspace: string, path: string): Promise<readonly string[]> {
  const status = await lstat(join(workspace, path)).catch(() => undefined);
  if (status === undefined) return [];
  if (!status.isDirectory()) return [path];
  const entries = await readdir(join(workspace, path), { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    const name = posix.join(path, entry.name);
    found.push(...(entry.isDirectory() ? await filesUnder(workspace, name) : [name]));
  }
  return found;
}

async function lay(place: string, { mode, bytes }: Original): Promise<void> {
  await mkdir(dirname(place), { recursive: true });
  if (mode === '120000') return symlink(bytes.toString('utf8'), place);
  await writeFile(place, bytes, { flag: 'wx' });
  if (mode === '100755') await chmod(place, 0o755);
}
