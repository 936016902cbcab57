import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { isObject, lfsPointer } from '../../git/lfs.js';
import type { TreeEntry } from '../../git/files.js';
import type { GitRepository } from '../../git/repository.js';
import type { Command } from '../../policy/policy.js';

/** A file that decides beside a trusted one, without being trusted itself. */
export interface Beside {
  /** Relative to the checkout. */
  readonly file: string;
  /** Who loads it, as the end of a sentence: `Python imports it for 'evaluate.py'`. */
  readonly why: string;
}

/** A trusted file as the policy's commit has it. */
export interface TrustedFile {
  readonly path: string;
  readonly text: string;
}

/** More would be data. */
const largest = 1024 * 1024;
/** A folder with more entries below it is no folder of scripts. */
const mostFiles = 5_000;

/** The checkout around the trusted files, held against the policy's commit. */
export class Surroundings {
  readonly workspace: string;
  /** Normalised, without a slash at the end. */
  readonly trusted: readonly string[];
  readonly trustedFiles: readonly TrustedFile[];
  readonly commands: readonly Command[];
  /** What commands are given of the job's environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #there: ReadonlyMap<string, TreeEntry>;
  /** What each folder of the policy's commit has in it. */
  readonly #folders: ReadonlyMap<string, ReadonlySet<string>>;
  /** The files of the commit checked out. */
  readonly #committed: ReadonlySet<string>;
  readonly #repository: Pick<GitRepository, 'readBlobs'>;

  private constructor(
    given: Pick<Surroundings, 'workspace' | 'trusted' | 'trustedFiles' | 'commands' | 'environment'>,
    there: ReadonlyMap<string, TreeEntry>,
    committed: ReadonlySet<string>,
    repository: Pick<GitRepository, 'readBlobs'>,
  ) {
    this.workspace = given.workspace;
    this.trusted = given.trusted;
    this.trustedFiles = given.trustedFiles;
    this.commands = given.commands;
    this.environment = given.environment;
    this.#there = there;
    this.#folders = folders(there.keys());
    this.#committed = committed;
    this.#repository = repository;
  }

  static async read(
    given: Pick<Surroundings, 'workspace' | 'trusted' | 'commands' | 'environment'>,
    repository: Pick<GitRepository, 'listFiles' | 'readBlobs' | 'head'>,
    commit: string,
  ): Promise<Surroundings> {
    const head = await repository.head();
    const committed = head === undefined ? [] : await repository.listFiles(head, []);
    const entries = await repository.listFiles(commit, []);
    const there = new Map(entries.map((entry) => [entry.path, entry]));
    const trusted = [...new Set(given.trusted.map((path) => posix.normalize(path).replace(/\/$/, '')))];
    const scripts = entries.filter(({ path, mode }) => mode !== '120000' && isWithin(path, trusted) && isScript(path));
    const blobs = await repository.readBlobs(scripts.map(({ object }) => object));
    const trustedFiles = scripts.flatMap(({ path }, index) => {
      const bytes = blobs[index];
      return bytes === undefined || bytes.length > largest ? [] : [{ path, text: bytes.toString('utf8') }];
    });
    return new Surroundings(
      { ...given, trusted, trustedFiles },
      there,
      new Set(committed.map(({ path }) => path)),
      repository,
    );
  }

  isTrusted(name: string): boolean {
    return isWithin(name, this.trusted);
  }

  /** Trusted by its own name, and not by its folder's: what stands beside it is the change's. */
  isSingle(name: string): boolean {
    return this.trusted.includes(name);
  }

  /** Whether the policy's commit has a file there, or files below. */
  isThere(name: string): boolean {
    return this.#there.has(name) || this.#folders.has(name);
  }

  /** Whether the commit checked out has the file: what none has, an earlier step has made. */
  isCommitted(name: string): boolean {
    return this.#committed.has(name);
  }

  /** Whether a file is not here as at the policy's commit: changed, added or missing. A trusted one never is. */
  async differs(name: string): Promise<boolean> {
    if (this.isTrusted(name)) return false;
    const entry = this.#there.get(name);
    const status = await lstat(this.#at(name)).catch(() => undefined);
    if (status === undefined || status.isDirectory()) return entry !== undefined;
    if (entry === undefined) return true;
    if (status.isSymbolicLink() !== (entry.mode === '120000')) return true;
    const bytes = status.isSymbolicLink()
      ? Buffer.from(await readlink(this.#at(name)))
      : // What cannot be read is not as it was.
        status.isFile()
        ? await readFile(this.#at(name)).catch(() => undefined)
        : undefined;
    if (bytes === undefined) return true;
    return blobId(bytes, entry.object.length) !== entry.object && !(await this.#isLarge(name, entry, bytes));
  }

  /** A file's text here and at the policy's commit; undefined where it is not, or is no small file. */
  async texts(name: string): Promise<{ readonly here: string | undefined; readonly there: string | undefined }> {
    const entry = this.#there.get(name);
    const [blob] = entry === undefined ? [] : await this.#repository.readBlobs([entry.object]);
    return { here: await this.text(name), there: blob?.toString('utf8') };
  }

  async text(name: string): Promise<string | undefined> {
    const status = await lstat(this.#at(name)).catch(() => undefined);
    if (status?.isFile() !== true || status.size > largest) return undefined;
    return readFile(this.#at(name), 'utf8').catch(() => undefined);
  }

  /** The names of files and folders in a folder, here or at the policy's commit; `.` is the root. */
  async entries(folder: string): Promise<readonly string[]> {
    const here = await readdir(this.#at(folder)).catch(() => []);
    return [...new Set([...here, ...(this.#folders.get(folder) ?? [])])];
  }

  /** The files at or below a path, here or at the policy's commit. */
  async filesAt(path: string): Promise<readonly string[]> {
    const found = new Set<string>();
    const walkThere = (name: string): void => {
      if (this.#there.has(name)) found.add(name);
      for (const entry of this.#folders.get(name) ?? []) walkThere(posix.join(name, entry));
    };
    walkThere(path);
    const walk = async (name: string): Promise<void> => {
      const status = await lstat(this.#at(name)).catch(() => undefined);
      if (status === undefined || found.size > mostFiles) return;
      if (!status.isDirectory()) return void found.add(name);
      for (const entry of await readdir(this.#at(name)).catch(() => [])) await walk(posix.join(name, entry));
    };
    await walk(path);
    return [...found];
  }

  /** Where commands run, as a path inside the checkout. */
  workingDirectories(commands = this.commands): readonly string[] {
    return [...new Set(commands.map(({ workingDirectory = '.' }) => posix.normalize(workingDirectory)))];
  }

  /** A path that a command or a variable names, inside the checkout; undefined for one outside. */
  inside(path: string, folder = '.'): string | undefined {
    const root = this.workspace.replaceAll('\\', '/');
    const isAbsolute = path.startsWith('/');
    if (isAbsolute && path !== root && !path.startsWith(`${root}/`)) return undefined;
    const name = isAbsolute ? posix.normalize(`.${path.slice(root.length)}`) : posix.join(folder, path);
    return /^\.\.(\/|$)/.test(name) ? undefined : name.replace(/(?<=.)\/$/, '');
  }

  /** Whether they are what the commit has a pointer of Git LFS for. */
  async #isLarge(name: string, { object }: TreeEntry, bytes: Buffer): Promise<boolean> {
    const [blob] = await this.#repository.readBlobs([object]);
    const pointer = blob === undefined ? undefined : lfsPointer(blob, name);
    return pointer !== undefined && isObject(bytes, pointer);
  }

  #at(name: string): string {
    return join(this.workspace, name);
  }
}

/** The folders from the one of `path` up to the root, which is `.`. */
export function foldersAbove(path: string): readonly string[] {
  const folders: string[] = [];
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    folders.push(folder);
    if (folder === '.' || folder === '/') return folders;
  }
}

function isWithin(name: string, paths: readonly string[]): boolean {
  return paths.some((path) => path === '.' || name === path || name.startsWith(`${path}/`));
}

function folders(paths: Iterable<string>): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const path of paths) {
    let name = path;
    for (const folder of foldersAbove(path)) {
      const entries = found.get(folder) ?? new Set();
      const isKnown = found.has(folder) && entries.has(posix.basename(name));
      found.set(folder, entries.add(posix.basename(name)));
      if (isKnown) break;
      name = folder;
    }
  }
  return found;
}

function isScript(path: string): boolean {
  return /(^|\/)[^./]+$|\.(pyw?|[cm]?[jt]sx?|sh|bash|R|r)$/.test(path);
}

/** As git names a file's content. */
function blobId(bytes: Buffer, length: number): string {
  return createHash(length === 64 ? 'sha256' : 'sha1')
    .update(`blob ${bytes.length}\0`)
    .update(bytes)
    .digest('hex');
}
