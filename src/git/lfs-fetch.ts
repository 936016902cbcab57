import { resolve } from 'node:path';
import type { GitCommand } from './git-command.js';
import { hasObject, lfsFailed, lfsMissing, type LfsPointer } from './lfs.js';
import { refuseOption } from './names.js';

/** For Git LFS, which gives up by itself where nothing comes: a model may be as large as a disk. */
const LFS_TIMEOUT_MS = 4 * 3_600_000;

/** For `GitRepository.lfsObjects`. */
export async function fetchLfsObjects(
  git: GitCommand,
  commit: string,
  pointers: ReadonlyMap<string, LfsPointer>,
  owner: string,
): Promise<string> {
  refuseOption(commit);
  const objects = await lfsFolder(git);
  const lacking = async (): Promise<(readonly [string, LfsPointer])[]> => {
    const lacks = await Promise.all([...pointers].map(async ([, pointer]) => !(await hasObject(objects, pointer))));
    return [...pointers].filter((_, index) => lacks[index]);
  };
  const missing = await lacking();
  const [first] = missing;
  if (first === undefined) return objects;
  // Its patterns are globs in a list with commas: any other name means all of the commit's.
  const names = missing.map(([name]) => name);
  const only = names.every((name) => /^[\w./@+-]+$/.test(name)) ? ['--include', names.join(',')] : ['--include', ''];
  const output = await git.run(['lfs', 'fetch', ...only, '--exclude', '', 'origin', commit], {
    remote: true,
    timeoutMs: LFS_TIMEOUT_MS,
  });
  if (/is not a git command/i.test(output.stderr)) throw lfsMissing(owner, first[0]);
  const [still] = await lacking();
  if (still === undefined) return objects;
  const why = git.redact(`${output.stderr}\n${output.stdout.toString('utf8')}`);
  const line = why
    .split('\n')
    .find((each) => /\[\d{3}\]|error|not found|denied|missing|does not exist|fatal|batch/i.test(each));
  throw lfsFailed(owner, still[0], still[1], line?.trim() ?? firstLineOf(why));
}

/** Where Git LFS keeps its objects. @see https://github.com/git-lfs/git-lfs/blob/main/docs/man/git-lfs-config.adoc */
async function lfsFolder(git: GitCommand): Promise<string> {
  const common = resolve(git.folder, await git.text('find the repository', ['rev-parse', '--git-common-dir']));
  const storage = await git.run(['config', '--get', 'lfs.storage']);
  const given = storage.exitCode === 0 ? storage.stdout.toString('utf8').trim() : '';
  return resolve(common, given === '' ? 'lfs' : given, 'objects');
}

function firstLineOf(text: string): string {
  return (
    text
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim() ?? 'no message'
  );
}
