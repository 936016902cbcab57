import type { PromotionError } from '../domain/errors.js';
import type { Report } from '../domain/report.js';
import type { ModelVersion } from '../domain/version.js';
import type { CurrentState, PromotionContext } from './context.js';

/** What a report of any operation needs; the stage is absent for what concerns a version as a whole. */
export type ReportSubject = Pick<
  PromotionContext,
  'command' | 'dryRun' | 'model' | 'policy' | 'registry' | 'source' | 'author'
> & {
  readonly stage?: PromotionContext['stage'];
  readonly remarks?: PromotionContext['remarks'];
};

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
    { candidate, champion, previous }: Partial<CurrentState> & { readonly candidate?: ModelVersion },
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
  alreadyThere({ candidate, history }: Pick<CurrentState, 'candidate' | 'history'>): Report {
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
