import { PromotionError, undefinedIfUnknown } from '../domain/errors.js';
import type { Registration } from '../registry/registry.js';
import type { ModelVersion } from '../domain/version.js';
import type { Report } from '../domain/report.js';
import type { ReportSubject } from './report-builder.js';
import { firstRecords } from './move/first-use.js';
import { recordBase, tagsOf } from './move/record.js';
import { isSame } from './judge/current-state.js';
import { readHistory } from './judge/holders.js';
import { isEligible } from '../domain/record.js';
import { versionIn } from './judge/version-name.js';
import type { PromotionContext } from './context.js';

/**
 * Records a new version: MLflow's from a run or a source, git's from a commit. A version that was found wanting may
 * be judged again once it is registered anew, by its name and with a reason.
 * Throws what the registry throws.
 */
export async function register(
  work: ReportSubject & Pick<PromotionContext, 'now' | 'reason' | 'report'>,
  asked: Omit<Registration, 'model' | 'tags'>,
): Promise<Report> {
  const { registry, model, dryRun, reason, report } = work;
  const { version: name } = asked;
  const given = name === undefined ? asked : { ...asked, version: versionIn(name, model, registry.atNames) };
  const tags = tagsOf({
    ...recordBase(work, undefined),
    state: 'registered',
    ...(reason === undefined ? {} : { reason }),
  });
  const known = given.version === undefined ? undefined : await existing(work, given.version);
  if (known !== undefined && given.run === undefined && given.source === undefined) {
    if (!isSame(await readHistory(registry, model), known)) return anew(work, known, tags, 'was made anew');
    if (!isEligible(known)) return anew(work, known, tags, 'was found wanting');
  }
  if (dryRun) return report.begin(work, {}).done(`A version of ${model} would be registered.`);
  const first = await firstRecords(work, [], true);
  if (first.length > 0) await registry.appendToLog(model, () => firstRecords(work, [], true));
  const version = await registry.register({ ...given, model, tags });
  return report.begin(work, { candidate: version }).done(`${model} ${version.version} is registered.`);
}

async function anew(
  work: Parameters<typeof register>[0],
  version: ModelVersion,
  tags: ReadonlyMap<string, string>,
  why: string,
): Promise<Report> {
  const { registry, dryRun, reason, report } = work;
  report.begin(work, { candidate: version });
  const what = `${version.model} ${version.version}`;
  if (reason === undefined) {
    throw new PromotionError('INPUT_INVALID', `${what} ${why}; to register it anew needs the input 'reason'.`, {
      cure: 'Say in a sentence why it may be judged again.',
    });
  }
  if (dryRun) return report.done(`${what} would be registered anew.`);
  await registry.tag(version, tags);
  return report.note(...registry.remarks()).done(`${what} is registered anew and may be judged again.`);
}

/** The version of that name, if there is one; else it is what is to be made. */
function existing({ registry, model }: ReportSubject, version: string): Promise<ModelVersion | undefined> {
  return registry.version(model, version).catch(undefinedIfUnknown('VERSION_UNKNOWN', 'MODEL_UNKNOWN'));
}
