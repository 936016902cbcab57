import { describe, expect, test } from '@jest/globals';
import { marked } from 'marked';
import type { Backtest, BacktestRow } from '../../../src/commands/backtest/replay.js';
import { backtestLines, backtestMarkdown } from '../../../src/commands/backtest/page.js';

function row(version: string, more: Partial<BacktestRow> = {}): BacktestRow {
  return {
    version,
    createdAt: '2026-01-02T10:30:00.000Z',
    decision: 'promote',
    first: false,
    margins: [],
    champion: '1',
    inFact: 'no record',
    differs: false,
    ...more,
  };
}

function sample(rows: readonly BacktestRow[], more: Partial<Backtest> = {}): Backtest {
  return {
    model: 'churn',
    stage: 'production',
    registry: 'MLflow at https://mlflow.example.com (stages as aliases)',
    rows,
    totals: { promote: 3, reject: 1, hold: 1, error: 0, differs: 2 },
    skipped: [],
    notes: [],
    ...more,
  };
}

const { champion: _, ...alone } = row('1');
const story = sample(
  [
    { ...alone, decision: 'hold', first: true, cause: 'auc >= champion: There is no champion to compare with.' },
    row('2', { inFact: 'promoted' }),
    row('3', {
      decision: 'reject',
      cause: 'auc >= champion: auc is 0.7.',
      champion: '2',
      inFact: 'promoted',
      differs: true,
    }),
    row('4', { decision: 'error', cause: 'auc >= champion: auc is NaN.', champion: '2' }),
    row('v5.0.0', {
      margins: [
        { required: 'auc >= champion', relative: 0.1 },
        { required: 'loss <= 0.5', relative: 0.01234 },
      ],
      inFact: 'rejected',
      differs: true,
    }),
  ],
  { skipped: [{ name: 'unit tests', reason: 'not replayed' }], notes: ['There are older versions.'] },
);

/** The table's rows without heading and rule. */
const rowsOf = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(1);

describe('the table', () => {
  test('has what differs first, each part in the order of time', () => {
    expect(rowsOf(backtestMarkdown(story))).toEqual([
      '| ⚠️ **3** | 2026-01-02 10:30 | ❌ reject | auc &gt;= champion: auc is 0.7. | 2 | promoted |',
      '| ⚠️ **v5.0.0** | 2026-01-02 10:30 | ✅ promote | <sub>closest: loss &lt;= 0.5, 1.2 % to spare</sub> | 1 | rejected |',
      '| **1** | 2026-01-02 10:30 | ⏸️ hold<br><sub>taken as the first champion</sub> | auc &gt;= champion: There is no champion to compare with. | (none) | no record |',
      '| **2** | 2026-01-02 10:30 | ✅ promote |  | 1 | promoted |',
      '| **4** | 2026-01-02 10:30 | ❗ error | auc &gt;= champion: auc is NaN. | 2 | no record |',
    ]);
  });

  test('stands between the totals and what was not replayed', () => {
    const text = backtestMarkdown(story);
    expect(text).toMatch(/^## churn: what the policy would have decided for production\n\n/);
    expect(text).toContain('**5 versions: 3 promote, 1 reject, 1 hold, 0 error; 2 otherwise than in fact.**');
    expect(text).toContain('Not replayed: <code>unit tests</code>.');
    expect(text).toContain('- ℹ️ There are older versions.');
  });

  test('holds 200 rows, what differs among them, then the newest; the rest is counted', () => {
    const rows = Array.from({ length: 260 }, (_each, index) => row(String(index + 1), { differs: index < 10 }));
    const shown = rowsOf(backtestMarkdown(sample(rows)));
    expect(shown).toHaveLength(201);
    expect(shown.slice(0, 10).every((line) => line.startsWith('| ⚠️ '))).toBe(true);
    expect(shown[10]).toContain('**71**');
    expect(shown[199]).toContain('**260**');
    expect(shown[200]).toBe('| … 60 more |  |  |  |  |  |');
  });

  test('holds the newest of those that differ where these alone are too many', () => {
    const rows = Array.from({ length: 230 }, (_each, index) => row(String(index + 1), { differs: index !== 5 }));
    const shown = rowsOf(backtestMarkdown(sample(rows)));
    expect(shown).toHaveLength(201);
    expect(shown[0]).toContain('**31**');
    expect(shown[199]).toContain('**230**');
  });

  test('is absent where there is nothing', () => {
    const text = backtestMarkdown(sample([], { totals: { promote: 0, reject: 0, hold: 0, error: 0, differs: 0 } }));
    expect(rowsOf(text)).toEqual([]);
    expect(text).toContain('The model has no versions yet.');
  });
});

describe('names from outside', () => {
  const hostile = 'a | b <img src=x onerror=alert(1)> @octocat #1 [x](https://evil.example) `c`\n| ⚠️ \u202e| # d';
  const bad = sample(
    [
      row(hostile, {
        createdAt: hostile,
        decision: 'reject',
        cause: hostile,
        champion: hostile,
        inFact: 'rejected',
      }),
      row('2', { margins: [{ required: hostile, relative: 0.5 }] }),
    ],
    {
      model: hostile,
      stage: hostile,
      registry: hostile,
      skipped: [{ name: hostile, reason: hostile }],
      notes: [hostile],
    },
  );

  test('stay text in the table', () => {
    const text = backtestMarkdown(bad);
    const html = marked.parse(text, { async: false, gfm: true });
    expect(rowsOf(text)).toHaveLength(2);
    for (const line of rowsOf(text)) expect(line.split('|')).toHaveLength(8);
    expect(html).not.toMatch(/<img|<a |<script|\u202e/);
    expect(html).not.toMatch(/@octocat|[^&]#1\b/);
    expect(html.match(/<h\d/g)).toHaveLength(1);
    expect(html.match(/<tr>/g)).toHaveLength(3);
  });

  test('stay on one line of the log', () => {
    const lines = backtestLines(bad);
    expect(lines.join('')).not.toMatch(/[\n\r\u202e\u001b]/);
    expect(lines).toHaveLength(6);
  });
});

test('the log has all rows in the order of time', () => {
  expect(backtestLines(story)).toEqual([
    '2026-01-02 10:30  1        hold (first)  champion (none), in fact no record  auc >= champion: There is no champion to compare with.',
    '2026-01-02 10:30  2        promote       champion 1, in fact promoted',
    '2026-01-02 10:30  3        reject        champion 2, in fact promoted, DIFFERS  auc >= champion: auc is 0.7.',
    '2026-01-02 10:30  4        error         champion 2, in fact no record  auc >= champion: auc is NaN.',
    '2026-01-02 10:30  v5.0.0   promote       champion 1, in fact rejected, DIFFERS',
    '',
    '5 versions: 3 promote, 1 reject, 1 hold, 0 error; 2 otherwise than in fact.',
    'skipped  unit tests: not replayed',
    'note  There are older versions.',
  ]);
});
