import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { PromotionError } from '../../../src/domain/errors.js';
import type { PromotionEvent } from '../../../src/domain/event.js';
import { logRef } from '../../../src/log/promotion-log.js';
import { Checkouts } from '../../support/git-checkouts.js';

const EVENT: PromotionEvent = {
  type: 'deployed',
  version: 'v1.0.0',
  stage: 'production',
  at: '2026-01-02T03:04:05.000Z',
  actor: 'octocat',
  metrics: { auc: 0.9 },
};

describe.each([false, true])('the promotion log (remote: %s)', (remote) => {
  let at: Checkouts;
  let path: string;
  beforeEach(async () => {
    at = await Checkouts.create();
    path = await at.repository(remote);
  });
  afterEach(() => at.dispose());

  test('is empty at first, and then holds what was appended, in order', async () => {
    const log = at.log(path, 'churn');
    expect(await log.read()).toEqual({ events: [] });
    expect(
      await log.append([EVENT, { ...EVENT, type: 'archived', version: 'v0.9.0' }], { expectedHead: undefined }),
    ).toBe('appended');
    const { head, events } = await log.read();
    expect(await log.append([{ ...EVENT, type: 'failed' }], { expectedHead: head })).toBe('appended');
    expect(events).toEqual([
      { ...EVENT, id: expect.any(String) },
      { ...EVENT, type: 'archived', version: 'v0.9.0', id: head },
    ]);
    expect((await log.read()).events.map(({ type }) => type)).toEqual(['deployed', 'archived', 'failed']);
  });

  test('an append on an old head moves nothing, nor what goes along', async () => {
    const log = at.log(path, 'churn');
    const commit = await at.git(path, 'rev-parse', 'HEAD');
    await log.append([EVENT], { expectedHead: undefined });
    const along = [{ ref: 'refs/tags/x', to: commit, from: null }];
    expect(await log.append([EVENT], { expectedHead: undefined, along })).toBe('moved');
    expect(await log.append([EVENT], { expectedHead: commit, along })).toBe('moved');
    expect((await log.read()).events).toHaveLength(1);
    expect(await (remote ? at.git(path, 'ls-remote', 'origin', 'refs/tags/x') : at.git(path, 'tag', '--list'))).toBe(
      '',
    );
    const { head } = await log.read();
    expect(await log.append([EVENT], { expectedHead: head, along })).toBe('appended');
  });

  test('writers at once lose no event', async () => {
    const write = async (version: string): Promise<void> => {
      const log = at.log(path, 'churn');
      for (;;) {
        const { head } = await log.read();
        if ((await log.append([{ ...EVENT, version }], { expectedHead: head })) === 'appended') return;
      }
    };
    await Promise.all(['a', 'b', 'c', 'd'].map(write));
    expect((await at.log(path, 'churn').read()).events.map(({ version }) => version).sort()).toEqual([
      'a',
      'b',
      'c',
      'd',
    ]);
  });

  test('names beside each other do not mix, hostile ones neither', async () => {
    const models = ['a', 'a/b', 'ab', '../a', 'a.lock', '--a', 'a b\n'];
    for (const model of models)
      await at.log(path, model).append([{ ...EVENT, version: model }], { expectedHead: undefined });
    for (const model of models)
      expect((await at.log(path, model).read()).events.map(({ version }) => version)).toEqual([model]);
  });

  test('the subject is one line, whatever the version is called', async () => {
    const log = at.log(path, 'churn');
    await log.append([{ ...EVENT, version: `v1\n\nSigned-off-by: eve\u001b[31m${'x'.repeat(500)}` }], {
      expectedHead: undefined,
    });
    const { head } = await log.read();
    const message = await at.git(path, 'log', '-1', '--format=%B', head ?? '');
    expect(message).toMatch(/^production: deployed v1 Signed-off-by: eve \[31mx+…\n\nEntry: [0-9a-f-]+$/);
  });

  test.each([
    ['not json', 'not JSON'],
    ['[]', 'not an object'],
    ['{"type": "promoted", "version": "1", "at": "2026-01-01T00:00:00Z"}', 'type'],
    ['{"type": "deployed", "at": "2026-01-01T00:00:00Z"}', 'version'],
    ['{"type": "deployed", "version": "1", "at": "yesterday"}', "'at'"],
    ['{"type": "deployed", "version": "1", "at": "2026-01-01T00:00:00Z", "stage": 3}', "'stage'"],
  ])('an event %j is an error that names its commit', async (text, what) => {
    const repository = at.opened(path);
    const tree = await repository.writeTree(new Map([['event.json', await repository.writeBlob(text)]]));
    const commit = await repository.commitTree({
      tree,
      message: 'x',
      author: { name: 'a', email: 'b' },
      when: new Date(),
    });
    const change = [{ ref: logRef('churn'), to: commit, from: null }];
    await (remote ? repository.push(change) : repository.updateRefs(change));
    const error = await at
      .log(path, 'churn')
      .read()
      .then(
        () => undefined,
        (thrown: unknown) => thrown as PromotionError,
      );
    expect(error?.code).toBe('REGISTRY_ANSWER');
    expect(error?.message).toContain(commit);
    expect(error?.message).toContain(what);
  });

  test('fields of a later version are kept', async () => {
    const log = at.log(path, 'churn');
    await log.append([{ ...EVENT, later: { a: 1 } } as PromotionEvent], { expectedHead: undefined });
    expect((await log.read()).events[0]).toMatchObject({ later: { a: 1 } });
  });
});
