import { PromotionError } from '../../domain/errors.js';
import type { PromotionRequest } from '../../policy/request-file.js';
import { fingerprintOf, type Identified, type ModelVersion } from '../../domain/version.js';
import type { PreconditionResult } from '../../domain/check.js';
import type { Resolved } from './resolve.js';
import type { PromotionContext } from '../context.js';

/** The lines that make a file a request for that version: what `gate` prints for people to paste. */
export function requestLines(version: Identified): readonly string[] {
  return [`version: ${version.version}`, `identity: ${fingerprintOf(version)}`];
}

/** Why a request is not for that version, naming file and line; undefined where it is. */
export function mismatch(
  { file, version, identity, where }: PromotionRequest,
  candidate: Identified,
): { readonly reason: string; readonly cure: string } | undefined {
  const what = `${candidate.model} ${candidate.version}`;
  const [versionLine, identityLine] = requestLines(candidate);
  const cure = `If ${what} is meant, change the file in a pull request to the two lines '${versionLine ?? ''}' and '${identityLine ?? ''}'.`;
  if (version.text !== candidate.version) {
    const reason = `${file}:${version.at.line} (${where}) asks for version ${version.text}, and this is ${what}.`;
    return { reason, cure };
  }
  if (identity === undefined) {
    return { reason: `${file} (${where}) does not say the identity of ${what}: a number can be given anew.`, cure };
  }
  if (identity.text === fingerprintOf(candidate)) return undefined;
  return {
    reason: `${file}:${identity.at.line} (${where}) has the identity ${identity.text}, and that of ${what} is ${fingerprintOf(candidate)}: it was deleted and made anew, or the line is another version's.`,
    cure,
  };
}

/** Whether a version was asked for as what the promotion request names. */
export function isRequest(version: string): boolean {
  return version.toLowerCase() === 'request';
}

/**
 * The version that the stage's promotion request names, and the request.
 * @throws PromotionError `INPUT_INVALID` where the stage has none, `REQUEST_INVALID`, and what the registry throws
 */
export async function requested({
  registry,
  model,
  stage,
  request: read,
}: PromotionContext): Promise<Resolved & { readonly request: PromotionRequest }> {
  if (read === undefined) {
    throw new PromotionError(
      'INPUT_INVALID',
      `Input 'version' is 'request', and the stage '${stage.name}' has no promotion request.`,
      {
        cure: `Name a version, or add to the stage in the policy "approval: { reviews: { min: 1, request: 'promotions/{model}-{stage}.yml' } }".`,
      },
    );
  }
  const request = await read();
  const version: ModelVersion = await registry.version(model, request.version.text);
  return { version, request, remarks: [`The version is what ${request.file} asks for, as of ${request.where}.`] };
}

/** Whether the request that named the version is for this very one, as a precondition. */
export function requestFor(request: PromotionRequest, candidate: ModelVersion): PreconditionResult {
  const name = 'promotion request';
  const wrong = mismatch(request, candidate);
  if (wrong !== undefined) return { kind: 'precondition', name, outcome: 'inconclusive', ...wrong };
  const reason = `${request.file} asks for ${candidate.model} ${candidate.version} by its identity.`;
  return { kind: 'precondition', name, outcome: 'passed', reason };
}
