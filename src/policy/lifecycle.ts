import { posix } from 'node:path';
import { isDay } from '../domain/calendar.js';
import { closestName } from '../domain/suggest.js';
import type { CompileContext } from './compile-context.js';
import type { Path } from './document.js';
import { parseDuration } from './duration.js';
import type { RegistryDescriptor } from '../domain/registry-descriptor.js';
import type { Approval, Check, Command, Deploy, Freeze, Monitor, Stage, Weekday } from './policy.js';

/** A step as the schema lets it be written. */
export type RawStep = string | { readonly run: string };

/** The parts of a stage that are about time, people and putting to work: shapes of the schema. */
export interface RawLife<RawCheck> {
  readonly soak?: string;
  readonly freeze?: {
    readonly time_zone?: string;
    readonly days?: readonly Weekday[];
    readonly windows?: readonly { readonly from: string; readonly to: string; readonly reason?: string }[];
  };
  readonly approval?: {
    readonly environment?: string;
    readonly reviews?: { readonly min?: number; readonly not_author?: boolean; readonly request?: string };
    readonly not_author?: boolean;
    readonly min?: number;
  };
  readonly deploy?: {
    readonly run: RawStep;
    readonly smoke_test?: RawStep;
    readonly rollback?: RawStep;
    readonly transition?: Deploy['transition'];
  };
  readonly monitor?: { readonly checks: readonly RawCheck[]; readonly then?: Monitor['then'] };
}

/** With how the compiler reads commands and checks. */
export interface LifeCompiler<RawCheck> extends CompileContext {
  readonly command: (raw: { readonly run: string }, path: Path) => Command;
  readonly check: (raw: RawCheck, path: Path) => readonly Check[];
}

/** Reads them, with every mistake that a schema cannot see. */
export function compileLifecycle<RawCheck>(
  raw: RawLife<RawCheck>,
  path: Path,
  compiler: LifeCompiler<RawCheck>,
): Pick<Stage, 'approval' | 'deploy' | 'monitor' | 'soakMs' | 'freeze'> {
  const approval = raw.approval === undefined ? undefined : readApproval(raw.approval, [...path, 'approval'], compiler);
  const freeze = raw.freeze === undefined ? undefined : readFreeze(raw.freeze, [...path, 'freeze'], compiler);
  const deploy = raw.deploy === undefined ? undefined : readDeploy(raw.deploy, [...path, 'deploy'], compiler);
  const monitor = raw.monitor === undefined ? undefined : readMonitor(raw.monitor, [...path, 'monitor'], compiler);
  return {
    ...(raw.soak === undefined ? {} : { soakMs: parseDuration(raw.soak) }),
    ...(approval === undefined ? {} : { approval }),
    ...(freeze === undefined ? {} : { freeze }),
    ...(deploy === undefined ? {} : { deploy }),
    ...(monitor === undefined ? {} : { monitor }),
  };
}

type Part<K extends keyof RawLife<unknown>> = NonNullable<RawLife<never>[K]>;
type Lent = Pick<LifeCompiler<never>, 'document' | 'add' | 'command' | 'registry'>;

function readApproval(raw: Part<'approval'>, path: Path, { document, add, registry }: Lent): Approval {
  if (raw.environment !== undefined) {
    if (raw.min !== undefined) {
      add(
        "An environment's approval has no 'min': on GitHub one reviewer releases the job. For a quorum use 'reviews: { min: 2 }'.",
        document.locateKey([...path, 'min']),
      );
    }
    return { kind: 'environment', environment: raw.environment, notAuthor: raw.not_author ?? false };
  }
  const { min, not_author: notAuthor, request } = raw.reviews ?? {};
  if (raw.min !== undefined) {
    add("'min' belongs under 'reviews'.", document.locateKey([...path, 'min']));
  }
  const wrong = request === undefined ? whyNoReviews(registry) : whyNoRequest(request);
  if (wrong !== undefined) {
    const at: Path = [...path, 'reviews'];
    add(wrong, request === undefined ? document.locateKey(at) : document.locate([...at, 'request']));
  }
  return {
    kind: 'reviews',
    min: min ?? 1,
    notAuthor: notAuthor ?? raw.not_author ?? false,
    ...(request === undefined ? {} : { request: posix.normalize(request) }),
  };
}

/** Only a version that is a commit can be what a pull request's reviewers saw. */
function whyNoReviews({ type, versionsAreCommits }: RegistryDescriptor): string | undefined {
  if (versionsAreCommits) return undefined;
  return `'reviews' needs a 'request' with the registry '${type}': a version there is no commit, so no pull request's reviewers have seen it. Add "request: 'promotions/{model}-{stage}.yml'", a file that names the version in a pull request.`;
}

function whyNoRequest(path: string): string | undefined {
  const normal = posix.normalize(path.replaceAll('\\', '/'));
  const isInside = !posix.isAbsolute(normal) && !/^(\.\.?(\/|$)|[A-Za-z]:|\.git(\/|$))/i.test(normal);
  if (isInside && !/[\\*?[\]\0-\x1f]|\/$/.test(path)) {
    const left = /\{[^}]*\}?|\}/.exec(path)?.[0];
    return left === undefined
      ? undefined
      : `'${left}' is not replaced in a promotion request's path; '{model}' and '{stage}' are.`;
  }
  return `'${path}' is no file below the repository's root that can be a promotion request. Name it as git does, such as 'promotions/{model}-{stage}.yml', without wildcards.`;
}

function readFreeze(raw: Part<'freeze'>, path: Path, { document, add }: Lent): Freeze {
  const timeZone = raw.time_zone ?? 'UTC';
  if (!isTimeZone(timeZone)) {
    const guess = nearestTimeZone(timeZone);
    add(
      `'${timeZone}' is no time zone. Use an IANA name such as Europe/Berlin, or UTC.${guess === undefined ? '' : ` Did you mean '${guess}'?`}`,
      document.locate([...path, 'time_zone']),
    );
  }
  const windows = raw.windows ?? [];
  windows.forEach(({ from, to }, index) => {
    for (const [key, day] of [
      ['from', from],
      ['to', to],
    ] as const) {
      if (!isDay(day)) add(`'${day}' is no day of the calendar.`, document.locate([...path, 'windows', index, key]));
    }
    if (to < from)
      add(`The window ends on ${to}, before it begins on ${from}.`, document.locate([...path, 'windows', index]));
  });
  if (windows.length === 0 && (raw.days ?? []).length === 0) {
    add("A freeze with neither 'days' nor 'windows' freezes nothing.", document.locateKey(path));
  }
  return { timeZone, days: raw.days ?? [], windows };
}

function readDeploy(raw: Part<'deploy'>, path: Path, { document, command }: Lent): Deploy {
  const step = (given: RawStep, key: string): Command =>
    typeof given === 'string'
      ? { ...command({ run: given }, path), at: document.locate([...path, key]) }
      : command(given, [...path, key]);
  return {
    run: step(raw.run, 'run'),
    ...(raw.smoke_test === undefined ? {} : { smokeTest: step(raw.smoke_test, 'smoke_test') }),
    ...(raw.rollback === undefined ? {} : { rollback: step(raw.rollback, 'rollback') }),
    transition: raw.transition ?? 'after-smoke-test',
  };
}

function readMonitor<RawCheck>(
  raw: NonNullable<RawLife<RawCheck>['monitor']>,
  path: Path,
  { check }: LifeCompiler<RawCheck>,
): Monitor {
  const checks = raw.checks.flatMap((each, index) => check(each, [...path, 'checks', index]));
  return { checks, then: raw.then ?? 'alert' };
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false; // The only way that Intl tells.
  }
}

function nearestTimeZone(name: string): string | undefined {
  const zones = Intl.supportedValuesOf('timeZone');
  const place = `/${name.toLowerCase()}`;
  return zones.find((zone) => zone.toLowerCase().endsWith(place)) ?? closestName(name, zones);
}
