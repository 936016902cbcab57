import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { tagValue } from '../../../src/registry/tag-value.js';

const limit = 1_000;
const record = fc.record(
  {
    state: fc.constant('production_deployed'),
    stage: fc.constant('production'),
    at: fc.constant('2026-03-01T12:00:00.000Z'),
    reason: fc.string({ unit: 'grapheme', maxLength: 2_000 }),
    approvers: fc.array(fc.string({ maxLength: 60 }), { maxLength: 60 }),
    metrics: fc.dictionary(fc.string({ maxLength: 40 }), fc.string({ maxLength: 40 }), { maxKeys: 60 }),
    run: fc.webUrl(),
    previous: fc.string({ maxLength: 1_500 }),
  },
  { requiredKeys: ['state', 'stage', 'at'] },
);

describe("a record's copy in a tag", () => {
  test('fits, stays a record, holds nothing that the record does not, and says what it leaves out', () => {
    fc.assert(
      fc.property(record, (whole) => {
        const text = JSON.stringify(whole);
        const { text: copy, leftOut } = tagValue(text, limit);
        expect(copy.length).toBeLessThanOrEqual(limit);
        const { shortened, reason, ...kept } = JSON.parse(copy) as typeof whole & { shortened?: boolean };
        expect(kept).toMatchObject({ state: whole.state, stage: whole.stage, at: whole.at });
        expect(whole.reason ?? '').toContain((reason ?? '').replace(/…$/, ''));
        for (const [name, value] of Object.entries(kept.metrics ?? {})) expect(whole.metrics?.[name]).toBe(value);
        expect(kept.approvers ?? []).toEqual((whole.approvers ?? []).slice(0, kept.approvers?.length ?? 0));
        expect(shortened === true).toBe(leftOut !== undefined);
        if (leftOut === undefined) expect(copy).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  test('what is no record is cut', () => {
    expect(tagValue('x'.repeat(1_001), limit)).toEqual({ text: `${'x'.repeat(999)}…`, leftOut: 'the end of the text' });
  });
});
