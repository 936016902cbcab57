import { readlink, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, parse, relative, resolve, sep } from 'node:path';
import { PromotionError } from '../../domain/errors.js';
import { oneLine } from '../../git/tag.js';

/** As many as Linux follows: https://man7.org/linux/man-pages/man7/path_resolution.7.html */
const most = 40;

/**
 * Refuses links that lead out of a folder of files once all of them are there: `..` after a link goes up from where
 * that leads, so what each says by itself proves nothing. One to nothing is refused only where that lies outside.
 * @param paths the links, relative to the folder
 * @throws PromotionError `FILE_UNSAFE`
 */
export async function refuseLinksOut(folder: string, paths: readonly string[], owner: string): Promise<void> {
  const root = await realpath(folder);
  for (const path of paths) {
    const leads = await destination(root, path);
    if (leads !== undefined && isWithin(root, leads)) continue;
    const where = leads === undefined ? 'in circles' : "out of the version's files";
    throw new PromotionError('FILE_UNSAFE', `'${oneLine(path)}' of ${owner} is a link that leads ${where}.`, {
      cure: "Commit the file itself, or leave the link out of 'files'.",
    });
  }
}

function isWithin(root: string, path: string): boolean {
  const inside = relative(root, path);
  return inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}

/** Where a path leads through every link, as `realpath` has it, also where nothing is there; undefined for circles. */
async function destination(root: string, path: string): Promise<string | undefined> {
  const parts = partsOf(path);
  let at = root;
  let links = 0;
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    at = resolve(at, part);
    const target = await linkAt(at);
    if (target === undefined) continue;
    links += 1;
    if (links > most) return undefined;
    const from = parse(target).root;
    at = from === '' ? dirname(at) : from;
    parts.unshift(...partsOf(target.slice(from.length)));
  }
  return at;
}

function partsOf(path: string): string[] {
  return path.split(sep === '\\' ? /[\\/]/ : '/');
}

async function linkAt(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (thrown) {
    // No link, nothing, or what a file cannot hold: the path ends here.
    const { code = '' } = thrown as NodeJS.ErrnoException;
    if (['EINVAL', 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'UNKNOWN'].includes(code)) return undefined;
    throw thrown;
  }
}
