import { githubError, type Github } from './client.js';

/**
 * Whether an attempt of a workflow run has ended. False also where the token may not ask (`actions: read`): who
 * cannot be shown to have ended goes on.
 * @param unknown told why it could not be asked, with the permission to add
 * @see https://docs.github.com/rest/actions/workflow-runs#get-a-workflow-run-attempt
 */
export async function attemptHasEnded(
  { octokit, owner, repo }: Github,
  run: string,
  attempt: number,
  unknown: (why: string) => void,
): Promise<boolean> {
  try {
    const { data } = await octokit.rest.actions.getWorkflowRunAttempt({
      owner,
      repo,
      run_id: Number(run),
      attempt_number: attempt,
    });
    return data.status === 'completed';
  } catch (thrown) {
    unknown(githubError(`Whether the workflow run ${run} has ended is not known`, thrown, 'actions: read').sentence);
    return false;
  }
}
