import type { Report } from '../verdict/verdict.js';
import { done, draftReport, type Drafting } from './draft.js';
import { recordBase, tagsOf } from './record.js';
import { soleHolder } from './holder.js';
import { resolveVersion } from './resolve.js';
import { stateTag } from './states.js';

/**
 * Retires a version: it leaves every stage it holds, is recorded as archived, and stays where its files are.
 * Throws what the registry throws.
 */
export async function archive(undertaking: Drafting & { readonly reason?: string }, version: string): Promise<Report> {
  const { registry, model, policy, reason, now } = undertaking;
  const { version: candidate } = await resolveVersion(registry, policy, model, version);
  const draft = draftReport(undertaking, { candidate });
  const what = `${model} ${candidate.version}`;
  const held: string[] = [];
  for (const stage of policy.stages.keys()) {
    if ((await soleHolder(registry, model, stage)) === candidate.version) held.push(stage);
  }
  if (held.length === 0 && candidate.tags.get(stateTag) === 'archived') {
    return done(draft, now, `${what} is archived already; nothing was to be done.`, { alreadyThere: true });
  }
  if (undertaking.dryRun) return done(draft, now, `${what} would be archived.`);
  const tags = (stage?: string): ReadonlyMap<string, string> =>
    tagsOf({ ...recordBase(undertaking, stage), state: 'archived', ...(reason === undefined ? {} : { reason }) });
  for (const stage of held) await registry.vacate({ model, version: candidate, stage, tags: tags(stage) });
  if (held.length === 0) await registry.tag(candidate, tags());
  const left = held.length === 0 ? '' : `; nobody holds ${held.join(' and ')} now`;
  return done(draft, now, `${what} is archived${left}.`, { notes: registry.remarks() });
}
