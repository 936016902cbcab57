import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readContext } from '../../../src/github/context.js';
import { readInputs } from '../../../src/run/inputs.js';
import { type ApprovalQuestion, approvalsSoFar, askApproval } from '../../../src/run/approvals.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import { parseRequest } from '../../../src/policy/request-file.js';
import { requestLines } from '../../../src/promotion/judge/request.js';
import type { ApprovalVerdict } from '../../../src/domain/approval.js';
import type { ModelVersion } from '../../../src/domain/version.js';
import type { RunContext } from '../../../src/run/context.js';
import { type GithubServer, startGithub } from '../../support/github.js';

let server: GithubServer;
beforeEach(async () => {
  server = await startGithub();
  for (const login of ['bea', 'cem', 'octocat']) {
    await server.as('acme', 'PUT', `collaborators/${login}`, { permission: 'push' });
  }
  server.environment('production', { reviewers: ['bea', 'cem', 'octocat'] });
});
afterEach(async () => {
  await server.stop();
  expect(server.violations).toEqual([]);
});

const file = 'promotions/churn-production.yml';
const unknown = 'a'.repeat(40);
const version = (commit: string, more: Partial<ModelVersion> = {}): ModelVersion => ({
  model: 'churn',
  version: 'v1.1.0',
  createdAt: '2026-03-01T00:00:00Z',
  source: commit,
  commit,
  uri: 'churn@v1.1.0',
  tags: new Map(),
  ...more,
});
const requestOf = (candidate: ModelVersion): string => `${requestLines(candidate).join('\n')}\n`;

interface Asked {
  readonly approval: string;
  readonly candidate: ModelVersion;
  /** The promotion request that is merged. */
  readonly request?: string;
  readonly actor?: string;
  readonly runCommit?: string;
  readonly event?: string;
  readonly planned?: readonly string[];
  readonly since?: string;
}

async function sessionOf({
  actor = 'dan',
  runCommit = unknown,
  event = 'workflow_dispatch',
}: Asked): Promise<RunContext> {
  const context = await readContext({
    GITHUB_REPOSITORY: 'acme/churn',
    GITHUB_API_URL: server.url,
    GITHUB_RUN_ID: '77',
    GITHUB_ACTOR: actor,
    GITHUB_SHA: runCommit,
    GITHUB_EVENT_NAME: event,
    GITHUB_REF: event === 'pull_request' ? 'refs/pull/1/merge' : 'refs/heads/main',
  });
  return { inputs: { ...readInputs({}), githubToken: server.token }, context } as unknown as RunContext;
}

function questionOf({ approval, candidate, request, planned = [], since }: Asked): ApprovalQuestion {
  const text = `version: 1
registry: { type: git }
model: churn
trusted: [evaluate.py, tests/model]
metrics: { auc: { goal: maximize } }
stages:
  production:
    checks: [{ require: auc >= 0.8 }]
    approval: ${approval}
`;
  const source = sourceOf('.github/model-promotion.yml', text, 'main', 'c'.repeat(40));
  const policy = loadPolicy(source);
  return {
    stage: policy.stages.get('production')!,
    policy,
    source,
    candidate,
    request: request === undefined ? undefined : () => Promise.resolve(parseRequest(file, request, 'main (1a2b3c4d)')),
    before: [],
    since,
    planned,
  };
}

const ask = async (given: Asked): Promise<ApprovalVerdict> => askApproval(await sessionOf(given), questionOf(given));
const told = async (given: Asked): Promise<string> => {
  const verdict = await ask(given);
  return verdict.approved ? verdict.how : `${verdict.reason} / ${verdict.cure}`;
};
const review = (number: number, login: string, commit?: string): Promise<unknown> =>
  server.as(login, 'POST', `pulls/${number}/reviews`, {
    event: 'APPROVE',
    ...(commit === undefined ? {} : { commit_id: commit }),
  });

describe('reviews in a git registry are of the commit that the version is', () => {
  const approval = '{ reviews: { min: 1 } }';

  test('its head or its merge commit, and no other', async () => {
    const pull = await server.openPullRequest('change', 'octocat');
    await review(pull.number, 'bea');
    expect(await told({ approval, candidate: version(pull.sha) })).toContain(`#${pull.number} with churn v1.1.0`);
    const merge = await server.merge(pull.number);
    for (const commit of [merge, pull.sha]) {
      expect(await told({ approval, candidate: version(commit) })).toBe(
        `Approved by bea in the pull request #${pull.number}, which is churn v1.1.0`,
      );
    }
  });

  test("a version whose commit nobody has reviewed, in a run of a reviewed pull request's commit", async () => {
    const pull = await server.openPullRequest('change', 'octocat');
    await review(pull.number, 'bea');
    const runCommit = await server.merge(pull.number);
    const candidate = version('b'.repeat(40));
    expect(await told({ approval, candidate, runCommit })).toMatch(
      /^No pull request brought churn v1\.1\.0 \(commit bbbbbbbb\), so nobody has reviewed it\./,
    );
  });

  test('a commit in the middle of a pull request is not what its reviewers approved', async () => {
    const pull = await server.openPullRequest('change', 'octocat', { first: 'text', last: 'text' });
    const [first] = await server.as<{ sha: string }[]>('acme', 'GET', `commits?sha=${pull.sha}&path=first`);
    await server.broughtBy(first!.sha, pull.number);
    await review(pull.number, 'bea');
    await server.merge(pull.number, 'squash');
    expect(await told({ approval, candidate: version(first!.sha) })).toContain(
      'which is neither its head nor what merged it into the default branch',
    );
  });

  test('closed without a merge, it is nobody’s approval', async () => {
    const pull = await server.openPullRequest('change', 'octocat');
    await review(pull.number, 'bea');
    await server.as('acme', 'PATCH', `pulls/${pull.number}`, { state: 'closed' });
    expect(await told({ approval, candidate: version(pull.sha) })).toContain('No pull request brought');
  });

  test('what a registry merely says is the commit is no proof', async () => {
    const pull = await server.openPullRequest('change', 'octocat');
    await review(pull.number, 'bea');
    await server.merge(pull.number);
    const said = version(pull.sha, { version: '12', source: 'models:/m-1' });
    expect(await told({ approval, candidate: said })).toContain("is no commit, so no pull request's reviewers");
  });
});

describe('reviews of a promotion request', () => {
  const approval = `{ reviews: { min: 1, not_author: true, request: ${file} } }`;
  const candidate = version('m'.repeat(40), { version: '12', source: 'models:/m-1' });
  const request = requestOf(candidate);
  const opened = (text: string, author = 'octocat', branch = 'ask'): ReturnType<GithubServer['openPullRequest']> =>
    server.openPullRequest(branch, author, { [file]: text });

  test.each(['merge', 'squash'] as const)('count when it is merged (%s)', async (method) => {
    const pull = await opened(request);
    await review(pull.number, 'bea');
    await server.merge(pull.number, method);
    expect(await told({ approval, candidate, request })).toBe(
      `Approved by bea in the pull request #${pull.number}, which last changed ${file}`,
    );
  });

  test('not where they were given before the moment that counts', async () => {
    const pull = await opened(request);
    await review(pull.number, 'bea');
    await server.merge(pull.number);
    const since = new Date(Date.now() + 3_600_000).toISOString();
    expect(await told({ approval, candidate, request, since })).toContain(`bea (approved before ${since})`);
    const before = new Date(Date.now() - 3_600_000).toISOString();
    expect(await told({ approval, candidate, request, since: before })).toContain('Approved by bea');
  });

  test('not for another version, nor another identity of the same number', async () => {
    const other = { ...candidate, version: '13' };
    expect(await told({ approval, candidate: other, request })).toContain(
      `${file}:1 (main (1a2b3c4d)) asks for version 12, and this is churn 13. / If churn 13 is meant, change the file in a pull request to the two lines 'version: 13' and 'identity: sha256:`,
    );
    const anew = { ...candidate, createdAt: '2026-03-02T00:00:00Z' };
    expect(await told({ approval, candidate: anew, request })).toContain(
      `${file}:2 (main (1a2b3c4d)) has the identity`,
    );
    expect(await told({ approval, candidate, request: 'version: 12\n' })).toContain('does not say the identity');
  });

  test('not where it was pushed without a pull request', async () => {
    const pull = await opened(requestOf({ ...candidate, version: '11' }));
    await review(pull.number, 'bea');
    await server.merge(pull.number);
    await server.putFile(file, request);
    expect(await told({ approval, candidate, request })).toMatch(
      /last changed .* and no merged pull request brought it/,
    );
  });

  test('not those of an earlier pull request that changed it', async () => {
    const first = await opened(requestOf({ ...candidate, version: '11' }));
    await review(first.number, 'bea');
    await server.merge(first.number);
    const second = await opened(request, 'octocat', 'again');
    await server.merge(second.number);
    expect(await told({ approval, candidate, request })).toContain(`0 of 1 reviewers have approved #${second.number}`);
  });

  test('not where the file is otherwise than the reviewers saw it', async () => {
    const pull = await opened(requestOf({ ...candidate, version: '11' }));
    await review(pull.number, 'bea');
    await server.merge(pull.number);
    expect(await told({ approval, candidate, request })).toContain(`is not what the reviewers of #${pull.number} saw`);
  });

  test('not of a review before the last push', async () => {
    const pull = await opened(request);
    await review(pull.number, 'bea', 'f'.repeat(40));
    await server.merge(pull.number);
    expect(await told({ approval, candidate, request })).toContain('bea (approved an earlier commit)');
  });

  test('not of who opened it', async () => {
    const pull = await opened(request, 'bea');
    await review(pull.number, 'bea');
    await server.merge(pull.number);
    const said = await told({ approval, candidate, request });
    expect(said).toContain('bea (an author)');
    expect(said).toContain(`bea (opened #${pull.number}, which changed ${file})`);
  });

  test('GitHub does not say what changed it: held, with the permission', async () => {
    server.failures.set('GET /repos/acme/churn/commits?', { status: 403, message: 'Resource not accessible' });
    expect(await told({ approval, candidate, request })).toContain("needs 'contents: read'");
  });
});

describe('not_author', () => {
  const approval = '{ environment: production, not_author: true }';
  const approve = (login: string): void => server.approve('77', { environment: 'production', login });

  test('who opened the pull request with the version, in a push that another person made by merging it', async () => {
    const pull = await server.openPullRequest('change', 'octocat');
    const merge = await server.merge(pull.number);
    approve('octocat');
    const asked: Asked = { approval, candidate: version(merge), runCommit: merge, event: 'push', actor: 'bea' };
    expect(await told(asked)).toContain(
      `Only octocat has approved it, who is an author of what is judged, and the policy says 'not_author'. Authors: bea (started the run), octocat (opened #${pull.number}, which contains the version's commit).`,
    );
    approve('cem');
    expect(await ask(asked)).toMatchObject({ approved: true, approvers: ['cem'] });
  });

  test.each(['schedule', 'workflow_dispatch', 'repository_dispatch', 'workflow_run', 'deployment', 'push'])(
    'on %s',
    async (event) => {
      const pull = await server.openPullRequest('change', 'octocat');
      const merge = await server.merge(pull.number);
      approve('octocat');
      expect(await ask({ approval, candidate: version(merge), event })).toMatchObject({ approved: false });
    },
  );

  test.each([
    ['the policy', '.github/model-promotion.yml', false],
    ['a trusted file', 'evaluate.py', false],
    ['a file of a trusted folder', 'tests/model/test_auc.py', false],
    ['a workflow', '.github/workflows/release.yml', false],
    ["a workflow's own action", 'tools/judge/action.yml', false],
    ['a document', 'README.md', true],
    ['what is named like a trusted folder', 'tests/model.md', true],
  ])("who opened the pull request of the run's commit, where that changed %s", async (_, path, counts) => {
    const pull = await server.openPullRequest('change', 'octocat', { [path]: 'text' });
    const runCommit = await server.merge(pull.number);
    approve('octocat');
    expect(await ask({ approval, candidate: version('b'.repeat(40)), runCommit })).toMatchObject({ approved: counts });
  });

  test('who made the plan, though another person tried the run again', async () => {
    approve('octocat');
    const candidate = version('b'.repeat(40));
    expect(await ask({ approval, candidate, planned: ['octocat'] })).toMatchObject({ approved: false });
    expect(await ask({ approval, candidate })).toMatchObject({ approved: true });
  });

  test('a commit of another repository has no pull request here, and a name is no commit', async () => {
    approve('octocat');
    server.failures.set('GET /repos/acme/churn/commits/bbb', { status: 422, message: 'No commit found for SHA' });
    const elsewhere = version('b'.repeat(40), { source: 'models:/m-1' });
    expect(await ask({ approval, candidate: elsewhere })).toMatchObject({ approved: true });
    expect(await ask({ approval, candidate: { ...elsewhere, commit: 'main' } })).toMatchObject({ approved: true });
    expect(server.requests.some(({ path }) => path.includes('/commits/main/'))).toBe(false);
  });

  test.each([403, 404])('GitHub refuses to say (%s): held, with the permission that is missing', async (status) => {
    approve('cem');
    server.failures.set('GET /repos/acme/churn/commits/', { status, message: 'Resource not accessible' });
    expect(await told({ approval, candidate: version('b'.repeat(40)) })).toMatch(
      /could not be listed: .*The job needs 'pull-requests: read'/,
    );
    // Where authors may approve, nothing need be asked.
    const free = approval.replace(', not_author: true', '');
    expect(await ask({ approval: free, candidate: version('b'.repeat(40)) })).toMatchObject({ approved: true });
  });
});

test('in a run for what is not merged no approval is read: no plan of it can be applied', async () => {
  const given: Asked = { approval: '{ environment: production }', candidate: version(unknown) };
  server.failures.set('GET /repos/acme/churn/actions/', { status: 403, message: 'Resource not accessible' });
  const { stage } = questionOf(given);
  for (const event of ['pull_request', 'merge_group', 'workflow_run'])
    expect(await approvalsSoFar(await sessionOf({ ...given, event }), stage)).toEqual([]);
  await expect(approvalsSoFar(await sessionOf(given), stage)).rejects.toMatchObject({
    code: 'GITHUB_DENIED',
    cure: expect.stringContaining("'actions: read'") as unknown,
  });
});
