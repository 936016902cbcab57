export const id = 113;
export const ids = [113];
export const modules = {

/***/ 3113:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   fileReader: () => (/* binding */ fileReader)
/* harmony export */ });
/* harmony import */ var _client_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2396);

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
