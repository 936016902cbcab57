import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAction, type ActionResult } from '../support/action.js';
import { intercept, type Fault, type Mishap } from './interceptor.js';
import { differences, observe, type State } from './state.js';
import { prepare, type Subject } from './subject.js';
import { shortTimes, type Mode, type World } from './world.js';

/** A promotion that nothing disturbed. */
export interface Undisturbed {
  readonly requests: readonly string[];
  readonly state: State;
}

export interface Trial extends Mishap {
  readonly mode: Mode;
}

export interface Outcome extends Trial {
  /** Whether the request was made at all. */
  readonly happened: boolean;
  /** Whether the first run had to be ended because it did not end. */
  readonly stuck: boolean;
  /** Whether all was as it should be after the first run already. */
  readonly unharmed: boolean;
  /** What is wrong in the end, or was wrong while the first run said that all was well. */
  readonly lost: readonly string[];
}

/** Far above what a run takes whose time-outs are shortened. */
const stuckMs = 120_000;

export async function undisturbed(world: World, mode: Mode): Promise<Undisturbed> {
  const subject = await prepare(world, mode);
  const { result, requests } = await run(world, subject, 1);
  if (result.code !== 0 || result.outputs['promoted'] !== 'true') throw new Error(`Not promoted: ${result.log}`);
  const state = await observe(world, subject);
  await subject.git.stop();
  return { requests, state };
}

/** Lets one request of a promotion go wrong, promotes again, and looks at what has become of it. */
export async function attempt(world: World, trial: Trial, expected: State): Promise<Outcome> {
  const subject = await prepare(world, trial.mode);
  try {
    const first = await run(world, subject, 1, trial);
    const after = await observe(world, subject);
    const unharmed = differences(expected, after).length === 0;
    const early = first.result.code === 0 ? tooEarly(first.result, expected, after) : [];
    const second = await run(world, subject, 2);
    const late = differences(expected, await observe(world, subject));
    const said =
      late.length === 0 ? [] : [`the second run ended ${second.result.code ?? 'never'}: ${reason(second.result)}`];
    return { ...trial, happened: first.happened, stuck: first.stuck, unharmed, lost: [...early, ...late, ...said] };
  } finally {
    await subject.git.stop();
  }
}

/** What a first run that called itself a success has left undone and not said. */
function tooEarly(result: ActionResult, expected: State, after: State): readonly string[] {
  const told = !result.summary.includes(' was not told');
  const { comments, deployments, ...rest } = expected;
  const { comments: _, deployments: __, ...found } = after;
  const wrong = [
    ...differences(rest, found),
    ...(told ? differences({ comments, deployments }, { comments: _, deployments: __ }) : []),
  ];
  return wrong.map((what) => `after a first run that succeeded, ${what}`);
}

function reason(result: ActionResult): string {
  return (result.outputs['reason'] ?? result.log.slice(-300)).replaceAll(/\s+/g, ' ').slice(0, 240);
}

interface Run {
  readonly result: ActionResult;
  readonly requests: readonly string[];
  readonly happened: boolean;
  readonly stuck: boolean;
}

/** One run of the action on a machine of its own: nothing but the servers is the same the next time. */
async function run(world: World, subject: Subject, attemptNumber: number, mishap?: Mishap): Promise<Run> {
  const { github, mlflow } = world;
  const { git, pull } = subject;
  const servers = new Map([
    ['git', git.url],
    ['github', github.url],
    ...(subject.mode === 'git' ? [] : [['mlflow', mlflow.url] as const]),
  ]);
  const between = await intercept(servers, subject.ports, (path) => named(path, subject), mishap);
  const url = (name: string): string => between.urls.get(name) ?? '';
  const workspace = join(mkdtempSync(join(tmpdir(), 'workspace-')), 'churn');
  execFileSync('git', ['clone', '-q', git.folder, workspace]);
  execFileSync('git', ['-C', workspace, 'remote', 'set-url', 'origin', `${url('git')}/acme/churn`]);
  const deadline: { timer?: NodeJS.Timeout; passed: boolean } = { passed: false };
  try {
    const result = await runAction({
      workspace,
      inputs: { stage: 'production', model: subject.model, version: subject.version },
      token: github.token,
      eventName: 'push',
      environment: {
        ...shortTimes,
        DEPLOY_MARKER: subject.marker,
        GITHUB_SERVER_URL: url('git'),
        GITHUB_API_URL: url('github'),
        GITHUB_SHA: pull.sha,
        GITHUB_RUN_ID: subject.run,
        GITHUB_RUN_ATTEMPT: String(attemptNumber),
        GITHUB_EVENT_NAME: 'push',
        ...(subject.mode === 'git' ? {} : { MLFLOW_TRACKING_URI: url('mlflow') }),
      },
      started: (kill) => {
        between.kill = kill;
        deadline.timer = setTimeout(() => {
          deadline.passed = true;
          kill();
        }, stuckMs);
      },
    });
    return { result, requests: between.requests, happened: between.happened, stuck: deadline.passed };
  } finally {
    clearTimeout(deadline.timer);
    await between.stop();
  }
}

/** The same name for the same request of another subject. */
function named(path: string, { model, pull, run: id }: Subject): string {
  return decodeURIComponent(path)
    .replaceAll(model, 'churn')
    .replaceAll(pull.sha, '<sha>')
    .replaceAll(new RegExp(`\\b${id}\\b`, 'g'), '<run>')
    .replaceAll(/[0-9a-f]{32,}/g, '<id>')
    .replaceAll(/\/(comments|deployments|issues|pulls|statuses)\/\d+/g, '/$1/<n>')
    .replace('/api/2.0/mlflow/', '/');
}

/** All, or so few that each request and each fault is among them, and each kind of server meets each fault. */
export function chosen(mode: Mode, requests: readonly string[], all: readonly Fault[], each: number): readonly Trial[] {
  const stride = all.length / each;
  return requests.flatMap((request, index) =>
    Array.from({ length: each }, (_, turn) => ({
      mode,
      request,
      // By three, which ten has no part of: neighbours do not share their faults' kind.
      fault: all[Math.floor(index * 3 + turn * stride) % all.length] ?? 'hang',
    })),
  );
}
