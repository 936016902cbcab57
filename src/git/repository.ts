import { PromotionError } from '../domain/errors.js';
import { branchTip, defaultBranch, fetchRefs, hasCommit, type FetchOptions } from './fetch.js';
import { difference, listFiles, readBlobs, writeFiles, type TreeEntry } from './files.js';
import { GitCommand, type GitRepositoryOptions, type Remote } from './git-command.js';
import { fetchLfsObjects } from './lfs-fetch.js';
import type { LfsPointer } from './lfs.js';
import { refuseOption, treePath } from './names.js';
import { lostLock, mayPush, pushRefs, type ChangeResult, type RefChange } from './push.js';
import { oneLine, parseTags, signature, TAG_FORMAT, type GitTag, type Identity } from './tag.js';

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
  readonly #git: GitCommand;

  constructor(options: GitRepositoryOptions) {
    this.#git = new GitCommand(options);
    this.folder = this.#git.folder;
  }

  async isRepository(): Promise<boolean> {
    const output = await this.#git.run(['rev-parse', '--git-dir']);
    if (output.exitCode === 0) return true;
    if (/not a git repository/i.test(output.stderr)) return false;
    throw this.#git.failed('open the repository', output);
  }

  /** Makes the folder, which must be empty, a bare repository with `origin` at that address; fetches nothing. */
  async createFor(url: string): Promise<void> {
    refuseOption(url);
    await this.#git.text('make a repository', ['init', '--quiet', '--bare', '.']);
    await this.#git.text('set its remote', ['remote', 'add', 'origin', url]);
  }

  async isShallow(): Promise<boolean> {
    return (await this.#git.text('look at the clone', ['rev-parse', '--is-shallow-repository'])) === 'true';
  }

  /** Who works here, by git's configuration; undefined where it does not say. */
  async userName(): Promise<string | undefined> {
    const output = await this.#git.run(['config', '--get', 'user.name']);
    const name = output.exitCode === 0 ? oneLine(output.stdout.toString('utf8')).trim() : '';
    return name === '' ? undefined : name;
  }

  /** Files that differ from the commit checked out, or are in none; what git ignores is left out. */
  async changes(): Promise<readonly string[]> {
    const listed = await this.#git.text('look at the work tree', ['status', '--porcelain', '-z', '--no-renames']);
    return listed
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => line.slice(3));
  }

  /** Whether `commit` is `other`, or came before it; a shallow clone may not know. */
  async isAncestor(commit: string, other: string): Promise<boolean> {
    refuseOption(commit);
    refuseOption(other);
    const output = await this.#git.run(['merge-base', '--is-ancestor', commit, other]);
    if (output.exitCode > 1) throw this.#git.failed('compare two commits', output);
    return output.exitCode === 0;
  }

  /** The commit checked out; undefined in a repository without commits. */
  head(): Promise<string | undefined> {
    return this.resolve('HEAD');
  }

  /** The commit that a ref, tag or (abbreviated) SHA names, or undefined. */
  async resolve(name: string): Promise<string | undefined> {
    refuseOption(name);
    const output = await this.#git.run(['rev-parse', '--verify', '--quiet', `${name}^{commit}`]);
    if (output.exitCode === 0) return output.stdout.toString('utf8').trim();
    if (
      output.exitCode === 1 ||
      /unknown revision|not a valid|ambiguous argument|Needed a single revision/i.test(output.stderr)
    )
      return undefined;
    throw this.#git.failed(`resolve '${oneLine(name)}'`, output);
  }

  /** A commit's parents as it names them, also where a shallow clone lacks them. */
  async parents(commit: string): Promise<readonly string[]> {
    refuseOption(commit);
    const [header = ''] = (await this.#git.text('look at a commit', ['cat-file', 'commit', commit])).split('\n\n');
    return [...header.matchAll(/^parent ([0-9a-f]+)$/gm)].map(([, parent = '']) => parent);
  }

  /** When the commit was made, ISO 8601 in UTC. */
  async commitTime(commit: string): Promise<string> {
    refuseOption(commit);
    const seconds = await this.#git.text('look at a commit', ['show', '--no-patch', '--format=%ct', commit]);
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
  readBlobs(names: readonly string[]): Promise<(Buffer | undefined)[]> {
    return readBlobs(this.#git, names);
  }

  /** How a file of the checkout differs from a commit's, as lines of a unified diff; empty where it does not. */
  difference(commit: string, path: string): Promise<string> {
    return difference(this.#git, commit, path);
  }

  /** The files of a commit at or under `paths` (all when empty), submodules left out. */
  listFiles(commit: string, paths: readonly string[]): Promise<TreeEntry[]> {
    return listFiles(this.#git, commit, paths);
  }

  /**
   * Writes files of a commit under `folder`, which must exist, by way of an index of its own at `indexFile`:
   * the checkout and its index stay as they are. What Git LFS keeps is written as its pointers.
   */
  writeFiles(commit: string, paths: readonly string[], folder: string, indexFile: string): Promise<void> {
    return writeFiles(this.#git, { commit, paths, folder, indexFile });
  }

  /**
   * Sees to it that the objects of Git LFS pointers of a commit are here, and fetches what is missing.
   * @param owner what the files are of, for messages
   * @returns the folder of objects
   * @throws PromotionError `GIT_FAILED` where git-lfs is not installed, or an object cannot be had
   */
  lfsObjects(commit: string, pointers: ReadonlyMap<string, LfsPointer>, owner: string): Promise<string> {
    return fetchLfsObjects(this.#git, commit, pointers, owner);
  }

  /**
   * Fetches from `origin`. Nothing but the refspecs given is touched: no tags follow, nothing is pruned unless
   * `prune`, and then only under the refspecs' right sides. A refspec without right side is found as `FETCH_HEAD`.
   */
  fetch(refspecs: readonly string[], options: FetchOptions = {}): Promise<void> {
    return fetchRefs(this.#git, refspecs, options);
  }

  /**
   * Sees to it that the commit at the tip of a branch of `origin` is here, and brings no history to a shallow clone: its
   * user did without.
   * @param known the tip, where the remote has said it
   */
  async bringTip(branch: string, known?: string): Promise<string | undefined> {
    const isShallow = await this.isShallow();
    // Fetched by a depth, a branch that is here would lose what it has beyond that.
    const tip = known ?? (isShallow ? await branchTip(this.#git, branch) : undefined);
    if (tip !== undefined && (await hasCommit(this.#git, tip))) return tip;
    await this.fetch([`refs/heads/${branch}`], isShallow ? { depth: 1 } : {});
    return this.resolve('FETCH_HEAD');
  }

  /** The remote's default branch and its tip; undefined when the remote is empty or does not say. */
  defaultBranchFromRemote(): Promise<{ readonly branch: string; readonly commit: string } | undefined> {
    return defaultBranch(this.#git);
  }

  /** The remote `origin`, or undefined when there is none. Looked up once. */
  async remote(): Promise<Remote | undefined> {
    return (await this.#git.origin())?.shown;
  }

  /** All tags under `prefix`, with what only their objects tell, in one git process. */
  async listTags(prefix = 'refs/tags/'): Promise<GitTag[]> {
    refuseOption(prefix);
    return parseTags(await this.#git.text('list tags', ['for-each-ref', `--format=${TAG_FORMAT}`, prefix]), prefix);
  }

  /** What a ref points at itself, unpeeled; undefined when there is no such ref. */
  async refObject(ref: string): Promise<string | undefined> {
    refuseOption(ref);
    const output = await this.#git.run(['rev-parse', '--verify', '--quiet', ref]);
    return output.exitCode === 0 ? output.stdout.toString('utf8').trim() : undefined;
  }

  /** Writes an annotated tag's object and no ref: a tag that is only pushed cannot be left behind here. */
  async writeTag(tag: NewTag): Promise<string> {
    refuseOption(tag.name);
    const text = `object ${tag.target}\ntype commit\ntag ${tag.name}\ntagger ${signature(tag.tagger, tag.when)}\n\n${tag.message.trimEnd()}\n`;
    return this.#git.text(`write tag '${oneLine(tag.name)}'`, ['mktag'], { input: Buffer.from(text) });
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
    await this.#git.text(`delete tag '${oneLine(name)}'`, ['update-ref', '-d', `refs/tags/${name}`]);
  }

  async writeBlob(content: string): Promise<string> {
    return this.#git.text('write an object', ['hash-object', '-w', '--stdin'], { input: Buffer.from(content) });
  }

  /** A flat tree of files. */
  async writeTree(files: ReadonlyMap<string, string>): Promise<string> {
    const lines = [...files].map(([name, blob]) => `100644 blob ${blob}\t${name}\n`);
    return this.#git.text('write a tree', ['mktree'], { input: Buffer.from(lines.join('')) });
  }

  async commitTree(commit: NewCommit): Promise<string> {
    const [, name = '', email = '', time = ''] =
      /^(.*) <(.*)> (\d+) /.exec(signature(commit.author, commit.when)) ?? [];
    const date = `${time} +0000`;
    return this.#git.text(
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
    const listed = await this.#git.text(
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
    const output = await this.#git.run(['update-ref', '--stdin'], { input: Buffer.from(`${lines.join('\n')}\n`) });
    if (output.exitCode === 0) return 'changed';
    if (lostLock(output.stderr)) return 'moved';
    throw this.#git.failed('move refs', output);
  }

  /** Points one ref of this repository at an object, whatever it pointed at before, e.g. a mirror of the remote's. */
  async setRef(ref: string, to: string): Promise<void> {
    refuseOption(ref);
    await this.#git.text('move a ref', ['update-ref', ref, to]);
  }

  /**
   * Moves refs of `origin`, all or none, each only from where it is expected (`--force-with-lease`). This is a
   * compare-and-swap: git checks the lease against what the remote advertises, and the remote checks again under
   * its own lock.
   */
  push(changes: readonly RefChange[]): Promise<ChangeResult> {
    return pushRefs(this.#git, changes);
  }

  /** Whether the remote lets this token push at all: it is asked as for a push, and sent nothing. */
  mayPush(ref: string): Promise<boolean> {
    return mayPush(this.#git, ref);
  }
}
