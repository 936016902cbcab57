import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { marked } from 'marked';
import { headline } from '../../../src/report/headline.js';
import { fitted, markdown } from '../../../src/report/markdown.js';
import type { Report } from '../../../src/domain/report.js';
import { command, condition, report, samples, unresolved, version } from '../../support/sample-report.js';

describe('headline', () => {
  test.each<[string, Partial<Report>]>([
    ['✅ Promoted: churn 12 to production', { promoted: true }],
    ['✅ Promoted: churn 12 to production', { alreadyThere: true, byThisRun: true }],
    ['✅ Passed: churn 12 for production', { command: 'gate' }],
    ['✅ Passed: churn 12 for production (dry run)', { dryRun: true }],
    ['✅ Nothing to do: churn 12 holds production already', { alreadyThere: true }],
    ['⏭️ Nothing to do: churn has nothing newer for production', { decision: 'none' }],
    ['❌ Rejected: churn 12 for production', { decision: 'reject' }],
    ['⏸️ On hold: churn 12 for production', { decision: 'hold' }],
    ['❗ Error: churn 12 could not be checked for production', { decision: 'error', checks: [command('x', 'error')] }],
    ['❗ Error: churn 12 was not moved to production', { decision: 'error' }],
    ['✅ Promoted: churn v1.2.0 to production', { promoted: true, candidate: version('v1.2.0') }],
  ])('%s', (expected, more) => {
    expect(headline(report(more))).toBe(expected);
  });

  test.each<[string, Partial<Report>]>([
    ['❗ Error: the model could not be checked', {}],
    ['❗ Error: the policy is not valid', { command: 'lint' }],
    ['❗ Error: churn could not be checked for production', { model: 'churn', stage: 'production' }],
    ['❗ Error: 2 mistakes to correct first', { problems: [{ message: 'a' }, { message: 'b' }] }],
  ])('%s, before the version is known', (expected, more) => {
    expect(headline(unresolved(more))).toBe(expected);
  });
});

describe('markdown', () => {
  test.each<[string, Partial<Report>]>([
    ['TIP', { promoted: true }],
    ['TIP', { command: 'gate' }],
    ['CAUTION', { decision: 'reject' }],
    ['CAUTION', { decision: 'error' }],
    ['WARNING', { decision: 'hold' }],
    ['WARNING', { command: 'rollback', promoted: true }],
    ['WARNING', { command: 'monitor', decision: 'reject', promoted: true }],
    ['NOTE', { command: 'archive' }],
    ['NOTE', { command: 'adopt' }],
    ['NOTE', { command: 'register' }],
    ['NOTE', { decision: 'none' }],
    ['NOTE', { alreadyThere: true }],
  ])('the first sentence stands in an alert %s of %j', (kind, more) => {
    expect(markdown(report(more)).split('\n').slice(2, 4)).toEqual([`> [!${kind}]`, '> **All 2 checks passed.**']);
  });

  test('an error leads to its section of the documentation', () => {
    const failed = { code: 'POLICY_INVALID', decision: 'error' } as const;
    const docs = 'https://github.com/your-org/gated-model-promotion/blob/v1';
    expect(markdown(report({ ...failed, docs }))).toContain(
      `> Read more: [POLICY\\_INVALID](${docs}/docs/troubleshooting.md#policy_invalid)`,
    );
    expect(markdown(report(failed))).toContain('<code>docs/troubleshooting.md&#35;policy&#95;invalid</code>');
    expect(markdown(report())).not.toContain('Read more');
  });

  test('numbers are in short, and what they were compared with is named', () => {
    const check = condition('auc >= champion - 0.005', 'failed', {
      name: 'auc >= champion - 0.005',
      reason: 'auc is 0.873123456789012, required >= 0.886212345678901 (missed by 0.013088888889889).',
      candidate: { value: '0.873123456789012', origin: 'run' },
      champion: { value: '0.891212345678901', origin: 'run' },
      difference: '-0.018088888889889',
      threshold: '0.886212345678901',
    });
    const made = report({ decision: 'reject', reason: `${check.name}: ${check.reason}`, checks: [check] });
    const text = markdown(made);
    expect(text).toContain(
      '| ❌&nbsp;auc | &gt;= champion - 0.005<br><sub>= 0.8862</sub> | 0.8731<br><sub>-0.01809 from champion</sub> | 0.8912 |',
    );
    expect(text).toContain('auc is 0.8731, required &gt;= 0.8862 (missed by 0.01309).');
  });

  test('what failed stands first, what passed after', () => {
    const rows = markdown(samples['rejected']!)
      .split('\n')
      .filter((line) => line.startsWith('| ') && !line.startsWith('| :--') && !line.startsWith('| Check'))
      .map((line) => line.slice(2).split('&nbsp;')[0]);
    expect(rows).toEqual(['❌', '❌', '⚠️', '✅', '✅', '⏭️']);
  });

  test('the first cause and its cure come right under the heading, once', () => {
    const text = markdown(samples['rejected']!);
    expect(text.split('\n').slice(0, 6)).toEqual([
      '## ❌ Rejected: churn 12 for production<br><sub>2 failed, 1 warning, 2 passed, 1 skipped of 6</sub>',
      '',
      '> [!CAUTION]',
      '> **unit tests: It ended with exit code 1 after 12.3 s.**',
      '>',
      '> **What to do:** Read its output below, mend the model or the test, and register a new version.',
    ]);
    expect(text.split('exit code 1 after').length).toBe(2);
  });

  test('a champion has a column only where something was compared', () => {
    expect(markdown(report())).not.toContain('champion');
    expect(markdown(samples['promoted']!)).toContain(
      '| Check | Required | <sub>candidate</sub><br>12 | <sub>champion</sub><br>11 |',
    );
  });

  test.each<[string, Partial<Report>]>([
    ['staging → **production: [12]', { promoted: true, archived: true }],
    ['staging → **production: [11]', { decision: 'reject' }],
    ['(now archived)', { promoted: true, archived: true }],
    ['nothing was written', { dryRun: true }],
    ['Nothing was written to the registry.', { command: 'gate' }],
    ['`apply` moves the version once a person has approved.', { command: 'gate', approvalRequired: true }],
    ['policy <code>.github/model-promotion.yml</code> of main@&#8203;4a1b2c3d (sha256:9f86d081)', {}],
  ])('says %j', (expected, more) => {
    expect(markdown(report(more))).toContain(expected);
  });

  test('every mistake is listed with its place', () => {
    expect(markdown(samples['policy']!)).toContain(
      "- <code>.github/model-promotion.yml&#58;12&#58;9</code> Unknown key 'requires'",
    );
  });

  test('whatever a registry, a policy or a command says, no tag, link or picture of theirs comes of it', () => {
    const evil =
      '</pre></details></code>| <b>@octocat</b> ![x](https://evil.example) https://evil.example www.evil.example\n\n# h\n```';
    fc.assert(
      fc.property(fc.oneof(fc.constant(evil), fc.string({ unit: 'binary' })), (text) => {
        const measured = { value: text, origin: text, page: text };
        const all = report({
          reason: text,
          cure: text,
          model: text,
          stage: text,
          stages: [text, 'b'],
          candidate: version(text, { uri: text, page: text }),
          champion: version(text, { page: text }),
          previous: version(text, { page: text }),
          promoted: true,
          archived: true,
          checks: [
            condition(text, 'failed', {
              name: text,
              reason: text,
              cure: text,
              candidate: measured,
              champion: measured,
              difference: text,
              threshold: text,
            }),
            command(text, 'error', { reason: text, tail: text, signal: text }),
            command(`${text}x`, 'skipped', { reason: text }),
          ],
          notes: [text],
          problems: [{ message: text, at: { file: text, line: 1, column: 1 } }, { message: text }],
          registry: text,
          actor: text,
          runPage: text,
          commit: text,
        });
        const html = marked.parse(markdown(all), { async: false });
        expect(html).not.toMatch(
          /<(?!\/?(?:h2|p|blockquote|strong|em|table|thead|tbody|tr|t[hd](?: align="(?:left|right)")?|br|sub|code|ul|li|details|summary|pre)>)/,
        );
      }),
      { numRuns: 200 },
    );
  });
});

describe('fitted', () => {
  const pointer = 'The whole report is in the [job summary](https://github.com/o/r/actions/runs/1).';
  const long = (count: number, tail: number): Report =>
    report({
      decision: 'reject',
      reason: '@'.repeat(9000),
      cure: '<'.repeat(9000),
      notes: Array.from({ length: count }, () => '|'.repeat(500)),
      checks: [
        command('tests', 'failed', { tail: 'a <b> c\n'.repeat(tail) }),
        ...Array.from({ length: count }, (_, index) =>
          condition(`m${index} >= 0.5`, index % 2 === 0 ? 'passed' : 'failed', { reason: '_'.repeat(800) }),
        ),
      ],
    });

  test('what fits is whole, with no pointer', () => {
    expect(fitted(report(), 65_536, pointer)).toBe(markdown(report()));
  });

  test('logs are shortened first', () => {
    const text = fitted(
      report({
        checks: [
          command('tests', 'failed', { tail: `${'x'.repeat(900)}\n`.repeat(80) }),
          condition('auc >= 1', 'passed'),
        ],
      }),
      10_000,
      pointer,
    );
    expect(text).toContain('| ✅&nbsp;auc | &gt;= 1 |');
    expect(text).toContain('<details>');
    expect(text).toContain(pointer);
  });

  test.each([
    [0, 100_000],
    [50, 100],
    [500, 10],
    [5000, 100_000],
  ])('%i checks and %i lines fit in a comment and are never cut inside markup', (count, lines) => {
    const text = fitted(long(count, lines), 65_536, pointer);
    expect(text.length).toBeLessThanOrEqual(65_536);
    expect(text.trimEnd().endsWith(lines === 0 ? '' : pointer) || text.includes('</sub>')).toBe(true);
    for (const tag of ['details', 'pre', 'sub', 'code', 'summary']) {
      expect(text.split(`<${tag}>`).length).toBe(text.split(`</${tag}>`).length);
    }
  });

  test('what a limit in bytes allows is measured in bytes', () => {
    const notes = Array.from({ length: 150 }, () => '漢'.repeat(3_000));
    const limit = markdown(report({ notes })).length;
    const bytes = (text: string): number => Buffer.byteLength(text);
    expect(fitted(report({ notes }), limit, pointer)).toBe(markdown(report({ notes })));
    const text = fitted(report({ notes }), limit, pointer, bytes);
    expect(bytes(text)).toBeLessThanOrEqual(limit);
    expect(text).toContain(pointer);
  });
});
