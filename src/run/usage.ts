import { commandNames } from '../domain/command-name.js';
import type { Environment } from '../domain/environment.js';

/** The exit code of a command line that was not understood. */
export const usageExitCode = 2;

/**
 * Whether a runner started this process. Outside one, inputs are missing and their defaults would promote:
 * `--help` must never move a version.
 * @see https://docs.github.com/actions/reference/workflows-and-actions/variables
 */
export function isRunner(environment: Environment, args: readonly string[]): boolean {
  return environment['GITHUB_ACTIONS'] === 'true' && args.length === 0;
}

/** What the action is and how a workflow uses it. No line is a workflow command. */
export function usage(args: readonly string[]): string {
  const why =
    args.length === 0
      ? 'This is not a runner: GITHUB_ACTIONS is not "true".'
      : 'This file takes no arguments: its inputs come from a workflow.';
  return `Gated Model Promotion moves a model version in its registry only when it has proved what your policy asks.

${why} Nothing was written.

It is a GitHub Action. Use it in a workflow:

  steps:
    - uses: actions/checkout@v4
    - uses: your-org/gated-model-promotion@v1
      with:
        command: promote
        stage: staging

Commands: ${commandNames.join(', ')}.
An example policy: https://github.com/your-org/gated-model-promotion#readme
Every input: https://github.com/your-org/gated-model-promotion/blob/v1/docs/reference.md
`;
}
