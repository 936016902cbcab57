import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AskGh, attestationCheck, type GhAnswer } from '../../../../src/commands/verify/attestation.js';
import type { PreconditionResult } from '../../../../src/domain/check.js';
import { Redactor } from '../../../../src/domain/redactor.js';
import { evidence, predicateType } from '../../../../src/report/evidence.js';
import { report as sampleReport } from '../../../support/sample-report.js';

const text = evidence(sampleReport(), new Redactor());
const statement = JSON.parse(text) as {
  readonly subject: readonly { readonly digest: { readonly sha256: string } }[];
  readonly predicate: object;
};
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** GitHub with attestations: what is attested of which digest. */
function gh(attested: Readonly<Record<string, object>>, asked: string[][] = []): AskGh {
  return (args: readonly string[]): Promise<GhAnswer> => {
    asked.push([...args]);
    const predicate = attested[sha256(readFileSync(args[2] ?? ''))];
    if (predicate === undefined) return Promise.resolve({ code: 1, stdout: '', stderr: 'Error: HTTP 404: Not Found' });
    return Promise.resolve({
      code: 0,
      stdout: JSON.stringify([{ verificationResult: { statement: { predicate } } }]),
      stderr: '',
    });
  };
}
const subject = statement.subject[0]?.digest.sha256 ?? '';
const file = sha256(Buffer.from(text));
const check = (ask: AskGh, repository = 'acme/churn'): Promise<PreconditionResult> =>
  attestationCheck({ path: 'evidence.json', text, repository }, ask, mkdtempSync(join(tmpdir(), 'attest-')));

describe('an attestation', () => {
  test('of the version, with the evidence as predicate', async () => {
    const asked: string[][] = [];
    expect(await check(gh({ [subject]: statement.predicate }, asked))).toMatchObject({ outcome: 'passed' });
    expect(asked.at(-1)).toEqual(expect.arrayContaining(['--repo', 'acme/churn', '--predicate-type', predicateType]));
  });

  test('of the file itself', async () => {
    expect(await check(gh({ [file]: {} }))).toMatchObject({ outcome: 'passed' });
  });

  test('of the same version with other evidence is none', async () => {
    const other = { ...statement.predicate, decision: 'promote', checks: [] };
    expect(await check(gh({ [subject]: other }))).toMatchObject({ outcome: 'failed' });
  });

  test('that GitHub does not have', async () => {
    const { outcome, reason } = await check(gh({}));
    expect(outcome).toBe('failed');
    expect(reason).toMatch(/No attestation .*HTTP 404/);
  });

  test('without the GitHub CLI could not be judged', async () => {
    const none = await check(() => Promise.resolve({ code: undefined, stdout: '', stderr: '' }));
    expect(none).toMatchObject({ outcome: 'error', cure: expect.stringMatching(/Install it/) });
  });

  test.each(['acme', '--help/x y', 'acme/churn/x'])('of %p, which is no repository', async (repository) => {
    expect(await check(gh({ [file]: {} }), repository)).toMatchObject({ outcome: 'error' });
  });
});
