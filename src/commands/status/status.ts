import { policyFor } from '../../policy/policy-for.js';
import { resolveModel } from '../../promotion/judge/resolve.js';
import { readStatus } from './read.js';
import { statusLines, statusMarkdown } from './page.js';
import type { Session } from '../../run/context.js';
import { openLedger } from '../../run/registry.js';
import { openRepository } from '../../run/repository.js';
import { openRulebook } from '../../run/policy.js';
import { tellPage } from '../../run/publish.js';
import type { Progress } from '../../run/operation.js';

export async function status(session: Session, progress: Progress): Promise<void> {
  const repository = await openRepository(session);
  const { policy, source } = await openRulebook(session, repository);
  const model = resolveModel(policy, session.inputs.model);
  const rulebook = { policy: policyFor(policy, model), source };
  progress({ policy: rulebook.source, model, stages: [...rulebook.policy.stages.keys()] });
  const registry = await openLedger(session, rulebook, repository);
  const told = session.veil.overData(await readStatus(registry, rulebook.policy, model, session.inputs.on));
  await tellPage({ model, lines: statusLines(told), markdown: statusMarkdown(told) }, session);
}
