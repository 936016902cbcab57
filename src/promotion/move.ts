import { asPromotionError } from '../errors.js';
import type { ModelVersion } from '../registry/registry.js';
import type { Report } from '../verdict/verdict.js';
import { deploy } from './deploy.js';
import { recordBase, tagsOf } from './record.js';
import { changedSince } from './standing.js';
import { recordTag, stateOf, stateTag } from './states.js';
import { moveRecord, transit, type Move } from './transit.js';
import type { Standing, Undertaking } from './undertaking.js';

/**
 * Puts a version that may be there into its stage: reads everything again, records the approval, deploys and
 * tests it, moves the stage, records. When the deployment or its test fails, what can be undone is undone, the
 * registry is as it was, and the version is recorded as failed. Never throws for what the registry or a command
 * does: the report says what was done and what was not.
 */
export async function move(undertaking: Undertaking, standing: Standing, given: Move): Promise<Report> {
  const { stage, model, now, registry } = undertaking;
  const { candidate, previous } = standing;
  const end = (more: Partial<Report>): Report => ({
    ...given.judged,
    ...more,
    notes: [...new Set([...given.judged.notes, ...(more.notes ?? []), ...registry.remarks()])],
    endedAt: now().toISOString(),
  });
  const changed = await changedSince(undertaking, standing);
  if (changed !== undefined) {
    return end({
      decision: 'hold',
      reason: changed,
      cure: 'Nothing was moved. Run again to judge by how things stand now.',
    });
  }
  try {
    const notes = await adoptHolders(undertaking, standing);
    if (given.evidence !== undefined) {
      await registry.tag(
        candidate,
        tagsOf({ ...moveRecord(undertaking, given), state: stateOf(stage.name, 'approved') }),
      );
    }
    const deployment = await deploy(undertaking, standing, given);
    if (deployment.failed !== undefined) {
      const { failed, checks, undone } = deployment;
      return end({
        decision: failed.outcome === 'error' ? 'error' : 'reject',
        reason: `${failed.name}: ${failed.reason} ${undone}`,
        cure: failed.cure ?? 'Mend the deployment and promote the version again.',
        checks: [...given.judged.checks, ...checks],
        notes,
      });
    }
    if (stage.deploy?.transition !== 'before-deploy') await transit(undertaking, standing, given);
    const archived = previous !== undefined && given.replaced === 'archived';
    return end({
      decision: 'promote',
      promoted: true,
      archived,
      checks: [...given.judged.checks, ...deployment.checks],
      notes,
      reason: `${model} ${candidate.version} now holds ${stage.name}${replacedInWords(previous, given)}. ${given.judged.reason}`,
    });
  } catch (thrown) {
    const error = asPromotionError(thrown);
    return end({
      decision: 'error',
      reason: error.message,
      cure: error.cure ?? 'Look at `status` before running again.',
    });
  }
}

function replacedInWords(previous: ModelVersion | undefined, { replaced }: Move): string {
  if (previous === undefined) return '';
  if (replaced === undefined) return `; it replaces ${previous.version}`;
  return `; ${previous.version}, which it replaces, is ${replaced === 'archived' ? 'archived' : 'rolled back'}`;
}

/**
 * On first use the registry's holders are taken as they are: the record begins with them.
 * @returns what the report says of it
 */
async function adoptHolders(undertaking: Undertaking, { history }: Standing): Promise<readonly string[]> {
  if (history !== undefined) return [];
  const { registry, model, policy } = undertaking;
  const adopted: string[] = [];
  const holders = await registry.holders(model, [...policy.stages.keys()]);
  for (const [stage, versions] of holders) {
    for (const name of versions) {
      const version = await registry.version(model, name);
      const known = version.tags.get(recordTag(stage));
      if (known === undefined) adopted.push(`${stage}: ${name}`);
      await registry.tag(
        version,
        known === undefined
          ? tagsOf({
              ...recordBase(undertaking, stage),
              state: 'adopted',
              reason: 'held the stage before there was a record',
            })
          : new Map([
              [recordTag(stage), known],
              [stateTag, version.tags.get(stateTag) ?? stateOf(stage, 'deployed')],
            ]),
      );
    }
  }
  return adopted.length === 0
    ? []
    : [
        `This is the first promotion that is recorded; who held a stage until now was taken as it is (${adopted.join(', ')}).`,
      ];
}
