import { randomUUID } from 'node:crypto';
import type { Role } from '../../domain/check.js';
import type { ModelVersion } from '../../domain/version.js';
import type { CurrentState, PromotionContext } from '../context.js';

/** What a command is given, by role: listed in docs/policy.md. */
export type CommandEnvironment = (role: Role) => Readonly<Record<string, string>>;

/**
 * Prepares what commands are given: one operation id for all, and where the registry can the versions' files.
 * @param files whether any command will run at all
 * @param operation the same for a deployment that is begun again by another run
 */
export async function commandEnvironment(
  { registry, stage, model, execution }: Pick<PromotionContext, 'registry' | 'stage' | 'model' | 'execution'>,
  { candidate, champion, previous }: Pick<CurrentState, 'candidate' | 'champion' | 'previous'>,
  files: boolean,
  operation: string = randomUUID(),
): Promise<CommandEnvironment> {
  const paths = new Map<Role, string>();
  for (const [role, version] of [
    ['candidate', candidate],
    ['champion', champion],
  ] as const) {
    const path =
      files && version !== undefined
        ? await registry.materialise(version, `${execution.temporary}/${operation}-${role}`)
        : undefined;
    if (path !== undefined) paths.set(role, path);
  }
  return (role) => {
    const version: ModelVersion = role === 'champion' && champion !== undefined ? champion : candidate;
    return {
      ...registry.environment,
      MODEL_NAME: model,
      MODEL_VERSION: version.version,
      MODEL_URI: version.uri,
      MODEL_SOURCE: version.source ?? '',
      MODEL_PATH: paths.get(role) ?? '',
      MODEL_ROLE: role,
      MODEL_STAGE: stage.name,
      CHAMPION_VERSION: champion?.version ?? '',
      CHAMPION_URI: champion?.uri ?? '',
      PREVIOUS_VERSION: previous?.version ?? '',
      PREVIOUS_URI: previous?.uri ?? '',
      OPERATION_ID: operation,
    };
  };
}
