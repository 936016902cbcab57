import type { Bench } from '../evidence/exec/run-command.js';
import { childEnvironment } from '../evidence/exec/environment.js';
import type { Rulebook } from '../policy/policy.js';
import type { Registry } from '../registry/registry.js';
import { passwordsIn } from '../domain/redactor.js';
import type { Session } from './context.js';

export function benchOf(
  session: Session,
  registry: Registry,
  temporary: string,
  { commit }: Rulebook['source'],
): Omit<Bench, 'log' | 'obstacle'> {
  const { context, environment, workspace, veil, cancelled } = session;
  const credentials = registry.credentialNames.map((name) => environment[name] ?? '');
  return {
    workspace,
    temporary,
    // The workspace's own policy is the change's: on GitHub it may be anybody's, and `pass_env` name any secret of the job.
    environment:
      commit === undefined && context.repository !== undefined
        ? childEnvironment(environment, [], [], {})
        : environment,
    passEnv: [],
    credentialNames: registry.credentialNames,
    cancelled,
    // Of addresses that commands may be given, such as a package index.
    secrets: [...credentials, ...veil.hidden, ...passwordsIn(Object.values(environment))],
  };
}
