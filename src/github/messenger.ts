import { asPromotionError } from '../errors.js';
import type { Inputs } from '../inputs.js';
import { fitted } from '../report/markdown.js';
import type { Report } from '../verdict/verdict.js';
import { openGithub, whyNot, type Github } from './client.js';
import { commentLimit, earlierMarkers, marker, putComment } from './comment.js';
import type { GithubContext } from './context.js';
import { tellEnvironment } from './deployment.js';
import { putSection } from './shared-comment.js';
import { pullRequestOf } from './pull-request.js';

/**
 * Tells the pull request and the environment. Each is tried whatever became of the other, and what fails is a
 * note: a read-only token costs the comment, never the verdict.
 * @param environment the stage's GitHub environment
 * @returns what could not be told, in words
 */
export async function tellGithub(
  report: Report,
  inputs: Inputs,
  context: GithubContext,
  environment: string | undefined,
): Promise<readonly string[]> {
  const github = await openGithub(context, inputs.githubToken);
  if (github === undefined) {
    const why = context.repository === undefined ? 'this does not run on GitHub' : "the input 'github-token' is empty";
    const wanted = inputs.comment !== 'never' || (inputs.deployment !== 'never' && environment !== undefined);
    return wanted && context.repository !== undefined ? [`Neither pull request nor environment was told: ${why}.`] : [];
  }
  const notes: string[] = [];
  const attempts = [
    () => comment(github, report, inputs, context),
    () => deployment(github, report, inputs, context, environment),
  ];
  for (const attempt of attempts) {
    try {
      await attempt();
    } catch (thrown) {
      notes.push(asPromotionError(thrown).sentence);
    }
  }
  return notes;
}

async function comment(github: Github, report: Report, inputs: Inputs, context: GithubContext): Promise<void> {
  if (inputs.comment === 'never') return;
  try {
    const number =
      inputs.prNumber ??
      context.pullRequest?.number ??
      (context.sha === undefined ? undefined : await pullRequestOf(github, context.sha));
    if (number === undefined) return;
    const marks = earlierMarkers(report.model, report.stage ?? '');
    const pointer =
      context.runPage === undefined
        ? 'The whole report is in the job summary.'
        : `The whole report is in the [job summary](${context.runPage}).`;
    const onlyUpdate = inputs.comment === 'on-failure' && report.decision === 'promote';
    if (report.models > 1 && report.policy !== undefined) {
      const shared = marker(`models of ${report.policy.path}`, '');
      const key = JSON.stringify([report.model, report.stage]);
      const text = (limit: number): string => fitted(report, limit, pointer);
      const run = context.runId ?? '';
      await putSection(github, number, shared, { key, run, text, onlyUpdate });
      return;
    }
    const body = fitted(report, commentLimit - (marks[0]?.length ?? 0) - 1, pointer);
    await putComment(github, number, marks, body, onlyUpdate);
  } catch (thrown) {
    throw whyNot('The pull request was not told', thrown, 'pull-requests: write');
  }
}

async function deployment(
  github: Github,
  report: Report,
  inputs: Inputs,
  context: GithubContext,
  environment: string | undefined,
): Promise<void> {
  const { sha, runId } = context;
  const concerns =
    inputs.deployment === 'auto' &&
    !report.dryRun &&
    (!report.alreadyThere || report.byThisRun === true) &&
    (['promote', 'apply', 'rollback'].includes(report.command) || report.promoted);
  if (!concerns || environment === undefined || sha === undefined || runId === undefined) return;
  const states = { promote: 'success', reject: 'failure', hold: 'failure', error: 'error' } as const;
  try {
    await tellEnvironment(github, {
      environment,
      sha,
      runId,
      runPage: context.runPage,
      page: report.candidate?.page,
      state: states[report.decision],
      description: `${report.model} ${report.candidate?.version ?? ''}: ${report.reason}`,
      key: `${runId}/${report.model}/${report.stage ?? ''}`,
    });
  } catch (thrown) {
    throw whyNot(`The environment '${environment}' was not told`, thrown, 'deployments: write');
  }
}
