import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PromotionError } from '../domain/errors.js';
import { hasObject, lfsFailed, lfsMissing, type LfsPointer } from './lfs.js';
import { gitEnvironment, withConfiguration } from './environment.js';
import { GitFailure, gitFailure, gitMissing, isUnreachable, redacted } from './failure.js';
import { isForeignOwned, trustingFolder } from './ownership.js';
import { lostLock, lostRace, type ChangeResult, type RefChange } from './push.js';
import { runGit, type GitOutput, type RunGit } from './run.js';
import { oneLine, parseTags, signature, TAG_FORMAT, type GitTag, type Identity } from './tag.js';

const FETCH_ATTEMPTS = 8;
/** How often the remote is tried, and how long all tries together may last before no other is begun. */
const REMOTE_ATTEMPTS = 4;
const REMOTE_BUDGET_MS = 180_000;
/** For one git process; a fetch may have much to bring, and is cut off sooner where nothing comes. */
const TIMEOUT_MS = 600_000;
/** For Git LFS, which gives up by itself where nothing comes: a model may be as large as a disk. */
const LFS_TIMEOUT_MS = 4 * 3_600_000;
/** The files as git has them, whatever the machine's configuration filters. */
const UNFILTERED = ['filter.lfs.process=', 'filter.lfs.smudge=', 'filter.lfs.required=false'];

export interface GitRepositoryOptions {
  readonly folder: string;
  /** What git's environment is chosen from; the allow-list is in `environment.ts`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Further names to let through. */
  readonly passEnvironment?: readonly string[];
  /** Used for fetches and pushes to `serverUrl` alone, and only when the checkout has no credentials of its own. */
  readonly token?: string;
  /** `GITHUB_SERVER_URL`. */
  readonly serverUrl?: string;
  readonly run?: RunGit;
  /** Waits between attempts; injected by tests. */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
  /** For one git process. */
  readonly timeoutMs?: number;
}

export interface Remote {
  readonly name: 'origin';
  /** Without user and password. */
  readonly url: string;
}

/** One entry of a tree, as `git ls-tree` lists it. */
export interface TreeEntry {
  readonly mode: string;
  readonly object: string;
  readonly path: string;
}

export interface NewTag {
  readonly name: string;
  readonly target: string;
  readonly message: string;
  readonly tagger: Identity;
  readonly when: Date;
}

export interface NewCommit {
  readonly tree: string;
  readonly parent?: string;
  readonly message: string;
  readonly author: Identity;
  readonly when: Date;
}

/**
 * A checkout, through the git command. Nothing is passed through a shell, hooks of the checkout do not run for
 * us, and no argument of ours can be taken for an option.
 *
 * Every method throws `GIT_FAILED` with git's first line and a cure; a lost race is not an error but `moved`.
 */
export class GitRepository {
  readonly folder: string;
  readonly #run: RunGit;
  readonly #pause: (milliseconds: number) => Promise<unknown>;
  readonly #timeoutMs: number;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #given: GitRepositoryOptions['environment'];
  readonly #token: string | undefined;
  readonly #serverUrl: string | undefined;
  readonly #secrets: readonly string[];
  #remote: Promise<{ readonly raw: string; readonly shown: Remote } | undefined> | undefined;
  #remoteEnvironment: Promise<Readonly<Record<string, string>>> | undefined;
  #version: Promise<readonly [number, number]> | undefined;
  /** What has git trust the folder though another user owns it; only where `-c safe.directory` does not. */
  #trusting: Promise<Readonly<Record<string, string>>> | undefined;

  constructor(options: GitRepositoryOptions) {
    this.folder = resolve(options.folder);
    this.#run = options.run ?? runGit;
    this.#pause = options.pause ?? ((milliseconds) => sleep(milliseconds));
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#environment = gitEnvironment(options.environment, options.passEnvironment);
    this.#given = options.environment;
    this.#token = options.token === '' ? undefined : options.token;
    this.#serverUrl = options.serverUrl;
    this.#secrets = this.#token === undefined ? [] : [this.#token, basic(this.#token)];
  }

  async isRepository(): Promise<boolean> {
    const output = await this.#git(['rev-parse', '--git-dir']);
    if (output.exitCode === 0) return true;
    if (/not a git repository/i.test(output.stderr)) return false;
    throw this.#failed('open the repository', output);
  }

  /** Makes the folder, which must be empty, a bare repository with `origin` at that address; fetches nothing. */
  async createFor(url: string): Promise<void> {
    refuseOption(url);
    await this.#text('make a repository', ['init', '--quiet', '--bare', '.']);
    await this.#text('set its remote', ['remote', 'add', 'origin', url]);
  }

  async isShallow(): Promise<boolean> {
    return (await this.#text('look at the clone', ['rev-parse', '--is-shallow-repository'])) === 'true';
  }

  /** The commit checked out; undefined in a repository without commits. */
  head(): Promise<string | undefined> {
    return this.resolve('HEAD');
  }

  /** The commit that a ref, tag or (abbreviated) SHA names, or undefined. */
  async resolve(name: string): Promise<string | undefined> {
    refuseOption(name);
    const output = await this.#git(['rev-parse', '--verify', '--quiet', `${name}^{commit}`]);
    if (output.exitCode === 0) return output.stdout.toString('utf8').trim();
    if (
      output.exitCode === 1 ||
      /unknown revision|not a valid|ambiguous argument|Needed a single revision/i.test(output.stderr)
    )
      return undefined;
    throw this.#failed(`resolve '${oneLine(name)}'`, output);
  }

  /** A commit's parents as it names them, also where a shallow clone lacks them. */
  async parents(commit: string): Promise<readonly string[]> {
    refuseOption(commit);
    const [header = ''] = (await this.#text('look at a commit', ['cat-file', 'commit', commit])).split('\n\n');
    return [...header.matchAll(/^parent ([0-9a-f]+)$/gm)].map(([, parent = '']) => parent);
  }

  /** When the commit was made, ISO 8601 in UTC. */
  async commitTime(commit: string): Promise<string> {
    refuseOption(commit);
    const seconds = await this.#text('look at a commit', ['show', '--no-patch', '--format=%ct', commit]);
    return new Date(Number(seconds) * 1000).toISOString();
  }

  /** A file's text at a commit; undefined when the commit has no such file. */
  async show(commit: string, path: string): Promise<string | undefined> {
    return (await this.showBytes(commit, path))?.toString('utf8');
  }

  /** A file's bytes at a commit; undefined when the commit has no such file. */
  async showBytes(commit: string, path: string): Promise<Buffer | undefined> {
    return (await this.readBlobs([`${commit}:${treePath(path)}`]))[0];
  }

  /**
   * Many blobs in one git process: each of `names` is an object id or `<commit>:<path>`. Undefined where there
   * is no such blob. A commit that the clone lacks also reads as undefined: check for a shallow clone first.
   */
  async readBlobs(names: readonly string[]): Promise<(Buffer | undefined)[]> {
    if (names.length === 0) return [];
    for (const name of names) {
      refuseOption(name);
      if (/[\n\0]/.test(name))
        throw new PromotionError('FILE_UNSAFE', `'${oneLine(name)}' is not a path: it has a line break in it.`);
    }
    const output = await this.#git(['cat-file', '--batch'], {
      input: Buffer.from(`${names.join('\n')}\n`),
      remote: true,
    });
    if (output.exitCode !== 0) throw this.#failed('read files from history', output);
    return parseBatch(output.stdout, names);
  }

  /** How a file of the checkout differs from a commit's, as lines of a unified diff; empty where it does not. */
  difference(commit: string, path: string): Promise<string> {
    refuseOption(commit);
    // Nothing that the checkout configures has a say in what is shown.
    const plain = ['--no-color', '--no-ext-diff', '--no-textconv', '--no-renames', '--text', '--unified=3'];
    return this.#text('compare a file', ['diff', ...plain, commit, '--', `:(top,literal)${treePath(path)}`]);
  }

  /** The files of a commit at or under `paths` (all when empty), submodules left out. */
  async listFiles(commit: string, paths: readonly string[]): Promise<TreeEntry[]> {
    refuseOption(commit);
    const listed = await this.#text('list the files of a commit', [
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

  /**
   * Writes files of a commit under `folder`, which must exist, by way of an index of its own at `indexFile`:
   * the checkout and its index stay as they are. What Git LFS keeps is written as its pointers.
   */
  async writeFiles(commit: string, paths: readonly string[], folder: string, indexFile: string): Promise<void> {
    refuseOption(commit);
    const env = { GIT_INDEX_FILE: indexFile };
    await this.#text('read a tree', ['read-tree', commit], { env, remote: true });
    await this.#text(
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

  /**
   * Sees to it that the objects of Git LFS pointers of a commit are here, and fetches what is missing.
   * @param owner what the files are of, for messages
   * @returns the folder of objects
   * @throws PromotionError `GIT_FAILED` where git-lfs is not installed, or an object cannot be had
   */
  async lfsObjects(commit: string, pointers: ReadonlyMap<string, LfsPointer>, owner: string): Promise<string> {
    refuseOption(commit);
    const objects = await this.#lfsFolder();
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
    const output = await this.#git(['lfs', 'fetch', ...only, '--exclude', '', 'origin', commit], {
      remote: true,
      timeoutMs: LFS_TIMEOUT_MS,
    });
    if (/is not a git command/i.test(output.stderr)) throw lfsMissing(owner, first[0]);
    const [still] = await lacking();
    if (still === undefined) return objects;
    const why = redacted(`${output.stderr}\n${output.stdout.toString('utf8')}`, this.#secrets);
    const line = why
      .split('\n')
      .find((each) => /\[\d{3}\]|error|not found|denied|missing|does not exist|fatal|batch/i.test(each));
    throw lfsFailed(owner, still[0], still[1], line?.trim() ?? firstLineOf(why));
  }

  /** Where Git LFS keeps its objects. @see https://github.com/git-lfs/git-lfs/blob/main/docs/man/git-lfs-config.adoc */
  async #lfsFolder(): Promise<string> {
    const common = resolve(this.folder, await this.#text('find the repository', ['rev-parse', '--git-common-dir']));
    const storage = await this.#git(['config', '--get', 'lfs.storage']);
    const given = storage.exitCode === 0 ? storage.stdout.toString('utf8').trim() : '';
    return resolve(common, given === '' ? 'lfs' : given, 'objects');
  }

  /** The remote `origin`, or undefined when there is none. Looked up once. */
  async remote(): Promise<Remote | undefined> {
    return (await this.#origin())?.shown;
  }

  /**
   * Fetches from `origin`. Nothing but the refspecs given is touched: no tags follow, nothing is pruned unless
   * `prune`, and then only under the refspecs' right sides. A refspec without right side is found as `FETCH_HEAD`.
   */
  async fetch(
    refspecs: readonly string[],
    options: { readonly prune?: boolean; readonly depth?: number } = {},
  ): Promise<void> {
    refspecs.forEach(refuseOption);
    const args = [
      'fetch',
      '--quiet',
      '--no-tags',
      // Without a right side the only trace is FETCH_HEAD; with one, FETCH_HEAD stays as its user left it.
      ...(refspecs.every((refspec) => refspec.includes(':')) && (await this.#isAtLeast(29))
        ? ['--no-write-fetch-head']
        : []),
      '--no-recurse-submodules',
      options.prune === true ? '--prune' : '--no-prune',
      '--no-prune-tags',
      ...(options.depth === undefined ? [] : [`--depth=${options.depth}`]),
      'origin',
      ...refspecs,
    ];
    // Another fetch into the same refs of this folder, of ours or of a step beside us, has them locked for a moment.
    for (let attempt = 1; ; attempt++) {
      const output = await this.#asked(args);
      if (output.exitCode === 0) return;
      if (attempt === FETCH_ATTEMPTS || !lostLock(output.stderr)) throw this.#failed('fetch from the remote', output);
      await this.#pause(20 * attempt * (0.5 + Math.random()));
    }
  }

  /**
   * Sees to it that the commit at the tip of a branch of `origin` is here, and brings no history to a shallow clone: its
   * user did without.
   * @param known the tip, where the remote has said it
   */
  async bringTip(branch: string, known?: string): Promise<string | undefined> {
    const isShallow = await this.isShallow();
    // Fetched by a depth, a branch that is here would lose what it has beyond that.
    const tip = known ?? (isShallow ? await this.#tipOf(branch) : undefined);
    if (tip !== undefined && (await this.#isHere(tip))) return tip;
    await this.fetch([`refs/heads/${branch}`], isShallow ? { depth: 1 } : {});
    return this.resolve('FETCH_HEAD');
  }

  async #tipOf(branch: string): Promise<string | undefined> {
    const output = await this.#asked(['ls-remote', '--refs', 'origin', `refs/heads/${branch}`]);
    if (output.exitCode !== 0) throw this.#failed('ask the remote for a branch', output);
    return /^([0-9a-f]{40,64})\t/.exec(output.stdout.toString('utf8'))?.[1];
  }

  /** Whether a commit is here already; a partial clone is not to fetch it alone. */
  async #isHere(commit: string): Promise<boolean> {
    const env = { GIT_NO_LAZY_FETCH: '1' };
    return (await this.#git(['cat-file', '-e', `${commit}^{commit}`], { env, remote: true })).exitCode === 0;
  }

  /** The remote's default branch and its tip; undefined when the remote is empty or does not say. */
  async defaultBranchFromRemote(): Promise<{ readonly branch: string; readonly commit: string } | undefined> {
    const output = await this.#asked(['ls-remote', '--symref', 'origin', 'HEAD']);
    if (output.exitCode !== 0) throw this.#failed('ask the remote for its default branch', output);
    const listed = output.stdout.toString('utf8');
    const branch = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(listed)?.[1];
    const commit = /^([0-9a-f]{40,64})\tHEAD$/m.exec(listed)?.[1];
    return branch === undefined || commit === undefined ? undefined : { branch, commit };
  }

  /** All tags under `prefix`, with what only their objects tell, in one git process. */
  async listTags(prefix = 'refs/tags/'): Promise<GitTag[]> {
    refuseOption(prefix);
    return parseTags(await this.#text('list tags', ['for-each-ref', `--format=${TAG_FORMAT}`, prefix]), prefix);
  }

  /** What a ref points at itself, unpeeled; undefined when there is no such ref. */
  async refObject(ref: string): Promise<string | undefined> {
    refuseOption(ref);
    const output = await this.#git(['rev-parse', '--verify', '--quiet', ref]);
    return output.exitCode === 0 ? output.stdout.toString('utf8').trim() : undefined;
  }

  /** Writes an annotated tag's object and no ref: a tag that is only pushed cannot be left behind here. */
  async writeTag(tag: NewTag): Promise<string> {
    refuseOption(tag.name);
    const text = `object ${tag.target}\ntype commit\ntag ${tag.name}\ntagger ${signature(tag.tagger, tag.when)}\n\n${tag.message.trimEnd()}\n`;
    return this.#text(`write tag '${oneLine(tag.name)}'`, ['mktag'], { input: Buffer.from(text) });
  }

  /** An annotated tag in this repository, its object and its ref. Throws when the name is taken. */
  async createTag(tag: NewTag): Promise<string> {
    const object = await this.writeTag(tag);
    const result = await this.updateRefs([{ ref: `refs/tags/${tag.name}`, to: object, from: null }]);
    if (result === 'moved') throw new PromotionError('GIT_FAILED', `Tag '${oneLine(tag.name)}' exists already.`);
    return object;
  }

  async deleteTag(name: string): Promise<void> {
    refuseOption(name);
    await this.#text(`delete tag '${oneLine(name)}'`, ['update-ref', '-d', `refs/tags/${name}`]);
  }

  async writeBlob(content: string): Promise<string> {
    return this.#text('write an object', ['hash-object', '-w', '--stdin'], { input: Buffer.from(content) });
  }

  /** A flat tree of files. */
  async writeTree(files: ReadonlyMap<string, string>): Promise<string> {
    const lines = [...files].map(([name, blob]) => `100644 blob ${blob}\t${name}\n`);
    return this.#text('write a tree', ['mktree'], { input: Buffer.from(lines.join('')) });
  }

  async commitTree(commit: NewCommit): Promise<string> {
    const [, name = '', email = '', time = ''] =
      /^(.*) <(.*)> (\d+) /.exec(signature(commit.author, commit.when)) ?? [];
    const date = `${time} +0000`;
    return this.#text(
      'write a commit',
      ['commit-tree', commit.tree, ...(commit.parent === undefined ? [] : ['-p', commit.parent])],
      {
        input: Buffer.from(`${commit.message.trimEnd()}\n`),
        env: {
          GIT_AUTHOR_NAME: name,
          GIT_AUTHOR_EMAIL: email,
          GIT_AUTHOR_DATE: date,
          GIT_COMMITTER_NAME: name,
          GIT_COMMITTER_EMAIL: email,
          GIT_COMMITTER_DATE: date,
        },
      },
    );
  }

  /** The commits from the root to `head`, each with its parents. */
  async chain(head: string): Promise<{ readonly commit: string; readonly parents: readonly string[] }[]> {
    refuseOption(head);
    const listed = await this.#text(
      'walk history',
      ['rev-list', '--reverse', '--topo-order', '--parents', head, '--'],
      { remote: true },
    );
    return listed
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [commit = '', ...parents] = line.split(' ');
        return { commit, parents };
      });
  }

  /** Moves refs of this repository, all or none. */
  async updateRefs(changes: readonly RefChange[]): Promise<ChangeResult> {
    const lines = changes.map(({ ref, to, from }) => {
      refuseOption(ref);
      if (/[\s\0]/.test(ref)) throw new PromotionError('GIT_FAILED', `'${oneLine(ref)}' is not a ref name.`);
      if (to === undefined) return `delete ${ref}${from === null ? '' : ` ${from}`}`;
      return from === null ? `create ${ref} ${to}` : `update ${ref} ${to} ${from}`;
    });
    const output = await this.#git(['update-ref', '--stdin'], { input: Buffer.from(`${lines.join('\n')}\n`) });
    if (output.exitCode === 0) return 'changed';
    if (lostLock(output.stderr)) return 'moved';
    throw this.#failed('move refs', output);
  }

  /** Points one ref of this repository at an object, whatever it pointed at before, e.g. a mirror of the remote's. */
  async setRef(ref: string, to: string): Promise<void> {
    refuseOption(ref);
    await this.#text('move a ref', ['update-ref', ref, to]);
  }

  /**
   * Moves refs of `origin`, all or none, each only from where it is expected (`--force-with-lease`). This is a
   * compare-and-swap: git checks the lease against what the remote advertises, and the remote checks again under
   * its own lock.
   */
  async push(changes: readonly RefChange[]): Promise<ChangeResult> {
    const args = changes.flatMap(({ ref, from }) => {
      refuseOption(ref);
      return [`--force-with-lease=${ref}:${from ?? ''}`];
    });
    const command = [
      'push',
      '--porcelain',
      '--atomic',
      '--no-verify',
      '--no-follow-tags',
      '--no-signed',
      '--recurse-submodules=no',
      ...args,
      'origin',
      ...changes.map(({ ref, to }) => `${to ?? ''}:${ref}`),
    ];
    const begun = performance.now();
    for (let attempt = 1; ; attempt++) {
      const output = await this.#git(command, { remote: true });
      if (output.exitCode === 0) return 'changed';
      const told = output.stdout.toString('utf8');
      // The server's own lines (stderr) explain more than the one-word reason in the porcelain lines.
      const failed = this.#failed('push to the remote', {
        ...output,
        stderr: `${output.stderr}\n${told.replaceAll('\t', ' ')}`,
      });
      const raced = lostRace(told);
      if (!raced && !isUnreachable(output.stderr)) throw failed;
      // Also after a lost race: curl sends a request again whose connection was cut, and then the faster one was we.
      const result = await this.#readBack(changes, failed);
      if (result !== 'unchanged') return result;
      if (raced) return 'moved';
      if (attempt === REMOTE_ATTEMPTS || performance.now() - begun > REMOTE_BUDGET_MS) throw failed;
      await this.#pause(remotePause(attempt));
    }
  }

  /** Whether the remote lets this token push at all: it is asked as for a push, and sent nothing. */
  async mayPush(ref: string): Promise<boolean> {
    refuseOption(ref);
    const nothing = await this.writeBlob('');
    const output = await this.#asked([
      'push',
      '--dry-run',
      '--porcelain',
      '--no-verify',
      'origin',
      `+${nothing}:${ref}`,
    ]);
    if (output.exitCode === 0) return true;
    const failure = this.#failed('ask whether it may push', output);
    if (failure.cause instanceof GitFailure && ['denied', 'protected', 'credentials'].includes(failure.cause.kind))
      return false;
    throw failure;
  }

  /** What became of a push whose answer was lost, or says that another was faster. Throws where the remote does not say. */
  async #readBack(changes: readonly RefChange[], lost: PromotionError): Promise<ChangeResult | 'unchanged'> {
    const output = await this.#asked(['ls-remote', '--refs', 'origin', ...changes.map(({ ref }) => ref)]);
    if (output.exitCode !== 0) {
      throw new PromotionError(
        lost.code,
        `${lost.message} Whether the remote took the push is not known: it cannot be read back.`,
        {
          cure: 'Run the job again once the remote answers: what has been done is found, and not done twice.',
          cause: lost.cause,
        },
      );
    }
    const lines = output.stdout.toString('utf8').split('\n');
    const present = new Map(lines.map((line) => line.split('\t').reverse() as [string, string]));
    const isAll = (side: (change: RefChange) => string | null | undefined): boolean =>
      changes.every((change) => present.get(change.ref) === (side(change) ?? undefined));
    if (isAll(({ to }) => to)) return 'changed';
    // Pushed all or none: what is neither before nor after is another writer's.
    return isAll(({ from }) => from) ? 'unchanged' : 'moved';
  }

  /** A git call that only asks the remote: tried again while the remote cannot be reached. */
  async #asked(args: readonly string[]): Promise<GitOutput> {
    const begun = performance.now();
    for (let attempt = 1; ; attempt++) {
      const output = await this.#git(args, { remote: true });
      if (output.exitCode === 0 || !isUnreachable(output.stderr)) return output;
      if (attempt === REMOTE_ATTEMPTS || performance.now() - begun > REMOTE_BUDGET_MS) return output;
      await this.#pause(remotePause(attempt));
    }
  }

  #origin(): Promise<{ readonly raw: string; readonly shown: Remote } | undefined> {
    this.#remote ??= (async () => {
      const output = await this.#git(['remote', 'get-url', 'origin']);
      // 2: no such remote (128 in older versions).
      if (output.exitCode !== 0) {
        if (/no such remote/i.test(output.stderr)) return undefined;
        throw this.#failed("look up the remote 'origin'", output);
      }
      const raw = output.stdout.toString('utf8').trim();
      return { raw, shown: { name: 'origin' as const, url: redacted(raw, this.#secrets).replace('***@', '') } };
    })();
    return this.#remote;
  }

  /**
   * The environment for calls that talk to the remote. The token joins it only when it would go to the server
   * it is for, and the checkout has no header of its own: two would be sent, and refused.
   */
  #environmentForRemote(): Promise<Readonly<Record<string, string>>> {
    this.#remoteEnvironment ??= (async () => {
      const url = (await this.#origin())?.raw;
      const server = origin(this.#serverUrl);
      if (this.#token === undefined || url === undefined || server === undefined || origin(url) !== server)
        return this.#environment;
      const present = await this.#git(['config', '--get-urlmatch', 'http.extraheader', url]);
      if (present.exitCode === 0 && /authorization/i.test(present.stdout.toString('utf8'))) return this.#environment;
      return withConfiguration(
        this.#environment,
        `http.${server}/.extraheader`,
        `AUTHORIZATION: basic ${basic(this.#token)}`,
        !(await this.#isAtLeast(31)),
      );
    })();
    return this.#remoteEnvironment;
  }

  async #text(doing: string, args: readonly string[], call: CallOptions = {}): Promise<string> {
    const output = await this.#git(args, call);
    if (output.exitCode !== 0) throw this.#failed(doing, output);
    return output.stdout.toString('utf8').replace(/\n$/, '');
  }

  async #git(args: readonly string[], call: CallOptions = {}): Promise<GitOutput> {
    const environment = call.remote === true ? await this.#environmentForRemote() : this.#environment;
    const settings = [
      'core.hooksPath=/dev/null',
      'gc.auto=0',
      'maintenance.auto=false',
      `safe.directory=${this.folder}`,
      'core.quotePath=false',
    ];
    const attempt = async (): Promise<GitOutput> => {
      const trusting = await this.#trusting;
      return this.#run([...settings.flatMap((setting) => ['-c', setting]), ...args], {
        cwd: this.folder,
        env: { ...environment, ...trusting, ...call.env },
        timeoutMs: call.timeoutMs ?? this.#timeoutMs,
        ...(call.input === undefined ? {} : { input: call.input }),
      });
    };
    try {
      const output = await attempt();
      if (output.exitCode === 0 || this.#trusting !== undefined || !isForeignOwned(output.stderr)) return output;
      this.#trusting = this.#versionOfGit().then((version) => trustingFolder(this.folder, this.#given, version));
      return await attempt();
    } catch (thrown) {
      throw thrown instanceof PromotionError ? thrown : gitMissing(thrown);
    }
  }

  /** Whether git is 2.`minor` or later. */
  async #isAtLeast(minor: number): Promise<boolean> {
    const version = await this.#versionOfGit();
    return version[0] > 2 || version[1] >= minor;
  }

  /** Where it does not say its version, git is taken for a new one. */
  #versionOfGit(): Promise<readonly [number, number]> {
    this.#version ??= (async () => {
      const output = await this.#run(['version'], { cwd: this.folder, env: this.#environment });
      const [, major = '2', minor = '99'] = /git version (\d+)\.(\d+)/.exec(output.stdout.toString('utf8')) ?? [];
      return [Number(major), Number(minor)] as const;
    })();
    return this.#version;
  }

  #failed(doing: string, output: GitOutput): PromotionError {
    return gitFailure(doing, output.stderr, this.#secrets);
  }
}

interface CallOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: Buffer;
  /** Whether git may talk to the remote in it (also to fetch a missing object of a partial clone). */
  readonly remote?: boolean;
  readonly timeoutMs?: number;
}

function firstLineOf(text: string): string {
  return (
    text
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim() ?? 'no message'
  );
}

/** A name that starts with a hyphen would be an option to git. */
function refuseOption(name: string): void {
  if (name === '' || name.startsWith('-')) {
    throw new PromotionError('GIT_FAILED', `'${oneLine(name)}' is not a name git may be given.`, {
      cure: 'Names of refs, tags and paths must not be empty or begin with a hyphen.',
    });
  }
}

/** A path inside a tree, as git writes it. Throws `FILE_UNSAFE` for one that leads out of the repository. */
export function treePath(path: string): string {
  const parts = path
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '.' && part !== '');
  if (/^(?:[\\/]|[A-Za-z]:[\\/])/.test(path) || parts.length === 0 || parts.includes('..') || path.includes('\0')) {
    throw new PromotionError('FILE_UNSAFE', `Path '${oneLine(path)}' is not inside the repository.`, {
      cure: "Write it relative to the repository's root.",
    });
  }
  return parts.join('/');
}

function remotePause(attempt: number): number {
  return 500 * 2 ** attempt * (0.5 + Math.random());
}

function basic(token: string): string {
  return Buffer.from(`x-access-token:${token}`).toString('base64');
}

function origin(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { protocol, origin: found } = new URL(url);
  return protocol === 'https:' || protocol === 'http:' ? found : undefined;
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
