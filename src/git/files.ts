import { resolve } from 'node:path';
import { PromotionError } from '../domain/errors.js';
import type { GitCommand } from './git-command.js';
import { refuseOption, treePath } from './names.js';
import { oneLine } from './tag.js';

/** The files as git has them, whatever the machine's configuration filters. */
const UNFILTERED = ['filter.lfs.process=', 'filter.lfs.smudge=', 'filter.lfs.required=false'];

/** One entry of a tree, as `git ls-tree` lists it. */
export interface TreeEntry {
  readonly mode: string;
  readonly object: string;
  readonly path: string;
}

interface FilesToWrite {
  readonly commit: string;
  readonly paths: readonly string[];
  readonly folder: string;
  readonly indexFile: string;
}

/** For `GitRepository.readBlobs`. */
export async function readBlobs(git: GitCommand, names: readonly string[]): Promise<(Buffer | undefined)[]> {
  if (names.length === 0) return [];
  for (const name of names) {
    refuseOption(name);
    if (/[\n\0]/.test(name))
      throw new PromotionError('FILE_UNSAFE', `'${oneLine(name)}' is not a path: it has a line break in it.`);
  }
  const output = await git.run(['cat-file', '--batch'], {
    input: Buffer.from(`${names.join('\n')}\n`),
    remote: true,
  });
  if (output.exitCode !== 0) throw git.failed('read files from history', output);
  return parseBatch(output.stdout, names);
}

/** For `GitRepository.listFiles`. */
export async function listFiles(git: GitCommand, commit: string, paths: readonly string[]): Promise<TreeEntry[]> {
  refuseOption(commit);
  const listed = await git.text('list the files of a commit', [
    'ls-tree',
    '-r',
    '-z',
    '--full-tree',
    commit,
    '--',
    ...paths.map(treePath),
  ]);
  return listed
    .split('\0')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const tab = line.indexOf('\t');
      const path = line.slice(tab + 1);
      const [mode = '', type = '', object = ''] = line.slice(0, tab).split(' ');
      return type === 'blob' ? [{ mode, object, path }] : [];
    });
}

/** For `GitRepository.writeFiles`. */
export async function writeFiles(git: GitCommand, { commit, paths, folder, indexFile }: FilesToWrite): Promise<void> {
  refuseOption(commit);
  const env = { GIT_INDEX_FILE: indexFile };
  await git.text('read a tree', ['read-tree', commit], { env, remote: true });
  await git.text(
    'write the files of a version',
    [
      ...UNFILTERED.flatMap((setting) => ['-c', setting]),
      'checkout-index',
      '-z',
      '--stdin',
      '-f',
      `--prefix=${resolve(folder)}/`,
    ],
    {
      env,
      input: Buffer.from(paths.map((path) => `${path}\0`).join('')),
      remote: true,
    },
  );
}

/** For `GitRepository.difference`. */
export function difference(git: GitCommand, commit: string, path: string): Promise<string> {
  refuseOption(commit);
  // Nothing that the checkout configures has a say in what is shown.
  const plain = ['--no-color', '--no-ext-diff', '--no-textconv', '--no-renames', '--text', '--unified=3'];
  return git.text('compare a file', ['diff', ...plain, commit, '--', `:(top,literal)${treePath(path)}`]);
}

/** `git cat-file --batch`: `<id> <type> <size>\n<content>\n`, or a line that says why not. */
function parseBatch(output: Buffer, names: readonly string[]): (Buffer | undefined)[] {
  let offset = 0;
  return names.map((name) => {
    const end = output.indexOf(0x0a, offset);
    const header = output.toString('utf8', offset, end < 0 ? output.length : end);
    const found = /^[0-9a-f]{40,64} (\w+) (\d+)$/.exec(header);
    if (found === null) {
      if (end < 0 || !/ (?:missing|ambiguous|submodule)$|^(?:dangling|loop|notdir|symlink) /.test(header)) {
        throw new PromotionError('GIT_FAILED', `git gave no answer for '${oneLine(name)}': ${oneLine(header)}`);
      }
      offset = end + 1;
      return undefined;
    }
    const size = Number(found[2]);
    const content = output.subarray(end + 1, end + 1 + size);
    offset = end + 1 + size + 1;
    return found[1] === 'blob' ? content : undefined;
  });
}
