export const id = 113;
export const ids = [113];
export const modules = {

/***/ 3113:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   fileReader: () => (/* binding */ fileReader),
/* harmony export */   isMerged: () => (/* binding */ isMerged),
/* harmony export */   readCentral: () => (/* binding */ readCentral)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3916);
/* harmony import */ var _client_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(2396);


/** Reads files at a branch's tip through GitHub's API; undefined without a token or outside GitHub. */
function fileReader(context, token) {
    if (token === undefined || context.repository === undefined)
        return undefined;
    return async (path, wanted) => {
        const github = await (0,_client_js__WEBPACK_IMPORTED_MODULE_1__/* .openGithub */ .K5)(context, token);
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
            if ((0,_client_js__WEBPACK_IMPORTED_MODULE_1__/* .statusOf */ .c2)(thrown) === 404)
                return undefined;
            throw (0,_client_js__WEBPACK_IMPORTED_MODULE_1__/* .whyNot */ .OB)(`The policy '${path}' could not be read`, thrown, 'contents: read');
        }
    };
}
/**
 * Reads a policy of another repository: what its ref is now, at that commit.
 * @throws PromotionError `POLICY_MISSING` naming what of it does not exist; `GITHUB_DENIED`, `GITHUB_ANSWER`
 */
async function readCentral(github, { owner, repo, path, ref }) {
    const where = `${owner}/${repo}`;
    const { rest } = github.octokit;
    await asked(rest.repos.get({ owner, repo }), `The policy's repository '${where}' does not exist, or the token may not see it.`, "A workflow's own token sees its own and public repositories: give 'github-token' one of a GitHub App that may read this one.");
    const commit = await asked(rest.repos.getCommit({ owner, repo, ref }), `The policy's repository '${where}' has no '${ref}'.`, 'Name a branch, a tag or a whole commit of it behind the @.');
    const { data } = await asked(rest.repos.getContent({ owner, repo, path, ref: commit.data.sha }), `There is no policy at '${path}' in ${where} at '${ref}' (${commit.data.sha.slice(0, 8)}).`, "Correct the input 'policy'.");
    if (Array.isArray(data) || data.type !== 'file' || !('content' in data) || data.encoding !== 'base64') {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .PromotionError */ .g('POLICY_MISSING', `'${path}' in ${where} is no file that can be read as a policy.`, {
            cure: "Correct the input 'policy'; a file of more than 1 MB is none, either.",
        });
    }
    return { text: Buffer.from(data.content, 'base64').toString('utf8'), commit: commit.data.sha, branch: ref };
}
async function asked(answer, missing, cure) {
    try {
        return await answer;
    }
    catch (thrown) {
        // GitHub says 422 of a ref that cannot be one.
        if ([404, 409, 422].includes((0,_client_js__WEBPACK_IMPORTED_MODULE_1__/* .statusOf */ .c2)(thrown) ?? 0))
            throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .PromotionError */ .g('POLICY_MISSING', missing, { cure });
        throw (0,_client_js__WEBPACK_IMPORTED_MODULE_1__/* .whyNot */ .OB)('The central policy could not be read', thrown, 'contents: read');
    }
}
/** Whether a commit is in the history of the repository's default branch. Throws `GITHUB_DENIED`, `GITHUB_ANSWER`. */
async function isMerged({ octokit, owner, repo }, commit) {
    try {
        const { data: home } = await octokit.rest.repos.get({ owner, repo });
        const basehead = `${home.default_branch}...${commit}`;
        const { data } = await octokit.rest.repos.compareCommitsWithBasehead({ owner, repo, basehead, per_page: 1 });
        return data.status === 'behind' || data.status === 'identical';
    }
    catch (thrown) {
        if ((0,_client_js__WEBPACK_IMPORTED_MODULE_1__/* .statusOf */ .c2)(thrown) === 404)
            return false;
        throw (0,_client_js__WEBPACK_IMPORTED_MODULE_1__/* .whyNot */ .OB)('Whether the workflow is of the default branch could not be found out', thrown, 'contents: read');
    }
}


/***/ })

};
