import { isDay, whyNoDay } from '../domain/calendar.js';
import { type Problem, PromotionError } from '../domain/errors.js';
import { listKnownNames } from '../domain/suggest.js';
import { type CommandName, commandNames, isReadOnly } from '../domain/command-name.js';
import type { Environment } from '../domain/environment.js';
import type { Decision } from '../domain/report.js';
import type { Override } from '../promotion/context.js';

export interface Inputs {
  readonly command: CommandName;
  readonly policy: string;
  /** `workspace`, or empty for the branch that counts. */
  readonly policyRef: string;
  /** The folder of the checkout, where it is not the workspace itself. */
  readonly path: string | undefined;
  readonly model: string | undefined;
  readonly version: string | undefined;
  readonly stage: string | undefined;
  readonly dryRun: boolean;
  readonly reason: string | undefined;
  /** For `register`. */
  readonly source: string | undefined;
  readonly runId: string | undefined;
  /** For `apply`: the plan's file, and the digest that `gate` gave. */
  readonly plan: string | undefined;
  readonly planDigest: string | undefined;
  /** For `verify`: the evidence's file, and the repository (`owner/name`) whose workflow attested it. */
  readonly evidence: string | undefined;
  readonly attestation: string | undefined;
  /** For `status`: the day or moment to look at. */
  readonly on: Date | undefined;
  readonly override: readonly Override[];
  readonly failOn: readonly Decision[];
  readonly comment: 'always' | 'on-failure' | 'never';
  readonly deployment: 'auto' | 'never';
  readonly prNumber: number | undefined;
  readonly githubToken: string | undefined;
}

/** An input as the runner passes it: https://docs.github.com/actions/reference/workflows-and-actions/metadata-syntax#inputs */
function raw(environment: Environment, name: string): string {
  return (environment[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] ?? '').trim();
}

/**
 * Reads every input at once.
 * @throws PromotionError `INPUT_INVALID` with every mistake, each naming the input, what was found and what is allowed
 */
export function readInputs(environment: Environment): Inputs {
  const problems: Problem[] = [];
  const text = (name: string): string | undefined => raw(environment, name) || undefined;
  const oneOf = <T extends string>(name: string, allowed: readonly T[], otherwise: T): T => {
    const given = text(name);
    if (given === undefined) return otherwise;
    const found = allowed.find((each) => each === given.toLowerCase());
    if (found === undefined)
      problems.push({ message: `Input '${name}' is '${given}'. ${listKnownNames('values', given, allowed)}` });
    return found ?? otherwise;
  };
  const yes = (name: string): boolean => {
    const given = text(name)?.toLowerCase() ?? 'false';
    if (given !== 'true' && given !== 'false')
      problems.push({ message: `Input '${name}' is '${given}'; allowed: 'true', 'false'.` });
    return given === 'true';
  };
  const decisions = (name: string): readonly Decision[] => {
    const allowed: readonly Decision[] = ['error', 'reject', 'hold'];
    const given = (text(name) ?? allowed.join(','))
      .toLowerCase()
      .split(/[\s,]+/)
      .filter((each) => each !== '');
    for (const each of given) {
      if (each !== 'none' && !allowed.some((decision) => decision === each)) {
        problems.push({
          message: `Input '${name}' holds '${each}'. ${listKnownNames('decisions', each, [...allowed, 'none'])}`,
        });
      }
    }
    const other = given.find((each) => each !== 'none');
    if (given.includes('none') && other !== undefined) {
      problems.push({
        message: `Input '${name}' holds 'none' beside '${other}': it is 'none' alone, or the decisions that fail the step.`,
      });
    }
    return allowed.filter((decision) => given.includes(decision));
  };
  const positive = (name: string): number | undefined => {
    const given = text(name);
    if (given === undefined) return undefined;
    if (!/^[1-9]\d{0,9}$/.test(given))
      problems.push({ message: `Input '${name}' is '${given}'; expected a number such as 42.` });
    return Number(given);
  };

  const overrides = (): readonly Override[] => {
    const allowed = ['freeze', 'soak', 'champion'] as const;
    const given = (text('override') ?? '')
      .toLowerCase()
      .split(/[\s,]+/)
      .filter((each) => each !== '' && each !== 'and');
    for (const each of given) {
      if (!allowed.some((known) => known === each)) {
        problems.push({ message: `Input 'override' holds '${each}'. ${listKnownNames('overrides', each, allowed)}` });
      }
    }
    if (given.length > 0 && text('reason') === undefined) {
      problems.push({ message: "Input 'override' needs the input 'reason': it is recorded with what it lifts." });
    }
    return allowed.filter((each) => given.includes(each));
  };

  /** A day means its end: who held a stage *on* it is who held it last. */
  const moment = (name: string): Date | undefined => {
    const given = text(name);
    if (given === undefined) return undefined;
    const day = /^\d{4}-\d{2}-\d{2}/.exec(given)?.[0];
    if (day !== undefined && !isDay(day)) {
      problems.push({ message: `Input '${name}' is '${given}', and there is no such day: ${whyNoDay(day)}.` });
      return undefined;
    }
    const time = new Date(/^\d{4}-\d{2}-\d{2}$/.test(given) ? `${given}T23:59:59.999Z` : given);
    if (/^\d{4}-\d{2}-\d{2}/.test(given) && !Number.isNaN(time.getTime())) return time;
    problems.push({
      message: `Input '${name}' is '${given}'; expected a day such as 2026-03-01, or a time as ISO 8601 writes it.`,
    });
    return undefined;
  };

  const command = oneOf('command', commandNames, 'promote');
  const dryRun = yes('dry-run');
  const policyRef = text('policy-ref') ?? '';
  if (policyRef !== '' && policyRef !== 'workspace') {
    problems.push({
      message: `Input 'policy-ref' is '${policyRef}'; allowed: 'workspace', or empty for the branch that counts.`,
    });
  }
  if (policyRef === 'workspace' && !dryRun && !isReadOnly(command)) {
    problems.push({
      message: `Input 'policy-ref' is 'workspace', and '${command}' judges by the default branch's policy, so that a change cannot bring its own judge. Leave it empty, or set 'dry-run: true'.`,
    });
  }
  const inputs: Inputs = {
    command,
    policy: text('policy') ?? '.github/model-promotion.yml',
    policyRef,
    path: text('path'),
    model: text('model'),
    version: text('version'),
    stage: text('stage'),
    dryRun,
    reason: text('reason'),
    source: text('source'),
    runId: text('run-id'),
    plan: text('plan'),
    planDigest: text('plan-digest'),
    evidence: text('evidence'),
    attestation: text('attestation'),
    on: moment('on'),
    override: overrides(),
    failOn: decisions('fail-on'),
    comment: oneOf('comment', ['always', 'on-failure', 'never'], 'always'),
    deployment: oneOf('deployment', ['auto', 'never'], 'auto'),
    prNumber: positive('pr-number'),
    githubToken: text('github-token'),
  };
  problems.push(...missing(inputs));
  if (problems.length > 0) {
    const [first] = problems;
    const more = problems.length === 1 ? '' : ` (and ${problems.length - 1} more)`;
    throw new PromotionError('INPUT_INVALID', `${first?.message ?? ''}${more}`, { problems });
  }
  return inputs;
}

/** What a command cannot do without. */
function missing({ command, plan, planDigest, reason, version, evidence, attestation }: Inputs): Problem[] {
  const needs: Partial<Record<CommandName, readonly (readonly [string, string | undefined])[]>> = {
    apply: [
      ['plan', plan],
      ['plan-digest', planDigest],
    ],
    rollback: [['reason', reason]],
    adopt: [['reason', reason]],
    archive: [['version', version]],
  };
  const alone =
    attestation !== undefined && evidence === undefined
      ? [{ message: "Input 'attestation' needs the input 'evidence': the file that was attested." }]
      : [];
  return (needs[command] ?? [])
    .flatMap(([name, value]) =>
      value === undefined ? [{ message: `Input '${name}' is missing: '${command}' needs it.` }] : [],
    )
    .concat(alone);
}
