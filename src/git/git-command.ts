import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PromotionError } from '../domain/errors.js';
import { gitEnvironment, withConfiguration } from './environment.js';
import { gitFailure, gitMissing, isUnreachable, redacted } from './failure.js';
import { isForeignOwned, trustingFolder } from './ownership.js';
import { runGit, type GitOutput, type RunGit } from './run.js';

/** How often the remote is tried, and how long all tries together may last before no other is begun. */
const REMOTE_ATTEMPTS = 4;
const REMOTE_BUDGET_MS = 180_000;
/** For one git process; a fetch may have much to bring, and is cut off sooner where nothing comes. */
const TIMEOUT_MS = 600_000;

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

export interface CallOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: Buffer;
  /** Whether git may talk to the remote in it (also to fetch a missing object of a partial clone). */
  readonly remote?: boolean;
  readonly timeoutMs?: number;
}

/** The git command in one folder: how it is called, what it is given of the environment, and how it fails. */
export class GitCommand {
  readonly folder: string;
  readonly #start: RunGit;
  readonly pause: (milliseconds: number) => Promise<unknown>;
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
    this.#start = options.run ?? runGit;
    this.pause = options.pause ?? ((milliseconds) => sleep(milliseconds));
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#environment = gitEnvironment(options.environment, options.passEnvironment);
    this.#given = options.environment;
    this.#token = options.token === '' ? undefined : options.token;
    this.#serverUrl = options.serverUrl;
    this.#secrets = this.#token === undefined ? [] : [this.#token, basic(this.#token)];
  }

  /** A git call that only asks the remote: tried again while the remote cannot be reached. */
  async ask(args: readonly string[]): Promise<GitOutput> {
    const begun = performance.now();
    for (let attempt = 1; ; attempt++) {
      const output = await this.run(args, { remote: true });
      if (output.exitCode === 0 || !isUnreachable(output.stderr)) return output;
      if (isLastAttempt(attempt, begun)) return output;
      await this.pause(remotePause(attempt));
    }
  }

  /** The remote `origin`: its address as git has it, and as it may be shown. Looked up once. */
  origin(): Promise<{ readonly raw: string; readonly shown: Remote } | undefined> {
    this.#remote ??= (async () => {
      const output = await this.run(['remote', 'get-url', 'origin']);
      // 2: no such remote (128 in older versions).
      if (output.exitCode !== 0) {
        if (/no such remote/i.test(output.stderr)) return undefined;
        throw this.failed("look up the remote 'origin'", output);
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
      const url = (await this.origin())?.raw;
      const server = origin(this.#serverUrl);
      if (this.#token === undefined || url === undefined || server === undefined || origin(url) !== server)
        return this.#environment;
      const present = await this.run(['config', '--get-urlmatch', 'http.extraheader', url]);
      if (present.exitCode === 0 && /authorization/i.test(present.stdout.toString('utf8'))) return this.#environment;
      return withConfiguration(
        this.#environment,
        `http.${server}/.extraheader`,
        `AUTHORIZATION: basic ${basic(this.#token)}`,
        !(await this.isAtLeast(31)),
      );
    })();
    return this.#remoteEnvironment;
  }

  /**
   * What git prints, without the last line break.
   * @param doing for the message, an infinitive: `list tags`
   * @throws PromotionError `GIT_FAILED`, where git does not exit with 0
   */
  async text(doing: string, args: readonly string[], call: CallOptions = {}): Promise<string> {
    const output = await this.run(args, call);
    if (output.exitCode !== 0) throw this.failed(doing, output);
    return output.stdout.toString('utf8').replace(/\n$/, '');
  }

  /** One git process, whatever its exit code; throws only where git cannot be started. */
  async run(args: readonly string[], call: CallOptions = {}): Promise<GitOutput> {
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
      return this.#start([...settings.flatMap((setting) => ['-c', setting]), ...args], {
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
  async isAtLeast(minor: number): Promise<boolean> {
    const version = await this.#versionOfGit();
    return version[0] > 2 || version[1] >= minor;
  }

  /** Where it does not say its version, git is taken for a new one. */
  #versionOfGit(): Promise<readonly [number, number]> {
    this.#version ??= (async () => {
      const output = await this.#start(['version'], { cwd: this.folder, env: this.#environment });
      const [, major = '2', minor = '99'] = /git version (\d+)\.(\d+)/.exec(output.stdout.toString('utf8')) ?? [];
      return [Number(major), Number(minor)] as const;
    })();
    return this.#version;
  }

  /** The error of a call that failed, with git's first line and a cure. */
  failed(doing: string, output: GitOutput): PromotionError {
    return gitFailure(doing, output.stderr, this.#secrets);
  }

  /** Without the token, and without user and password of an address. */
  redact(text: string): string {
    return redacted(text, this.#secrets);
  }
}

/** Whether a call to the remote is not tried again after this attempt. */
export function isLastAttempt(attempt: number, begun: number): boolean {
  return attempt === REMOTE_ATTEMPTS || performance.now() - begun > REMOTE_BUDGET_MS;
}

/** Milliseconds to wait before the remote is asked again. */
export function remotePause(attempt: number): number {
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
