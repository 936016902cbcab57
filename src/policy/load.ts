import { createHash } from 'node:crypto';
import { type Problem, PromotionError } from '../domain/errors.js';
import { compile } from './compile.js';
import { PolicyDocument } from './document.js';
import type { Policy } from './policy.js';
import type { PolicySource } from '../domain/report.js';
import type { PolicyTables } from './tables.js';
import { partialChecks } from './partial-checks.js';
import { validate } from './validate.js';

/**
 * From a policy's text to the policy.
 * @throws PromotionError `POLICY_INVALID` with every mistake, each with file, line and column
 */
export function loadPolicy(source: PolicySource, tables: PolicyTables): Policy {
  const document = PolicyDocument.parse(source.path, source.text, tables);
  const inYaml = document.problems;
  if (document.data === undefined) throw invalid(source, inYaml);
  const inForm = validate(document, tables);
  if (inForm.length > 0)
    throw invalid(source, [...inYaml, ...elsewhere([...inForm, ...partialChecks(document)], inYaml)]);
  const { policy, problems } = compile(document, tables);
  if (inYaml.length + problems.length > 0) throw invalid(source, [...inYaml, ...elsewhere(problems, inYaml)]);
  return policy;
}

/** Without what stands where another mistake is told already: the one follows from the other. */
function elsewhere(problems: readonly Problem[], told: readonly Problem[]): readonly Problem[] {
  return problems.filter(
    ({ at }) => !told.some((each) => each.at?.line === at?.line && each.at?.column === at?.column),
  );
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
