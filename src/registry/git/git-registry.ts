import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { posix, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PromotionError } from '../../domain/errors.js';
import type { GitRepository } from '../../git/repository.js';
import { type Identity, oneLine } from '../../git/tag.js';
import type { PromotionEvent } from '../../domain/event.js';
import { History } from '../../log/history.js';
import type { Operation } from '../../log/operation.js';
import type { PromotionLog } from '../../log/promotion-log.js';
import { formatOf } from '../../policy/file-format.js';
import { gitCredentials } from './credentials.js';
import type { GitSettings } from './settings.js';
import type { Registration, Registry, LogRecord, Transition, Vacancy } from '../registry.js';
import type { Holders, MetricReading, ModelVersion, Unregistered } from '../../domain/version.js';
import { heldBy, type Registration as Registered } from './artifact.js';
import { asInput } from '../../domain/cure.js';
import { deletion } from './deletion.js';
import { commitOf, findVersion } from './find-version.js';
import { refusesStageName, registrationTag } from './gto-tag.js';
import { identified } from '../../log/event.js';
import { inOrder } from '../../domain/promotion-state.js';
import { eventsOf } from '../../domain/record.js';
import { expectHolder, readHolders } from './holders.js';
import { refuseLinksOut } from './symlinks.js';
import { lightweightRemarks } from './lightweight.js';
import { replacePointers, textOf } from './large-files.js';
import { metricKeys, readMetrics } from './metrics-file.js';
import { type Addition, type TagAuthor, promoting, vacating } from './stage-tags.js';
import { tagsOf } from './version-tags.js';
import { refuseRegistration, registering } from './register.js';
import { mustExist, type Snapshot, tagRefs, takeSnapshot } from './snapshot.js';

const DEFAULT_METRICS_FILE = 'metrics.json';
/** Enough for some ten writers at once; each lost round means that another one got through. */
const ATTEMPTS = 12;

export interface GitRegistryOptions {
  readonly settings: GitSettings;
  /** The policy's, the furthest last. */
  readonly stages?: readonly string[];
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
  readonly atNames = 'version';
  readonly description: string;
  readonly environment = {};
  readonly credentialNames = gitCredentials.handedOn;
  readonly oneStageAtATime = false;
  readonly #settings: GitSettings;
  readonly #stages: readonly string[];
  readonly #repository: GitRepository;
  readonly #logOf: (model: string) => PromotionLog;
  readonly #identity: Identity;
  readonly #now: () => Date;
  readonly #pause: (milliseconds: number) => Promise<unknown>;
  /** Of what was read last. */
  #remarks: readonly string[] = [];
  readonly #snapshots = new Map<string, Promise<Snapshot>>();
  readonly #histories = new WeakMap<Snapshot['log'], History>();

  constructor(options: GitRegistryOptions) {
    this.#settings = options.settings;
    this.#stages = options.stages ?? [];
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

  async history(model: string): Promise<readonly PromotionEvent[] | undefined> {
    const { events } = (await this.#known(model)).log;
    return events.length === 0 ? undefined : events;
  }

  /** Who may write tags may write the log beside them. */
  hasOrCanStartLog(): Promise<boolean> {
    return Promise.resolve(true);
  }

  remarks(): readonly string[] {
    return this.#remarks;
  }

  refusesStage(stage: string): string | undefined {
    return refusesStageName(stage);
  }

  async *versions(model: string): AsyncIterable<ModelVersion> {
    const snapshot = await this.#known(model);
    for (const registration of snapshot.artifact.registrations) yield await this.#version(snapshot, registration);
  }

  async version(model: string, version: string): Promise<ModelVersion> {
    const snapshot = await this.#known(model);
    return this.#version(snapshot, findVersion(snapshot.artifact, version));
  }

  byAlias(model: string, alias: string): Promise<ModelVersion> {
    const error = new PromotionError(
      'VERSION_UNKNOWN',
      `'@${oneLine(alias, 80)}' names no version of '${oneLine(model, 80)}': a git registry has no aliases.`,
      {
        cure: "Name the stage instead, e.g. 'version: stage:production', or the version, e.g. 'version: v1.2.0'.",
      },
    );
    return Promise.reject(error);
  }

  async unregistered(model: string, given: Unregistered): Promise<ModelVersion> {
    if (given !== 'head') {
      throw new PromotionError('INPUT_INVALID', "A git registry has no runs: 'run:' names nothing here.", {
        cure: `For the commit checked out, use ${asInput('gate', { version: 'head' })}.`,
      });
    }
    const commit = await this.#commit({ model, tags: new Map() });
    const createdAt = await this.#repository.commitTime(commit);
    return { model, version: 'head', createdAt, source: commit, commit, uri: commit, tags: new Map() };
  }

  async holders(model: string, stages: readonly string[]): Promise<Holders> {
    return readHolders((await this.#known(model)).artifact, stages, this.#now());
  }

  loggedModelMetric(): Promise<never> {
    const error = new PromotionError('METRIC_UNREADABLE', 'The git registry has no logged models.', {
      cure: "Read it with 'from: run'.",
    });
    return Promise.reject(error);
  }

  async metricKeys(version: ModelVersion): Promise<readonly string[]> {
    const commit = commitOf(version);
    const path = this.#settings.metricsFile ?? DEFAULT_METRICS_FILE;
    const text = await textOf(this.#repository, commit, path, version.uri);
    return text === undefined ? [] : metricKeys(text, `${path} at ${commit.slice(0, 8)}`, formatOfMetrics(path));
  }

  async metrics(version: ModelVersion, keys: readonly string[]): Promise<ReadonlyMap<string, MetricReading>> {
    const commit = commitOf(version);
    const path = this.#settings.metricsFile ?? DEFAULT_METRICS_FILE;
    const text = await textOf(this.#repository, commit, path, version.uri);
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
    const values = readMetrics(text, keys, origin, formatOfMetrics(path));
    if (values.size === 0) return new Map();
    // The file was written before it was committed: no later than that was it measured.
    const at = await this.#repository.commitTime(commit);
    return new Map([...values].map(([key, value]) => [key, { value, origin, at, commit }]));
  }

  async transition(transition: Transition): Promise<void> {
    const { model, stage, version } = transition;
    const refusal = this.refusesStage(stage);
    if (refusal !== undefined)
      throw new PromotionError('STAGE_UNKNOWN', refusal, { cure: 'Rename the stage in the policy.' });
    await this.#write(model, async (snapshot, log) => {
      transition.under?.guard(snapshot.log.operation);
      return this.#add(promoting(mustExist(snapshot), transition, this.#hand()), snapshot, log);
    });
    expectHolder((await this.#snapshot(model)).artifact, stage, version.version, this.#now());
  }

  async register(registration: Registration): Promise<ModelVersion> {
    refuseRegistration(registration);
    const { model } = registration;
    let version = '';
    await this.#write(model, async (snapshot, log) => {
      if (snapshot.absent?.mayBegin === false) throw snapshot.absent.error;
      const found = registering(snapshot, registration, await this.#commit(registration), this.#hand());
      for (const { name } of found.tags) await this.#refuseTaken(name);
      version = found.version;
      return this.#add(found, snapshot, log);
    });
    return this.version(model, version);
  }

  async vacate(vacancy: Vacancy): Promise<void> {
    const { model, stage } = vacancy;
    await this.#write(model, async (snapshot, log) => {
      vacancy.under?.guard(snapshot.log.operation);
      return this.#add(vacating(mustExist(snapshot), vacancy, this.#hand()), snapshot, log);
    });
    expectHolder((await this.#snapshot(model)).artifact, stage, undefined, this.#now());
  }

  async operation(model: string): Promise<Operation | undefined> {
    return (await this.#known(model)).log.operation;
  }

  async appendToLog(
    model: string,
    decide: (operation: Operation | undefined) => readonly LogRecord[] | Promise<readonly LogRecord[]>,
  ): Promise<boolean> {
    await this.#write(model, async (snapshot, log) => {
      const stages = [...mustExist(snapshot).artifact.stageTags.keys()];
      const at = this.#now().toISOString();
      const told = (await decide(snapshot.log.operation)).flatMap((each): Addition['events'] =>
        'tags' in each ? identified(eventsOf(each.version.version, each.tags, stages, at), each.version) : [each],
      );
      return log.append(told, { expectedHead: snapshot.log.head });
    });
    return true;
  }

  /** A version's tags are a view of the log: what it knows is set. */
  syncTags(): Promise<void> {
    return Promise.resolve();
  }

  async tag(version: ModelVersion, tags: ReadonlyMap<string, string>): Promise<void> {
    await this.appendToLog(version.model, () => [{ version, tags }]);
  }

  async materialise(version: ModelVersion, folder: string): Promise<string> {
    const commit = commitOf(version);
    const target = resolve(folder);
    const asked = this.#settings.files.map((path) => posix.normalize(path.replaceAll('\\', '/')).replace(/\/$/, ''));
    const entries = await this.#repository.listFiles(commit, asked.includes('.') ? [] : asked);
    const missing = asked.find((normal) => {
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
    const files = entries.filter(({ mode }) => mode !== '120000').map(({ path }) => path);
    await replacePointers(this.#repository, { commit, folder: target, files, owner: version.uri });
    const links = entries.filter(({ mode }) => mode === '120000').map(({ path }) => path);
    await refuseLinksOut(target, links, version.uri);
    return target;
  }

  /** Throws `MODEL_UNKNOWN`. */
  async #known(model: string): Promise<Snapshot> {
    return mustExist(await this.#snapshot(model));
  }

  #snapshot(model: string): Promise<Snapshot> {
    let snapshot = this.#snapshots.get(model);
    if (snapshot === undefined) {
      snapshot = takeSnapshot(this.#repository, this.#logOf(model), model);
      this.#snapshots.set(model, snapshot);
      snapshot.then(
        ({ artifact }) => (this.#remarks = lightweightRemarks(artifact)),
        // A failure is not an answer to keep.
        () => this.#snapshots.delete(model),
      );
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

  /** Writes what is to be added; a tag gets a ref here only once the remote has taken it, so none is left behind. */
  async #add(
    { tags, events }: Addition,
    { log: { head } }: Snapshot,
    log: PromotionLog,
  ): Promise<'appended' | 'moved'> {
    const along: { ref: string; to: string; from: null }[] = [];
    for (const tag of tags) {
      const refs = tagRefs(tag.name);
      along.push({ ref: refs.tag, to: await this.#repository.writeTag(tag), from: null });
    }
    const result = await log.append(events, { expectedHead: head, along });
    if (result === 'appended' && (await this.#repository.remote()) !== undefined) {
      for (const { ref, to } of along) await this.#repository.setRef(ref, to);
    }
    return result;
  }

  /** A tag that is no registration, or no longer one: its name would be refused as if another run had been faster. */
  async #refuseTaken(name: string): Promise<void> {
    const refs = tagRefs(name);
    const ref = (await this.#repository.remote()) === undefined ? refs.tag : refs.mirror;
    if ((await this.#repository.refObject(ref)) === undefined) return;
    throw new PromotionError('REGISTRY_CONFLICT', `Tag '${name}' exists, and registers no version now.`, {
      cure: `It is lightweight, or was deregistered. Give another 'version', or delete it: ${deletion(name)}`,
    });
  }

  #hand(): TagAuthor {
    return { identity: this.#identity, now: this.#now() };
  }

  /** Throws `VERSION_UNKNOWN` for a commit that is not here. */
  async #commit({ commit = 'HEAD' }: Registration): Promise<string> {
    const found = await this.#repository.resolve(commit);
    if (found !== undefined) return found;
    throw new PromotionError('VERSION_UNKNOWN', `The repository has no commit '${oneLine(commit, 80)}' to register.`, {
      cure: "Give a commit that the checkout has; 'fetch-depth: 0' brings all of a branch's.",
    });
  }

  async #version({ artifact, log }: Snapshot, registration: Registered): Promise<ModelVersion> {
    const { version, commit, tag } = registration;
    const sameCommit = artifact.registrations
      .filter((each) => each.commit === commit && each.version !== version)
      .map((each) => each.tag);
    const url = (await this.#repository.remote())?.url;
    const told = {
      model: artifact.model,
      version,
      createdAt: new Date(registration.time * 1000).toISOString(),
      source: commit,
      commit,
      uri: registrationTag(artifact.model, version),
      ...(url !== undefined && /^https?:/.test(url)
        ? { page: `${url.replace(/(?:\.git)?\/?$/, '')}/tree/${encodeURIComponent(tag)}` }
        : {}),
      tags: new Map<string, string>(),
      ...(sameCommit.length === 0 ? {} : { sameCommit }),
    };
    const left = (this.#histories.get(log) ?? this.#replayed(log)).leftLast(told);
    const holdings = { held: inOrder(heldBy(artifact, version), this.#stages), left };
    return { ...told, tags: tagsOf(told, log.events, artifact.assignments, holdings) };
  }

  #replayed(log: Snapshot['log']): History {
    const history = new History(log.events);
    this.#histories.set(log, history);
    return history;
  }
}

/** DVC writes YAML and TOML as well. */
function formatOfMetrics(path: string): 'json' | 'yaml' | 'toml' {
  const format = formatOf(path);
  return format === 'yaml' || format === 'toml' ? format : 'json';
}
