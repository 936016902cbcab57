export const id = 681;
export const ids = [681];
export const modules = {

/***/ 3681:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  notifyGithub: () => (/* binding */ notifyGithub)
});

// EXTERNAL MODULE: ./src/domain/errors.ts
var errors = __webpack_require__(241);
// EXTERNAL MODULE: ./src/report/markdown.ts + 1 modules
var markdown = __webpack_require__(5975);
// EXTERNAL MODULE: ./src/github/client.ts + 1 modules
var client = __webpack_require__(2396);
// EXTERNAL MODULE: ./src/github/comment.ts
var comment = __webpack_require__(7318);
// EXTERNAL MODULE: ./src/domain/markdown.ts
var domain_markdown = __webpack_require__(4463);
// EXTERNAL MODULE: ./src/github/create-once.ts
var create_once = __webpack_require__(4633);
;// CONCATENATED MODULE: ./src/github/deployment.ts


const task = 'model-promotion';
/**
 * Tells an environment what was promoted to it. Where the job has `environment:`, GitHub has made a deployment
 * for this very run and will end it itself; then nothing is written.
 * @returns whether a deployment was written
 */
async function setDeployment(github, news) {
    const { octokit, owner, repo } = github;
    const { environment, sha, key } = news;
    const listed = () => octokit.paginate(octokit.rest.repos.listDeployments, { owner, repo, environment, sha, per_page: 100 });
    const existing = await listed();
    const ours = ourOwn(existing, key);
    if (ours !== undefined) {
        // Told before by an earlier attempt: once more would make it the newest, whatever has come since.
        const told = await statuses(github, ours.id);
        if (told.some(({ state }) => state === news.state))
            return false;
    }
    else {
        for (const deployment of existing.slice(0, 10)) {
            if (deployment.task !== task && (await isOfThisRun(github, deployment.id, news.runId)))
                return false;
        }
    }
    const made = () => (0,create_once/* createOnce */.U)(() => create(github, news), async () => ourOwn(await listed(), key)?.id);
    const id = ours?.id ?? (await made());
    await tellState(github, id, news);
    return true;
}
function ourOwn(deployments, key) {
    return deployments.find((deployment) => deployment.task === task && payloadKey(deployment.payload) === key);
}
async function tellState(github, id, news) {
    const { octokit, owner, repo } = github;
    const { state, runPage } = news;
    const description = described(news.description);
    await (0,create_once/* createOnce */.U)(() => octokit.rest.repos.createDeploymentStatus({
        owner,
        repo,
        deployment_id: id,
        state,
        description,
        auto_inactive: true,
        ...(runPage === undefined ? {} : { log_url: runPage }),
        ...(news.page === undefined ? {} : { environment_url: news.page }),
    }), async () => {
        const told = await statuses(github, id);
        return told.find((status) => status.state === state && status.description === description);
    });
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
        description: described(news.description),
    });
    if (!('id' in data))
        throw new Error('GitHub accepted the deployment without making one.');
    return data.id;
}
async function statuses({ octokit, owner, repo }, id) {
    const { data } = await octokit.rest.repos.listDeploymentStatuses({ owner, repo, deployment_id: id, per_page: 100 });
    return data;
}
async function isOfThisRun(github, id, runId) {
    const pages = (await statuses(github, id)).flatMap((status) => [status.log_url ?? '', status.target_url]);
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
        return undefined; // Another tool's payload.
    }
}
/** A reason quotes what comes from outside; GitHub takes 140 characters, and shows them as they are. */
function described(text) {
    return (0,domain_markdown/* excerpt */.Kb)((0,domain_markdown/* plain */.pj)(text).replaceAll(/ {2,}/g, ' '), 140);
}

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
;// CONCATENATED MODULE: ./src/github/shared-comment.ts



/** Enough for a matrix whose jobs end together. */
const attempts = 10;
const pauseMs = 500;
const opening = /<!-- section:([0-9a-f]{24}) -->\n/;
/**
 * Puts a section into the one comment that all models of a policy share: a pull request that touches ten models is
 * told by one comment, not by ten. GitHub has no compare-and-swap for comments, so what was written is read back, and
 * written again where a job that ended at the same time has overwritten it.
 */
async function putSection(github, number, mark, section) {
    const key = hashed(section.key);
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
        const [existing] = await (0,comment/* findComments */.Su)(github, number, [mark]);
        const before = sectionsOf(existing?.body ?? '', section.run);
        if (section.onlyUpdate && !before.has(key))
            return;
        const limit = Math.floor((comment/* commentLimit */.j9 - 200) / (before.size + (before.has(key) ? 0 : 1))) - 60;
        const mine = section.text(limit).trim();
        if (before.get(key) === mine)
            return;
        const all = new Map([...before].map(([each, text]) => [each, text.length > limit ? shortened(text) : text]));
        all.set(key, mine);
        await (0,comment/* putComment */.jW)(github, number, [mark], written(all, section.run), false);
        // A job that read before this was written may write after it: that is over in a moment.
        await (0,promises_.setTimeout)(pauseMs * (1 + Math.random()));
        const [after] = await (0,comment/* findComments */.Su)(github, number, [mark]);
        if (sectionsOf(after?.body ?? '', section.run).get(key) === mine)
            return;
    }
}
/** The sections of a comment by their keys; none where an earlier run wrote it. */
function sectionsOf(body, run) {
    if (!body.includes(runMark(run)))
        return new Map();
    const [, ...parts] = body.split(opening);
    const pairs = Array.from({ length: parts.length / 2 }, (_, index) => [parts[2 * index], parts[2 * index + 1]]);
    return new Map(pairs.map(([key = '', text = '']) => [key, text.trim()]));
}
function written(sections, run) {
    const texts = [...sections]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, text]) => `<!-- section:${key} -->\n${text}`);
    return `${runMark(run)}\n\n${texts.join('\n\n')}\n`;
}
function runMark(run) {
    return `<!-- run:${hashed(run)} -->`;
}
/** Names come from outside, and must not end a comment of HTML. */
function hashed(text) {
    return (0,external_node_crypto_.createHash)('sha256').update(text).digest('hex').slice(0, 24);
}
/** A section that no longer fits beside the others keeps its headline. */
function shortened(text) {
    return `${text.split('\n', 1)[0] ?? ''}\n\nShortened: the job summary has it all.`;
}

// EXTERNAL MODULE: ./src/domain/assert-never.ts
var assert_never = __webpack_require__(1187);
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
/**
 * The event's own pull request; where the event is about the run's commit, the one that brought it.
 * @returns undefined where nobody brought the run's own commit: there is nobody to tell, and nothing to explain
 */
async function addressee(github, { subject, sha }) {
    if (subject === undefined)
        return sha === undefined ? undefined : brought(github, sha);
    switch (subject.kind) {
        case 'pull request':
            return { number: subject.number };
        case 'commit':
            return (await brought(github, subject.sha)) ?? none(`none has the event's commit ${pull_request_short(subject.sha)}`);
        case 'head':
            return withHead(github, subject);
        case 'none':
            return none(subject.why);
        default:
            return (0,assert_never/* assertNever */.x)(subject, 'subject of an event');
    }
}
async function brought(github, sha) {
    const number = await pullRequestOf(github, sha);
    return number === undefined ? undefined : { number };
}
/** By commit and repository: a name alone, of a branch or of a commit's author, could be anybody's. */
async function withHead({ octokit, owner, repo }, { sha, repository, branch }) {
    const isIt = (pull) => pull.head.sha === sha &&
        pull.head.repo?.full_name.toLowerCase() === repository.toLowerCase() &&
        (pull.state === 'open' || typeof pull.merged_at === 'string');
    const ofCommit = await octokit.rest.repos
        .listPullRequestsAssociatedWithCommit({ owner, repo, commit_sha: sha })
        .then(({ data }) => data, unlessUnknown);
    // Of a fork's commit GitHub does not say it there.
    const [forkOwner = ''] = repository.split('/');
    const ofBranch = ofCommit.some(isIt) || branch === undefined
        ? []
        : await octokit.paginate(octokit.rest.pulls.list, {
            owner,
            repo,
            state: 'all',
            head: `${forkOwner}:${branch}`,
            per_page: 100,
        });
    const numbers = [...new Set([...ofCommit, ...ofBranch].filter(isIt).map(({ number }) => number))];
    const what = `the head ${pull_request_short(sha)} of ${repository}`;
    const [number, ...others] = numbers;
    if (number === undefined)
        return none(`none has ${what}`);
    return others.length === 0 ? { number } : none(`${numbers.map((each) => `#${each}`).join(' and ')} have ${what}`);
}
/** A commit that the repository does not have is in no pull request of it. */
function unlessUnknown(thrown) {
    if ([404, 422].includes((0,client/* statusOf */.c2)(thrown) ?? 0))
        return [];
    throw thrown;
}
function none(why) {
    return { why: `No pull request got the comment: ${why}. Name one with the input 'pr-number'.` };
}
function pull_request_short(sha) {
    return sha.slice(0, 8);
}

;// CONCATENATED MODULE: ./src/github/notify.ts







/**
 * Tells the pull request and the environment. Each is tried whatever became of the other, and what fails is a
 * note: a read-only token costs the comment, never the verdict.
 * @param environment the stage's GitHub environment
 * @returns what could not be told, in words
 */
async function notifyGithub(report, settings, context, environment) {
    const github = await (0,client/* openGithub */.K5)(context, settings.githubToken);
    if (github === undefined) {
        const why = context.repository === undefined ? 'this does not run on GitHub' : "the input 'github-token' is empty";
        const wanted = settings.comment !== 'never' || (settings.deployment !== 'never' && environment !== undefined);
        return wanted && context.repository !== undefined ? [`Neither pull request nor environment was told: ${why}.`] : [];
    }
    const notes = [];
    const attempts = [
        () => notify_comment(github, report, settings, context),
        () => deployment(github, report, settings, context, environment),
    ];
    for (const attempt of attempts) {
        try {
            notes.push(...(await attempt()));
        }
        catch (thrown) {
            notes.push((0,errors/* asPromotionError */.ov)(thrown).sentence);
        }
    }
    return notes;
}
async function notify_comment(github, report, settings, context) {
    if (settings.comment === 'never')
        return [];
    try {
        const found = settings.prNumber === undefined ? await addressee(github, context) : { number: settings.prNumber };
        if (found === undefined)
            return [];
        if ('why' in found)
            return [found.why];
        const { number } = found;
        const marks = (0,comment/* earlierMarkers */.iZ)(report.model, report.stage ?? '');
        const pointer = context.runPage === undefined
            ? 'The whole report is in the job summary.'
            : `The whole report is in the [job summary](${context.runPage}).`;
        const isWell = report.decision === 'promote' || report.decision === 'none';
        const onlyUpdate = settings.comment === 'on-failure' && isWell;
        if (report.models > 1 && report.policy !== undefined) {
            const shared = (0,comment/* marker */.xL)(`models of ${report.policy.path}`, '');
            const key = JSON.stringify([report.model, report.stage]);
            const text = (limit) => (0,markdown/* fitted */.$)(report, limit, pointer);
            const run = context.runId ?? '';
            await putSection(github, number, shared, { key, run, text, onlyUpdate });
            return [];
        }
        const body = (0,markdown/* fitted */.$)(report, comment/* commentLimit */.j9 - (marks[0]?.length ?? 0) - 1, pointer);
        await (0,comment/* putComment */.jW)(github, number, marks, body, onlyUpdate);
        return [];
    }
    catch (thrown) {
        throw (0,client/* githubError */.qQ)('The pull request was not told', thrown, 'pull-requests: write');
    }
}
/** The environment shows what was deployed or moved there: what was only judged has not come so far. */
function concernsEnvironment({ dryRun, promoted, deployed, alreadyThere, byThisRun }) {
    return !dryRun && (promoted || deployed === true || (alreadyThere && byThisRun === true));
}
/** What a deployment is called that did not end well. */
const failures = {
    reject: 'failure',
    hold: 'failure',
    error: 'error',
    none: 'error', // Nothing was judged: then nothing was deployed either.
};
async function deployment(github, report, settings, context, environment) {
    const { sha, runId } = context;
    if (settings.deployment !== 'auto' || !concernsEnvironment(report))
        return [];
    if (environment === undefined || sha === undefined || runId === undefined)
        return [];
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
    }
    catch (thrown) {
        throw (0,client/* githubError */.qQ)(`The environment '${environment}' was not told`, thrown, 'deployments: write');
    }
}


/***/ })

};
