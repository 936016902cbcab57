import { describe, expect, test } from '@jest/globals';
import type { PromotionEvent } from '../../../src/domain/event.js';
import type { OperationEntry } from '../../../src/log/operation.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import { readStatus, type Status } from '../../../src/commands/status/read.js';
import { headline } from '../../../src/report/headline.js';
import { pipeline } from '../../../src/commands/status/flowchart.js';
import { statusLines, statusMarkdown } from '../../../src/commands/status/page.js';
import type { Report } from '../../../src/domain/report.js';
import { FakeRegistry } from '../../support/fake-registry.js';
import { LoggedFake } from '../../support/logged-registry.js';
import { underWay } from '../../support/open-operation.js';
import { report } from '../../support/sample-report.js';

const policy = loadPolicy(
  sourceOf(
    'policy.yml',
    `version: 1
registry: { type: mlflow }
model: churn
metrics: { auc: { goal: maximize } }
stages:
  staging: { checks: [{ require: auc >= 0.5 }] }
  canary: { after: staging, checks: [{ require: auc >= 0.5 }] }
  production: { after: staging, checks: [{ require: auc >= 0.5 }] }
`,
    'main',
  ),
);

async function status(
  events: readonly (PromotionEvent | OperationEntry)[],
  holders: Record<string, string>,
  on?: Date,
): Promise<Status> {
  const fake = new FakeRegistry();
  for (const version of ['1', '2', '3']) fake.add(version);
  for (const [stage, version] of Object.entries(holders)) fake.hold(stage, version);
  const registry = new LoggedFake(fake);
  await registry.log.append(events, { expectedHead: undefined });
  return readStatus(registry, policy, 'churn', on);
}

const deployed = (stage: string, version: string, day: number, more: Partial<PromotionEvent> = {}): PromotionEvent => ({
  type: 'deployed',
  stage,
  version,
  at: `2026-03-0${day}T10:00:00.000Z`,
  actor: 'ada',
  ...more,
});
const story: readonly PromotionEvent[] = [
  deployed('staging', '1', 1),
  deployed('production', '1', 2, { approvers: ['bea'], run: 'https://github.test/acme/churn/actions/runs/1' }),
  deployed('staging', '2', 3),
  deployed('production', '2', 4, { previous: '1', reason: 'a *better* one' }),
  { type: 'archived', stage: 'production', version: '1', at: '2026-03-04T10:00:00.000Z' },
];
const held = { staging: '2', production: '2' };

describe('status', () => {
  test('who holds what, since when, by whom, who did before, until when', async () => {
    const text = statusMarkdown(await status(story, held));
    expect(text).toContain('| production | **2** | 2026-03-04 10:00 by ada | 1 |');
    expect(text).toContain('| 2 | 2026-03-04 10:00 |  | ada: a \\*better\\* one |');
    expect(text).toContain(
      '| 1 | 2026-03-02 10:00 | 2026-03-04 10:00, archived | [ada](https://github.test/acme/churn/actions/runs/1), approved by bea |',
    );
    expect(text).toContain('| canary | (empty) |  |  |');
  });

  test('who held it on a day', async () => {
    const on = new Date('2026-03-03T23:59:59.999Z');
    const told = await status(story, held, on);
    expect(statusMarkdown(told)).toContain(
      '| production | **2** | 2026-03-04 10:00 by ada | 1 | **1**, since 2026-03-02 10:00 |',
    );
    expect(statusLines(told)[0]).toBe('staging     2  since 2026-03-03 10:00 by ada; on 2026-03-03 23:59 2');
    expect(statusLines(told)[1]).toBe('canary      (empty); on 2026-03-03 23:59 (empty)');
  });

  test('that the registry and the log disagree', async () => {
    const told = await status(story, { ...held, production: '3' });
    expect(statusMarkdown(told)).toContain(
      'The registry says that production is held by 3, the promotion log says 2: somebody moved it by other means.',
    );
    expect(statusLines(told)[2]).toContain('BUT THE LOG SAYS 2');
  });

  const opened = underWay('3', new Date('2026-03-05T10:15:00Z'), { at: '2026-03-05T10:00:00.000Z' });
  const entry = (more: Partial<OperationEntry>): OperationEntry => ({
    type: 'deploying',
    operation: 'other',
    version: '3',
    stage: 'production',
    at: '2026-03-05T10:01:00.000Z',
    ...more,
  });
  test.each<[string, readonly OperationEntry[], string]>([
    [
      'is under way',
      [opened, entry({})],
      'Under way: promote of 3 to production, begun on 2026-03-05 10:00. It is being deployed. Where it does not go on, the next run takes it over after 2026-03-05 10:15.',
    ],
    [
      'was interrupted',
      [opened, entry({ type: 'interrupted', reason: 'cancelled' })],
      'Interrupted: promote of 3 to production, begun on 2026-03-05 10:00. Nothing is deployed yet. The next run that writes finishes or undoes it.',
    ],
    [
      'could not be undone',
      [opened, entry({}), entry({ type: 'stuck', reason: 'undoing the deployment of 3 failed' })],
      "Stuck: promote of 3 to production, begun on 2026-03-05 10:00. It is left as it is, because undoing the deployment of 3 failed: only 'command: rollback' with 'stage: production' and a reason leads on.",
    ],
  ])('that an operation %s', async (_, entries, expected) => {
    const told = await status([...story, ...entries], held);
    expect(statusLines(told)).toContain(expected);
    expect(statusMarkdown(told)).toContain(`> ⏳ ${expected}`);
    expect(statusLines(await status([...story, ...entries, entry({ type: 'closed' })], held))).not.toContain(expected);
  });

  test('a run that only a tag tells is no link', async () => {
    const told = await status([], held);
    const [first, ...rest] = told.stages;
    const record = { state: 'adopted', at: '2026-03-01T10:00:00.000Z', run: 'https://evil.example/' };
    expect(statusMarkdown({ ...told, stages: [{ ...first!, record }, ...rest] })).not.toContain('evil.example');
  });

  test('that there is no log', async () => {
    expect(statusMarkdown(await status([], held))).toContain('There is no promotion log of this model');
  });
});

describe('the drawn pipeline', () => {
  test('stages, branches, holders, and what is out', async () => {
    expect(pipeline(await status(story, held))).toBe(`\`\`\`mermaid
flowchart LR
  new(["registered<br>3"])
  s0["staging<br>2<br>since 2026-03-03"]
  s1["canary<br>nobody"]
  s2["production<br>2<br>since 2026-03-04"]
  new --> s0
  s0 --> s1
  s0 --> s2
  out(["out<br>1 archived"])
  s1 -.-> out
  s2 -.-> out
  classDef held fill:#dafbe1,stroke:#1a7f37,color:#1f2328
  class s0,s2 held
\`\`\``);
  });

  test('no name leaves its box', async () => {
    const told = await status([], {});
    const hostile = 'a"]; click s0 "javascript:alert(1)" \n```\n<script>%%{init: {}}%%';
    const drawn = pipeline({
      ...told,
      stages: told.stages.map((stage, index) => ({ ...stage, stage: `${index}${hostile}` })),
    });
    const boxes = drawn.split('\n').filter((line) => line.startsWith('  s0['));
    expect(boxes).toHaveLength(1);
    expect(boxes[0]).toMatch(/^ {2}s0\["[\p{L}\p{N} .,:+_#;<>-]*"\]$/u);
    expect(drawn.match(/```/g)).toHaveLength(2);
    expect(drawn).not.toMatch(/<script|%%\{|"\]; click/);
  });
});

test.each<[Report['command'], Partial<Report>, string]>([
  ['gate', { approvalRequired: true }, '✅ Passed: churn 12 for production'],
  ['gate', { approvalRequired: true, decision: 'hold' }, '⏸️ On hold: churn 12 for production'],
  ['apply', { promoted: true }, '✅ Promoted: churn 12 to production'],
  ['rollback', { promoted: true }, '⚠️ Rolled back: churn 12 is back in production'],
  ['rollback', { alreadyThere: true }, '✅ Nothing to do: churn 12 holds production already'],
  ['rollback', { decision: 'error' }, '❗ Error: churn 12 was not put back into production'],
  ['register', {}, '✅ Registered: churn 12'],
  ['archive', {}, '✅ Archived: churn 12'],
  ['archive', { alreadyThere: true }, '✅ Nothing to do: churn 12 is archived already'],
  ['archive', { decision: 'error' }, '❗ Error: churn 12 was not archived'],
  ['adopt', {}, '✅ Adopted: churn 12 in production'],
  ['monitor', {}, '✅ Passed: churn 12 in production'],
  ['monitor', { decision: 'reject' }, '❌ Rejected: churn 12 in production'],
  ['monitor', { decision: 'reject', promoted: true }, '⚠️ Rolled back: churn 12 is back in production'],
  ['monitor', { decision: 'error' }, '❗ Error: churn 12 in production could not be checked'],
])('the headline of %s %j', (command, more, expected) => {
  expect(headline(report({ command, ...more }))).toBe(expected);
});
