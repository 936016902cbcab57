import { lstat, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { isObject, lfsPointer } from './git/lfs.js';
import type { GitRepository } from './git/repository.js';
import { commandsOf } from './policy/lint/commands.js';
import type { Command, Stage } from './policy/policy.js';

/** More would be a file that a command reads, not one that judges. */
const largest = 1024 * 1024;

/**
 * The files of the repository that a stage's commands name and that are otherwise here than at the policy's commit: what is
 * judged may have brought its own judge. By the words of the commands, so a hint and no proof.
 */
export async function changedJudges(
  stage: Stage,
  {
    workspace,
    repository,
    commit,
  }: {
    readonly workspace: string;
    readonly repository: Pick<GitRepository, 'readBlobs'>;
    readonly commit: string;
  },
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of filesNamed(commandsOf(stage))) {
    const status = await lstat(join(workspace, name)).catch(() => undefined);
    if (status?.isFile() !== true || status.size > largest) continue;
    const [there, before] = await repository.readBlobs([`${commit}:${name}`, `HEAD:${name}`]);
    // What no commit has is made by an earlier step.
    if (there === undefined && before === undefined) continue;
    const here = await readFile(join(workspace, name));
    if (there?.equals(here) === true) continue;
    const pointer = there === undefined ? undefined : lfsPointer(there, name);
    if (pointer === undefined || !(await isObject(here, pointer))) found.push(name);
  }
  return found;
}

/** Words of the commands that could be files inside the workspace. */
function filesNamed(commands: readonly Command[]): readonly string[] {
  const names = commands.flatMap(({ run, workingDirectory = '.' }) =>
    (run.match(/[\w@.][\w@./-]*/g) ?? [])
      .filter((word) => /[./]/.test(word))
      .map((word) => posix.join(workingDirectory, word)),
  );
  return [...new Set(names)].filter((name) => !/^\.\.?(\/|$)/.test(name)).slice(0, 100);
}
