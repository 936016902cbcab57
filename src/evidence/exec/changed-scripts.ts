import { lstat, readFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { TrustedFile } from '../surroundings/surroundings.js';
import { isObject, lfsPointer } from '../../git/lfs.js';
import type { GitRepository } from '../../git/repository.js';
import { commandsOf } from '../../policy/lint/commands.js';
import type { Command, Stage } from '../../policy/policy.js';

/** More would be a file that a command reads, not one that judges. */
const largest = 1024 * 1024;

const program = /(\.(py|sh|bash|[cm]?[jt]s|[rR]|rb|pl|jl)|[mM]akefile)$/;

/** What runners of tasks read in their working directory, which no command names. */
const unnamed: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\bmake\b/, ['Makefile', 'makefile', 'GNUmakefile']],
  [/\b(npm|yarn|pnpm|bun)\s/, ['package.json']],
  [/\btox\b/, ['tox.ini']],
  [/\bnox\b/, ['noxfile.py']],
  [/\bjust\b/, ['justfile', 'Justfile']],
  [/\bdvc\s+(repro|exp)\b/, ['dvc.yaml']],
];

/**
 * The files of the repository that a stage's commands, or trusted shell scripts, name and that are otherwise here than at the policy's commit: what is
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
  scripts: readonly TrustedFile[] = [],
): Promise<readonly string[]> {
  const found: string[] = [];
  const commands = commandsOf(stage);
  const folders = new Set(['.', ...commands.map(({ workingDirectory = '.' }) => workingDirectory)]);
  const told = scripts.flatMap(({ path, text }) =>
    [...folders, dirname(path)].map((workingDirectory) => ({ run: text, workingDirectory })),
  );
  // What a trusted script reads may be what is judged; what it runs judges.
  const programs = filesNamed(told).filter((name) => program.test(name));
  for (const name of new Set([...filesNamed(commands), ...programs])) {
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
function filesNamed(commands: readonly Pick<Command, 'run' | 'workingDirectory'>[]): readonly string[] {
  const names = commands.flatMap(({ run, workingDirectory = '.' }) =>
    [
      ...(run.match(/[\w@.][\w@./-]*/g) ?? []).filter((word) => /[./]/.test(word)),
      ...unnamed.flatMap(([tool, files]) => (tool.test(run) ? files : [])),
    ].map((word) => posix.join(workingDirectory, word)),
  );
  return [...new Set(names)].filter((name) => !/^\.\.?(\/|$)/.test(name));
}
