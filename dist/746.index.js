export const id = 746;
export const ids = [746];
export const modules = {

/***/ 746:
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
// EXTERNAL MODULE: ./src/errors.ts
var errors = __webpack_require__(3916);
// EXTERNAL MODULE: ./src/git/tag.ts
var tag = __webpack_require__(3972);
// EXTERNAL MODULE: ./src/nearest.ts
var nearest = __webpack_require__(7909);
;// CONCATENATED MODULE: ./src/registry/git/gto-tag.ts
const NAME = '[a-zA-Z0-9](?:[a-zA-Z0-9-/_]*[a-zA-Z0-9])?';
const IDENTIFIER = '(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)';
const VERSION = `v(?:0|[1-9]\\d*)\\.(?:0|[1-9]\\d*)\\.(?:0|[1-9]\\d*)(?:-${IDENTIFIER}(?:\\.${IDENTIFIER})*)?(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?`;
const FULL_NAME = `(?:[a-zA-Z0-9-_./]+=)?${NAME}`;
/** @see https://github.com/iterative/gto/blob/1.10.1/gto/constants.py (`tag_re`) */
const TAG = new RegExp(`^(?<model>${FULL_NAME})(?:(?:#(?<stage>${NAME})|@(?<version>${VERSION}))(?<cancel>!?)|@(?<deprecated>deprecated))(?:#(?<counter>\\d+))?$`);
const STAGE = new RegExp(`^${NAME}$`);
const MODEL = new RegExp(`^${FULL_NAME}$`);
/** A tag name as GTO reads it; undefined for tags that are none of its business. */
function parseTagName(name) {
    const groups = TAG.exec(name)?.groups;
    if (groups === undefined)
        return undefined;
    const { model = '', stage, version, cancel, deprecated, counter } = groups;
    const cancelled = cancel === '!';
    return {
        model: model.replaceAll('=', ':'),
        action: deprecated !== undefined
            ? 'deprecate'
            : stage !== undefined
                ? cancelled
                    ? 'unassign'
                    : 'assign'
                : cancelled
                    ? 'deregister'
                    : 'register',
        ...(version === undefined ? {} : { version }),
        ...(stage === undefined ? {} : { stage }),
        counter: Number(counter ?? 0),
    };
}
function isStageName(stage) {
    return STAGE.test(stage);
}
function isModelName(model) {
    return MODEL.test(model.replaceAll(':', '='));
}
function registrationTag(model, version) {
    return `${model.replaceAll(':', '=')}@${version}`;
}
function assignmentTag(model, stage, counter) {
    return `${model.replaceAll(':', '=')}#${stage}#${counter}`;
}

;// CONCATENATED MODULE: ./src/registry/git/semver.ts
/** A version as GTO writes it: `v` and a semantic version. */
const SEMVER = /^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/;
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
        const name = parseTagName(tag.name);
        if (name === undefined)
            continue;
        if (!tag.annotated)
            put(lightweight, name.model, tag.name);
        else if (tag.commit !== undefined)
            put(models, name.model, { ...name, tag, commit: tag.commit });
    }
    for (const model of models.keys())
        lightweight.delete(model);
    return { models, lightweightOnly: lightweight };
}
/**
 * A model's state from its tags, decided as GTO does: by tagger time, which has whole seconds; within one second
 * by counter, where GTO's own order is accidental; and an undoing after what it undoes.
 */
function readArtifact(model, tags) {
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
    return {
        model,
        registrations,
        assignments: standing(ordered, registrations),
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
function isNewer(a, b) {
    return a.time !== b.time ? a.time > b.time : a.counter > b.counter;
}
function standing(ordered, registrations) {
    const byCommit = new Map();
    // Newest first above: of two versions of one commit, which GTO does not make, the highest stays.
    for (const { commit, version } of registrations.toReversed())
        byCommit.set(commit, version);
    const active = new Map();
    for (const { action, stage, commit, tag, counter } of ordered) {
        if (stage === undefined)
            continue;
        const version = byCommit.get(commit) ?? commit;
        const key = `${version}\0${stage}`;
        if (action === 'assign')
            active.set(key, { version, stage, time: tag.time, counter, tag });
        else
            active.delete(key);
    }
    return [...active.values()];
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

// EXTERNAL MODULE: ./src/json.ts
var json = __webpack_require__(8301);
;// CONCATENATED MODULE: ./src/registry/git/metrics-file.ts


/**
 * A metrics file's values by key. Nested objects are read by dotted path (`train.auc`), as DVC names them; an
 * exact key goes before a path. Numbers and texts are handed on unjudged; what is no number at all (`true`,
 * `null`) becomes its JSON text, so that a judge refuses it instead of not finding it.
 *
 * Throws `METRIC_UNREADABLE`, naming `where`, for a file that is not a JSON object.
 */
function readMetrics(text, keys, where) {
    const unreadable = (what) => new errors/* PromotionError */.g('METRIC_UNREADABLE', `The metrics file ${where} ${what}.`, {
        cure: 'Write it as one JSON object, e.g. {"auc": 0.91}; set registry.metrics_file when another file holds the metrics.',
    });
    let found;
    try {
        found = (0,json/* parseNumbers */.M)(text);
    }
    catch (cause) {
        if (text.startsWith('version https://git-lfs'))
            throw unreadable('is a Git LFS pointer, not the file itself');
        throw unreadable(`is not JSON (${cause instanceof Error ? cause.message : String(cause)})`);
    }
    if (typeof found !== 'object' || found === null || Array.isArray(found))
        throw unreadable('is not a JSON object');
    const values = new Map();
    for (const key of keys) {
        const value = lookUp(found, key);
        if (value === undefined || (typeof value === 'object' && value !== null))
            continue;
        values.set(key, (0,json/* scalar */.d)(value));
    }
    return values;
}
function lookUp(object, key) {
    if (Object.hasOwn(object, key))
        return object[key];
    // Keys may hold dots themselves (`f1.macro`), so every place to cut is tried, the longest head first.
    for (let dot = key.lastIndexOf('.'); dot > 0; dot = key.lastIndexOf('.', dot - 1)) {
        const head = key.slice(0, dot);
        const inner = Object.hasOwn(object, head) ? object[head] : undefined;
        if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
            const value = lookUp(inner, key.slice(dot + 1));
            if (value !== undefined)
                return value;
        }
    }
    return undefined;
}

// EXTERNAL MODULE: ./src/log/event.ts
var log_event = __webpack_require__(3334);
;// CONCATENATED MODULE: ./src/registry/git/record.ts

/**
 * git has no tags on a version, so the tags of the `Registry` interface are a view of the promotion log, as it
 * would look in MLflow:
 *
 * | tag | log |
 * |---|---|
 * | `promotion_state` | type (and stage) of the version's last event: `production_deployed`, `archived` |
 * | `promotion_<stage>` | the version's last event for the stage, as JSON |
 *
 * and a record's fields are an event's: `state` ↔ `type` and `stage`; `policy` ↔ `policyDigest`; `evidence` ↔
 * `evidenceDigest`; `at`, `actor`, `approvers`, `run`, `commit`, `previous`, `reason`, `metrics` by their own names.
 */
const STATE = 'promotion_state';
const PREFIX = 'promotion_';
/** Event fields that a record tells by another name, or by where it stands. */
const NOT_TOLD = new Set(['type', 'version', 'id', 'policyDigest', 'evidenceDigest']);
const STAGED = ['approved', 'deployed', 'rejected', 'failed'];
/** A stage's name inside a tag's key: Databricks allows no `. , - = / :` there. */
function stageKey(stage) {
    return `${PREFIX}${stage.replace(/[^A-Za-z0-9_]/g, '_')}`;
}
/**
 * The events that `tags`, set on `version`, stand for: one for each `promotion_<stage>` record, or, where there
 * is none, one for `promotion_state` alone. Other tags have no place in git and give no event.
 * @param stages names that a key may stand for, since `eu-prod` and `eu_prod` share one
 * @param at the time of events whose record names none
 */
function eventsOf(version, tags, stages, at) {
    const state = tags.get(STATE);
    const events = [];
    for (const [key, value] of tags) {
        if (key === STATE || !key.startsWith(PREFIX))
            continue;
        const record = readRecord(value);
        const said = record_text(record['state']) ?? state;
        const split = said === undefined ? undefined : splitState(said);
        if (split === undefined)
            continue;
        const suffix = key.slice(PREFIX.length);
        const stage = record_text(record['stage']) ??
            [...stages, ...(split.stage === undefined ? [] : [split.stage])].find((name) => stageKey(name) === key) ??
            suffix;
        events.push(eventFrom(record, split.type, version, stage, at));
    }
    if (events.length === 0 && state !== undefined) {
        const split = splitState(state);
        if (split !== undefined)
            events.push(eventFrom({}, split.type, version, split.stage, at));
    }
    return events;
}
/**
 * The tags of a version: what the log says of it, and, for assignments that the log does not know (made with
 * `gto assign`), that it was deployed there.
 */
function tagsOf(version, logged, assignments) {
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
    const own = logged.filter((event) => event.version === version);
    // Foreign ones find their place by time; the log's own order stays as it is (sorting is stable).
    const events = foreign.length === 0 ? own : [...own, ...foreign].sort((a, b) => seconds(a) - seconds(b));
    const tags = new Map();
    for (const event of events) {
        tags.set(STATE, stateOf(event));
        if (event.stage !== undefined)
            tags.set(stageKey(event.stage), JSON.stringify(recordOf(event)));
    }
    return tags;
}
function seconds(event) {
    return Math.floor(Date.parse(event.at) / 1000);
}
function stateOf({ type, stage }) {
    if (stage === undefined)
        return type;
    // What was adopted holds its stage as if it had been deployed there.
    const as = type === 'adopted' ? 'deployed' : type;
    return STAGED.includes(as) ? `${stage}_${as}` : as;
}
function splitState(state) {
    const plain = log_event/* EVENT_TYPES */.R.find((type) => type === state);
    if (plain !== undefined)
        return { type: plain };
    const type = STAGED.find((name) => state.endsWith(`_${name}`));
    return type === undefined ? undefined : { type, stage: state.slice(0, -type.length - 1) };
}
function recordOf(event) {
    const { policyDigest, evidenceDigest } = event;
    const told = Object.entries(event).filter(([name]) => !NOT_TOLD.has(name));
    return {
        state: stateOf(event),
        ...Object.fromEntries(told),
        ...(policyDigest === undefined ? {} : { policy: policyDigest }),
        ...(evidenceDigest === undefined ? {} : { evidence: evidenceDigest }),
    };
}
function eventFrom(record, type, version, stage, at) {
    const optional = (name, value) => value === undefined || value === null || value === '' ? {} : { [name]: value };
    const approvers = Array.isArray(record['approvers'])
        ? record['approvers'].filter((name) => typeof name === 'string')
        : undefined;
    const metrics = typeof record['metrics'] === 'object' && !Array.isArray(record['metrics']) ? record['metrics'] : undefined;
    return {
        type,
        version,
        ...optional('stage', stage),
        at: record_text(record['at']) !== undefined && !Number.isNaN(Date.parse(String(record['at']))) ? String(record['at']) : at,
        ...optional('actor', record_text(record['actor'])),
        ...optional('approvers', approvers),
        ...optional('run', record_text(record['run'])),
        ...optional('commit', record_text(record['commit'])),
        ...optional('policyDigest', record_text(record['policy'])),
        ...optional('evidenceDigest', record_text(record['evidence'])),
        ...optional('previous', record_text(record['previous'])),
        ...optional('reason', record_text(record['reason'])),
        ...optional('metrics', metrics),
    };
}
/** A record's fields; a value that is no JSON object is kept as the reason, so that nothing written is lost. */
function readRecord(value) {
    try {
        const found = JSON.parse(value);
        if (typeof found === 'object' && found !== null && !Array.isArray(found))
            return { ...found };
        return { reason: value };
    }
    catch {
        return { reason: value };
    }
}
function record_text(value) {
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
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
 * Throws `MODEL_UNKNOWN` naming what exists, `GIT_SHALLOW`, `GIT_FAILED`.
 */
async function takeSnapshot(repository, log, model) {
    if (!(await repository.isRepository())) {
        throw new errors/* PromotionError */.g('GIT_FAILED', `'${repository.folder}' is not a git repository.`, {
            cure: "Run actions/checkout with 'fetch-depth: 0' before this step.",
        });
    }
    const remote = await repository.remote();
    if (remote !== undefined)
        await repository.fetch([TAG_REFSPEC, log.refspec], { prune: true });
    if (await repository.isShallow()) {
        throw new errors/* PromotionError */.g('GIT_SHALLOW', 'The repository is a shallow clone: commits and tags of model versions may be missing from it.', {
            cure: "Give actions/checkout 'fetch-depth: 0'.",
        });
    }
    const { models, lightweightOnly } = indexTags(await repository.listTags(remote === undefined ? TAGS : MIRRORED_TAGS));
    const tags = models.get(model);
    if (tags === undefined) {
        const light = lightweightOnly.get(model);
        const shown = (0,tag/* oneLine */.TN)(model, 80);
        if (light !== undefined) {
            throw new errors/* PromotionError */.g('MODEL_UNKNOWN', `Model '${shown}' has lightweight tags only (e.g. '${light[0]}'), and GTO reads none but annotated ones.`, {
                cure: `Make them again with 'gto register', or 'git tag -a -f -m … ${light[0]} ${light[0]}^{}', and push them.`,
            });
        }
        throw new errors/* PromotionError */.g('MODEL_UNKNOWN', `Model '${shown}' has no tags in ${remote?.url ?? 'this repository'}. ${(0,nearest/* whatExists */.L)('models', shown, [...models.keys()].sort())}`, {
            cure: "Register a version first: command 'register', or 'gto register'.",
        });
    }
    const artifact = readArtifact(model, tags);
    if (artifact.deprecatedBy !== undefined) {
        throw new errors/* PromotionError */.g('MODEL_UNKNOWN', `Model '${model}' is deprecated, by tag '${artifact.deprecatedBy.name}'.`, {
            cure: 'Register a new version of it to bring it back, or delete that tag.',
        });
    }
    return { artifact, log: await log.readFetched() };
}

;// CONCATENATED MODULE: ./src/registry/git/git-registry.ts












const DEFAULT_METRICS_FILE = 'metrics.json';
/** Clocks of runners differ by seconds; a tag further ahead than this is a mistake, and holds its stage until then. */
const CLOCK_TOLERANCE_S = 300;
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
    type = 'git';
    description;
    environment = {};
    credentialNames = [];
    #settings;
    #repository;
    #logOf;
    #identity;
    #now;
    #pause;
    #snapshots = new Map();
    constructor(options) {
        this.#settings = options.settings;
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
    refusesStage(stage) {
        if (isStageName(stage))
            return undefined;
        return `GTO allows letters, digits, '-', '_' and '/' in a stage's name, and it must begin and end with a letter or digit; '${(0,tag/* oneLine */.TN)(stage, 80)}' is not such a name.`;
    }
    async *versions(model) {
        const snapshot = await this.#snapshot(model);
        for (const registration of snapshot.artifact.registrations)
            yield await this.#version(snapshot, registration);
    }
    async version(model, version) {
        const snapshot = await this.#snapshot(model);
        return this.#version(snapshot, find(snapshot.artifact, version));
    }
    byAlias(model, alias) {
        const error = new errors/* PromotionError */.g('VERSION_UNKNOWN', `'@${(0,tag/* oneLine */.TN)(alias, 80)}' names no version of '${(0,tag/* oneLine */.TN)(model, 80)}': a git registry has no aliases.`, {
            cure: "Name the stage instead, e.g. 'stage:production', or the version.",
        });
        return Promise.reject(error);
    }
    async holders(model, stages) {
        return this.#holders((await this.#snapshot(model)).artifact, stages);
    }
    async metrics(version, keys) {
        const commit = commitOf(version);
        const path = this.#settings.metricsFile ?? DEFAULT_METRICS_FILE;
        const text = await this.#repository.show(commit, path);
        if (text === undefined) {
            if (this.#settings.metricsFile === undefined)
                return new Map();
            throw new errors/* PromotionError */.g('METRIC_UNREADABLE', `Commit ${commit}, which is ${version.uri}, has no file '${path}'.`, {
                cure: 'Commit the metrics file together with the version, or correct registry.metrics_file.',
            });
        }
        const origin = `${path} at ${commit.slice(0, 8)}`;
        return new Map([...readMetrics(text, keys, origin)].map(([key, value]) => [key, { value, origin }]));
    }
    async transition(transition) {
        const { model, stage, version } = transition;
        const refusal = this.refusesStage(stage);
        if (refusal !== undefined)
            throw new errors/* PromotionError */.g('STAGE_UNKNOWN', refusal, { cure: 'Rename the stage in the policy.' });
        await this.#write(model, async (snapshot, log) => {
            this.#refuseChanged(snapshot.artifact, version);
            const holder = this.#holders(snapshot.artifact, [stage]).get(stage)?.[0];
            const tag = holder === version.version ? undefined : assignmentTag(model, stage, snapshot.artifact.highestCounter + 1);
            if (tag === undefined) {
                // Whoever held it before is history by now; what can still be missing is our record of it.
                const events = this.#events(transition, undefined).filter((event) => !isRecorded(event, snapshot));
                return log.append(events, { expectedHead: snapshot.log.head });
            }
            if (holder !== transition.replaces?.version)
                throw conflict(model, stage, holder, transition.replaces?.version);
            const object = await this.#repository.writeTag({
                name: tag,
                target: commitOf(version),
                message: `Promoted ${model} ${version.version} to ${stage}${holder === undefined ? '' : `, in place of ${holder}`}`,
                tagger: this.#identity,
                when: this.#tagTime(snapshot.artifact, stage),
            });
            const refs = tagRefs(tag);
            const result = await log.append(this.#events(transition, tag), {
                expectedHead: snapshot.log.head,
                along: [{ ref: refs.tag, to: object, from: null }],
            });
            // Only a tag that the remote has taken gets a ref here: a refused one leaves nothing behind.
            if (result === 'appended' && (await this.#repository.remote()) !== undefined)
                await this.#repository.setRef(refs.tag, object);
            return result;
        });
        const after = this.#holders((await this.#snapshot(model)).artifact, [stage]).get(stage)?.[0];
        if (after !== version.version)
            throw conflict(model, stage, after, version.version);
    }
    async tag(version, tags) {
        await this.#write(version.model, (snapshot, log) => {
            const stages = [...snapshot.artifact.stageTags.keys()];
            const events = eventsOf(version.version, tags, stages, this.#now().toISOString());
            return log.append(events, { expectedHead: snapshot.log.head });
        });
    }
    async materialise(version, folder) {
        const commit = commitOf(version);
        const target = (0,external_node_path_.resolve)(folder);
        const files = this.#settings.files.map((path) => external_node_path_.posix.normalize(path.replaceAll('\\', '/')).replace(/\/$/, ''));
        const entries = await this.#repository.listFiles(commit, files.includes('.') ? [] : files);
        const missing = files.find((normal) => {
            return normal !== '.' && !entries.some((entry) => entry.path === normal || entry.path.startsWith(`${normal}/`));
        });
        if (missing !== undefined) {
            throw new errors/* PromotionError */.g('GIT_FAILED', `Commit ${commit}, which is ${version.uri}, has no file '${(0,tag/* oneLine */.TN)(missing)}'.`, {
                cure: "Correct 'files' of the policy's registry, or commit the file together with the version.",
            });
        }
        const links = entries.filter(({ mode }) => mode === '120000');
        const targets = await this.#repository.readBlobs(links.map(({ object }) => object));
        for (const [index, { path }] of links.entries()) {
            const leads = (0,external_node_path_.resolve)(target, external_node_path_.posix.dirname(path), targets[index]?.toString('utf8') ?? '');
            if (!`${leads}${external_node_path_.sep}`.startsWith(`${target}${external_node_path_.sep}`)) {
                throw new errors/* PromotionError */.g('FILE_UNSAFE', `'${(0,tag/* oneLine */.TN)(path)}' of ${version.uri} is a link that leads out of the version's files.`, {
                    cure: "Commit the file itself, or leave the link out of 'files'.",
                });
            }
        }
        await (0,promises_.mkdir)(target, { recursive: true });
        const index = `${target}.${(0,external_node_crypto_.randomUUID)()}.index`;
        try {
            await this.#repository.writeFiles(commit, entries.map(({ path }) => path), target, index);
        }
        finally {
            await (0,promises_.rm)(index, { force: true });
        }
        return target;
    }
    #snapshot(model) {
        let snapshot = this.#snapshots.get(model);
        if (snapshot === undefined) {
            snapshot = takeSnapshot(this.#repository, this.#logOf(model), model);
            this.#snapshots.set(model, snapshot);
            // A failure is not an answer to keep.
            snapshot.catch(() => this.#snapshots.delete(model));
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
        throw new errors/* PromotionError */.g('REGISTRY_CONFLICT', `Other runs moved the promotion log of '${model}' ${ATTEMPTS} times in a row.`, {
            cure: "Run again; a 'concurrency' group for the promotion jobs keeps them out of each other's way.",
        });
    }
    async #version({ artifact, log }, registration) {
        const { version, commit, tag } = registration;
        const url = (await this.#repository.remote())?.url;
        return {
            model: artifact.model,
            version,
            createdAt: new Date(registration.time * 1000).toISOString(),
            source: commit,
            commit,
            uri: registrationTag(artifact.model, version),
            ...(url !== undefined && /^https?:/.test(url)
                ? { page: `${url.replace(/(?:\.git)?\/?$/, '')}/tree/${encodeURIComponent(tag)}` }
                : {}),
            tags: tagsOf(version, log.events, artifact.assignments),
        };
    }
    #holders(artifact, stages) {
        const limit = this.#now().getTime() / 1000 + CLOCK_TOLERANCE_S;
        const holders = new Map();
        for (const stage of stages) {
            const future = artifact.stageTags.get(stage)?.find(({ tag }) => tag.time > limit)?.tag;
            if (future !== undefined) {
                throw new errors/* PromotionError */.g('REGISTRY_ANSWER', `Tag '${future.name}' is dated ${new Date(future.time * 1000).toISOString()}, in the future; the newest date decides who holds '${stage}', so nothing could take the stage from it until then.`, { cure: `Delete it ('git push origin :refs/tags/${future.name}') and assign the stage again.` });
            }
            const holder = holderOf(artifact, stage);
            if (holder !== undefined)
                holders.set(stage, [holder.version]);
        }
        return holders;
    }
    /** Later than every tag of the stage: within one second GTO's order is accidental. */
    #tagTime(artifact, stage) {
        const newest = artifact.stageTags.get(stage)?.at(-1)?.tag.time ?? 0;
        return new Date(Math.max(Math.floor(this.#now().getTime() / 1000), newest + 1) * 1000);
    }
    #refuseChanged(artifact, version) {
        const now = find(artifact, version.version);
        if (now.commit === version.commit)
            return;
        throw new errors/* PromotionError */.g('REGISTRY_CONFLICT', `Version ${version.uri} was judged at commit ${version.commit} and is now commit ${now.commit}.`, {
            cure: 'Someone has made its tag again; run the gate again.',
        });
    }
    /** What the log has to say of a transition; each as the caller's tags put it, or plainly where they say nothing. */
    #events({ version, stage, replaces, archive, tags, replacedTags }, tag) {
        const at = this.#now().toISOString();
        const previous = replaces === undefined ? {} : { previous: replaces.version };
        const promoted = eventsOf(version.version, tags, [stage], at);
        const own = promoted.some((event) => event.stage === stage)
            ? promoted
            : [
                ...promoted,
                { type: 'deployed', version: version.version, stage, at, actor: this.#identity.name, ...previous },
            ];
        const marked = own.map((event) => (event.stage === stage && tag !== undefined ? { ...event, tag } : event));
        if (!archive || replaces === undefined || replaces.version === version.version)
            return marked;
        const archived = eventsOf(replaces.version, replacedTags, [stage], at);
        return [
            ...marked,
            ...(archived.length > 0
                ? archived
                : [{ type: 'archived', version: replaces.version, stage, at, actor: this.#identity.name }]),
        ];
    }
}
/** A registered version by its name, with or without the `v`. Throws `VERSION_UNKNOWN` naming what exists. */
function find(artifact, version) {
    const found = artifact.registrations.find((registration) => registration.version === version || registration.version === `v${version}`);
    if (found !== undefined)
        return found;
    const shown = (0,tag/* oneLine */.TN)(version, 80);
    throw new errors/* PromotionError */.g('VERSION_UNKNOWN', `Model '${artifact.model}' has no version '${shown}'. ${(0,nearest/* whatExists */.L)('versions', shown, artifact.registrations.map((registration) => registration.version))}`, /^[0-9a-f]{40,64}$/.test(version)
        ? { cure: "A stage's tag is on this commit, but no version is registered there: run 'gto register' on it." }
        : {});
}
/** Whether the log's last word on the version and stage is this event already. */
function isRecorded(event, { log }) {
    const last = log.events.findLast(({ version, stage }) => version === event.version && stage === event.stage);
    return last?.type === event.type;
}
function commitOf(version) {
    if (version.commit !== undefined)
        return version.commit;
    throw new errors/* PromotionError */.g('INTERNAL', `Version ${version.uri} has no commit, though its registry is git.`);
}
function conflict(model, stage, holder, expected) {
    const now = holder === undefined ? 'nobody holds it' : `'${holder}' holds it`;
    return new errors/* PromotionError */.g('REGISTRY_CONFLICT', `Stage '${stage}' of '${model}' was expected with ${expected === undefined ? 'no holder' : `'${expected}'`}, and now ${now}.`, { cure: 'Someone else moved the stage meanwhile; run the gate again.' });
}


/***/ })

};
