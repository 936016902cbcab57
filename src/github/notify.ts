import { asPromotionError } from '../domain/errors.js';
import { fitted } from '../report/markdown.js';
import type { Decision, Report } from '../domain/report.js';
import { openGithub, githubError, type Github } from './client.js';
import { commentLimit, earlierMarkers, marker, putComment } from './comment.js';
import type { GithubContext } from './context.js';
import { setDeployment, type DeploymentState } from './deployment.js';
import { putSection } from './shared-comment.js';
import { addressee } from './pull-request.js';

/** What the user asked for of what GitHub shows. */
export interface NotifySettings {
  readonly githubToken: string | undefined;
  readonly prNumber: number | undefined;
  readonly comment: 'always' | 'on-failure' | 'never';
  readonly deployment: 'auto' | 'never';
}

/**
 * Tells the pull request and the environment. Each is tried whatever became of the other, and what fails is a
 * note: a read-only token costs the comment, never the verdict.
 * @param environment the stage's GitHub environment
 * @returns what could not be told, in words
 */
export async function notifyGithub(
  report: Report,
  settings: NotifySettings,
  context: GithubContext,
  environment: string | undefined,
): Promise<readonly string[]> {
  const github = await openGithub(context, settings.githubToken);
  if (github === undefined) {
    const why = context.repository === undefined ? 'this does not run on GitHub' : "the input 'github-token' is empty";
    const wanted = settings.comment !== 'never' || (settings.deployment !== 'never' && environment !== undefined);
    return wanted && context.repository !== undefined ? [`Neither pull request nor environment was told: ${why}.`] : [];
  }
  const notes: string[] = [];
  const attempts = [
    () => comment(github, report, settings, context),
    () => deployment(github, report, settings, context, environment),
  ];
  for (const attempt of attempts) {
    try {
      notes.push(...(await attempt()));
    } catch (thrown) {
      notes.push(asPromotionError(thrown).sentence);
    }
  }
  return notes;
}

type Notes = readonly string[];

async function comment(
  github: Github,
  report: Report,
  settings: NotifySettings,
  context: GithubContext,
): Promise<Notes> {
  if (settings.comment === 'never') return [];
  try {
    const found = settings.prNumber === undefined ? await addressee(github, context) : { number: settings.prNumber };
    if (found === undefined) return [];
    if ('why' in found) return [found.why];
    const { number } = found;
    const marks = earlierMarkers(report.model, report.stage ?? '');
    const pointer =
      context.runPage === undefined
        ? 'The whole report is in the job summary.'
        : `The whole report is in the [job summary](${context.runPage}).`;
    const isWell = report.decision === 'promote' || report.decision === 'none';
    const onlyUpdate = settings.comment === 'on-failure' && isWell;
    if (report.models > 1 && report.policy !== undefined) {
      const shared = marker(`models of ${report.policy.path}`, '');
      const key = JSON.stringify([report.model, report.stage]);
      const text = (limit: number): string => fitted(report, limit, pointer);
      const run = context.runId ?? '';
      await putSection(github, number, shared, { key, run, text, onlyUpdate });
      return [];
    }
    const body = fitted(report, commentLimit - (marks[0]?.length ?? 0) - 1, pointer);
    await putComment(github, number, marks, body, onlyUpdate);
    return [];
  } catch (thrown) {
    throw githubError('The pull request was not told', thrown, 'pull-requests: write');
  }
}

/** The environment shows what was deployed or moved there: what was only judged has not come so far. */
function concernsEnvironment({ dryRun, promoted, deployed, alreadyThere, byThisRun }: Report): boolean {
  return !dryRun && (promoted || deployed === true || (alreadyThere && byThisRun === true));
}

/** What a deployment is called that did not end well. */
const failures: Readonly<Record<Exclude<Decision, 'promote'>, DeploymentState>> = {
  reject: 'failure',
  hold: 'failure',
  error: 'error',
  none: 'error', // Nothing was judged: then nothing was deployed either.
};

async function deployment(
  github: Github,
  report: Report,
  settings: NotifySettings,
  context: GithubContext,
  environment: string | undefined,
): Promise<Notes> {
  const { sha, runId } = context;
  if (settings.deployment !== 'auto' || !concernsEnvironment(report)) return [];
  if (environment === undefined || sha === undefined || runId === undefined) return [];
  const { decision, promoted } = report;
  try {
    await setDeployment(github, {
      environment,
      sha,
      runId,
      runPage: context.runPage,
      page: report.candidate?.page,
      // A monitor that rolled back has moved a good version there, whatever it found of the bad one.
      state: promoted || decision === 'promote' ? 'success' : failures[decision],
      description: `${report.model} ${report.candidate?.version ?? ''}: ${report.reason}`,
      key: `${runId}/${report.model}/${report.stage ?? ''}`,
    });
    return [];
  } catch (thrown) {
    throw githubError(`The environment '${environment}' was not told`, thrown, 'deployments: write');
  }
}
