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
import { PromotionError } from '../../domain/errors.js';
import { isObject, lfsPointer, writeObject, type LfsPointer } from '../../git/lfs.js';
import type { TreeEntry } from '../../git/files.js';
import type { GitRepository } from '../../git/repository.js';

/** What the policy's own commit has at the trusted paths. */
interface Original {
  /** Git's: `100644`, `100755` or `120000` for a symbolic link. */
  readonly mode: string;
  readonly bytes: Buffer;
  /** Where the commit has a pointer of Git LFS: the file itself counts, which is too large to hold. */
  readonly large?: { readonly pointer: LfsPointer; readonly objects: string };
}

type Originals = ReadonlyMap<string, Original>;

export interface TrustedPlaces {
  readonly workspace: string;
  readonly repository: Pick<GitRepository, 'listFiles' | 'readBlobs' | 'lfsObjects'>;
  /** The commit that the policy is of. */
  readonly commit: string;
  /** Files and folders, relative to the repository's root. */
  readonly paths: readonly string[];
  /** An empty folder of ours. */
  readonly temporary: string;
}

/** The trusted paths as they were pinned. */
export interface PinnedFiles {
  /** The files that were otherwise before. */
  readonly different: readonly string[];
  /** The files that are otherwise now: what runs here can write there. */
  readonly changedSince: () => Promise<readonly string[]>;
}

/** Written beside what it runs by Python and pytest unasked, and by whoever likes: it is removed, not pointed out. */
const cache = /\/(__pycache__|\.pytest_cache)(\/|$)/;

/**
 * Puts what the policy's commit has at the trusted paths in the place of what the workspace has there, byte for byte
 * and with nothing beside it, for as long as `act` takes: a change cannot bring its own judge.
 * @throws PromotionError `POLICY_INVALID` for a path that the commit lacks, `FILE_UNSAFE` for one that the workspace
 *   leads elsewhere by a symbolic link, `GIT_FAILED` for a Git LFS object that cannot be had
 */
export async function pinFiles<T>(places: TrustedPlaces, act: (pinned: PinnedFiles) => Promise<T>): Promise<T> {
  const { workspace, temporary, paths } = places;
  const kept: { readonly path: string; readonly copy: string; readonly existed: boolean }[] = [];
  const different: string[] = [];
  // In memory: a command can write to the repository, too.
  const trusted = new Map<string, Originals>();
  try {
    for (const [index, given] of paths.entries()) {
      const path = posix.normalize(given).replace(/\/$/, '');
      const originals = await originalsAt(places, path);
      if (await isDetour(workspace, path)) throw symlinkInPath(path);
      trusted.set(path, originals);
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
    return await act({ different, changedSince: () => changedSince(workspace, trusted) });
  } finally {
    for (const { path, copy, existed } of kept.reverse()) {
      await rm(path, { recursive: true, force: true });
      if (existed) await cp(copy, path, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    }
  }
}

async function originalsAt({ repository, commit }: TrustedPlaces, path: string): Promise<Originals> {
  const entries: readonly TreeEntry[] = await repository.listFiles(commit, [path]);
  if (entries.length === 0) {
    throw new PromotionError(
      'POLICY_INVALID',
      `'trusted' names '${path}', and the policy's commit ${commit.slice(0, 8)} has no such file or folder.`,
      { cure: "Correct 'trusted', or merge the file first." },
    );
  }
  const blobs = await repository.readBlobs(entries.map(({ object }) => object));
  const files = entries.map(({ mode, path: name }, index) => ({ mode, name, bytes: blobs[index] ?? Buffer.alloc(0) }));
  const pointers = new Map<string, LfsPointer>();
  for (const { mode, name, bytes } of files) {
    const pointer = mode === '120000' ? undefined : lfsPointer(bytes, name);
    if (pointer !== undefined) pointers.set(name, pointer);
  }
  const owner = `the policy's commit ${commit.slice(0, 8)}`;
  const objects = pointers.size === 0 ? '' : await repository.lfsObjects(commit, pointers, owner);
  return new Map(
    files.map(({ mode, name, bytes }): [string, Original] => {
      const pointer = pointers.get(name);
      return [name, { mode, bytes, ...(pointer === undefined ? {} : { large: { pointer, objects } }) }];
    }),
  );
}

/** A folder on the way that is a link would have us write, and the command read, somewhere else. */
async function isDetour(workspace: string, path: string): Promise<boolean> {
  const folder = dirname(join(workspace, path));
  const real = await realpath(folder).catch(() => undefined);
  return real !== undefined && real !== join(await realpath(workspace), dirname(path));
}

function symlinkInPath(path: string): PromotionError {
  return new PromotionError(
    'FILE_UNSAFE',
    `'trusted' names '${path}', and a folder on the way there is a symbolic link.`,
    {
      cure: 'Make it a folder again.',
    },
  );
}

async function changedSince(workspace: string, trusted: ReadonlyMap<string, Originals>): Promise<readonly string[]> {
  const changed = new Set<string>();
  for (const [path, originals] of trusted) {
    if (await isDetour(workspace, path)) {
      changed.add(path);
      continue;
    }
    for (const name of await changes(workspace, path, originals)) {
      if (originals.has(name) || !cache.test(name)) changed.add(name);
      else await rm(join(workspace, name), { recursive: true, force: true }).catch(() => changed.add(name));
    }
  }
  return [...changed].sort();
}

async function changes(workspace: string, path: string, originals: Originals): Promise<readonly string[]> {
  const here = await filesUnder(workspace, path);
  const names = new Set([...originals.keys(), ...here]);
  const changed: string[] = [];
  for (const name of names) {
    const original = originals.get(name);
    if (original === undefined || !(await isAs(join(workspace, name), original))) changed.push(name);
  }
  return changed.sort();
}

async function isAs(place: string, { mode, bytes, large }: Original): Promise<boolean> {
  const status = await lstat(place).catch(() => undefined);
  if (status === undefined) return false;
  if (mode === '120000') return status.isSymbolicLink() && bytes.equals(Buffer.from(await readlink(place)));
  if (large !== undefined)
    return status.isFile() && status.size === large.pointer.size && isObject(place, large.pointer);
  if (!status.isFile() || status.size !== bytes.length) return false;
  // What cannot be read is not as it was.
  return (await readFile(place).catch(() => undefined))?.equals(bytes) === true;
}

async function filesUnder(workspace: string, path: string): Promise<readonly string[]> {
  const status = await lstat(join(workspace, path)).catch(() => undefined);
  if (status === undefined) return [];
  if (!status.isDirectory()) return [path];
  const entries = await readdir(join(workspace, path), { withFileTypes: true }).catch(() => undefined);
  // A folder that cannot be listed is named itself, and so is told as changed.
  if (entries === undefined) return [path];
  const found: string[] = [];
  for (const entry of entries) {
    const name = posix.join(path, entry.name);
    found.push(...(entry.isDirectory() ? await filesUnder(workspace, name) : [name]));
  }
  return found;
}

async function lay(place: string, { mode, bytes, large }: Original): Promise<void> {
  await mkdir(dirname(place), { recursive: true });
  if (mode === '120000') return symlink(bytes.toString('utf8'), place);
  await writeFile(place, large === undefined ? bytes : '', { flag: 'wx' });
  if (large !== undefined) await writeObject(large.objects, large.pointer, place, place);
  if (mode === '100755') await chmod(place, 0o755);
}
