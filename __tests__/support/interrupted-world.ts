import type { PromotionContext } from '../../src/promotion/context.js';
import type { Alarm } from '../../src/promotion/monitor.js';
import { promote } from '../../src/promotion/promote.js';
import { rollback } from '../../src/promotion/rollback.js';
import type { Report } from '../../src/domain/report.js';
import { urlOf, type MemoryMlflow } from './memory-mlflow.js';
import { registryOf, run, type Act, type World } from './mlflow-world.js';
import type { Setting } from './run-promotion.js';

export const to =
  (version: string): Act =>
  (work) =>
    promote(work, version);
export const back: Act = (work) => rollback(work, undefined);
export const staged: Setting = { stageName: 'staging' };

/** Remembers why it was raised. */
export function newAlarm(): Alarm & { readonly raised: string[] } {
  const raised: string[] = [];
  return {
    raised,
    raise: ({ reason }) => {
      raised.push(reason);
      return Promise.resolve(['An issue was opened.']);
    },
    clear: () => Promise.resolve([]),
  };
}

/** A promotion that a story begins with: it has to succeed. */
export async function must(world: World, policy: string, act: Act, more: Setting = {}): Promise<void> {
  const report = await run(world, policy, act, undefined, more);
  if (report.decision !== 'promote') throw new Error(report.reason);
}

/** 1 holds production; 2 has passed staging. */
export async function one(world: World, policy: string, production: Setting = {}): Promise<void> {
  await must(world, policy, to('1'), staged);
  await must(world, policy, to('1'), production);
  await must(world, policy, to('2'), staged);
}

/** 2 holds production, where 1 was before. */
export async function two(world: World, policy: string, production: Setting = {}): Promise<void> {
  await one(world, policy, production);
  await must(world, policy, to('2'), production);
}

/** 2 holds production, where 1 was before; 3 has passed staging. */
export async function three(world: World, policy: string, production: Setting = {}): Promise<void> {
  await two(world, policy, production);
  await must(world, policy, to('3'), staged);
}

export function alias({ mlflow }: World, name: string): string | undefined {
  return mlflow.alias('churn', name);
}

export async function state(world: World, version: string): Promise<string | undefined> {
  return (await registryOf(world).version('churn', version)).tags.get('promotion_state');
}

type Ask = MemoryMlflow['fetch'];

/** Killed as soon as the log has been told this. */
export function killedAfter(world: World, policy: string, act: Act, entry: string, more: Setting = {}): Promise<void> {
  return killed(world, policy, act, more, (die) => {
    const append = world.log.append.bind(world.log);
    world.log.append = async (told, options) => {
      const result = await append(told, options);
      if (told.some(({ type }) => type === entry)) die();
      return result;
    };
  });
}

/** Killed as soon as the registry has moved production, before the log is told. */
export function killedAfterTheMove(world: World, policy: string, act: Act, more: Setting = {}): Promise<void> {
  return killed(world, policy, act, more, (die) => {
    const ask = world.mlflow.fetch;
    world.mlflow.fetch = async (url, init) => {
      const answer = await ask(url, init);
      if (bodyOf(init).includes('"alias":"production"')) die();
      return answer;
    };
  });
}

/** Once it is dead, a run reaches neither the registry nor the log; the world is whole again afterwards. */
async function killed(
  world: World,
  policy: string,
  act: Act,
  more: Setting,
  prepare: (die: () => void) => void,
): Promise<void> {
  const { mlflow, log } = world;
  const ask = mlflow.fetch;
  const append = log.append.bind(log);
  const death = new AbortController();
  prepare(() => {
    death.abort(new Error('Killed.'));
  });
  const killable =
    <Given extends unknown[], Answer>(go: (...given: Given) => Promise<Answer>) =>
    async (...given: Given): Promise<Answer> => {
      death.signal.throwIfAborted();
      const answer = await go(...given);
      death.signal.throwIfAborted();
      return answer;
    };
  mlflow.fetch = killable(mlflow.fetch);
  log.append = killable(log.append.bind(log));
  await run(world, policy, act, undefined, more).catch(() => undefined);
  mlflow.fetch = ask;
  log.append = append;
  if (!death.signal.aborted) throw new Error('It was to be killed, and came to its end.');
}

/** Runs it while MLflow answers 500 to every tag whose request holds this text. */
export async function withTagsRefused(world: World, text: string, act: () => Promise<Report>): Promise<Report> {
  const { mlflow } = world;
  const ask: Ask = mlflow.fetch;
  mlflow.fetch = (url, init) =>
    urlOf(url).pathname.endsWith('set-tag') && bodyOf(init).includes(text)
      ? Promise.resolve(Response.json({ error_code: 'INTERNAL_ERROR' }, { status: 500 }))
      : ask(url, init);
  try {
    return await act();
  } finally {
    mlflow.fetch = ask;
  }
}

/** Does it once, when the evidence of a judgement is sealed: between the judging and the moving. */
export function whileJudged(meanwhile: () => unknown): Pick<PromotionContext, 'seal'> {
  let isOver = false;
  return {
    seal: async () => {
      if (!isOver) {
        isOver = true;
        await meanwhile();
      }
      return 'sha256:evidence';
    },
  };
}

function bodyOf(init: RequestInit | undefined): string {
  return typeof init?.body === 'string' ? init.body : '';
}
