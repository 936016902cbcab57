import { dirname } from 'node:path';
import { foldersAbove, type Beside, type Surroundings, type TrustedFile } from './surroundings.js';

/** `. file` and `source file`, at the start of a command, with the rest of the line. */
const sourced = /(?:^|[;&|({]|\b(?:then|do|else)\b)[^\S\n]*(?:\.|source)[^\S\n]+([^\n]+)/gm;

/** What is sourced: a script's own folder (`$(dirname "$0")`, `${BASH_SOURCE%/*}`, `$HERE`) becomes `$/`. */
function wordOf(rest: string): string {
  let text = rest.replaceAll(/["']/g, '');
  for (let before = ''; before !== text;) {
    before = text;
    text = text.replaceAll(/\$\([^()]*\)|`[^`]*`|\$\{[^}]*\}|\$[\w@*#?]+/g, '$$');
  }
  return /^[^\s;&|)]*/.exec(text)?.[0] ?? '';
}

export function isShell({ path, text }: TrustedFile): boolean {
  return /\.(sh|bash)$/.test(path) || /^#!.*\b(ba|da|k|z)?sh\b/.test(text);
}

/** What trusted shell scripts, or a shell by a variable, would source and that is not as at the policy's commit. */
export async function besideShell(around: Surroundings): Promise<readonly Beside[]> {
  const found: Beside[] = [];
  for (const { path, text } of around.trustedFiles) {
    if (!isShell({ path, text })) continue;
    for (const [, given = ''] of text.matchAll(sourced)) {
      const word = wordOf(given);
      const folders = word.startsWith('$/') ? [] : around.workingDirectories();
      for (const folder of [...folders, dirname(path)]) {
        const file = around.inside(word.replace(/^\$\//, ''), folder);
        if (file === undefined || file.includes('$') || file === '.') continue;
        if (await around.differs(file)) found.push({ file, why: `'${path}' sources it` });
      }
    }
  }
  for (const name of ['BASH_ENV', 'ENV']) {
    const value = around.environment[name] ?? '';
    for (const folder of value === '' ? [] : around.workingDirectories()) {
      const file = around.inside(value, folder);
      if (file !== undefined && (await around.differs(file)))
        found.push({ file, why: `the shell sources it by ${name}` });
    }
  }
  return found;
}

/** R reads these from where it is started. https://stat.ethz.ch/R-manual/R-devel/library/base/html/Startup.html */
export async function besideR(around: Surroundings): Promise<readonly Beside[]> {
  const script = around.trustedFiles.find(({ path, text }) => /\.[rR]$/.test(path) || /^#!.*\bRscript\b/.test(text));
  if (script === undefined) return [];
  const found: Beside[] = [];
  for (const folder of around.workingDirectories())
    for (const name of ['.Rprofile', '.Renviron'].map((each) => (folder === '.' ? each : `${folder}/${each}`)))
      if (await around.differs(name)) found.push({ file: name, why: `R would read it for '${script.path}'` });
  return found;
}

/** `.env` files above trusted ones: read by what asks for them, so pointed out only. */
export async function dotenvBeside(around: Surroundings): Promise<readonly string[]> {
  const folders = new Set([...around.workingDirectories(), ...around.trusted.flatMap((path) => foldersAbove(path))]);
  const names = [...folders].map((folder) => (folder === '.' ? '.env' : `${folder}/.env`));
  const found: string[] = [];
  for (const name of names) if (around.isCommitted(name) && (await around.differs(name))) found.push(name);
  return found;
}
