import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pLimit from 'p-limit';
import { startGithub } from '../support/github.js';
import { faults } from './interceptor.js';
import { attempt, chosen, undisturbed, type Outcome } from './trial.js';
import { modes, startWorld, type Mode, type World } from './world.js';

/** `FAULTS=all`: every fault at every request, which takes an hour or two. */
const isComplete = process.env['FAULTS'] === 'all';
const only = process.env['FAULTS_MODE'];

/** Trials that one emulator of GitHub sees: it has GitHub's rate limit. */
const most = 200;

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

test.each<Mode>(modes.filter((mode) => only === undefined || mode === only))(
  'a promotion on %s survives what happens to any of its requests',
  async (mode) => {
    const { requests, state } = await undisturbed(world, mode);
    const trials = isComplete ? chosen(mode, requests, faults, faults.length) : sample(mode, requests);
    const limit = pLimit(3);
    const outcomes: Outcome[] = [];
    for (let begin = 0; begin < trials.length; begin += most) {
      const github = await startGithub();
      const some = trials.slice(begin, begin + most).map((trial) =>
        limit(async () => {
          const outcome = await attempt({ ...world, github }, trial, state);
          if (outcome.lost.length > 0) process.stderr.write(`${inWords(outcome)}\n`);
          return outcome;
        }),
      );
      outcomes.push(...(await Promise.all(some)));
      await github.stop();
    }
    const happened = outcomes.filter((each) => each.happened);
    const lost = outcomes.filter((each) => each.lost.length > 0);
    process.stderr.write(
      `${mode}: ${requests.length} requests; ${happened.length} cases tried, ` +
        `${happened.filter((each) => each.unharmed).length} of them right at once, ` +
        `${happened.filter((each) => each.stuck).length} runs hung, ${lost.length} lost\n`,
    );
    expect(lost.map(inWords)).toEqual([]);
    expect(happened.length).toBeGreaterThan(trials.length * 0.9);
  },
  isComplete ? 4 * 3_600_000 : 600_000,
);

/** Every request with one fault or other would be too many: every third, each time with the next fault. */
function sample(mode: Mode, requests: readonly string[]): ReturnType<typeof chosen> {
  return chosen(mode, requests, faults, 1).filter((_, index) => index % 3 === modes.indexOf(mode) % 3);
}

function inWords({ mode, request, fault, lost }: Outcome): string {
  return `${mode}, ${fault} at ${request}:\n  ${lost.join('\n  ')}`;
}
