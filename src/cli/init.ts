import { startPolicy } from '../commands/init/init.js';
import type { Environment } from '../domain/environment.js';
import { Redactor } from '../domain/redactor.js';
import type { GitRepository } from '../git/repository.js';
import { runSecrets } from '../run/secrets.js';
import { tables } from '../run/tables.js';
import type { Terminal } from './terminal.js';

/** `init` at a terminal: writes the files, and says which. */
export async function init(given: {
  readonly inputs: ReadonlyMap<string, string>;
  readonly terminal: Terminal;
  readonly environment: Environment;
  readonly repository: GitRepository | undefined;
  readonly folder: string;
}): Promise<void> {
  const { inputs, terminal, environment, repository, folder } = given;
  const redactor = new Redactor(runSecrets(environment));
  const lines = await startPolicy({
    environment,
    repository,
    folder,
    tables,
    redactor,
    model: inputs.get('model'),
    policy: inputs.get('policy') ?? '.github/model-promotion.yml',
  });
  for (const line of lines) terminal.line(redactor.redact(line));
}
