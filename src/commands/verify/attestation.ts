import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { PreconditionResult } from '../../domain/check.js';
import { readJson } from '../../domain/json.js';
import { predicateType, subjectText } from '../../report/evidence.js';

/** How `gh` ended: its exit code, undefined where it could not be started. */
export interface GhAnswer {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export type AskGh = (args: readonly string[]) => Promise<GhAnswer>;

/** Runs the GitHub CLI. @param token for GitHub's API; without one, `gh` uses what it is logged in with */
export function ghCommand(environment: Readonly<Record<string, string | undefined>>, token: string | undefined): AskGh {
  const env = { ...environment, GH_PROMPT_DISABLED: '1', ...(token === undefined ? {} : { GH_TOKEN: token }) };
  return (args) =>
    new Promise((resolve) => {
      execFile('gh', args, { env, timeout: 120_000, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
        resolve({ code, stdout, stderr });
      });
    });
}

/** What `gh attestation verify --format json` gives for each attestation that it found good. */
interface Attested {
  readonly verificationResult?: { readonly statement?: { readonly predicate?: unknown } };
}

/**
 * Whether a workflow of the repository attested this evidence: its predicate, for the version that it is about (what
 * `actions/attest` signs), or the file as it is. An attestation of other evidence for the same version is none.
 * @param temporary a folder of the run's own
 * @see https://cli.github.com/manual/gh_attestation_verify
 */
export async function attestationCheck(
  { path, text, repository }: { readonly path: string; readonly text: string; readonly repository: string },
  ask: AskGh,
  temporary: string,
): Promise<PreconditionResult> {
  const name = 'attestation';
  const result = (outcome: PreconditionResult['outcome'], reason: string, cure?: string): PreconditionResult => ({
    kind: 'precondition',
    name,
    outcome,
    reason,
    ...(cure === undefined ? {} : { cure }),
  });
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository))
    return result('error', `'${repository}' is not a repository.`, "Give 'attestation' as owner/name.");
  const folder = await mkdtemp(join(temporary, 'model-promotion-attested-'));
  try {
    const verify = async (file: string, content: string, more: readonly string[]): Promise<GhAnswer> => {
      await writeFile(join(folder, file), content, { flag: 'wx' });
      return ask(['attestation', 'verify', join(folder, file), '--repo', repository, '--format', 'json', ...more]);
    };
    const whole = await verify('evidence.json', text, []);
    if (whole.code === undefined) {
      return result(
        'error',
        `The attestation could not be checked: the GitHub CLI 'gh' could not be started.`,
        "Install it, or leave 'attestation' empty.",
      );
    }
    if (whole.code === 0) return result('passed', `A workflow of ${repository} attested ${path}.`);
    const statement = readJson(text) as { readonly predicate?: object };
    const subject = subjectText(statement);
    const about = subject === undefined ? whole : await verify('subject', subject, ['--predicate-type', predicateType]);
    if (about.code === 0) {
      const found = JSON.parse(about.stdout) as readonly Attested[];
      const isThis = ({ verificationResult }: Attested): boolean =>
        isDeepStrictEqual(verificationResult?.statement?.predicate, JSON.parse(JSON.stringify(statement.predicate)));
      if (found.some(isThis)) return result('passed', `A workflow of ${repository} attested the content of ${path}.`);
      return result('failed', `What a workflow of ${repository} attested of this version is not ${path}.`, again);
    }
    const why = about.stderr.trim().split('\n').at(-1) ?? '';
    return result('failed', `No attestation of ${path} by a workflow of ${repository} was found: ${why}`, again);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const again = "Take the evidence from the run that promoted the version, and name that run's repository.";
