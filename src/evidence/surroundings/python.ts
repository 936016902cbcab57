import { rm } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { importsOf, installed, isStandard } from './python-names.js';
import { foldersAbove, type Beside, type Surroundings } from './surroundings.js';

/** A folder that Python imports from while a trusted file runs. */
interface ImportFolder {
  readonly folder: string;
  /** `'evaluate.py'`, for a sentence. */
  readonly whom: string;
  /** The folder of a script trusted by name: all that it imports from there judges. Elsewhere it is what is judged. */
  readonly isJudges: boolean;
}

/** Beside its sources, byte-compiled: a planted one is loaded for an unchanged source. */
const cache = /(^|\/)__pycache__\//;
const source = /\.(pyw?|pyc|so|pyd)$/;
const moduleName = /^([A-Za-z_]\w*)(?:\.[\w-]+)?\.(?:pyw?|pyc|so|pyd)$/;

/**
 * What Python would import for trusted files and that is not as at the policy's commit: a new module that takes the
 * place of one of the standard library or of an installed package, and beside a script that is trusted by its name
 * everything that it imports from there. Byte code that the commit lacks is removed there.
 * @param temporary an empty folder
 */
export async function besidePython(around: Surroundings, temporary: string): Promise<readonly Beside[]> {
  const found: Beside[] = [];
  for (const place of await importFolders(around)) {
    const modules = await modulesIn(around, place.folder);
    const used = place.isJudges ? await closure(around, place.folder) : wanted(around);
    const changed: Changed[] = [];
    for (const name of modules) changed.push(await changedModule(around, place.folder, name));
    const doubtful = changed.filter(({ files, isNew, isFirst }) => files.length > 0 && isNew && isFirst);
    const known = await installed(
      doubtful.map(({ name }) => name),
      around.environment,
      temporary,
    );
    for (const { name, files, isNew, isFirst } of changed) {
      const origin = known.get(name);
      const shadows = isFirst && (isStandard(name) || isElsewhere(origin, around, place.folder));
      const isRefused = (shadows && (isNew || place.isJudges)) || (used.has(name) && (place.isJudges || isNew));
      const what = shadows ? `Python would take it for the module '${name}'` : 'Python would import it';
      if (isRefused) found.push(...files.map((file) => ({ file, why: `${what} when ${place.whom} runs` })));
    }
    if (place.isJudges) await dropByteCode(around, place.folder, used);
  }
  for (const path of around.trusted.filter((each) => hasPython(around, each))) {
    for (const folder of foldersAbove(path).filter((each) => each !== '.')) {
      const file = posix.join(folder, '__init__.py');
      if (await around.differs(file)) found.push({ file, why: `Python would run it before '${path}'` });
    }
  }
  return found;
}

function hasPython(around: Surroundings, path: string): boolean {
  return around.trustedFiles.some((file) => isPython(file) && (file.path === path || file.path.startsWith(`${path}/`)));
}

async function importFolders(around: Surroundings): Promise<readonly ImportFolder[]> {
  const pythons = around.trustedFiles.filter(isPython);
  const folders: ImportFolder[] = [];
  for (const { path } of pythons) {
    if (around.isSingle(path)) folders.push({ folder: dirname(path), whom: `'${path}'`, isJudges: true });
  }
  const [first] = around.trusted;
  if (pythons.length === 0 && !around.trustedFiles.some(({ text }) => /\bpython|pytest/.test(text))) return folders;
  const whom = `'${pythons[0]?.path ?? first ?? ''}'`;
  for (const command of around.commands) {
    const [working = '.'] = around.workingDirectories([command]);
    // https://docs.python.org/3/library/sys.html#sys.path: the working directory comes first with -m and -c.
    if (/\bpython[\d.]*(?:\s+-\S+)*\s+-\w*[mc]\b/.test(command.run))
      folders.push({ folder: working, whom, isJudges: false });
    for (const [, given = ''] of command.run.matchAll(/\bPYTHONPATH=["']?([^\s"';]*)/g))
      folders.push(...onPath(around, given, working, whom));
    folders.push(...onPath(around, around.environment['PYTHONPATH'] ?? '', working, whom));
  }
  // https://docs.pytest.org/en/stable/explanation/pythonpath.html: what `prepend` puts before everything else.
  for (const path of around.trusted.filter((each) => hasPython(around, each))) {
    const above = foldersAbove(path);
    const base = above.find((folder) => !around.isThere(posix.join(folder, '__init__.py')));
    for (const folder of above) {
      const isConftest = (await around.text(posix.join(folder, 'conftest.py'))) !== undefined;
      if (isConftest || (folder === base && around.isThere(posix.join(path, '__init__.py'))))
        folders.push({ folder, whom: `'${path}'`, isJudges: false });
    }
  }
  return [...new Map(folders.toReversed().map((each) => [each.folder, each])).values()].reverse();
}

function onPath(around: Surroundings, list: string, working: string, whom: string): readonly ImportFolder[] {
  if (list === '') return [];
  return list.split(':').flatMap((entry) => {
    const plain = entry.replace(/^\$\{?(?:GITHUB_WORKSPACE|PWD)\}?/, '.').replace(/\$\{?PYTHONPATH\}?/, '');
    const folder = around.inside(plain === '' ? '.' : plain, working);
    return folder === undefined || plain.includes('$') ? [] : [{ folder, whom, isJudges: false }];
  });
}

function isPython({ path, text }: { readonly path: string; readonly text: string }): boolean {
  return /\.pyw?$/.test(path) || /^#!.*\bpython/.test(text);
}

/** What the trusted sources import, and what commands start by `-m`. */
function wanted(around: Surroundings): ReadonlySet<string> {
  const imports = around.trustedFiles.filter(isPython).flatMap(({ text }) => [...importsOf(text)]);
  const started = around.commands.flatMap(({ run }) =>
    [...run.matchAll(/\s-\w*m\s+([A-Za-z_]\w*)/g)].map(([, name = '']) => name),
  );
  return new Set([...imports, ...started]);
}

/** What the scripts of a folder import from it, and what that imports, as far as it is as at the policy's commit. */
async function closure(around: Surroundings, folder: string): Promise<ReadonlySet<string>> {
  const used = new Set(wanted(around));
  for (const name of used) {
    for (const file of (await filesOf(around, folder, name)).filter((each) => each.endsWith('.py'))) {
      for (const next of importsOf((await around.text(file)) ?? '')) used.add(next);
    }
  }
  return used;
}

/** Names that can be imported from a folder. */
async function modulesIn(around: Surroundings, folder: string): Promise<readonly string[]> {
  const names = new Set<string>();
  for (const entry of await around.entries(folder)) {
    const [, name] = moduleName.exec(entry) ?? [];
    if (name !== undefined) names.add(name);
    else if (/^[A-Za-z_]\w*$/.test(entry) && entry !== '__pycache__') names.add(entry);
  }
  return [...names];
}

/** The sources of a module: a file, or those below a folder. */
async function filesOf(around: Surroundings, folder: string, name: string): Promise<readonly string[]> {
  const entries = await around.entries(folder);
  const modules = entries
    .filter((entry) => moduleName.exec(entry)?.[1] === name)
    .map((entry) => posix.join(folder, entry));
  const place = posix.join(folder, name);
  const inside = entries.includes(name) ? await around.filesAt(place) : [];
  return [...modules, ...inside.filter((file) => file !== place && source.test(file) && !cache.test(file))];
}

interface Changed {
  readonly name: string;
  /** Those that are not as at the policy's commit. */
  readonly files: readonly string[];
  readonly isNew: boolean;
  /** Whether it goes before a module of this name elsewhere: a folder without `__init__` is looked at last of all. */
  readonly isFirst: boolean;
}

async function changedModule(around: Surroundings, folder: string, name: string): Promise<Changed> {
  const all = await filesOf(around, folder, name);
  const files: string[] = [];
  for (const file of all) if (await around.differs(file)) files.push(file);
  const place = posix.join(folder, name);
  const isFirst = all.some((file) => dirname(file) === folder || file.startsWith(`${place}/__init__.`));
  const module = ['.py', '.pyc', '.so', '.pyd', '/__init__.py', '/__init__.pyc'].map((ending) => `${place}${ending}`);
  // Before a folder without __init__ a file goes, whatever the folder has.
  const isFile = files.some((file) => dirname(file) === folder);
  const isNew = module.every((file) => !around.isThere(file)) && (isFile || !around.isThere(place));
  return { name, files, isNew, isFirst };
}

/** Installed otherwise than from this folder, as `pip install -e` does. */
function isElsewhere(origin: string | undefined, around: Surroundings, folder: string): boolean {
  return origin !== undefined && !origin.startsWith(`${join(around.workspace, folder)}/`);
}

async function dropByteCode(around: Surroundings, folder: string, used: ReadonlySet<string>): Promise<void> {
  const entries = await around.entries(folder);
  const places = [folder, ...entries.filter((entry) => used.has(entry)).map((entry) => posix.join(folder, entry))];
  for (const place of places) {
    const files =
      place === folder ? await around.filesAt(posix.join(folder, '__pycache__')) : await around.filesAt(place);
    for (const file of files.filter((each) => cache.test(each)))
      if (await around.differs(file)) await rm(join(around.workspace, file), { force: true });
  }
}
