import { lstat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { type Problem, PromotionError } from '../domain/errors.js';
import type { GitRepository } from '../git/repository.js';
import { listKnownNames } from '../domain/suggest.js';
import { PolicyDocument } from '../policy/document.js';
import type { Policy } from '../policy/policy.js';
import type { PolicyTables } from '../policy/tables.js';
import type { PolicySource } from '../domain/report.js';

export interface Checked {
  readonly workspace: string;
  /** Opens the checkout, where something is to be looked up; undefined where there is none. */
  readonly opened: () => Promise<Pick<GitRepository, 'head' | 'listFiles'> | undefined>;
  readonly policy: Policy;
  readonly source: PolicySource;
  readonly tables: PolicyTables;
}

/**
 * What `trusted` names and the commit checked out lacks, though the workspace has it: remarks, for it may be committed with the
 * policy.
 * @throws PromotionError what git throws; `POLICY_INVALID` for what is in neither: no command could be run by such a policy
 */
export async function uncommittedTrusted({
  workspace,
  opened,
  policy,
  source,
  tables,
}: Checked): Promise<readonly Problem[]> {
  if (policy.trusted.length === 0) return [];
  const repository = await opened();
  const commit = await repository?.head();
  const files = repository === undefined || commit === undefined ? undefined : await repository.listFiles(commit, []);
  const known = files === undefined ? undefined : withFolders(files.map(({ path }) => path));
  const document = PolicyDocument.parse(source.path, source.text, tables);
  const remarks: Problem[] = [];
  const mistakes: Problem[] = [];
  for (const [index, given] of policy.trusted.entries()) {
    const path = posix.normalize(given).replace(/\/$/, '');
    if (known?.has(path) === true) continue;
    const isHere = (await lstat(join(workspace, path)).catch(() => undefined)) !== undefined;
    const at = document.locate(['trusted', index]);
    const where = commit === undefined ? 'the workspace' : `the commit checked out, ${commit.slice(0, 8)},`;
    const message = `'trusted' names '${path}', and ${where} has no such file or folder.`;
    if (!isHere) mistakes.push({ message: `${message} ${listKnownNames('paths', path, [...(known ?? [])], 5)}`, at });
    else if (known !== undefined) remarks.push({ message: `${message} Commit it with the policy.`, at });
  }
  const [first] = mistakes;
  if (first === undefined) return remarks;
  const more = mistakes.length > 1 ? ` (and ${mistakes.length - 1} more)` : '';
  const { file = source.path, line = 1, column = 1 } = first.at ?? {};
  throw new PromotionError('POLICY_INVALID', `${file}:${line}:${column}: ${first.message}${more}`, {
    cure: "Correct 'trusted', or commit the file first.",
    problems: mistakes,
    ...(first.at === undefined ? {} : { at: first.at }),
  });
}

/** Files, and the folders that they are in. */
function withFolders(files: readonly string[]): ReadonlySet<string> {
  const all = new Set(files);
  for (const file of files) {
    for (let folder = posix.dirname(file); folder !== '.' && !all.has(folder); folder = posix.dirname(folder))
      all.add(folder);
  }
  return all;
}
