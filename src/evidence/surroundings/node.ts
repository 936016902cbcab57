import { isDeepStrictEqual } from 'node:util';
import { dirname, posix } from 'node:path';
import { foldersAbove, type Beside, type Surroundings, type TrustedFile } from './surroundings.js';

/** What Node, npm and the test runners for it read on the way up. */
const whole =
  /^(\.npmrc|\.yarnrc(\.yml)?|\.pnp\.(cjs|loader\.mjs)|\.pnpmfile\.cjs|[jt]sconfig\.json|(jest|vitest|babel)\.config\.\w+|\.babelrc(\.\w+)?|\.mocharc\.\w+)$/;
/** What of package.json decides how a file is loaded; dependencies do so by way of node_modules. */
const fields = ['type', 'main', 'exports', 'imports', 'jest', 'mocha', 'babel'];

/** What Node would load for trusted files and that is not as at the policy's commit. */
export async function besideNode(around: Surroundings): Promise<readonly Beside[]> {
  const scripts = around.trustedFiles.filter(({ path, text }) => isNode(path, text));
  const found: Beside[] = [];
  for (const script of scripts) found.push(...(await imported(around, script)));
  const folders = new Map(scripts.flatMap(({ path }) => foldersAbove(path).map((folder) => [folder, path] as const)));
  const usesNpm = around.commands.some(({ run }) => /\b(npm|npx|yarn|pnpm|bun)\b/.test(run));
  for (const [folder, path] of folders) {
    const why = `Node or its tools would read it for '${path}'`;
    for (const entry of await around.entries(folder)) {
      const file = posix.join(folder, entry);
      const counts = entry === 'package.json' ? !(await isAlike(around, file, usesNpm)) : whole.test(entry);
      if (counts && (await around.differs(file))) found.push({ file, why });
    }
  }
  return found;
}

/** The files that a script imports by a path of its own, and packages of node_modules that are committed. */
async function imported(around: Surroundings, { path, text }: TrustedFile): Promise<readonly Beside[]> {
  const found: Beside[] = [];
  const names = [...text.matchAll(/(?:\bfrom|\bimport|\brequire)\s*\(?\s*["'`]([^"'`\n]+)["'`]/g)].map(
    ([, name = '']) => name,
  );
  for (const name of new Set(names)) {
    const why = `'${path}' imports it`;
    if (/^\.{1,2}(\/|$)/.test(name)) {
      const place = around.inside(name, dirname(path));
      if (place !== undefined)
        for (const file of await changed(around, await resolutions(around, place))) found.push({ file, why });
    } else if (!/^(node:|[/#])/.test(name)) {
      const [, folder = name] = /^((?:@[^/]+\/)?[^/]+)/.exec(name) ?? [];
      for (const above of foldersAbove(path)) {
        // What no commit has, an earlier step has installed.
        const place = posix.join(above, 'node_modules', folder);
        const files = (await around.filesAt(place)).filter((file) => around.isCommitted(file));
        for (const file of await changed(around, files)) found.push({ file, why });
      }
    }
  }
  return found;
}

async function resolutions(around: Surroundings, place: string): Promise<readonly string[]> {
  const folder = dirname(place);
  const name = posix.basename(place);
  const base = name.replace(/\.[cm]?js$/, '');
  const beside = (await around.entries(folder)).filter((entry) => {
    if (entry === name) return true;
    return entry.startsWith(`${base}.`) && /^\.(node|json|[cm]?[jt]sx?)$/.test(entry.slice(base.length));
  });
  const index = (await around.entries(place)).filter((entry) => /^(index\.|package\.json$)/.test(entry));
  return [...beside.map((entry) => posix.join(folder, entry)), ...index.map((entry) => posix.join(place, entry))];
}

async function changed(around: Surroundings, files: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const file of files) if (await around.differs(file)) found.push(file);
  return found;
}

function isNode(path: string, text: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(path) || /^#!.*\b(node|bun|deno)\b/.test(text);
}

async function isAlike(around: Surroundings, name: string, withScripts: boolean): Promise<boolean> {
  const { here, there } = await around.texts(name);
  const part = (text = '{}'): unknown => {
    const whole = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return [...fields, ...(withScripts ? ['scripts'] : [])].map((field) => whole[field]);
  };
  try {
    return isDeepStrictEqual(part(here), part(there));
  } catch {
    // What cannot be read is not as it was.
    return false;
  }
}
