import { createHash } from 'node:crypto';
import { PromotionError, type Problem } from '../errors.js';
import { compile } from './compile.js';
import { PolicyDocument } from './document.js';
import type { Policy, PolicySource } from './policy.js';
import { glimpse } from './glimpse.js';
import { validate } from './validate.js';

/**
 * From a policy's text to the policy.
 * @throws PromotionError `POLICY_INVALID` with every mistake, each with file, line and column
 */
export function loadPolicy(source: PolicySource): Policy {
  const document = PolicyDocument.parse(source.path, source.text);
  const inYaml = document.problems;
  const inForm = document.data === undefined ? [] : validate(document);
  if (document.data === undefined) throw invalid(source, inYaml);
  if (inForm.length > 0) throw invalid(source, [...inYaml, ...inForm, ...glimpse(document)]);
  const { policy, problems } = compile(document);
  if (inYaml.length + problems.length > 0) throw invalid(source, [...inYaml, ...problems]);
  return policy;
}

function invalid(source: PolicySource, problems: readonly Problem[]): PromotionError {
  const sorted = [...problems].sort(
    (a, b) => (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0),
  );
  const [first] = sorted;
  const where = first?.at === undefined ? source.path : `${source.path}:${first.at.line}:${first.at.column}`;
  const more = sorted.length > 1 ? ` (and ${sorted.length - 1} more)` : '';
  return new PromotionError('POLICY_INVALID', `${where}: ${first?.message ?? 'the policy is not valid'}${more}`, {
    problems: sorted,
    ...(first?.at === undefined ? {} : { at: first.at }),
  });
}

/** A source from its text and where it was read; the digest is over the bytes. */
export function sourceOf(path: string, text: string, ref: string, commit?: string): PolicySource {
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  return { path, text, ref, digest, ...(commit === undefined ? {} : { commit }) };
}
