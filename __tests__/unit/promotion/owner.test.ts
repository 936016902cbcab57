import { expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Operation, Owner } from '../../../src/log/operation.js';
import { ownerHasEnded, currentOwner } from '../../../src/promotion/operation/owner.js';

const now = new Date('2026-03-01T12:00:00Z');
const me: Owner = { token: 'me', run: '7', attempt: 2 };

const operation = (owner: Partial<Owner>, more: Partial<Operation> = {}): Operation => ({
  id: 'o1',
  version: '2',
  intent: { command: 'promote', deploys: 'no', holders: {}, approvers: [], metrics: {}, policyDigest: 'sha256:p' },
  openedAt: '2026-03-01T11:59:00Z',
  owner: { token: 'other', ...owner },
  lease: '2026-03-01T12:14:00Z',
  phase: 'opened',
  interrupted: false,
  ...more,
});

test.each<[string, Partial<Owner>, Partial<Operation>, boolean]>([
  ['nothing proves it', {}, {}, false],
  ['it said so', {}, { interrupted: true }, true],
  ['its lease has run out', {}, { lease: '2026-03-01T11:59:59Z' }, true],
  ['its lease runs out this moment', {}, { lease: now.toISOString() }, false],
  ['an earlier attempt of this run', { run: '7', attempt: 1 }, {}, true],
  ['this attempt: another job of the matrix', { run: '7', attempt: 2 }, {}, false],
  ['a later attempt', { run: '7', attempt: 3 }, {}, false],
  ['an attempt of another run', { run: '8', attempt: 1 }, {}, false],
  ['a process of another machine', { process: 'another-boot/pid:[1]/1' }, {}, false],
  ['a process that is here', { process: currentOwner({}).process ?? '' }, {}, false],
])('whether an owner has ended: %s', (_, owner, more, ended) => {
  expect(ownerHasEnded(operation(owner, more), me, now)).toBe(ended);
});

test('a process of this machine that is no more has ended', async () => {
  const child = spawn('true');
  await once(child, 'exit');
  const here = currentOwner({}).process ?? '';
  const process = `${here.slice(0, here.lastIndexOf('/'))}/${child.pid ?? 0}`;
  expect(ownerHasEnded(operation({ process }), currentOwner({}), now)).toBe(true);
  // A machine begun from the same snapshot has the same boot, and other processes.
  expect(ownerHasEnded(operation({ process }), currentOwner({ RUNNER_NAME: 'runner 2' }), now)).toBe(false);
});

test.each<[Record<string, string>, Partial<Owner>]>([
  [{}, {}],
  [
    { GITHUB_RUN_ID: '7', GITHUB_RUN_ATTEMPT: '2' },
    { run: '7', attempt: 2 },
  ],
  [{ GITHUB_RUN_ID: '7', GITHUB_RUN_ATTEMPT: 'x' }, { run: '7' }],
  [{ GITHUB_RUN_ATTEMPT: '2' }, {}],
])('who works here, by %j', (environment, expected) => {
  const { token, process, ...rest } = currentOwner(environment);
  expect(rest).toEqual(expected);
  expect(token).not.toBe(currentOwner(environment).token);
  expect(process).toBe(currentOwner(environment).process);
});
