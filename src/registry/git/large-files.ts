import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PromotionError } from '../../domain/errors.js';
import { isObject, largestPointer, lfsPointer, objectPath, writeObject, type LfsPointer } from '../../git/lfs.js';
import type { GitRepository } from '../../git/repository.js';
import { metricsText } from './metrics-file.js';

/** Far more than metrics are. */
const largestText = 32 * 1024 * 1024;

/**
 * A text at a commit, by way of Git LFS where that keeps it; undefined where the commit has none.
 * @throws PromotionError see `GitRepository.lfsObjects`; `METRIC_UNREADABLE` for one of more than 32 MiB
 */
export async function textOf(
  repository: GitRepository,
  commit: string,
  path: string,
  owner: string,
): Promise<string | undefined> {
  const bytes = await repository.showBytes(commit, path);
  const pointer = bytes === undefined ? undefined : lfsPointer(bytes, path);
  if (pointer === undefined) return bytes === undefined ? undefined : metricsText(bytes, path);
  if (pointer.size > largestText) {
    throw new PromotionError(
      'METRIC_UNREADABLE',
      `'${path}' of ${owner} has ${pointer.size} bytes: that is no metrics file.`,
      {
        cure: 'Correct registry.metrics_file.',
      },
    );
  }
  const objects = await repository.lfsObjects(commit, new Map([[path, pointer]]), owner);
  const found = await readFile(objectPath(objects, pointer));
  if (await isObject(found, pointer)) return metricsText(found, path);
  throw new PromotionError('FILE_UNSAFE', `The Git LFS object of '${path}' of ${owner} is not what its pointer says.`, {
    cure: `Delete ${pointer.oid} below .git/lfs/objects, and run again.`,
  });
}

/**
 * Puts the files themselves in the place of Git LFS pointers among a version's files.
 * @throws PromotionError see `GitRepository.lfsObjects`, `writeObject`
 */
export async function replacePointers(
  repository: GitRepository,
  version: {
    readonly commit: string;
    readonly folder: string;
    /** Relative to the folder, without links. */
    readonly files: readonly string[];
    readonly owner: string;
  },
): Promise<void> {
  const { commit, folder, files, owner } = version;
  const pointers = new Map<string, LfsPointer>();
  for (const name of files) {
    const place = join(folder, name);
    if ((await stat(place)).size >= largestPointer) continue;
    const pointer = lfsPointer(await readFile(place), name);
    if (pointer !== undefined) pointers.set(name, pointer);
  }
  if (pointers.size === 0) return;
  const objects = await repository.lfsObjects(commit, pointers, owner);
  for (const [name, pointer] of pointers) await writeObject(objects, pointer, join(folder, name), name);
}
