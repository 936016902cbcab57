import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { posix } from 'node:path';
import { checkoutFolder, checkoutsBelow } from '../git/checkout-folder.js';
import type { Environment } from '../domain/environment.js';
import type { GithubContext } from '../github/context.js';
import type { Inputs } from './inputs.js';
import { ResultFiles } from './result-files.js';
import { CredentialNames } from '../domain/credential-names.js';
import type { Redactor } from '../domain/redactor.js';
import { type Tables, tables } from './tables.js';
import type { ReportBuilder } from '../promotion/report-builder.js';

/** What a run stands on: opened once, handed to the command as arguments. */
export interface RunContext {
  readonly inputs: Inputs;
  readonly context: GithubContext;
  readonly environment: Environment;
  /** The checkout's folder: where commands run, and what the policy's paths are relative to. */
  readonly workspace: string;
  /** The runner's own, which artifacts are downloaded to. */
  readonly runnerWorkspace: string;
  /** Checkouts below it, where it is none itself; as the input `path` would name them. */
  readonly elsewhere: readonly string[];
  /** Where files of the step alone are made, each kind in a folder of its own. */
  readonly temporary: string;
  /** Plan, evidence and report stay after the step, for an upload. */
  readonly results: ResultFiles;
  /** Applied to everything that leaves the run. */
  readonly redactor: Redactor;
  readonly cancelled: AbortSignal;
  readonly tables: Tables;
  /** The variables that are credentials of any registry. */
  readonly credentials: CredentialNames;
  /** What is known so far, for the report of whatever ends the run. */
  readonly report: ReportBuilder;
}

/** Makes the folder for what the run leaves behind. */
export async function openRun(
  inputs: Inputs,
  context: GithubContext,
  environment: Environment,
  redactor: Redactor,
  cancelled: AbortSignal,
  report: ReportBuilder,
): Promise<RunContext> {
  const temporary = environment['RUNNER_TEMP'] ?? tmpdir();
  await mkdir(temporary, { recursive: true });
  const runnerWorkspace = environment['GITHUB_WORKSPACE'] ?? process.cwd();
  const workspace = await checkoutFolder(runnerWorkspace, inputs.path);
  const below = await checkoutsBelow(workspace);
  return {
    // It is recorded for good, in the log and in the registry.
    inputs: inputs.reason === undefined ? inputs : { ...inputs, reason: redactor.redact(inputs.reason) },
    context,
    environment,
    workspace,
    runnerWorkspace,
    elsewhere: below.map((place) => posix.join(inputs.path ?? '.', place)),
    temporary,
    results: await ResultFiles.openIn(temporary),
    redactor,
    cancelled,
    tables,
    credentials: new CredentialNames(tables.registries),
    report,
  };
}

/** Who runs this, where, on which commit: for reports and records. */
export function authorOf({ actor, runPage, commit, origin }: GithubContext): {
  readonly actor?: string;
  readonly origin?: 'local';
  readonly run?: string;
  readonly commit?: string;
} {
  return {
    ...(actor === undefined ? {} : { actor }),
    ...(origin === undefined ? {} : { origin }),
    ...(runPage === undefined ? {} : { run: runPage }),
    ...(commit === undefined ? {} : { commit }),
  };
}
