export const id = 113;
export const ids = [113];
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

/***/ 3113:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   fileReader: () => (/* binding */ fileReader)
/* harmony export */ });
/* harmony import */ var _client_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6584);

/** Reads files at a branch's tip through GitHub's API; undefined without a token or outside GitHub. */
function fileReader(context, token) {
    if (token === undefined || context.repository === undefined)
        return undefined;
    return async (path, wanted) => {
        const github = await (0,_client_js__WEBPACK_IMPORTED_MODULE_0__/* .openGithub */ .K5)(context, token);
        if (github === undefined)
            return undefined;
        const { octokit, owner, repo } = github;
        try {
            const branch = wanted ?? (await octokit.rest.repos.get({ owner, repo })).data.default_branch;
            const commit = (await octokit.rest.repos.getBranch({ owner, repo, branch })).data.commit.sha;
            const { data } = await octokit.rest.repos.getContent({ owner, repo, path, ref: commit });
            if (Array.isArray(data) || data.type !== 'file' || !('content' in data))
                return undefined;
            return { text: Buffer.from(data.content, 'base64').toString('utf8'), commit, branch };
        }
        catch (thrown) {
            if ((0,_client_js__WEBPACK_IMPORTED_MODULE_0__/* .statusOf */ .c2)(thrown) === 404)
                return undefined;
            throw (0,_client_js__WEBPACK_IMPORTED_MODULE_0__/* .whyNot */ .OB)(`The policy '${path}' could not be read`, thrown, 'contents: read');
        }
    };
}


/***/ })

};
