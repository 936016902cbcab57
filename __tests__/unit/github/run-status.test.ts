import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openGithub, type Github } from '../../../src/github/client.js';
import { readContext } from '../../../src/github/context.js';
import { attemptHasEnded } from '../../../src/github/run-status.js';
import { startGithubStub, type GithubStub } from '../../support/github-stub.js';

let stub: GithubStub;
let github: Github;
beforeEach(async () => {
  stub = await startGithubStub();
  github = (await openGithub(await readContext({ GITHUB_REPOSITORY: 'o/r', GITHUB_API_URL: stub.url }), 'ghs_x'))!;
});
afterEach(async () => {
  await stub.close();
  expect(stub.faults).toEqual([]);
});

test('a run that may not be asked about goes on, and the permission to add is named', async () => {
  stub.failures = {
    'GET /repos/o/r/actions/runs/9': { status: 403, message: 'Resource not accessible by integration' },
  };
  const told: string[] = [];
  expect(await attemptHasEnded(github, '9', 1, (why) => told.push(why))).toBe(false);
  expect(told).toEqual([
    "Whether the workflow run 9 has ended is not known: the token may not do that (403: Resource not accessible by integration). The job needs 'actions: read' under 'permissions:'.",
  ]);
});
