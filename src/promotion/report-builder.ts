import type { PromotionError } from '../domain/errors.js';
import type { CommandName } from '../domain/command-name.js';
import type { PolicySource, Report } from '../domain/report.js';
import type { ModelVersion } from '../domain/version.js';
import type { History } from '../log/history.js';
import type { Policy, Stage } from '../policy/policy.js';
import type { Registry } from '../registry/registry.js';

/** What a report of any operation needs; the stage is absent for what concerns a version as a whole. */
export interface ReportSubject {
  readonly command: CommandName;
  readonly dryRun: boolean;
  readonly model: string;
  readonly policy: Policy;
  readonly registry: Registry;
  readonly source: PolicySource;
  /** Who runs this, where, on which commit. */
  readonly author: { readonly actor?: string; readonly run?: string; readonly commit?: string };
  readonly stage?: Stage;
  /** For the report's reader: what differs here from what counts. */
  readonly remarks?: readonly string[];
}

/** The versions that the report is about, as far as they are known. */
interface ReportVersions {
  readonly candidate?: ModelVersion;
  readonly champion?: ModelVersion | undefined;
  readonly previous?: ModelVersion | undefined;
}

type Facts = Partial<Omit<Report, 'notes'>>;

/**
 * The report of one run, which the run completes as it goes on: whatever is thrown, the report has what was known by
 * then. What it returns is a copy, which later changes do not touch.
 */
export class ReportBuilder {
  #facts: Omit<Report, 'notes'>;
  /** In the order they were made, each once. */
  readonly #notes = new Set<string>();

  constructor(private readonly now: () => Date) {
    this.#facts = { ...nothingKnown, ...this.#startsNow() };
  }

  /** The report as it stands. */
  get current(): Report {
    return { ...this.#facts, notes: [...this.#notes] };
  }

  add(facts: Facts): this {
    this.#facts = { ...this.#facts, ...facts };
    return this;
  }

  note(...notes: readonly string[]): this {
    for (const note of notes) this.#notes.add(note);
    return this;
  }

  /** An operation begins: who, what, where. Nothing is decided yet, so it says `error`. Notes until now stay. */
  begin(
    { command, dryRun, model, stage, policy, registry, source, author, remarks }: ReportSubject,
    { candidate, champion, previous }: ReportVersions,
  ): this {
    this.#facts = {
      ...nothingKnown,
      command,
      dryRun,
      model,
      models: policy.models.size,
      ...(stage === undefined ? {} : { stage: stage.name }),
      stages: [...policy.stages.keys()],
      ...(candidate === undefined ? {} : { candidate }),
      ...(champion === undefined ? {} : { champion }),
      ...(previous === undefined ? {} : { previous }),
      registry: registry.description,
      policy: source,
      ...(author.actor === undefined ? {} : { actor: author.actor }),
      ...(author.run === undefined ? {} : { runPage: author.run }),
      ...(author.commit === undefined ? {} : { commit: author.commit }),
      ...this.#startsNow(),
    };
    return this.note(...(remarks ?? []), ...registry.remarks());
  }

  end(facts: Facts): Report {
    return this.add({ ...facts, endedAt: this.now().toISOString() }).current;
  }

  /** Nothing was to be done, or what should be done is. */
  done(reason: string, facts: Facts = {}): Report {
    return this.end({ decision: 'promote', reason, ...facts });
  }

  /** The version is where it should go: a success that changes nothing and says so. */
  alreadyThere({
    candidate,
    history,
  }: {
    readonly candidate: ModelVersion;
    readonly history: History | undefined;
  }): Report {
    const { stage, runPage, model } = this.#facts;
    const held = stage === undefined ? undefined : history?.holder(stage);
    const run = held?.version.is(candidate) === true ? held.event.run : undefined;
    const byThisRun = run !== undefined && run === runPage;
    const reason = `${model} ${candidate.version} holds ${stage ?? ''} already; nothing was to be done.`;
    return this.done(reason, { alreadyThere: true, byThisRun });
  }

  /** The run could not come to a verdict. What it had moved by then is in the promotion log. */
  failed({ code, message, cure, problems }: PromotionError): Report {
    const { cure: _, ...facts } = this.#facts;
    this.#facts = facts;
    return this.end({
      promoted: false,
      // What another run is doing, or has left to a person, is no failure of this one.
      decision: code === 'OPERATION_OPEN' ? 'hold' : 'error',
      reason: message,
      code,
      ...(cure === undefined ? {} : { cure }),
      problems,
    });
  }

  #startsNow(): Pick<Report, 'startedAt' | 'endedAt'> {
    const startedAt = this.now().toISOString();
    return { startedAt, endedAt: startedAt };
  }
}

const nothingKnown: Omit<Report, 'notes' | 'startedAt' | 'endedAt'> = {
  command: 'promote',
  dryRun: false,
  decision: 'error',
  reason: '',
  promoted: false,
  alreadyThere: false,
  approvalRequired: false,
  model: '',
  models: 1,
  stages: [],
  archived: false,
  checks: [],
  problems: [],
};
