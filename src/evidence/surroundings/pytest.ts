import { isDeepStrictEqual } from 'node:util';
import { posix } from 'node:path';
import { parse } from 'smol-toml';
import { foldersAbove, type Beside, type Surroundings } from './surroundings.js';

/** Files that pytest takes as they are. https://docs.pytest.org/en/stable/reference/customize.html */
const whole = ['conftest.py', '__init__.py', 'pytest.ini', '.pytest.ini', 'pytest.toml', '.pytest.toml'];
/** Files of which it takes a part. */
const partly: Readonly<Record<string, (text: string) => unknown>> = {
  'pyproject.toml': (text) => (parse(text) as { readonly tool?: { readonly pytest?: unknown } }).tool?.pytest,
  'tox.ini': (text) => section(text, 'pytest'),
  'setup.cfg': (text) => section(text, 'tool:pytest'),
};

/** What pytest would load above trusted tests, or where it is started, and that is not as at the policy's commit. */
export async function besidePytest(around: Surroundings): Promise<readonly Beside[]> {
  const tests = around.trusted.filter((path) =>
    around.trustedFiles.some((file) => (file.path === path || file.path.startsWith(`${path}/`)) && isTest(file.path)),
  );
  if (tests.length === 0) return [];
  const folders = new Map(tests.flatMap((path) => foldersAbove(path).map((folder) => [folder, path] as const)));
  const pytests = around.commands.filter(({ run }) => /\bpy\.?test\b/.test(run));
  for (const folder of around.workingDirectories(pytests))
    for (const each of [folder, ...foldersAbove(folder)]) if (!folders.has(each)) folders.set(each, tests[0] ?? '');
  const found: Beside[] = [];
  for (const [folder, path] of folders) {
    const why = `pytest would load it for '${path}'`;
    for (const name of whole.map((each) => posix.join(folder, each)))
      if (await around.differs(name)) found.push({ file: name, why });
    for (const [each, part] of Object.entries(partly)) {
      const name = posix.join(folder, each);
      if ((await around.differs(name)) && !(await isAlike(around, name, part))) found.push({ file: name, why });
    }
  }
  return found;
}

function isTest(path: string): boolean {
  return /(^|\/)(test_[^/]*|[^/]*_test|conftest)\.py$/.test(path);
}

/** Whether the part that counts is the same; what cannot be read is not. */
async function isAlike(around: Surroundings, name: string, part: (text: string) => unknown): Promise<boolean> {
  const { here, there } = await around.texts(name);
  try {
    return isDeepStrictEqual(part(here ?? ''), part(there ?? ''));
  } catch {
    return false;
  }
}

/** The lines of one section of an INI file; undefined where there is none. */
function section(text: string, name: string): readonly string[] | undefined {
  const lines = text.split(/\r?\n/);
  const start = lines.findIndex((line) => line.startsWith(`[${name}]`));
  if (start < 0) return undefined;
  const length = lines.slice(start + 1).findIndex((line) => line.startsWith('['));
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).filter((line) => line.trim() !== '');
}
