import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readContext, type GithubContext } from '../../../src/github/context.js';
import { notifyGithub } from '../../../src/github/notify.js';
import { readInputs } from '../../../src/run/inputs.js';
import type { Report } from '../../../src/domain/report.js';
import { startGithub, type GithubServer } from '../../support/github.js';
import { report } from '../../support/sample-report.js';

let server: GithubServer;
let number: number;
beforeEach(async () => {
  server = await startGithub();
  ({ number } = await server.openPullRequest());
});
afterEach(async () => {
  await server.stop();
  expect(server.violations).toEqual([]);
});

const context = (run: string): Promise<GithubContext> =>
  readContext({ GITHUB_REPOSITORY: 'acme/churn', GITHUB_API_URL: server.url, GITHUB_RUN_ID: run });
const tell = async (model: string, more: Partial<Report> = {}, run = '1'): Promise<readonly string[]> =>
  notifyGithub(
    report({ command: 'gate', model, models: 40, ...more }),
    { ...readInputs({}), githubToken: server.token, prNumber: number },
    await context(run),
    undefined,
  );
const bodies = async (): Promise<readonly string[]> => (await server.comments(number)).map(({ body }) => body);
const headlines = async (): Promise<readonly string[]> =>
  (await bodies()).flatMap((body) => [...body.matchAll(/^## (.*)$/gm)].map(([, line]) => line ?? '')).sort();

test('several models of one policy share one comment', async () => {
  for (const model of ['churn', 'fraud', 'spam']) expect(await tell(model)).toEqual([]);
  expect(await bodies()).toHaveLength(1);
  expect(await headlines()).toEqual(
    ['churn', 'fraud', 'spam'].map((model) => `✅ Passed: ${model} 12 for production<br><sub>2 passed of 2</sub>`),
  );
});

test('a step that runs again replaces its own section, and no other', async () => {
  await tell('churn');
  await tell('fraud');
  await tell('churn', { decision: 'reject' });
  expect(await headlines()).toEqual([
    '✅ Passed: fraud 12 for production<br><sub>2 passed of 2</sub>',
    '❌ Rejected: churn 12 for production<br><sub>2 passed of 2</sub>',
  ]);
});

test('a later run begins anew', async () => {
  await tell('churn');
  await tell('fraud', {}, '2');
  expect(await headlines()).toEqual(['✅ Passed: fraud 12 for production<br><sub>2 passed of 2</sub>']);
});

test('jobs that end together lose no section', async () => {
  await tell('m0');
  await Promise.all(Array.from({ length: 5 }, (_, index) => tell(`m${index + 1}`)));
  expect(await bodies()).toHaveLength(1);
  expect(await headlines()).toHaveLength(6);
});

test('forty long reports fit', async () => {
  for (let index = 0; index < 40; index += 1) await tell(`model-${index}`, { notes: ['x'.repeat(3000)] });
  const [body = ''] = await bodies();
  expect(body.length).toBeLessThan(65_536);
  expect(await headlines()).toHaveLength(40);
}, 60_000);
