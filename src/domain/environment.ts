/** Environment variables by name, as `process.env` has them; always passed in. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the runner keeps for itself: with these a command could act as the workflow. */
const runnersOwn =
  /^(INPUT_.*|ACTIONS_.*|GITHUB_TOKEN|GITHUB_ENV|GITHUB_OUTPUT|GITHUB_PATH|GITHUB_STATE|GITHUB_STEP_SUMMARY)$/i;

/** Whether the variable is the runner's own and never handed on, whatever `pass_env` says. */
export function isRunnersOwn(name: string): boolean {
  return runnersOwn.test(name);
}
