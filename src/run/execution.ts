import type { ExecutionContext } from '../evidence/exec/run-command.js';
import { childEnvironment, withoutRegistry } from '../evidence/exec/environment.js';
import type { LoadedPolicy } from '../policy/policy.js';
import type { Registry } from '../registry/registry.js';
import { passwordsIn } from '../domain/redactor.js';
import type { RunContext } from './context.js';

export function executionContext(
  run: RunContext,
  registry: Registry,
  temporary: string,
  { commit }: LoadedPolicy['source'],
): Omit<ExecutionContext, 'log' | 'blocked'> {
  const { context, environment, workspace, redactor, cancelled } = run;
  const credentials = registry.credentialNames.map((name) => environment[name] ?? '');
  return {
    workspace,
    temporary,
    // The workspace's own policy is the change's: on GitHub it may be anybody's, and `pass_env` name any secret of the job.
    environment:
      commit === undefined && context.repository !== undefined
        ? childEnvironment(environment, [], withoutRegistry(run.credentials), {})
        : environment,
    passEnv: [],
    credentialNames: registry.credentialNames,
    isCredential: (name) => run.credentials.isCredential(name),
    cancelled,
    // Of addresses that commands may be given, such as a package index.
    secrets: [...credentials, ...redactor.secrets, ...passwordsIn(Object.values(environment))],
  };
}
