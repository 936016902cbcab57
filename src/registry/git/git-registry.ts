import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { posix, resolve, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PromotionError } from '../../errors.js';
import type { GitRepository } from '../../git/repository.js';
import { oneLine, type Identity } from '../../git/tag.js';
import type { PromotionEvent } from '../../log/event.js';
import type { PromotionLog } from '../../log/promotion-log.js';
import { whatExists } from '../../nearest.js';
import type { RegistrySettings } from '../../policy/policy.js';
import type { Holders, MetricReading, ModelVersion, Registry, Transition } from '../registry.js';
import { holderOf, type Artifact, type Registration } from './artifact.js';
import { assignmentTag, isStageName, registrationTag } from './gto-tag.js';
import { readMetrics } from './metrics-file.js';
import { eventsOf, tagsOf } from './record.js';
import { tagRefs, takeSnapshot, type Snapshot } from './snapshot.js';

const DEFAULT_METRICS_FILE = 'metrics.json';
/** Clocks of runners differ by seconds; a tag further ahead than this is a mistake, and holds its stage until then. */
const CLOCK_TOLERANCE_S = 300;
/** Enough for some ten writers at once; each lost round means that another one got through. */
const ATTEMPTS = 12;

export interface GitRegistryOptions {
  readonly settings: RegistrySettings;
  readonly repository: GitRepository;
  readonly log: (model: string) => PromotionLog;
  /** The tagger of assignment tags. */
  readonly identity: Identity;
  readonly now: () => Date;
  /** Waits between attempts; injected by tests. */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
}

/**
 * A git repository as the registry, in GTO's tag format: `churn@v1.2.0` registers, `churn#production#3` assigns.
 * GTO and this action read each other's tags; what GTO has no form for is in the promotion log.
 * @see https://dvc.org/doc/gto
 */
export function createGitRegistry(options: GitRegistryOptions): Registry {
  return new GitRegistry(options);
}

class GitRegistry implements Registry {
  readonly type = 'git';
  readonly description: string;
  readonly environment = {};
  readonly credentialNames = [];
  readonly #settings: RegistrySettings;
  readonly #repository: GitRepository;
  readonly #logOf: (model: string) => PromotionLog;
  readonly #identity: Identity;
  readonly #now: () => Date;
  readonly #pause: (milliseconds: number) => Promise<unknown>;
  readonly #snapshots = new Map<string, Promise<Snapshot>>();

  constructor(options: GitRegistryOptions) {
    this.#settings = options.settings;
    this.#repository = options.repository;
    this.#logOf = options.log;
    this.#identity = options.identity;
    this.#now = options.now;
    this.#pause = options.pause ?? ((milliseconds) => sleep(milliseconds));
    this.description = 'git tags of this repository, as GTO writes them';
  }

  refresh(): void {
    this.#snapshots.clear();
  }

  refusesStage(stage: string): string | undefined {
    if (isStageName(stage)) return undefined;
    return `GTO allows letters, digits, '-', '_' and '/' in a stage's name, and it must begin and end with a letter or digit; '${oneLine(stage, 80)}' is not such a name.`;
  }

  async *versions(model: string): AsyncIterable<ModelVersion> {
    const snapshot = await this.#snapshot(model);
    for (const registration of snapshot.artifact.registrations) yield await this.#version(snapshot, registration);
  }

  async version(model: string, version: string): Promise<ModelVersion> {
    const snapshot = await this.#snapshot(model);
    return this.#version(snapshot, find(snapshot.artifact, version));
  }

  byAlias(model: string, alias: string): Promise<ModelVersion> {
    const error = new PromotionError(
      'VERSION_UNKNOWN',
      `'@${oneLine(alias, 80)}' names no version of '${oneLine(model, 80)}': a git registry has no aliases.`,
      {
        cure: "Name the stage instead, e.g. 'stage:production', or the version.",
      },
    );
    return Promise.reject(error);
  }

  async holders(model: string, stages: readonly string[]): Promise<Holders> {
    return this.#holders((await this.#snapshot(model)).artifact, stages);
  }

  async metrics(version: ModelVersion, keys: readonly string[]): Promise<ReadonlyMap<string, MetricReading>> {
    const commit = commitOf(version);
    const path = this.#settings.metricsFile ?? DEFAULT_METRICS_FILE;
    const text = await this.#repository.show(commit, path);
    if (text === undefined) {
      if (this.#settings.metricsFile === undefined) return new Map();
      throw new PromotionError(
        'METRIC_UNREADABLE',
        `Commit ${commit}, which is ${version.uri}, has no file '${path}'.`,
        {
          cure: 'Commit the metrics file together with the version, or correct registry.metrics_file.',
        },
      );
    }
    const origin = `${path} at ${commit.slice(0, 8)}`;
    return new Map([...readMetrics(text, keys, origin)].map(([key, value]) => [key, { value, origin }]));
  }

  async transition(transition: Transition): Promise<void> {
    const { model, stage, version } = transition;
    const refusal = this.refusesStage(stage);
    if (refusal !== undefined)
      throw new PromotionError('STAGE_UNKNOWN', refusal, { cure: 'Rename the stage in the policy.' });
    await this.#write(model, async (snapshot, log) => {
      this.#refuseChanged(snapshot.artifact, version);
      const holder = this.#holders(snapshot.artifact, [stage]).get(stage)?.[0];
      const tag =
        holder === version.version ? undefined : assignmentTag(model, stage, snapshot.artifact.highestCounter + 1);
      if (tag === undefined) {
        // Whoever held it before is history by now; what can still be missing is our record of it.
        const events = this.#events(transition, undefined).filter((event) => !isRecorded(event, snapshot));
        return log.append(events, { expectedHead: snapshot.log.head });
      }
      if (holder !== transition.replaces?.version) throw conflict(model, stage, holder, transition.replaces?.version);
      const object = await this.#repository.writeTag({
        name: tag,
        target: commitOf(version),
        message: `Promoted ${model} ${version.version} to ${stage}${holder === undefined ? '' : `, in place of ${holder}`}`,
        tagger: this.#identity,
        when: this.#tagTime(snapshot.artifact, stage),
      });
      const refs = tagRefs(tag);
      const result = await log.append(this.#events(transition, tag), {
        expectedHead: snapshot.log.head,
        along: [{ ref: refs.tag, to: object, from: null }],
      });
      // Only a tag that the remote has taken gets a ref here: a refused one leaves nothing behind.
      if (result === 'appended' && (await this.#repository.remote()) !== undefined)
        await this.#repository.setRef(refs.tag, object);
      return result;
    });
    const after = this.#holders((await this.#snapshot(model)).artifact, [stage]).get(stage)?.[0];
    if (after !== version.version) throw conflict(model, stage, after, version.version);
  }

  async tag(version: ModelVersion, tags: ReadonlyMap<string, string>): Promise<void> {
    await this.#write(version.model, (snapshot, log) => {
      const stages = [...snapshot.artifact.stageTags.keys()];
      const events = eventsOf(version.version, tags, stages, this.#now().toISOString());
      return log.append(events, { expectedHead: snapshot.log.head });
    });
  }

  async materialise(version: ModelVersion, folder: string): Promise<string> {
    const commit = commitOf(version);
    const target = resolve(folder);
    const files = this.#settings.files.map((path) => posix.normalize(path.replaceAll('\\', '/')).replace(/\/$/, ''));
    const entries = await this.#repository.listFiles(commit, files.includes('.') ? [] : files);
    const missing = files.find((normal) => {
      return normal !== '.' && !entries.some((entry) => entry.path === normal || entry.path.startsWith(`${normal}/`));
    });
    if (missing !== undefined) {
      throw new PromotionError(
        'GIT_FAILED',
        `Commit ${commit}, which is ${version.uri}, has no file '${oneLine(missing)}'.`,
        {
          cure: "Correct 'files' of the policy's registry, or commit the file together with the version.",
        },
      );
    }
    const links = entries.filter(({ mode }) => mode === '120000');
    const targets = await this.#repository.readBlobs(links.map(({ object }) => object));
    for (const [index, { path }] of links.entries()) {
      const leads = resolve(target, posix.dirname(path), targets[index]?.toString('utf8') ?? '');
      if (!`${leads}${sep}`.startsWith(`${target}${sep}`)) {
        throw new PromotionError(
          'FILE_UNSAFE',
          `'${oneLine(path)}' of ${version.uri} is a link that leads out of the version's files.`,
          {
            cure: "Commit the file itself, or leave the link out of 'files'.",
          },
        );
      }
    }
    await mkdir(target, { recursive: true });
    const index = `${target}.${randomUUID()}.index`;
    try {
      await this.#repository.writeFiles(
        commit,
        entries.map(({ path }) => path),
        target,
        index,
      );
    } finally {
      await rm(index, { force: true });
    }
    return target;
  }

  #snapshot(model: string): Promise<Snapshot> {
    let snapshot = this.#snapshots.get(model);
    if (snapshot === undefined) {
      snapshot = takeSnapshot(this.#repository, this.#logOf(model), model);
      this.#snapshots.set(model, snapshot);
      // A failure is not an answer to keep.
      snapshot.catch(() => this.#snapshots.delete(model));
    }
    return snapshot;
  }

  /** Runs `attempt` on a fresh snapshot until it was not overtaken by another writer; what is read next is fresh too. */
  async #write(
    model: string,
    attempt: (snapshot: Snapshot, log: PromotionLog) => Promise<'appended' | 'moved'>,
  ): Promise<void> {
    for (let round = 1; round <= ATTEMPTS; round++) {
      this.#snapshots.delete(model);
      try {
        if ((await attempt(await this.#snapshot(model), this.#logOf(model))) === 'appended') return;
      } finally {
        this.#snapshots.delete(model);
      }
      await this.#pause(Math.min(2000, 50 * round) * (0.5 + Math.random()));
    }
    throw new PromotionError(
      'REGISTRY_CONFLICT',
      `Other runs moved the promotion log of '${model}' ${ATTEMPTS} times in a row.`,
      {
        cure: "Run again; a 'concurrency' group for the promotion jobs keeps them out of each other's way.",
      },
    );
  }

  async #version({ artifact, log }: Snapshot, registration: Registration): Promise<ModelVersion> {
    const { version, commit, tag } = registration;
    const url = (await this.#repository.remote())?.url;
    return {
      model: artifact.model,
      version,
      createdAt: new Date(registration.time * 1000).toISOString(),
      source: commit,
      commit,
      uri: registrationTag(artifact.model, version),
      ...(url !== undefined && /^https?:/.test(url)
        ? { page: `${url.replace(/(?:\.git)?\/?$/, '')}/tree/${encodeURIComponent(tag)}` }
        : {}),
      tags: tagsOf(version, log.events, artifact.assignments),
    };
  }

  #holders(artifact: Artifact, stages: readonly string[]): Holders {
    const limit = this.#now().getTime() / 1000 + CLOCK_TOLERANCE_S;
    const holders = new Map<string, readonly string[]>();
    for (const stage of stages) {
      const future = artifact.stageTags.get(stage)?.find(({ tag }) => tag.time > limit)?.tag;
      if (future !== undefined) {
        throw new PromotionError(
          'REGISTRY_ANSWER',
          `Tag '${future.name}' is dated ${new Date(future.time * 1000).toISOString()}, in the future; the newest date decides who holds '${stage}', so nothing could take the stage from it until then.`,
          { cure: `Delete it ('git push origin :refs/tags/${future.name}') and assign the stage again.` },
        );
      }
      const holder = holderOf(artifact, stage);
      if (holder !== undefined) holders.set(stage, [holder.version]);
    }
    return holders;
  }

  /** Later than every tag of the stage: within one second GTO's order is accidental. */
  #tagTime(artifact: Artifact, stage: string): Date {
    const newest = artifact.stageTags.get(stage)?.at(-1)?.tag.time ?? 0;
    return new Date(Math.max(Math.floor(this.#now().getTime() / 1000), newest + 1) * 1000);
  }

  #refuseChanged(artifact: Artifact, version: ModelVersion): void {
    const now = find(artifact, version.version);
    if (now.commit === version.commit) return;
    throw new PromotionError(
      'REGISTRY_CONFLICT',
      `Version ${version.uri} was judged at commit ${version.commit} and is now commit ${now.commit}.`,
      {
        cure: 'Someone has made its tag again; run the gate again.',
      },
    );
  }

  /** What the log has to say of a transition; each as the caller's tags put it, or plainly where they say nothing. */
  #events(
    { version, stage, replaces, archive, tags, replacedTags }: Transition,
    tag: string | undefined,
  ): PromotionEvent[] {
    const at = this.#now().toISOString();
    const previous = replaces === undefined ? {} : { previous: replaces.version };
    const promoted = eventsOf(version.version, tags, [stage], at);
    const own = promoted.some((event) => event.stage === stage)
      ? promoted
      : [
          ...promoted,
          { type: 'deployed' as const, version: version.version, stage, at, actor: this.#identity.name, ...previous },
        ];
    const marked = own.map((event) => (event.stage === stage && tag !== undefined ? { ...event, tag } : event));
    if (!archive || replaces === undefined || replaces.version === version.version) return marked;
    const archived = eventsOf(replaces.version, replacedTags, [stage], at);
    return [
      ...marked,
      ...(archived.length > 0
        ? archived
        : [{ type: 'archived' as const, version: replaces.version, stage, at, actor: this.#identity.name }]),
    ];
  }
}

/** A registered version by its name, with or without the `v`. Throws `VERSION_UNKNOWN` naming what exists. */
function find(artifact: Artifact, version: string): Registration {
  const found = artifact.registrations.find(
    (registration) => registration.version === version || registration.version === `v${version}`,
  );
  if (found !== undefined) return found;
  const shown = oneLine(version, 80);
  throw new PromotionError(
    'VERSION_UNKNOWN',
    `Model '${artifact.model}' has no version '${shown}'. ${whatExists(
      'versions',
      shown,
      artifact.registrations.map((registration) => registration.version),
    )}`,
    /^[0-9a-f]{40,64}$/.test(version)
      ? { cure: "A stage's tag is on this commit, but no version is registered there: run 'gto register' on it." }
      : {},
  );
}

/** Whether the log's last word on the version and stage is this event already. */
function isRecorded(event: PromotionEvent, { log }: Snapshot): boolean {
  const last = log.events.findLast(({ version, stage }) => version === event.version && stage === event.stage);
  return last?.type === event.type;
}

function commitOf(version: ModelVersion): string {
  if (version.commit !== undefined) return version.commit;
  throw new PromotionError('INTERNAL', `Version ${version.uri} has no commit, though its registry is git.`);
}

function conflict(
  model: string,
  stage: string,
  holder: string | undefined,
  expected: string | undefined,
): PromotionError {
  const now = holder === undefined ? 'nobody holds it' : `'${holder}' holds it`;
  return new PromotionError(
    'REGISTRY_CONFLICT',
    `Stage '${stage}' of '${model}' was expected with ${expected === undefined ? 'no holder' : `'${expected}'`}, and now ${now}.`,
    { cure: 'Someone else moved the stage meanwhile; run the gate again.' },
  );
}
