import { describe, expect, test } from '@jest/globals';
import { judgeClaim, type Claim } from '../../../../src/commands/verify/judge.js';
import { PromotionError } from '../../../../src/domain/errors.js';
import type { PromotionEvent } from '../../../../src/domain/event.js';
import { fingerprintOf, type ModelVersion } from '../../../../src/domain/version.js';
import { History } from '../../../../src/log/history.js';
import type { Operation } from '../../../../src/log/operation.js';
import { byNameAlone } from '../../../../src/promotion/judge/holders.js';

const version = (name: string, createdAt = '2026-01-01T00:00:00.000Z'): ModelVersion => ({
  model: 'churn',
  version: name,
  createdAt,
  uri: `models:/churn/${name}`,
  tags: new Map(),
});
const event = (name: string, more: Partial<PromotionEvent> = {}): PromotionEvent => ({
  type: 'deployed',
  version: name,
  stage: 'production',
  at: '2026-02-01T00:00:00.000Z',
  actor: 'ada',
  evidenceDigest: `sha256:${name}`,
  identity: fingerprintOf(version(name)),
  ...more,
});
const open = (more: Partial<Operation> = {}): Operation => ({
  id: 'o1',
  version: '3',
  stage: 'production',
  intent: { command: 'promote', deploys: 'no', holders: {}, approvers: [], metrics: {}, policyDigest: 'sha256:p' },
  openedAt: '2026-02-02T00:00:00.000Z',
  owner: { token: 't' },
  lease: '2026-02-02T00:15:00.000Z',
  phase: 'opened',
  interrupted: false,
  ...more,
});

function claim(events: readonly PromotionEvent[] | undefined, more: Partial<Claim> = {}): Claim {
  return {
    model: 'churn',
    stage: 'production',
    version: version('2'),
    disagreement: undefined,
    ...more,
    reading: {
      holders: new Map([['production', ['2']]]),
      faults: new Map(),
      history: events === undefined ? undefined : new History(events),
      operation: undefined,
      disputed: [],
      ...more.reading,
    },
  };
}
const reading = (more: Partial<Claim['reading']>): Pick<Claim, 'reading'> => ({ reading: more as Claim['reading'] });
const refusals = (given: Claim): string[] =>
  judgeClaim(given).flatMap(({ name, outcome }) => (outcome === 'passed' ? [] : [`${outcome}: ${name}`]));

describe('a version that holds its stage by the log', () => {
  test.each<[string, Claim]>([
    ['promoted', claim([event('2')])],
    ['with its evidence', claim([event('2')], { evidence: { path: 'evidence.json', digest: 'sha256:2' } })],
    [
      'put back by a rollback, with the evidence of its promotion',
      claim(
        [
          event('2'),
          event('3', { at: '2026-02-02T00:00:00.000Z' }),
          { ...event('2', { at: '2026-02-03T00:00:00.000Z' }), evidenceDigest: undefined } as unknown as PromotionEvent,
        ],
        { evidence: { path: 'evidence.json', digest: 'sha256:2' } },
      ),
    ],
    ['adopted', claim([event('2', { type: 'adopted' })])],
    ['while another stage is moved', claim([event('2')], reading({ operation: open({ stage: 'staging' }) }))],
  ])('%s: verified', (_, given) => {
    expect(refusals(given)).toEqual([]);
  });
});

describe('what is refused', () => {
  test.each<[string, Claim, readonly string[]]>([
    ['no log', claim(undefined), ['error: promotion log']],
    ['an open operation', claim([event('2')], reading({ operation: open() })), ['inconclusive: no open operation']],
    [
      'an interrupted one',
      claim([event('2')], reading({ operation: open({ interrupted: true }) })),
      ['inconclusive: no open operation'],
    ],
    [
      'one that archives the version as a whole',
      claim([event('2')], reading({ operation: (({ stage: _, ...rest }) => rest)(open({ version: '2' })) })),
      ['inconclusive: no open operation'],
    ],
    [
      'registry and log disagree',
      claim([event('2')], {
        disagreement: { kind: 'precondition', name: 'holder', outcome: 'inconclusive', reason: 'The registry says 9.' },
      }),
      ['inconclusive: registry and log agree'],
    ],
    [
      'several holders',
      claim(
        [event('2')],
        reading({ faults: new Map([['production', new PromotionError('REGISTRY_CONFLICT', 'Two.')]]) }),
      ),
      ['inconclusive: registry and log agree'],
    ],
    ['another version', claim([event('2'), event('3')]), ['failed: holds production']],
    ['nobody', claim([event('2'), event('2', { type: 'archived' })]), ['failed: holds production']],
    ['a stage that was never held', claim([event('2', { stage: 'staging' })]), ['failed: holds production']],
    [
      'deleted and recreated',
      claim([event('2')], { version: version('2', '2026-03-01T00:00:00.000Z') }),
      ['failed: identity'],
    ],
    ['deleted', claim([event('2')], { version: byNameAlone('churn', '2') }), ['failed: identity']],
    [
      'a log that does not say which version was meant',
      claim([{ ...event('2'), identity: undefined } as unknown as PromotionEvent]),
      ['inconclusive: identity'],
    ],
    [
      'evidence of another digest',
      claim([event('2')], { evidence: { path: 'evidence.json', digest: 'sha256:other' } }),
      ['failed: evidence'],
    ],
    [
      'evidence of a namesake',
      claim(
        [
          event('2', { identity: 'sha256:former' }),
          { ...event('2', { type: 'adopted' }), evidenceDigest: undefined } as unknown as PromotionEvent,
        ],
        { evidence: { path: 'evidence.json', digest: 'sha256:2' } },
      ),
      ['failed: evidence'],
    ],
  ])('%s', (_, given, expected) => {
    expect(refusals(given)).toEqual(expected);
  });

  test('each refusal says what to do', () => {
    const judged = judgeClaim(
      claim([event('3')], {
        evidence: { path: 'evidence.json', digest: 'sha256:x' },
        ...reading({ operation: open() }),
      }),
    );
    const refused = judged.filter(({ outcome }) => outcome !== 'passed');
    expect(refused.length).toBe(3);
    for (const { cure } of refused) expect(cure).toMatch(/\w/);
  });
});
