export const id = 488;
export const ids = [488];
export const modules = {

/***/ 6584:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   K5: () => (/* binding */ openGithub),
/* harmony export */   OB: () => (/* binding */ whyNot),
/* harmony export */   c2: () => (/* binding */ statusOf)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3916);

/** Long enough for a slow answer; a hung one must not hold the job. */
const timeoutMs = 20_000;
/**
 * A client, or undefined without a token or outside GitHub. The library is loaded only when it is needed: it is
 * the larger half of the bundle.
 */
async function openGithub(context, token) {
    if (token === undefined || context.repository === undefined)
        return undefined;
    const { getOctokit } = await Promise.all(/* import() */[__webpack_require__.e(665), __webpack_require__.e(351)]).then(__webpack_require__.bind(__webpack_require__, 1351));
    const { defaults } = await __webpack_require__.e(/* import() */ 665).then(__webpack_require__.bind(__webpack_require__, 8665));
    // Theirs goes through the runner's proxy.
    const send = (defaults.request?.fetch ?? fetch);
    const octokit = getOctokit(token, {
        baseUrl: context.apiUrl,
        request: {
            // A redirect could carry the token to another origin.
            fetch: (url, options) => send(url, { ...options, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) }),
        },
    });
    return { octokit, ...context.repository };
}
/** The HTTP status of what Octokit threw, if there was an answer: for none at all Octokit says 500. */
function statusOf(thrown) {
    const { status, response } = (thrown ?? {});
    return typeof status === 'number' && response !== undefined ? status : undefined;
}
/**
 * What kept GitHub from being told, in words, with the line to add where it is a permission.
 * @param what e.g. `The comment was not posted`
 * @param permission e.g. `pull-requests: write`
 */
function whyNot(what, thrown, permission) {
    const status = statusOf(thrown);
    const message = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n')[0]?.slice(0, 200) ?? '';
    if (status === 401)
        return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .PromotionError */ .g('GITHUB_DENIED', `${what}: GitHub does not accept the token (401).`, {
            cure: "Check the input 'github-token'.",
        });
    if ((status === 403 || status === 429) && /rate limit/i.test(message)) {
        return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .PromotionError */ .g('GITHUB_DENIED', `${what}: GitHub's rate limit is reached (${status}).`, {
            cure: 'Run the step again later.',
        });
    }
    if (status === 403 || status === 404) {
        return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .PromotionError */ .g('GITHUB_DENIED', `${what}: ${status === 404 ? 'it does not exist, or the token may not see it' : 'the token may not do that'} (${status}: ${message}).`, {
            cure: `${status === 404 ? 'Check that it exists. ' : ''}The job needs '${permission}' under 'permissions:'; a pull request from a fork never gets it.`,
        });
    }
    return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .PromotionError */ .g('GITHUB_ANSWER', `${what}: ${status === undefined ? 'GitHub could not be reached' : `GitHub answered ${status}`} (${message}).`, { cause: thrown });
}


/***/ }),

/***/ 9488:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  tellGithub: () => (/* binding */ tellGithub)
});

// EXTERNAL MODULE: ./src/errors.ts
var errors = __webpack_require__(3916);
// EXTERNAL MODULE: ./src/report/markdown.ts + 3 modules
var markdown = __webpack_require__(6186);
// EXTERNAL MODULE: ./src/github/client.ts
var client = __webpack_require__(6584);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
;// CONCATENATED MODULE: ./src/github/comment.ts


/** What one comment may hold. https://github.com/orgs/community/discussions/27190 */
const commentLimit = 65_536;
/** The hidden mark of the comment for one model and stage; hashed, because names come from outside. */
function marker(model, stage) {
    const key = (0,external_node_crypto_.createHash)('sha256')
        .update(JSON.stringify([model, stage.toLowerCase()]))
        .digest('hex')
        .slice(0, 24);
    return `<!-- gated-model-promotion:${key} -->`;
}
/**
 * The marks under which this model and stage may have been told before, the own one first: a run that failed
 * before it knew its model has commented under less, and what it said is to be taken back by the next.
 */
function earlierMarkers(model, stage) {
    return [...new Set([marker(model, stage), marker('', stage), marker('', '')])];
}
/**
 * Our own comments that begin with one of the marks, in the marks' order. All pages are searched. A mark that
 * somebody else wrote is not ours: taken over, their comment would carry our verdict, and they could edit it.
 */
async function findComments(github, number, marks) {
    const { octokit, owner, repo } = github;
    const comments = await octokit.paginate(octokit.rest.issues.listComments, {
        owner,
        repo,
        issue_number: number,
        per_page: 100,
    });
    const marked = marks.flatMap((mark) => comments.filter(({ body }) => body?.startsWith(mark) === true));
    if (marked.length === 0)
        return [];
    const login = await ownLogin(github);
    return marked.filter(({ user }) => (login === undefined ? user?.type === 'Bot' : user?.login === login));
}
/**
 * Who the token is. A workflow's own token and an app's may not ask for their user, but GraphQL's `viewer`
 * answers them; where neither answers, any bot's comment is taken for ours, and no person's.
 */
async function ownLogin({ octokit }) {
    const ways = [
        async () => (await octokit.graphql('{ viewer { login } }')).viewer.login,
        async () => (await octokit.rest.users.getAuthenticated()).data.login,
    ];
    for (const ask of ways) {
        try {
            return await ask();
        }
        catch {
            continue; // Decided by the kind of account in the end: see above.
        }
    }
    return undefined;
}
/** Updates our comment where there is one, else creates it, unless `onlyUpdate`. There is never more than one. */
async function putComment(github, number, marks, body, onlyUpdate) {
    const { octokit, owner, repo } = github;
    const text = `${marks[0] ?? ''}\n${body}`;
    const [existing, ...repeated] = await findComments(github, number, marks);
    // Two runs at once may each have made one, or a failed run one under less than it should have known.
    for (const { id } of repeated)
        await removeComment(github, id);
    if (existing !== undefined) {
        if (existing.body === text)
            return;
        await octokit.rest.issues.updateComment({ owner, repo, comment_id: existing.id, body: text });
    }
    else if (!onlyUpdate) {
        await octokit.rest.issues.createComment({ owner, repo, issue_number: number, body: text });
    }
}
async function removeComment({ octokit, owner, repo }, id) {
    try {
        await octokit.rest.issues.deleteComment({ owner, repo, comment_id: id });
    }
    catch (thrown) {
        if ((0,client/* statusOf */.c2)(thrown) !== 404)
            throw thrown; // Gone is what was wanted.
    }
}

;// CONCATENATED MODULE: ./src/github/deployment.ts
const task = 'model-promotion';
/**
 * Tells an environment what was promoted to it. Where the job has `environment:`, GitHub has made a deployment
 * for this very run and will end it itself; then nothing is written.
 * @returns whether a deployment was written
 */
async function tellEnvironment(github, news) {
    const { octokit, owner, repo } = github;
    const { environment, sha, key } = news;
    const existing = await octokit.paginate(octokit.rest.repos.listDeployments, {
        owner,
        repo,
        environment,
        sha,
        per_page: 100,
    });
    const ours = existing.find((deployment) => deployment.task === task && payloadKey(deployment.payload) === key);
    if (ours === undefined) {
        for (const deployment of existing.slice(0, 10)) {
            if (deployment.task !== task && (await isOfThisRun(github, deployment.id, news.runId)))
                return false;
        }
    }
    const id = ours?.id ?? (await create(github, news));
    await octokit.rest.repos.createDeploymentStatus({
        owner,
        repo,
        deployment_id: id,
        state: news.state,
        description: shortened(news.description),
        auto_inactive: true,
        ...(news.runPage === undefined ? {} : { log_url: news.runPage }),
        ...(news.page === undefined ? {} : { environment_url: news.page }),
    });
    return true;
}
async function create({ octokit, owner, repo }, news) {
    const { data } = await octokit.rest.repos.createDeployment({
        owner,
        repo,
        ref: news.sha,
        task,
        environment: news.environment,
        // The default would merge the default branch into the ref, and wait for every status of the commit.
        auto_merge: false,
        required_contexts: [],
        payload: { key: news.key },
        description: shortened(news.description),
    });
    if (!('id' in data))
        throw new Error('GitHub accepted the deployment without making one.');
    return data.id;
}
async function isOfThisRun({ octokit, owner, repo }, id, runId) {
    const { data } = await octokit.rest.repos.listDeploymentStatuses({ owner, repo, deployment_id: id, per_page: 100 });
    const pages = data.flatMap((status) => [status.log_url ?? '', status.target_url]);
    return pages.some((page) => page.includes(`/actions/runs/${runId}/`) || page.endsWith(`/actions/runs/${runId}`));
}
function payloadKey(payload) {
    const data = typeof payload === 'string' && payload !== '' ? safeParse(payload) : payload;
    return data?.key;
}
function safeParse(text) {
    try {
        return JSON.parse(text);
    }
    catch {
        return undefined; // Somebody else's payload.
    }
}
/** GitHub's limit for a description. */
function shortened(text) {
    const line = text.replaceAll(/\s+/g, ' ').trim();
    return line.length <= 140 ? line : `${line.slice(0, 139)}…`;
}

;// CONCATENATED MODULE: ./src/github/pull-request.ts
/** The pull request that brought a commit to its branch, or that is open with it; undefined where there is none. */
async function pullRequestOf(github, sha) {
    const { octokit, owner, repo } = github;
    const { data } = await octokit.rest.repos.listPullRequestsAssociatedWithCommit({ owner, repo, commit_sha: sha });
    const found = data.find((pull) => pull.merge_commit_sha === sha && pull.merged_at !== null) ??
        data.find((pull) => pull.merged_at !== null) ??
        data.find((pull) => pull.state === 'open');
    return found?.number;
}

;// CONCATENATED MODULE: ./src/github/messenger.ts






/**
 * Tells the pull request and the environment. Each is tried whatever became of the other, and what fails is a
 * note: a read-only token costs the comment, never the verdict.
 * @param environment the stage's GitHub environment
 * @returns what could not be told, in words
 */
async function tellGithub(report, inputs, context, environment) {
    const github = await (0,client/* openGithub */.K5)(context, inputs.githubToken);
    if (github === undefined) {
        const why = context.repository === undefined ? 'this does not run on GitHub' : "the input 'github-token' is empty";
        const wanted = inputs.comment !== 'never' || (inputs.deployment !== 'never' && environment !== undefined);
        return wanted && context.repository !== undefined ? [`Neither pull request nor environment was told: ${why}.`] : [];
    }
    const notes = [];
    const attempts = [
        () => comment(github, report, inputs, context),
        () => deployment(github, report, inputs, context, environment),
    ];
    for (const attempt of attempts) {
        try {
            await attempt();
        }
        catch (thrown) {
            notes.push((0,errors/* asPromotionError */.o)(thrown).sentence);
        }
    }
    return notes;
}
async function comment(github, report, inputs, context) {
    if (inputs.comment === 'never')
        return;
    try {
        const number = inputs.prNumber ??
            context.pullRequest?.number ??
            (context.sha === undefined ? undefined : await pullRequestOf(github, context.sha));
        if (number === undefined)
            return;
        const marks = earlierMarkers(report.model, report.stage ?? '');
        const pointer = context.runPage === undefined
            ? 'The whole report is in the job summary.'
            : `The whole report is in the [job summary](${context.runPage}).`;
        const body = (0,markdown/* fitted */.$)(report, commentLimit - (marks[0]?.length ?? 0) - 1, pointer);
        const failed = report.decision !== 'promote';
        await putComment(github, number, marks, body, inputs.comment === 'on-failure' && !failed);
    }
    catch (thrown) {
        throw (0,client/* whyNot */.OB)('The pull request was not told', thrown, 'pull-requests: write');
    }
}
async function deployment(github, report, inputs, context, environment) {
    const { sha, runId } = context;
    const concerns = inputs.deployment === 'auto' && report.command === 'promote' && !report.dryRun && !report.alreadyThere;
    if (!concerns || environment === undefined || sha === undefined || runId === undefined)
        return;
    const states = { promote: 'success', reject: 'failure', hold: 'failure', error: 'error' };
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
    }
    catch (thrown) {
        throw (0,client/* whyNot */.OB)(`The environment '${environment}' was not told`, thrown, 'deployments: write');
    }
}


/***/ })

};
