export const id = 709;
export const ids = [709];
export const modules = {

/***/ 4709:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  createGitRegistry: () => (/* binding */ createGitRegistry)
});

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: external "node:timers/promises"
var external_node_timers_promises_ = __webpack_require__(8500);
// EXTERNAL MODULE: ./src/domain/errors.ts
var errors = __webpack_require__(241);
// EXTERNAL MODULE: ./src/git/tag.ts
var tag = __webpack_require__(3972);
// EXTERNAL MODULE: ./src/log/history.ts
var log_history = __webpack_require__(8710);
// EXTERNAL MODULE: ./src/policy/file-format.ts
var file_format = __webpack_require__(772);
// EXTERNAL MODULE: ./src/registry/git/credentials.ts
var credentials = __webpack_require__(9678);
// EXTERNAL MODULE: ./src/registry/git/gto-tag.ts
var gto_tag = __webpack_require__(1701);
;// CONCATENATED MODULE: ./src/registry/git/semver.ts
/** A version as GTO writes it: `v` and a semantic version. */
const SEMVER = /^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/;
function isVersion(text) {
    return SEMVER.test(text);
}
/** The patch after a version, as GTO counts: a prerelease's is not its release but the patch after that. */
function patchAfter(version) {
    const [, major = '0', minor = '0', patch = '0'] = SEMVER.exec(version) ?? [];
    return `v${major}.${minor}.${BigInt(patch) + 1n}`;
}
/**
 * Precedence of two versions: negative when `a` is the lower. Own code, because the rule is these lines and the
 * `semver` package would be 30 kB for it; digits are compared as text, so a date as patch number cannot overflow.
 * @see https://semver.org/#spec-item-11
 */
function compareVersions(a, b) {
    const [left, right] = [SEMVER.exec(a), SEMVER.exec(b)];
    if (left === null || right === null)
        return left === right ? compareText(a, b) : left === null ? -1 : 1;
    for (let part = 1; part <= 3; part++) {
        const order = compareDigits(left[part] ?? '', right[part] ?? '');
        if (order !== 0)
            return order;
    }
    // A version without prerelease is the higher; build metadata has no precedence and only makes the order total.
    const [before, after] = [left[4], right[4]];
    if (before === undefined || after === undefined) {
        return before === after ? compareText(a, b) : before === undefined ? 1 : -1;
    }
    return comparePrereleases(before.split('.'), after.split('.')) || compareText(a, b);
}
function comparePrereleases(a, b) {
    for (const [index, left] of a.entries()) {
        const right = b[index];
        if (right === undefined)
            return 1;
        const [leftDigits, rightDigits] = [/^\d+$/.test(left), /^\d+$/.test(right)];
        const order = leftDigits && rightDigits
            ? compareDigits(left, right)
            : leftDigits !== rightDigits
                ? leftDigits
                    ? -1
                    : 1
                : compareText(left, right);
        if (order !== 0)
            return order;
    }
    return a.length - b.length;
}
function compareDigits(a, b) {
    return a.length - b.length || compareText(a, b);
}
function compareText(a, b) {
    return a < b ? -1 : a > b ? 1 : 0;
}

;// CONCATENATED MODULE: ./src/registry/git/artifact.ts


function indexTags(tags) {
    const models = new Map();
    const lightweight = new Map();
    for (const tag of tags) {
        const name = (0,gto_tag/* parseTagName */.fe)(tag.name);
        if (name === undefined)
            continue;
        if (!tag.annotated) {
            const { version } = name;
            put(lightweight, name.model, { name: tag.name, ...(version === undefined ? {} : { version }) });
        }
        else if (tag.commit !== undefined)
            put(models, name.model, { ...name, tag, commit: tag.commit });
    }
    const lightweightOnly = new Map([...lightweight].filter(([model]) => !models.has(model)));
    return { models, lightweight, lightweightOnly };
}
/**
 * A model's state from its tags, decided as GTO does: by tagger time, which has whole seconds; within one second
 * by counter, where GTO's own order is accidental; and an undoing after what it undoes.
 * @param logged what the promotion log says: which of two versions of one commit a stage's tag is for
 */
function readArtifact(model, tags, logged = [], lightweight = []) {
    const ordered = [...tags].sort((a, b) => a.tag.time - b.tag.time || a.counter - b.counter || Number(undoes(a)) - Number(undoes(b)));
    const registered = new Map();
    const stageTags = new Map();
    for (const tag of ordered) {
        if (tag.stage !== undefined)
            put(stageTags, tag.stage, tag);
        if (tag.version === undefined)
            continue;
        if (tag.action === 'register') {
            registered.set(tag.version, { version: tag.version, commit: tag.commit, time: tag.tag.time, tag: tag.tag.name });
        }
        else if (tag.action === 'deregister')
            registered.delete(tag.version);
    }
    const registrations = [...registered.values()].sort((a, b) => compareVersions(b.version, a.version));
    const last = ordered.at(-1);
    const everRegistered = ordered.flatMap(({ action, version, commit }) => action === 'register' && version !== undefined ? [{ version, commit }] : []);
    return {
        model,
        lightweight,
        registrations,
        everRegistered,
        assignments: standing(ordered, (tag) => assigned(tag, registrations, everRegistered, logged)),
        stageTags,
        highestCounter: ordered.reduce((highest, { counter }) => Math.max(highest, counter), 0),
        deprecatedBy: last?.action === 'deprecate' ? last.tag : undefined,
    };
}
/**
 * The version that holds the stage: of all standing assignments the newest. Undoing one brings back the one
 * before it, as `gto show` has it.
 */
function holderOf(artifact, stage) {
    return artifact.assignments
        .filter((assignment) => assignment.stage === stage)
        .reduce((newest, next) => (newest === undefined || isNewer(next, newest) ? next : newest), undefined);
}
/** The stages that the version holds. */
function heldBy(artifact, version) {
    return [...artifact.stageTags.keys()].filter((stage) => holderOf(artifact, stage)?.version === version);
}
function isNewer(a, b) {
    return a.time !== b.time ? a.time > b.time : a.counter > b.counter;
}
function standing(ordered, versionOf) {
    const active = new Map();
    for (const each of ordered) {
        const { action, stage, commit, tag, counter } = each;
        if (stage === undefined)
            continue;
        const key = `${commit}\0${stage}`;
        if (action === 'assign')
            active.set(key, { version: versionOf(each), stage, time: tag.time, counter, tag });
        else
            active.delete(key);
    }
    return [...active.values()];
}
/** Which version an assignment is for: GTO's tag names the commit alone. */
function assigned({ commit, stage, tag }, registrations, everRegistered, logged) {
    const told = logged.findLast(({ tag: name }) => name === tag.name)?.version;
    const here = registrations.filter((each) => each.commit === commit).map(({ version }) => version);
    if (here.length > 0) {
        const holds = logged.findLast((event) => event.stage === stage && ['deployed', 'adopted'].includes(event.type));
        // Newest first: where nothing else is known, the highest, as GTO has it.
        return [told, holds?.version].find((each) => each !== undefined && here.includes(each)) ?? here[0] ?? commit;
    }
    const was = told ?? everRegistered.findLast((each) => each.commit === commit)?.version;
    return was === undefined || registrations.some(({ version }) => version === was) ? commit : was;
}
function undoes(tag) {
    return tag.action === 'unassign' || tag.action === 'deregister';
}
function put(map, key, value) {
    const present = map.get(key);
    if (present === undefined)
        map.set(key, [value]);
    else
        present.push(value);
}

// EXTERNAL MODULE: ./src/domain/cure.ts
var cure = __webpack_require__(7799);
;// CONCATENATED MODULE: ./src/registry/git/deletion.ts
/** How tags are deleted, as the end of a sentence. Names in GTO's grammar hold nothing that a shell reads. */
function deletion(...tags) {
    const refs = tags.map((tag) => `:refs/tags/${tag}`).join(' ');
    return `'git push origin ${refs}', in a repository without a remote 'git tag -d ${tags.join(' ')}'.`;
}

// EXTERNAL MODULE: ./src/domain/suggest.ts
var suggest = __webpack_require__(7182);
;// CONCATENATED MODULE: ./src/registry/git/lightweight.ts


/** How a lightweight tag becomes an annotated one, here and on the remote. */
function annotating(tag) {
    return `Make it annotated: git tag -f -a -m 'Register' '${tag}' '${tag}^{}' && git push -f origin 'refs/tags/${tag}'`;
}
/** The lightweight tag that would be the version if it were annotated, as an error; undefined where there is none. */
function lightweightVersion({ model, lightweight }, version) {
    const found = lightweight.find((tag) => tag.version === version || tag.version === `v${version}`);
    if (found === undefined)
        return undefined;
    return new errors/* PromotionError */.g1('VERSION_UNKNOWN', `Model '${model}' has no version '${(0,tag/* oneLine */.TN)(version, 80)}': the tag '${found.name}' is lightweight, and GTO reads none but annotated ones.`, { cure: annotating(found.name) });
}
/** For the report: tags that look as if they counted. Where another tag says the same, nothing is amiss. */
function lightweightRemarks({ lightweight, registrations }) {
    const unsaid = lightweight.filter((tag) => !isSaid(tag, registrations)).toReversed();
    const [newest] = unsaid;
    if (newest === undefined)
        return [];
    const rest = unsaid.length === 1 ? '' : ` So ${unsaid.length === 2 ? 'is' : 'are'} ${unsaid.length - 1} more.`;
    const what = newest.version === undefined ? 'moves no stage' : 'registers no version';
    return [
        `The tag '${newest.name}' is lightweight, so it ${what}: GTO reads none but annotated ones.${rest} ${annotating(newest.name)}`,
    ];
}
function isSaid({ version }, registrations) {
    return version !== undefined && registrations.some((each) => each.version === version);
}

;// CONCATENATED MODULE: ./src/registry/git/find-version.ts





/** A registered version by its name, with or without the `v`. Throws `VERSION_UNKNOWN` naming what exists. */
function findVersion(artifact, version) {
    const found = artifact.registrations.find((registration) => registration.version === version || registration.version === `v${version}`);
    if (found !== undefined)
        return found;
    const lightweight = lightweightVersion(artifact, version);
    if (lightweight !== undefined)
        throw lightweight;
    const shown = (0,tag/* oneLine */.TN)(version, 80);
    throw new errors/* PromotionError */.g1('VERSION_UNKNOWN', `Model '${artifact.model}' has no version '${shown}'. ${(0,suggest/* listKnownNames */.QH)('versions', shown, artifact.registrations.map((registration) => registration.version))}`, /^[0-9a-f]{40,64}$/.test(version)
        ? {
            cure: `A stage's tag is on this commit, but no version is registered there: check it out and run ${(0,cure/* asInput */.l)('register', {})}.`,
        }
        : artifact.registrations.length === 0
            ? { cure: `Register one, with ${(0,cure/* asInput */.l)('register', {})} on its commit.` }
            : {});
}
/** The commit that a version of a git registry is. */
function commitOf(version) {
    if (version.commit !== undefined)
        return version.commit;
    throw new errors/* PromotionError */.g1('INTERNAL', `Version ${version.uri} has no commit, though its registry is git.`);
}

// EXTERNAL MODULE: ./src/log/event.ts
var log_event = __webpack_require__(3334);
// EXTERNAL MODULE: ./src/domain/promotion-state.ts
var promotion_state = __webpack_require__(5633);
// EXTERNAL MODULE: ./src/domain/record.ts
var domain_record = __webpack_require__(6403);
;// CONCATENATED MODULE: ./src/registry/git/holders.ts


/**
 * A wrong clock may be ahead by minutes: what is written next is dated after it, so the order stays. A tag further
 * ahead is a mistake, and would hold its stage until then.
 */
const CLOCK_TOLERANCE_S = 3600;
/** Whether the tag is dated so far ahead that no clock of a runner explains it. */
function isAhead({ time }, now) {
    return time > now.getTime() / 1000 + CLOCK_TOLERANCE_S;
}
/** Who holds each of the stages. Throws `REGISTRY_ANSWER` for a tag dated in the future. */
function readHolders(artifact, stages, now) {
    const holders = new Map();
    for (const stage of stages) {
        const future = artifact.stageTags.get(stage)?.find(({ tag }) => isAhead(tag, now))?.tag;
        if (future !== undefined) {
            throw new errors/* PromotionError */.g1('REGISTRY_ANSWER', `Tag '${future.name}' is dated ${new Date(future.time * 1000).toISOString()}, in the future; the newest date decides who holds '${stage}', so nothing could take the stage from it until then.`, { cure: `Delete it ('git push origin :refs/tags/${future.name}') and assign the stage again.` });
        }
        const holder = holderOf(artifact, stage);
        if (holder !== undefined)
            holders.set(stage, [holder.version]);
    }
    return holders;
}
/** Throws `REGISTRY_CONFLICT` unless the stage's holder is the one expected; undefined is nobody. */
function expectHolder(artifact, stage, expected, now) {
    const holder = readHolders(artifact, [stage], now).get(stage)?.[0];
    if (holder === expected)
        return;
    const current = holder === undefined ? 'nobody holds it' : `'${holder}' holds it`;
    throw new errors/* PromotionError */.g1('REGISTRY_CONFLICT', `Stage '${stage}' of '${artifact.model}' was expected with ${expected === undefined ? 'no holder' : `'${expected}'`}, and now ${current}.`, { cure: 'Someone else moved the stage meanwhile; run the gate again.' });
}

;// CONCATENATED MODULE: ./src/registry/git/symlinks.ts




/** As many as Linux follows: https://man7.org/linux/man-pages/man7/path_resolution.7.html */
const most = 40;
/**
 * Refuses links that lead out of a folder of files once all of them are there: `..` after a link goes up from where
 * that leads, so what each says by itself proves nothing. One to nothing is refused only where that lies outside.
 * @param paths the links, relative to the folder
 * @throws PromotionError `FILE_UNSAFE`
 */
async function refuseLinksOut(folder, paths, owner) {
    const root = await (0,promises_.realpath)(folder);
    for (const path of paths) {
        const leads = await destination(root, path);
        if (leads !== undefined && isWithin(root, leads))
            continue;
        const where = leads === undefined ? 'in circles' : "out of the version's files";
        throw new errors/* PromotionError */.g1('FILE_UNSAFE', `'${(0,tag/* oneLine */.TN)(path)}' of ${owner} is a link that leads ${where}.`, {
            cure: "Commit the file itself, or leave the link out of 'files'.",
        });
    }
}
function isWithin(root, path) {
    const inside = (0,external_node_path_.relative)(root, path);
    return inside !== '..' && !inside.startsWith(`..${external_node_path_.sep}`) && !(0,external_node_path_.isAbsolute)(inside);
}
/** Where a path leads through every link, as `realpath` has it, also where nothing is there; undefined for circles. */
async function destination(root, path) {
    const parts = partsOf(path);
    let at = root;
    let links = 0;
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
        at = (0,external_node_path_.resolve)(at, part);
        const target = await linkAt(at);
        if (target === undefined)
            continue;
        links += 1;
        if (links > most)
            return undefined;
        const from = (0,external_node_path_.parse)(target).root;
        at = from === '' ? (0,external_node_path_.dirname)(at) : from;
        parts.unshift(...partsOf(target.slice(from.length)));
    }
    return at;
}
function partsOf(path) {
    return path.split(external_node_path_.sep === '\\' ? /[\\/]/ : '/');
}
async function linkAt(path) {
    try {
        return await (0,promises_.readlink)(path);
    }
    catch (thrown) {
        // No link, nothing, or what a file cannot hold: the path ends here.
        const { code = '' } = thrown;
        if (['EINVAL', 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'UNKNOWN'].includes(code))
            return undefined;
        throw thrown;
    }
}

// EXTERNAL MODULE: ./src/git/lfs.ts + 1 modules
var lfs = __webpack_require__(792);
// EXTERNAL MODULE: ./src/domain/decode.ts
var decode = __webpack_require__(2052);
// EXTERNAL MODULE: ./src/domain/data-formats.ts
var data_formats = __webpack_require__(5111);
// EXTERNAL MODULE: ./src/domain/named-values.ts
var named_values = __webpack_require__(6080);
;// CONCATENATED MODULE: ./src/registry/git/metrics-file.ts




const parsers = {
    json: data_formats/* parseJson */.qF,
    yaml: data_formats/* parseYaml */.hN,
    toml: data_formats/* parseToml */.MT,
};
/**
 * The values of `keys` in a metrics file, by name as in `namedValues`; those that it has not are absent. Throws
 * `METRIC_UNREADABLE`, naming `where`, for a file that is not one object of keys and values.
 */
function readMetrics(text, keys, where, format = 'json') {
    const known = valuesIn(text, where, format);
    const wanted = new Set(keys);
    return new Map([...known].filter(([key]) => wanted.has(key)));
}
/** The names of all values in a metrics file, nested ones by their dotted path. Throws as `readMetrics`. */
function metricKeys(text, where, format = 'json') {
    return [...valuesIn(text, where, format).keys()];
}
/** A metrics file's text. Throws `METRIC_UNREADABLE` for what is not UTF-8. */
function metricsText(bytes, where) {
    const decoded = (0,decode/* decodeText */.g)(bytes);
    if ('text' in decoded)
        return decoded.text;
    throw new errors/* PromotionError */.g1('METRIC_UNREADABLE', `The metrics file ${where} ${decoded.what}.`, { cure: decoded.cure });
}
function valuesIn(text, where, format) {
    const unreadable = (what) => new errors/* PromotionError */.g1('METRIC_UNREADABLE', `The metrics file ${where} ${what}.`, {
        cure: 'Write it as one object of keys and values, e.g. {"auc": 0.91}; set registry.metrics_file when another file holds the metrics.',
    });
    if (text.startsWith('version https://git-lfs'))
        throw unreadable('is a Git LFS pointer, not the file itself');
    let found;
    try {
        found = parsers[format](text, where);
    }
    catch (cause) {
        if (!(cause instanceof errors/* PromotionError */.g1))
            throw cause;
        throw unreadable(cause.message.slice(where.length + 1, -1));
    }
    if (typeof found !== 'object' || found === null || Array.isArray(found))
        throw unreadable(format === 'json' ? 'is not a JSON object' : 'is not one table of keys and values');
    return (0,named_values/* namedValues */.q)(found);
}

;// CONCATENATED MODULE: ./src/registry/git/large-files.ts





/** Far more than metrics are. */
const largestText = 32 * 1024 * 1024;
/**
 * A text at a commit, by way of Git LFS where that keeps it; undefined where the commit has none.
 * @throws PromotionError see `GitRepository.lfsObjects`; `METRIC_UNREADABLE` for one of more than 32 MiB
 */
async function textOf(repository, commit, path, owner) {
    const bytes = await repository.showBytes(commit, path);
    const pointer = bytes === undefined ? undefined : (0,lfs/* lfsPointer */.FW)(bytes, path);
    if (pointer === undefined)
        return bytes === undefined ? undefined : metricsText(bytes, path);
    if (pointer.size > largestText) {
        throw new errors/* PromotionError */.g1('METRIC_UNREADABLE', `'${path}' of ${owner} has ${pointer.size} bytes: that is no metrics file.`, {
            cure: 'Correct registry.metrics_file.',
        });
    }
    const objects = await repository.lfsObjects(commit, new Map([[path, pointer]]), owner);
    const found = await (0,promises_.readFile)((0,lfs/* objectPath */.du)(objects, pointer));
    if (await (0,lfs/* isObject */.Gv)(found, pointer))
        return metricsText(found, path);
    throw new errors/* PromotionError */.g1('FILE_UNSAFE', `The Git LFS object of '${path}' of ${owner} is not what its pointer says.`, {
        cure: `Delete ${pointer.oid} below .git/lfs/objects, and run again.`,
    });
}
/**
 * Puts the files themselves in the place of Git LFS pointers among a version's files.
 * @throws PromotionError see `GitRepository.lfsObjects`, `writeObject`
 */
async function replacePointers(repository, version) {
    const { commit, folder, files, owner } = version;
    const pointers = new Map();
    for (const name of files) {
        const place = (0,external_node_path_.join)(folder, name);
        if ((await (0,promises_.stat)(place)).size >= lfs/* largestPointer */.ew)
            continue;
        const pointer = (0,lfs/* lfsPointer */.FW)(await (0,promises_.readFile)(place), name);
        if (pointer !== undefined)
            pointers.set(name, pointer);
    }
    if (pointers.size === 0)
        return;
    const objects = await repository.lfsObjects(commit, pointers, owner);
    for (const [name, pointer] of pointers)
        await (0,lfs/* writeObject */.p7)(objects, pointer, (0,external_node_path_.join)(folder, name), name);
}

// EXTERNAL MODULE: external "node:util"
var external_node_util_ = __webpack_require__(7975);
// EXTERNAL MODULE: ./src/log/logged-version.ts
var logged_version = __webpack_require__(6831);
;// CONCATENATED MODULE: ./src/registry/git/stage-tags.ts








/**
 * What gives the stage to the version. Throws `REGISTRY_CONFLICT` where another holds it than was judged, or the
 * version is another commit by now.
 */
function promoting(snapshot, transition, hand) {
    const { artifact } = snapshot;
    const { model, version, stage, replaces } = transition;
    refuseChanged(artifact, version);
    if (readHolders(artifact, [stage], hand.now).get(stage)?.[0] === version.version) {
        // Whoever held it before is history by now; what can still be missing is our record of it.
        const missing = promoted(transition, hand).filter((event) => !isRecorded(event, snapshot));
        return { tags: [], events: [...missing, ...closing(transition)] };
    }
    expectHolder(artifact, stage, replaces?.version, hand.now);
    const name = (0,gto_tag/* assignmentTag */.cn)(model, stage, artifact.highestCounter + 1);
    const message = `Promoted ${model} ${version.version} to ${stage}${replaces === undefined ? '' : `, in place of ${replaces.version}`}`;
    const tag = {
        name,
        target: commitOf(version),
        message,
        tagger: hand.identity,
        when: tagTime(artifact, stage, hand.now),
    };
    return { tags: [tag], events: [...promoted(transition, hand, name), ...closing(transition)] };
}
/**
 * What leaves the stage without a holder. One unassignment would bring back whoever was assigned before, as GTO
 * reads tags; so every standing assignment of the stage is undone, each by a tag on its own commit.
 */
function vacating(snapshot, vacancy, hand) {
    const { artifact } = snapshot;
    const { model, version, stage, tags } = vacancy;
    const at = hand.now.toISOString();
    const told = (0,log_event/* identified */.A)((0,domain_record/* eventsOf */.XL)(version.version, tags, [stage], at), version);
    if (readHolders(artifact, [stage], hand.now).get(stage) === undefined) {
        return { tags: [], events: [...told.filter((event) => !isRepeated(event, snapshot)), ...closing(vacancy)] };
    }
    expectHolder(artifact, stage, version.version, hand.now);
    const when = tagTime(artifact, stage, hand.now);
    const undone = artifact.assignments.filter((assignment) => assignment.stage === stage);
    const unassignments = undone.map((assignment, index) => ({
        name: (0,gto_tag/* unassignmentTag */.to)(model, stage, artifact.highestCounter + 1 + index),
        target: assignment.tag.commit ?? commitOf(version),
        message: `${model} ${assignment.version} leaves ${stage}, and nobody takes it`,
        tagger: hand.identity,
        when,
    }));
    const plainly = { type: 'archived', version: version.version, stage, at, actor: hand.identity.name };
    const own = told.some((event) => event.stage === stage) ? told : [...told, ...(0,log_event/* identified */.A)([plainly], version)];
    const name = unassignments[undone.findIndex((assignment) => assignment.version === version.version)]?.name;
    return { tags: unassignments, events: [...marked(own, stage, name), ...closing(vacancy)] };
}
/** What the log has to say of a transition; each as the caller's tags put it, or plainly where they say nothing. */
function promoted({ version, stage, replaces, archive, tags, replacedTags }, { identity, now }, tag) {
    const at = now.toISOString();
    const actor = identity.name;
    const previous = replaces === undefined ? {} : { previous: replaces.version };
    const told = (0,domain_record/* eventsOf */.XL)(version.version, tags, [stage], at);
    const own = told.some((event) => event.stage === stage)
        ? told
        : [...told, { type: 'deployed', version: version.version, stage, at, actor, ...previous }];
    const events = (0,log_event/* identified */.A)(marked(own, stage, tag), version);
    if (replaces === undefined || replaces.version === version.version)
        return events;
    const left = (0,domain_record/* eventsOf */.XL)(replaces.version, replacedTags, [stage], at);
    const plainly = archive ? [{ type: 'archived', version: replaces.version, stage, at, actor }] : [];
    return [...events, ...(0,log_event/* identified */.A)(left.length > 0 ? left : plainly, replaces)];
}
/** The operation ends in the same push. */
function closing({ under }) {
    return under?.closing === undefined ? [] : [under.closing];
}
function marked(events, stage, tag) {
    return events.map((event) => (event.stage === stage && tag !== undefined ? { ...event, tag } : event));
}
/** Whether the log's last word on the version and stage is this event already. */
function isRecorded(event, snapshot) {
    return lastWord(event, snapshot)?.type === event.type;
}
/** Whether it is the very same event: a call made again, not another one of its kind. */
function isRepeated(event, snapshot) {
    const { id: _id, tag: _tag, ...last } = lastWord(event, snapshot) ?? {};
    return (0,external_node_util_.isDeepStrictEqual)(last, event);
}
function lastWord({ version, identity, stage }, { log }) {
    return (0,logged_version/* eventsAbout */.Xh)(new logged_version/* LoggedVersion */.hW(version, identity), log.events).findLast((event) => event.stage === stage);
}
/** Later than every tag of the stage: within one second GTO's order is accidental. */
function tagTime(artifact, stage, now) {
    const newest = artifact.stageTags.get(stage)?.at(-1)?.tag.time ?? 0;
    return new Date(Math.max(Math.floor(now.getTime() / 1000), newest + 1) * 1000);
}
function refuseChanged(artifact, version) {
    const now = findVersion(artifact, version.version);
    if (now.commit === version.commit)
        return;
    throw new errors/* PromotionError */.g1('REGISTRY_CONFLICT', `Version ${version.uri} was judged at commit ${version.commit} and is now commit ${now.commit}.`, {
        cure: 'Someone has made its tag again; run the gate again.',
    });
}

;// CONCATENATED MODULE: ./src/registry/git/version-tags.ts


/**
 * git has no tags on a version, so they are a view of the promotion log: what the log says of this very one, and, for assignments that the log does not know (made
 * with `gto assign`), that it was deployed there.
 * @param holdings what it holds: by the log, in git by the registry's tags
 */
function tagsOf(which, logged, assignments, holdings) {
    return (0,promotion_state/* tagsNow */.qm)(eventsOn(which, logged, assignments), holdings);
}
/** What the log says of this very version, and the assignments that it does not know, in their order. */
function eventsOn(which, logged, assignments) {
    const { name: version } = logged_version/* LoggedVersion */.hW.of(which);
    const known = new Set(logged.map(({ tag }) => tag));
    const foreign = assignments
        .filter((assignment) => assignment.version === version && !known.has(assignment.tag.name))
        .map((assignment) => ({
        type: 'deployed',
        version,
        stage: assignment.stage,
        at: new Date(assignment.time * 1000).toISOString(),
        actor: assignment.tag.tagger,
        tag: assignment.tag.name,
    }));
    const own = (0,logged_version/* eventsAbout */.Xh)(which, logged);
    // Foreign ones find their place by time; the log's own order stays as it is (sorting is stable).
    return foreign.length === 0 ? own : [...own, ...foreign].sort((a, b) => seconds(a) - seconds(b));
}
function seconds(event) {
    return Math.floor(Date.parse(event.at) / 1000);
}

// EXTERNAL MODULE: ./src/domain/version.ts
var domain_version = __webpack_require__(3356);
;// CONCATENATED MODULE: ./src/registry/git/register.ts













/** GTO's first. */
const FIRST_VERSION = 'v0.0.1';
/** What git does not register by is refused before anything is read. Throws `INPUT_INVALID`. */
function refuseRegistration({ model, version, source, run }) {
    const refusal = (0,gto_tag/* refusesModelName */.IR)(model);
    if (refusal !== undefined)
        throw new errors/* PromotionError */.g1('INPUT_INVALID', refusal.message, { cure: refusal.cure });
    const given = run !== undefined ? 'run' : source !== undefined ? 'source' : undefined;
    if (given !== undefined) {
        throw new errors/* PromotionError */.g1('INPUT_INVALID', `A git registry registers a commit, and '${given}' was given.`, {
            cure: `Leave '${given}' out, and give 'commit' where it is not the one checked out.`,
        });
    }
    if (version !== undefined && !isVersion(prefixed(version))) {
        throw new errors/* PromotionError */.g1('INPUT_INVALID', `'${(0,tag/* oneLine */.TN)(version, 80)}' is no semantic version.`, {
            cure: "Write it as 'v1.2.0', or leave it out for the patch after the highest.",
        });
    }
}
/**
 * What registers the commit, and the name it is registered by. A commit that is registered already keeps its
 * name and its records. Throws `REGISTRY_CONFLICT` for a name that another commit has, and for another name of
 * a commit that has one: GTO knows one version of a model in a commit.
 */
function registering({ artifact, log }, registration, commit, hand) {
    const { model, tags } = registration;
    const asked = registration.version === undefined ? undefined : prefixed(registration.version);
    const at = hand.now.toISOString();
    const record = (version, tag) => {
        const told = (0,domain_record/* eventsOf */.XL)(version, tags, [], at);
        const own = told.some(({ type }) => type === 'registered')
            ? told
            : [...told, { type: 'registered', version, at, actor: hand.identity.name }];
        return own.map((event) => (event.type === 'registered' && tag !== undefined ? { ...event, tag } : event));
    };
    const present = artifact.registrations.find((each) => each.version === asked && each.commit === commit) ??
        artifact.registrations.find((each) => each.commit === commit);
    if (present !== undefined) {
        if (asked !== undefined && present.version !== asked) {
            throw taken(`Commit ${commit} is version '${present.version}' of '${model}' already, and cannot be '${asked}' too.`, `A new version needs a commit of its own: check out another, or name it as 'commit'. As '${present.version}' it is taken with ${(0,cure/* asInput */.l)('register', {})}.`);
        }
        const { version } = present;
        const found = { model, version, createdAt: new Date(present.time * 1000).toISOString(), source: commit };
        const which = new logged_version/* LoggedVersion */.hW(version, (0,domain_version/* fingerprintOf */.a)(found));
        if (!new log_history/* History */.B(log.events).means(which))
            throw otherThanKnown(which, model);
        const isTold = eventsOn(which, log.events, artifact.assignments).length > 0;
        return { version, tags: [], events: isTold ? [] : (0,log_event/* identified */.A)(record(version), found) };
    }
    const other = artifact.registrations.find((each) => each.version === asked);
    if (other !== undefined) {
        throw taken(`Version '${other.version}' of '${model}' is commit ${other.commit}, and not ${commit}.`, `Give another 'version', or none: ${(0,cure/* asInput */.l)('register', {})} takes the patch after the highest.`);
    }
    const former = artifact.everRegistered.find((each) => each.commit === commit);
    if (former !== undefined) {
        const tag = (0,gto_tag/* registrationTag */.Af)(model, former.version);
        throw new errors/* PromotionError */.g1('REGISTRY_CONFLICT', `Commit ${commit} was version '${former.version}' of '${model}' until it was deregistered, and GTO reads no model with two versions in one commit.`, {
            cure: `Register another commit, or delete the tags '${tag}' and '${tag}!': ${deletion(tag, `${tag}!`)}`,
        });
    }
    const version = asked ?? nextVersion(artifact);
    const name = (0,gto_tag/* registrationTag */.Af)(model, version);
    const message = `Registered ${model} ${version}`;
    const when = register_tagTime(artifact, hand.now);
    return {
        version,
        tags: [{ name, target: commit, message, tagger: hand.identity, when }],
        events: (0,log_event/* identified */.A)(record(version, name), { model, version, createdAt: when.toISOString(), source: commit }),
    };
}
/** By what the log says, which a person must set aside with a reason. */
function otherThanKnown({ name }, model) {
    return new errors/* PromotionError */.g1('REGISTRY_CONFLICT', `'${name}' of '${model}' is another commit than the promotion log knows by this name: its tag was moved or made again.`, { cure: `If that is right, say why with ${(0,cure/* asInput */.l)('register', { version: name })}.` });
}
/** The patch after the highest, as `gto register` has it; the tag of a deregistered one is there still. */
function nextVersion({ everRegistered }) {
    const highest = everRegistered
        .map(({ version }) => version)
        .toSorted(compareVersions)
        .at(-1);
    return highest === undefined ? FIRST_VERSION : patchAfter(highest);
}
/**
 * Later than the tag that deprecated the model: the newest tag decides whether it is.
 * @throws PromotionError `REGISTRY_ANSWER` for one dated in the future, which no registration could come after
 */
function register_tagTime({ deprecatedBy }, now) {
    if (deprecatedBy !== undefined && isAhead(deprecatedBy, now)) {
        throw new errors/* PromotionError */.g1('REGISTRY_ANSWER', `Tag '${deprecatedBy.name}', which deprecates the model, is dated ${new Date(deprecatedBy.time * 1000).toISOString()}, in the future: until then it would be the newest.`, { cure: `Delete it: ${deletion(deprecatedBy.name)} Then register again, with ${(0,cure/* asInput */.l)('register', {})}.` });
    }
    return new Date(Math.max(Math.floor(now.getTime() / 1000), (deprecatedBy?.time ?? 0) + 1) * 1000);
}
function prefixed(version) {
    return version.startsWith('v') ? version : `v${version}`;
}
function taken(message, cure) {
    return new errors/* PromotionError */.g1('REGISTRY_CONFLICT', message, { cure });
}

// EXTERNAL MODULE: ./src/log/promotion-log.ts + 1 modules
var promotion_log = __webpack_require__(6784);
;// CONCATENATED MODULE: ./src/registry/git/snapshot.ts






const TAGS = 'refs/tags/';
const MIRRORED_TAGS = `${promotion_log/* MIRROR */.S$}tags/`;
/** The fetch takes all tags, for the message about an unknown model; pruned is the mirror alone. */
const TAG_REFSPEC = `+${TAGS}*:${MIRRORED_TAGS}*`;
/** Where a ref of the remote's tags is kept here; the tag itself where there is no remote. */
function tagRefs(name) {
    return { tag: `${TAGS}${name}`, mirror: `${MIRRORED_TAGS}${name}` };
}
/**
 * Reads one model afresh: from the remote where there is one (one fetch for tags and log together), else from
 * the repository itself.
 *
 * Throws `GIT_SHALLOW`, `GIT_FAILED`.
 */
async function takeSnapshot(repository, log, model) {
    if (!(await repository.isRepository())) {
        throw new errors/* PromotionError */.g1('GIT_FAILED', `'${repository.folder}' is not a git repository.`, {
            cure: "Run actions/checkout with 'fetch-depth: 0' before this step.",
        });
    }
    // Before the fetch, which would bring the history of all tags.
    if (await repository.isShallow()) {
        throw new errors/* PromotionError */.g1('GIT_SHALLOW', 'The repository is a shallow clone: commits and tags of model versions may be missing from it.', {
            cure: "Give actions/checkout 'fetch-depth: 0'.",
        });
    }
    const remote = await repository.remote();
    if (remote !== undefined)
        await repository.fetch([TAG_REFSPEC, log.refspec], { prune: true });
    const index = indexTags(await repository.listTags(remote === undefined ? TAGS : MIRRORED_TAGS));
    const absent = whyAbsent(model, index, remote?.url ?? 'this repository');
    const told = await log.readFetched();
    const artifact = readArtifact(model, index.models.get(model) ?? [], told.events, index.lightweight.get(model));
    return { artifact, log: told, ...(absent === undefined ? {} : { absent }) };
}
/** Throws `MODEL_UNKNOWN` naming what exists, where the model does not. */
function mustExist(snapshot) {
    if (snapshot.absent !== undefined)
        throw snapshot.absent.error;
    return snapshot;
}
function whyAbsent(model, { models, lightweightOnly }, where) {
    const tags = models.get(model);
    if (tags === undefined) {
        const [light] = lightweightOnly.get(model) ?? [];
        const shown = (0,tag/* oneLine */.TN)(model, 80);
        if (light !== undefined) {
            const error = new errors/* PromotionError */.g1('MODEL_UNKNOWN', `Model '${shown}' has lightweight tags only (e.g. '${light.name}'), and GTO reads none but annotated ones.`, {
                cure: annotating(light.name),
            });
            return { error, mayBegin: false };
        }
        const error = new errors/* PromotionError */.g1('MODEL_UNKNOWN', `Model '${shown}' has no tags in ${where}. ${(0,suggest/* listKnownNames */.QH)('models', shown, [...models.keys()].sort())}`, {
            cure: "Register a version first: command 'register', or 'gto register'.",
        });
        return { error, mayBegin: true };
    }
    const { deprecatedBy } = readArtifact(model, tags);
    if (deprecatedBy !== undefined) {
        const error = new errors/* PromotionError */.g1('MODEL_UNKNOWN', `Model '${model}' is deprecated, by tag '${deprecatedBy.name}'.`, {
            cure: "Register a new version of it ('register') to bring it back, or delete that tag.",
        });
        return { error, mayBegin: true };
    }
    return undefined;
}

;// CONCATENATED MODULE: ./src/registry/git/git-registry.ts


























const DEFAULT_METRICS_FILE = 'metrics.json';
/** Enough for some ten writers at once; each lost round means that another one got through. */
const ATTEMPTS = 12;
/**
 * A git repository as the registry, in GTO's tag format: `churn@v1.2.0` registers, `churn#production#3` assigns.
 * GTO and this action read each other's tags; what GTO has no form for is in the promotion log.
 * @see https://dvc.org/doc/gto
 */
function createGitRegistry(options) {
    return new GitRegistry(options);
}
class GitRegistry {
    atNames = 'version';
    description;
    environment = {};
    credentialNames = credentials/* gitCredentials */.j.handedOn;
    oneStageAtATime = false;
    #settings;
    #stages;
    #repository;
    #logOf;
    #identity;
    #now;
    #pause;
    /** Of what was read last. */
    #remarks = [];
    #snapshots = new Map();
    #histories = new WeakMap();
    constructor(options) {
        this.#settings = options.settings;
        this.#stages = options.stages ?? [];
        this.#repository = options.repository;
        this.#logOf = options.log;
        this.#identity = options.identity;
        this.#now = options.now;
        this.#pause = options.pause ?? ((milliseconds) => (0,external_node_timers_promises_.setTimeout)(milliseconds));
        this.description = 'git tags of this repository, as GTO writes them';
    }
    refresh() {
        this.#snapshots.clear();
    }
    async history(model) {
        const { events } = (await this.#known(model)).log;
        return events.length === 0 ? undefined : events;
    }
    /** Who may write tags may write the log beside them. */
    hasOrCanStartLog() {
        return Promise.resolve(true);
    }
    remarks() {
        return this.#remarks;
    }
    refusesStage(stage) {
        return (0,gto_tag/* refusesStageName */.B$)(stage);
    }
    async *versions(model) {
        const snapshot = await this.#known(model);
        for (const registration of snapshot.artifact.registrations)
            yield await this.#version(snapshot, registration);
    }
    async version(model, version) {
        const snapshot = await this.#known(model);
        return this.#version(snapshot, findVersion(snapshot.artifact, version));
    }
    byAlias(model, alias) {
        const error = new errors/* PromotionError */.g1('VERSION_UNKNOWN', `'@${(0,tag/* oneLine */.TN)(alias, 80)}' names no version of '${(0,tag/* oneLine */.TN)(model, 80)}': a git registry has no aliases.`, {
            cure: "Name the stage instead, e.g. 'version: stage:production', or the version, e.g. 'version: v1.2.0'.",
        });
        return Promise.reject(error);
    }
    async unregistered(model, given) {
        if (given !== 'head') {
            throw new errors/* PromotionError */.g1('INPUT_INVALID', "A git registry has no runs: 'run:' names nothing here.", {
                cure: `For the commit checked out, use ${(0,cure/* asInput */.l)('gate', { version: 'head' })}.`,
            });
        }
        const commit = await this.#commit({ model, tags: new Map() });
        const createdAt = await this.#repository.commitTime(commit);
        return { model, version: 'head', createdAt, source: commit, commit, uri: commit, tags: new Map() };
    }
    async holders(model, stages) {
        return readHolders((await this.#known(model)).artifact, stages, this.#now());
    }
    loggedModelMetric() {
        const error = new errors/* PromotionError */.g1('METRIC_UNREADABLE', 'The git registry has no logged models.', {
            cure: "Read it with 'from: run'.",
        });
        return Promise.reject(error);
    }
    async metricKeys(version) {
        const commit = commitOf(version);
        const path = this.#settings.metricsFile ?? DEFAULT_METRICS_FILE;
        const text = await textOf(this.#repository, commit, path, version.uri);
        return text === undefined ? [] : metricKeys(text, `${path} at ${commit.slice(0, 8)}`, formatOfMetrics(path));
    }
    async metrics(version, keys) {
        const commit = commitOf(version);
        const path = this.#settings.metricsFile ?? DEFAULT_METRICS_FILE;
        const text = await textOf(this.#repository, commit, path, version.uri);
        if (text === undefined) {
            if (this.#settings.metricsFile === undefined)
                return new Map();
            throw new errors/* PromotionError */.g1('METRIC_UNREADABLE', `Commit ${commit}, which is ${version.uri}, has no file '${path}'.`, {
                cure: 'Commit the metrics file together with the version, or correct registry.metrics_file.',
            });
        }
        const origin = `${path} at ${commit.slice(0, 8)}`;
        const values = readMetrics(text, keys, origin, formatOfMetrics(path));
        if (values.size === 0)
            return new Map();
        // The file was written before it was committed: no later than that was it measured.
        const at = await this.#repository.commitTime(commit);
        return new Map([...values].map(([key, value]) => [key, { value, origin, at, commit }]));
    }
    async transition(transition) {
        const { model, stage, version } = transition;
        const refusal = this.refusesStage(stage);
        if (refusal !== undefined)
            throw new errors/* PromotionError */.g1('STAGE_UNKNOWN', refusal, { cure: 'Rename the stage in the policy.' });
        await this.#write(model, async (snapshot, log) => {
            transition.under?.guard(snapshot.log.operation);
            return this.#add(promoting(mustExist(snapshot), transition, this.#hand()), snapshot, log);
        });
        expectHolder((await this.#snapshot(model)).artifact, stage, version.version, this.#now());
    }
    async register(registration) {
        refuseRegistration(registration);
        const { model } = registration;
        let version = '';
        await this.#write(model, async (snapshot, log) => {
            if (snapshot.absent?.mayBegin === false)
                throw snapshot.absent.error;
            const found = registering(snapshot, registration, await this.#commit(registration), this.#hand());
            for (const { name } of found.tags)
                await this.#refuseTaken(name);
            version = found.version;
            return this.#add(found, snapshot, log);
        });
        return this.version(model, version);
    }
    async vacate(vacancy) {
        const { model, stage } = vacancy;
        await this.#write(model, async (snapshot, log) => {
            vacancy.under?.guard(snapshot.log.operation);
            return this.#add(vacating(mustExist(snapshot), vacancy, this.#hand()), snapshot, log);
        });
        expectHolder((await this.#snapshot(model)).artifact, stage, undefined, this.#now());
    }
    async operation(model) {
        return (await this.#known(model)).log.operation;
    }
    async appendToLog(model, decide) {
        await this.#write(model, async (snapshot, log) => {
            const stages = [...mustExist(snapshot).artifact.stageTags.keys()];
            const at = this.#now().toISOString();
            const told = (await decide(snapshot.log.operation)).flatMap((each) => 'tags' in each ? (0,log_event/* identified */.A)((0,domain_record/* eventsOf */.XL)(each.version.version, each.tags, stages, at), each.version) : [each]);
            return log.append(told, { expectedHead: snapshot.log.head });
        });
        return true;
    }
    /** A version's tags are a view of the log: what it knows is set. */
    syncTags() {
        return Promise.resolve();
    }
    async tag(version, tags) {
        await this.appendToLog(version.model, () => [{ version, tags }]);
    }
    async materialise(version, folder) {
        const commit = commitOf(version);
        const target = (0,external_node_path_.resolve)(folder);
        const asked = this.#settings.files.map((path) => external_node_path_.posix.normalize(path.replaceAll('\\', '/')).replace(/\/$/, ''));
        const entries = await this.#repository.listFiles(commit, asked.includes('.') ? [] : asked);
        const missing = asked.find((normal) => {
            return normal !== '.' && !entries.some((entry) => entry.path === normal || entry.path.startsWith(`${normal}/`));
        });
        if (missing !== undefined) {
            throw new errors/* PromotionError */.g1('GIT_FAILED', `Commit ${commit}, which is ${version.uri}, has no file '${(0,tag/* oneLine */.TN)(missing)}'.`, {
                cure: "Correct 'files' of the policy's registry, or commit the file together with the version.",
            });
        }
        await (0,promises_.mkdir)(target, { recursive: true });
        const index = `${target}.${(0,external_node_crypto_.randomUUID)()}.index`;
        try {
            await this.#repository.writeFiles(commit, entries.map(({ path }) => path), target, index);
        }
        finally {
            await (0,promises_.rm)(index, { force: true });
        }
        const files = entries.filter(({ mode }) => mode !== '120000').map(({ path }) => path);
        await replacePointers(this.#repository, { commit, folder: target, files, owner: version.uri });
        const links = entries.filter(({ mode }) => mode === '120000').map(({ path }) => path);
        await refuseLinksOut(target, links, version.uri);
        return target;
    }
    /** Throws `MODEL_UNKNOWN`. */
    async #known(model) {
        return mustExist(await this.#snapshot(model));
    }
    #snapshot(model) {
        let snapshot = this.#snapshots.get(model);
        if (snapshot === undefined) {
            snapshot = takeSnapshot(this.#repository, this.#logOf(model), model);
            this.#snapshots.set(model, snapshot);
            snapshot.then(({ artifact }) => (this.#remarks = lightweightRemarks(artifact)), 
            // A failure is not an answer to keep.
            () => this.#snapshots.delete(model));
        }
        return snapshot;
    }
    /** Runs `attempt` on a fresh snapshot until it was not overtaken by another writer; what is read next is fresh too. */
    async #write(model, attempt) {
        for (let round = 1; round <= ATTEMPTS; round++) {
            this.#snapshots.delete(model);
            try {
                if ((await attempt(await this.#snapshot(model), this.#logOf(model))) === 'appended')
                    return;
            }
            finally {
                this.#snapshots.delete(model);
            }
            await this.#pause(Math.min(2000, 50 * round) * (0.5 + Math.random()));
        }
        throw new errors/* PromotionError */.g1('REGISTRY_CONFLICT', `Other runs moved the promotion log of '${model}' ${ATTEMPTS} times in a row.`, {
            cure: "Run again; a 'concurrency' group for the promotion jobs keeps them out of each other's way.",
        });
    }
    /** Writes what is to be added; a tag gets a ref here only once the remote has taken it, so none is left behind. */
    async #add({ tags, events }, { log: { head } }, log) {
        const along = [];
        for (const tag of tags) {
            const refs = tagRefs(tag.name);
            along.push({ ref: refs.tag, to: await this.#repository.writeTag(tag), from: null });
        }
        const result = await log.append(events, { expectedHead: head, along });
        if (result === 'appended' && (await this.#repository.remote()) !== undefined) {
            for (const { ref, to } of along)
                await this.#repository.setRef(ref, to);
        }
        return result;
    }
    /** A tag that is no registration, or no longer one: its name would be refused as if another run had been faster. */
    async #refuseTaken(name) {
        const refs = tagRefs(name);
        const ref = (await this.#repository.remote()) === undefined ? refs.tag : refs.mirror;
        if ((await this.#repository.refObject(ref)) === undefined)
            return;
        throw new errors/* PromotionError */.g1('REGISTRY_CONFLICT', `Tag '${name}' exists, and registers no version now.`, {
            cure: `It is lightweight, or was deregistered. Give another 'version', or delete it: ${deletion(name)}`,
        });
    }
    #hand() {
        return { identity: this.#identity, now: this.#now() };
    }
    /** Throws `VERSION_UNKNOWN` for a commit that is not here. */
    async #commit({ commit = 'HEAD' }) {
        const found = await this.#repository.resolve(commit);
        if (found !== undefined)
            return found;
        throw new errors/* PromotionError */.g1('VERSION_UNKNOWN', `The repository has no commit '${(0,tag/* oneLine */.TN)(commit, 80)}' to register.`, {
            cure: "Give a commit that the checkout has; 'fetch-depth: 0' brings all of a branch's.",
        });
    }
    async #version({ artifact, log }, registration) {
        const { version, commit, tag } = registration;
        const sameCommit = artifact.registrations
            .filter((each) => each.commit === commit && each.version !== version)
            .map((each) => each.tag);
        const url = (await this.#repository.remote())?.url;
        const told = {
            model: artifact.model,
            version,
            createdAt: new Date(registration.time * 1000).toISOString(),
            source: commit,
            commit,
            uri: (0,gto_tag/* registrationTag */.Af)(artifact.model, version),
            ...(url !== undefined && /^https?:/.test(url)
                ? { page: `${url.replace(/(?:\.git)?\/?$/, '')}/tree/${encodeURIComponent(tag)}` }
                : {}),
            tags: new Map(),
            ...(sameCommit.length === 0 ? {} : { sameCommit }),
        };
        const left = (this.#histories.get(log) ?? this.#replayed(log)).leftLast(told);
        const holdings = { held: (0,promotion_state/* inOrder */.al)(heldBy(artifact, version), this.#stages), left };
        return { ...told, tags: tagsOf(told, log.events, artifact.assignments, holdings) };
    }
    #replayed(log) {
        const history = new log_history/* History */.B(log.events);
        this.#histories.set(log, history);
        return history;
    }
}
/** DVC writes YAML and TOML as well. */
function formatOfMetrics(path) {
    const format = (0,file_format/* formatOf */.b)(path);
    return format === 'yaml' || format === 'toml' ? format : 'json';
}


/***/ })

};
