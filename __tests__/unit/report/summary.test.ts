import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publishReport } from '../../../src/run/publish.js';
import { Redactor } from '../../../src/domain/redactor.js';
import { report } from '../../support/sample-report.js';

const before = { ...process.env };
// One for all: @actions/core remembers where it wrote first.
const folder = mkdtempSync(join(tmpdir(), 'summary-'));
const summary = join(folder, 'summary');

beforeEach(() => {
  process.env['GITHUB_STEP_SUMMARY'] = summary;
  process.env['GITHUB_OUTPUT'] = join(folder, 'output');
  for (const name of ['summary', 'output']) writeFileSync(join(folder, name), '');
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  jest.restoreAllMocks();
  process.env = before;
});

// "upload aborted, supports content up to a size of 1024k": GitHub would show none of it.
test.each(['x', 'é', '漢', '🚀'])('a summary of many times %s is a MiB at most', async (character) => {
  const notes = Array.from({ length: 280 }, () => character.repeat(3_000 / character.length));
  await publishReport(report({ notes }), { redactor: new Redactor() }, true);
  expect(statSync(summary).size).toBeLessThanOrEqual(1024 * 1024);
  const text = readFileSync(summary, 'utf8');
  expect(text.includes('Shortened')).toBe(character !== 'x');
});
