import type { Alarm } from '../promotion/monitor.js';
import { escaped, excerpt, link, plain } from '../domain/markdown.js';
import { fitted } from '../report/markdown.js';
import type { Report } from '../domain/report.js';
import { githubError, type Github } from './client.js';
import { commentLimit, marker, ownLogin } from './comment.js';
import { createOnce } from './create-once.js';

interface Issue {
  readonly number: number;
  readonly html_url: string;
  readonly body?: string | null | undefined;
  readonly user: { readonly login: string; readonly type?: string } | null;
  readonly pull_request?: unknown;
}

/**
 * Tells people of a bad live version by an issue, one for a model and stage: opened, brought up to date while it is
 * open, and closed when the version is well. What GitHub does not let us do becomes a note; nothing is thrown.
 * @see https://docs.github.com/rest/issues/issues
 */
export function issueAlarm(github: Github): Alarm {
  const told = async (what: string, act: () => Promise<readonly string[]>): Promise<readonly string[]> => {
    try {
      return await act();
    } catch (thrown) {
      return [githubError(what, thrown, 'issues: write').sentence];
    }
  };
  return {
    raise: (report) => told('No issue was opened', () => raise(github, report)),
    clear: (report) => told('The issue was not closed', () => clear(github, report)),
  };
}

async function raise(github: Github, report: Report): Promise<readonly string[]> {
  const { octokit, owner, repo } = github;
  const mark = markOf(report);
  const pointer = `The whole report is in ${link('the run', report.runPage)}.`;
  const body = `${mark}\n${fitted(report, commentLimit - mark.length - 1, pointer)}`;
  const title = titleOf(report);
  const [open] = await findOpen(github, mark);
  if (open === undefined) {
    const made = await createOnce<Issue>(
      async () => (await octokit.rest.issues.create({ owner, repo, title, body })).data,
      async () => (await findOpen(github, mark))[0],
    );
    return [`Issue #${made.number} was opened: ${made.html_url}`];
  }
  await octokit.rest.issues.update({ owner, repo, issue_number: open.number, title, body });
  return [`Issue #${open.number} was brought up to date: ${open.html_url}`];
}

async function clear(github: Github, report: Report): Promise<readonly string[]> {
  const { octokit, owner, repo } = github;
  const run = report.runPage === undefined ? '' : ` (${link('run', report.runPage)})`;
  const notes: string[] = [];
  // Two runs at once may each have opened one.
  for (const { number, html_url: page } of await findOpen(github, markOf(report))) {
    const issue = { owner, repo, issue_number: number };
    const body = `${escaped(report.reason)}${run}`;
    await createOnce<unknown>(
      () => octokit.rest.issues.createComment({ ...issue, body }),
      async () =>
        (await octokit.paginate(octokit.rest.issues.listComments, { ...issue, per_page: 100 })).find(
          (comment) => comment.body === body,
        ),
    );
    await octokit.rest.issues.update({ ...issue, state: 'closed', state_reason: 'completed' });
    notes.push(`Issue #${number} was closed: ${page}`);
  }
  return notes;
}

/** A title knows no Markdown, so entities would be seen; an invisible seam keeps it from mentioning anybody. */
function titleOf({ model, stage = '', candidate }: Report): string {
  const name = (text: string): string => excerpt(plain(text), 80).replaceAll(/[@#]/g, '$&\u200b');
  return `Model ${name(model)} in ${name(stage)}: monitoring found version ${name(candidate?.version ?? '')} bad`;
}

function markOf({ model, stage }: Report): string {
  return marker(model, `monitor ${stage ?? ''}`);
}

/**
 * Our own open issues with that mark. Only those that the token's own account has opened are read, where that is known:
 * a repository may have thousands, and nobody else can open one in its name. A label would say less: a form for new
 * issues may set it for anybody.
 */
async function findOpen(github: Github, mark: string): Promise<readonly Issue[]> {
  const { octokit, owner, repo } = github;
  const login = await ownLogin(github);
  const issues: readonly Issue[] = await octokit.paginate(octokit.rest.issues.listForRepo, {
    owner,
    repo,
    state: 'open',
    per_page: 100,
    ...(login === undefined ? {} : { creator: login }),
  });
  const marked = issues.filter(({ body, pull_request: pull }) => pull === undefined && body?.startsWith(mark) === true);
  return marked.filter(({ user }) => (login === undefined ? user?.type === 'Bot' : user?.login === login));
}
