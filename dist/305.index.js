export const id = 305;
export const ids = [305];
export const modules = {

/***/ 8305:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  createMlflowRegistry: () => (/* binding */ createMlflowRegistry)
});

// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
// EXTERNAL MODULE: ./src/domain/errors.ts
var errors = __webpack_require__(241);
// EXTERNAL MODULE: ./src/domain/cure.ts
var cure = __webpack_require__(7799);
// EXTERNAL MODULE: ./src/domain/suggest.ts
var suggest = __webpack_require__(7182);
// EXTERNAL MODULE: ./src/registry/http.ts
var http = __webpack_require__(8851);
;// CONCATENATED MODULE: ./src/registry/tag-value.ts
const longestReason = 160;
/**
 * A tag's value of at most `limit` characters. A record stays one: approvers, reason and metrics are left out as far
 * as they have no room, and `shortened` marks the copy. The record itself is the promotion log's, which has no such limit.
 */
function tagValue(text, limit) {
    if (text.length <= limit)
        return { text };
    const record = recordIn(text);
    if (record === undefined)
        return { text: cut(text, limit), leftOut: 'the end of the text' };
    const { reason, metrics, approvers, ...core } = record;
    const leftOut = [];
    const copy = { ...core, shortened: true };
    if (!fits(copy, limit))
        return { text: bare(record), leftOut: 'all but state, stage and time' };
    const people = Array.isArray(approvers) ? approvers : [];
    const somePeople = longest(people, (some) => fits({ ...copy, approvers: some }, limit));
    if (somePeople.length > 0)
        copy['approvers'] = somePeople;
    if (somePeople.length < people.length)
        leftOut.push(`${people.length - somePeople.length} of ${people.length} approvers`);
    if (typeof reason === 'string') {
        const short = cut(reason, longestReason);
        const hasRoom = fits({ ...copy, reason: short }, limit);
        if (hasRoom)
            copy['reason'] = short;
        if (!hasRoom || short !== reason)
            leftOut.push(hasRoom ? 'the end of the reason' : 'the reason');
    }
    const values = typeof metrics === 'object' && metrics !== null ? Object.entries(metrics) : [];
    const someValues = longest(values, (some) => fits({ ...copy, metrics: Object.fromEntries(some) }, limit));
    if (someValues.length > 0)
        copy['metrics'] = Object.fromEntries(someValues);
    if (someValues.length < values.length)
        leftOut.push(`${values.length - someValues.length} of ${values.length} metrics`);
    return { text: JSON.stringify(copy), leftOut: leftOut.join(', ') };
}
/** As many of the first as `accepts` takes. */
function longest(all, accepts) {
    let count = 0;
    while (count < all.length && accepts(all.slice(0, count + 1)))
        count += 1;
    return all.slice(0, count);
}
function fits(fields, limit) {
    return JSON.stringify(fields).length <= limit;
}
function bare({ state, stage, at }) {
    return JSON.stringify({ state, stage, at, shortened: true });
}
function cut(text, length) {
    return text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
function recordIn(text) {
    try {
        const found = JSON.parse(text);
        return typeof found === 'object' && found !== null && !Array.isArray(found) ? { ...found } : undefined;
    }
    catch {
        return undefined; // Not a record: text, which may be cut anywhere.
    }
}

;// CONCATENATED MODULE: ./src/registry/mlflow/api.ts



const pageSize = 200;
const pointsAPage = 25_000;
const pagesOfPoints = 8;
/** MLflow's REST calls, one method each; names as MLflow's. Throws what `HttpClient` throws. */
class MlflowApi {
    registry;
    tracking;
    /**
     * @param registry where versions, aliases and tags are
     * @param tracking where runs are; often the same server
     */
    constructor(registry, tracking) {
        this.registry = registry;
        this.tracking = tracking;
    }
    async getModel(name) {
        const answer = await this.get('registered-models/get', { name });
        return object(answer['registered_model'], 'registered_model');
    }
    /** The names of registered models, the first few hundred. */
    async modelNames() {
        const answer = await this.get('registered-models/search', { max_results: 500 });
        return list(answer['registered_models']).map((model) => model.name);
    }
    async getVersion(name, version) {
        const answer = await this.get('model-versions/get', { name, version });
        return object(answer['model_version'], 'model_version');
    }
    /** Where a version's files are: its source, or what a source that names another version or model stood for. */
    async downloadUri(name, version) {
        const { artifact_uri: uri } = await this.get('model-versions/get-download-uri', { name, version });
        if (typeof uri === 'string' && uri !== '')
            return uri;
        throw new errors/* PromotionError */.g1('REGISTRY_ANSWER', `MLflow does not say where the files of ${name}/${version} are.`, {
            cure: `Without an address it cannot be loaded: register it again from its run, with ${(0,cure/* asInput */.l)('register', { run: '<id of the run>' })}.`,
        });
    }
    /**
     * All versions of a model, the highest first; none for a model that does not exist.
     * @throws PromotionError `REGISTRY_ANSWER` for a name with both kinds of quotes, or pages that never end
     */
    async *searchVersions(name) {
        // Some databases compare without case: 'Churn' would find the versions of 'churn'.
        for await (const version of this.search(`name = ${quoted(name)}`))
            if (version.name === name)
                yield version;
    }
    /** The versions of all models that have the tag. Throws as `searchVersions`. */
    async taggedVersions(key, value) {
        const found = [];
        for await (const version of this.search(`tags.${key} = ${quoted(value)}`)) {
            if (version.tags?.some((tag) => tag.key === key && tag.value === value) === true)
                found.push(version);
        }
        return found;
    }
    async *search(filter) {
        const seen = new Set();
        let token;
        do {
            const query = { filter, order_by: 'version_number DESC', max_results: pageSize, page_token: token };
            const answer = await this.get('model-versions/search', query);
            yield* list(answer['model_versions']);
            token = nextPage(answer, seen);
        } while (token !== undefined);
    }
    async versionByAlias(name, alias) {
        const answer = await this.get('registered-models/alias', { name, alias });
        return object(answer['model_version'], 'model_version');
    }
    /** Sent once, as all that moves a stage: sent again without a look, it could undo somebody else's move. */
    setAlias(name, alias, version) {
        return this.once('POST', 'registered-models/alias', { name, alias, version });
    }
    /** Sent once, as `setAlias`. */
    deleteAlias(name, alias) {
        return this.once('DELETE', 'registered-models/alias', { name, alias });
    }
    /** Makes a registered model, unless there is one of the name. */
    async createModel(name) {
        try {
            await this.post('registered-models/create', { name });
        }
        catch (error) {
            if (!(error instanceof http/* HttpError */.j) || error.registryCode !== 'RESOURCE_ALREADY_EXISTS')
                throw error;
        }
    }
    /** Makes one more version each time it is called: sent once, whatever comes of it. */
    async createVersion(version) {
        const answer = fields(await this.once('POST', 'model-versions/create', version));
        return object(answer['model_version'], 'model_version');
    }
    setTag(name, version, key, value) {
        return this.post('model-versions/set-tag', { name, version, key, value });
    }
    /** MLflow's own stages. Sent once, as `setAlias`: archiving takes whoever holds the stage by then. */
    transitionStage(name, version, stage, archive) {
        const body = { name, version, stage, archive_existing_versions: archive };
        return this.once('POST', 'model-versions/transition-stage', body);
    }
    async getRun(run) {
        const answer = await this.track('runs/get', { run_id: run });
        return object(answer['run'], 'run');
    }
    /** @throws PromotionError `METRIC_UNREADABLE` where the server is older than MLflow 3, which brought logged models */
    async getLoggedModel(id) {
        try {
            const answer = await this.track(`logged-models/${encodeURIComponent(id)}`, {});
            return object(answer['model'], 'model');
        }
        catch (error) {
            if (!hasNoSuchCall(error))
                throw error;
            throw new errors/* PromotionError */.g1('METRIC_UNREADABLE', `The logged model ${id} cannot be read: the tracking server has no logged models, which came with MLflow 3. ${error.message}`, { cure: 'Set MLFLOW_TRACKING_URI to the server that has it, of MLflow 3 or later.', cause: error });
        }
    }
    /** False for a server older than MLflow 3; where it does not say, true. */
    async hasLoggedModels() {
        try {
            await this.track(`logged-models/m-${'0'.repeat(32)}`, {});
        }
        catch (error) {
            // MLflow 3 says that this one does not exist; any other failure proves nothing about the version.
            return !hasNoSuchCall(error);
        }
        return true;
    }
    /** The logged models that a run made; none on servers older than MLflow 3, which have no such call. */
    async loggedModelsOf(run, experiment) {
        const body = { experiment_ids: [experiment], filter: `source_run_id = ${quoted(run)}`, max_results: 50 };
        const call = { method: 'POST', path: path('logged-models/search'), body, idempotent: true };
        try {
            return list(fields(await this.tracking.call(call))['models']);
        }
        catch (error) {
            if (hasNoSuchCall(error))
                return [];
            throw error;
        }
    }
    /** What is in a folder of a run's artifacts, the first page of it. */
    async artifacts(run, folder) {
        const answer = await this.track('artifacts/list', { run_id: run, path: folder });
        return list(answer['files']);
    }
    /** The points of a metric; undefined where there are more than anybody would wait for. */
    async metricHistory(run, key) {
        const points = [];
        const seen = new Set();
        let token;
        for (let page = 0; page < pagesOfPoints; page += 1) {
            const query = { run_id: run, metric_key: key, max_results: pointsAPage, page_token: token };
            const answer = await this.track('metrics/get-history', query);
            points.push(...list(answer['metrics']));
            token = nextPage(answer, seen);
            if (token === undefined)
                return points;
        }
        return undefined;
    }
    async track(what, query) {
        return fields(await this.tracking.call({ method: 'GET', path: path(what), query }));
    }
    async get(what, query) {
        return fields(await this.registry.call({ method: 'GET', path: path(what), query }));
    }
    once(method, what, body) {
        return this.registry.call({ method, path: path(what), body, ...needs(method, body) });
    }
    /** For writes that say the same however often they are sent. */
    post(what, body) {
        return this.registry.call({ method: 'POST', path: path(what), body, idempotent: true, ...needs('POST', body) });
    }
}
/** What a refusal has to name: the model that a write is about, and the right that it needs there. */
function needs(method, body) {
    const { name } = body;
    if (typeof name !== 'string')
        return {};
    const right = method === 'DELETE'
        ? "right to delete what belongs to that model (MANAGE, in MLflow's own permissions)"
        : "right to change that model (EDIT, in MLflow's own permissions)";
    return { about: `the registered model '${name}'`, right };
}
/** Whether MLflow said that something does not exist; a missing alias is a 400 there. */
function isMissing(error) {
    return (error instanceof http/* HttpError */.j &&
        (error.registryCode === 'RESOURCE_DOES_NOT_EXIST' ||
            (error.status === 400 && error.registryCode === 'INVALID_PARAMETER_VALUE')));
}
/** What was asked for; undefined where MLflow said that it does not exist. Any other error is thrown. */
async function undefinedIfMissing(asked) {
    try {
        return await asked;
    }
    catch (error) {
        if (isMissing(error))
            return undefined;
        throw error;
    }
}
/** Whether it was the web server, not MLflow, that knows nothing of it: an older MLflow has no such call. */
function hasNoSuchCall(error) {
    return error instanceof http/* HttpError */.j && (error.status === 404 || error.status === 405) && !isMissing(error);
}
function path(what) {
    return `/api/2.0/mlflow/${what}`;
}
/**
 * A page's token, once: a server that repeats one would be asked for ever, and to stop there would be to miss
 * versions without a word.
 */
function nextPage(answer, seen) {
    const token = answer['next_page_token'];
    if (typeof token !== 'string' || token === '')
        return undefined;
    if (seen.has(token)) {
        throw new errors/* PromotionError */.g1('REGISTRY_ANSWER', 'The registry gave the same page of results twice.', {
            cure: "Look at the registry's own log, and at any cache in front of it; then run this again.",
        });
    }
    seen.add(token);
    return token;
}
/** A string in MLflow's filter language: it has no escapes, so a name with both quotes cannot be asked for. */
function quoted(text) {
    if (!text.includes("'"))
        return `'${text}'`;
    if (!text.includes('"'))
        return `"${text}"`;
    throw new errors/* PromotionError */.g1('REGISTRY_ANSWER', 'MLflow cannot list the versions of a model whose name holds both \' and ".', {
        cure: 'Rename the model: python -c "import sys; from mlflow import MlflowClient; MlflowClient().rename_registered_model(*sys.argv[1:])" OLD NEW',
    });
}
function fields(answer) {
    return object(answer, 'object');
}
function object(data, what) {
    if (data !== null && typeof data === 'object' && !Array.isArray(data))
        return data;
    throw new errors/* PromotionError */.g1('REGISTRY_ANSWER', `The registry's answer has no '${what}'.`, {
        cure: `Check MLFLOW_TRACKING_URI: what answers there is not MLflow's API. This shows what it says: curl "$MLFLOW_TRACKING_URI/api/2.0/mlflow/registered-models/search?max_results=1"`,
    });
}
function list(data) {
    return Array.isArray(data) ? data : [];
}

;// CONCATENATED MODULE: ./src/registry/mlflow/lineage.ts

/** Where MLflow keeps a logged model's files: https://mlflow.org/docs/latest/ml/mlflow-3/ */
const inFolder = /\/models\/(m-[0-9a-f]{32})\/artifacts\/?$/;
/** How many copies (`models:/name/version`) are followed back. */
const deepestCopy = 5;
/** Follows copies back to the run, and to the logged model, that made the version; undefined where no run did. */
async function lineageOf(api, version) {
    const { run: known, source, copiedFrom } = await originOf(api, version);
    const loggedModel = /^models:\/(m-[\w-]+)$/.exec(source ?? '')?.[1];
    const run = known ??
        (loggedModel === undefined
            ? undefined
            : named((await undefinedIfMissing(api.getLoggedModel(loggedModel)))?.info?.source_run_id));
    if (run === undefined)
        return undefined;
    const filesOf = copiedFrom ?? (await makerOf(api, source ?? ''));
    return {
        run,
        ...(loggedModel === undefined ? {} : { loggedModel }),
        ...(filesOf === undefined ? {} : { filesOf }),
    };
}
/**
 * The run that made the version's files, where that is another one than the version says: what its own run measured is no
 * proof of them.
 * @param maker the run that made the logged model, where the version was made from one
 */
function otherMaker({ run, filesOf }, maker) {
    return [filesOf, named(maker)].find((each) => each !== undefined && each !== run);
}
/**
 * The run whose artifacts the address lies in: `runs:/<id>/…`, or MLflow's own folder for them; undefined where the
 * address does not tell. A logged model by its id is asked for elsewhere, with its metrics.
 */
async function makerOf(api, source) {
    const [, byUri, byFolder] = /^runs:\/([^/]+)\/|\/([0-9a-f]{32})\/artifacts(?:\/|$)/.exec(source) ?? [];
    const loggedModel = inFolder.exec(source)?.[1];
    if (loggedModel === undefined)
        return byUri ?? byFolder;
    return named((await undefinedIfMissing(api.getLoggedModel(loggedModel)))?.info?.source_run_id);
}
/** The logged model that the version was made from, also where no run is known; copies are followed back. */
async function loggedModelOf(api, version) {
    const { source = '' } = await originOf(api, version);
    return /^models:\/(m-[\w-]+)$/.exec(source)?.[1] ?? inFolder.exec(source)?.[1];
}
async function originOf(api, version) {
    let { run, source } = version;
    let copiedFrom;
    for (let depth = 0; depth < deepestCopy; depth += 1) {
        const copied = /^models:\/([^/]+)\/([1-9]\d*)$/.exec(source ?? '');
        if (copied?.[1] === undefined || copied[2] === undefined)
            break;
        // The original of a copy may have been deleted since.
        const original = await undefinedIfMissing(api.getVersion(copied[1], copied[2]));
        if (original === undefined)
            break;
        const made = named(original.run_id);
        run ??= made;
        if (made !== undefined && made !== run)
            copiedFrom ??= made;
        source = original.source;
    }
    return { run, source, copiedFrom };
}
function named(run) {
    return run === '' ? undefined : run;
}

;// CONCATENATED MODULE: ./src/registry/mlflow/metrics.ts




/** What MLflow stores for an infinity. */
const storedInfinity = 1.797e308;
/**
 * The latest values of a version's metrics. Values are read from the run's history, because
 * - `runs/get` alone would hide a tie: for several points at the last step it shows the largest;
 * - a run's latest value mixes all models logged in it: it may be another model's;
 * - a logged model tells NaN as 0.0, so its own values only say which of the run's points are meant;
 * - MLflow takes any run for any files: where another run made them, the version's run has not measured them.
 * What stays unclear reads as text that says why, which no condition passes.
 */
async function readMetrics(api, lineage, keys, page) {
    const { run, loggedModel } = lineage;
    const { data, info } = await api.getRun(run);
    const model = loggedModel === undefined ? undefined : await api.getLoggedModel(loggedModel);
    const other = otherMaker(lineage, model?.info?.source_run_id);
    const logged = model?.data?.metrics ?? [];
    const latest = new Map((data?.metrics ?? []).map((metric) => [metric.key, metric]));
    const readings = new Map();
    const commit = data?.tags?.find((tag) => tag.key === 'mlflow.source.git.commit')?.value;
    for (const key of keys) {
        const last = latest.get(key);
        if (last === undefined)
            continue;
        const ofKey = logged.filter((point) => point.key === key);
        const own = ofKey.filter((point) => point.run_id === undefined || point.run_id === run);
        const points = await api.metricHistory(run, key);
        const { point, ...agreement } = other === undefined ? judged(last, points, own) : ofOtherFiles(last, run, other);
        const { value } = agreement;
        const elsewhere = ofKey.filter((each) => !own.includes(each));
        const remark = loggedModel === undefined || other !== undefined
            ? undefined
            : (remarkOnRun(value, points, `is what its logged model ${loggedModel} has`) ??
                remarkOnModel(value, elsewhere, loggedModel));
        readings.set(key, {
            ...agreement,
            origin: `run ${run.slice(0, 8)}, step ${stepOf(point)}`,
            page: page(info?.experiment_id ?? '0'),
            ...timeOf(point),
            ...(commit === undefined ? {} : { commit }),
            ...(remark === undefined ? {} : { remark }),
        });
    }
    return readings;
}
/**
 * The latest value that a version's logged model has for a metric, of whichever run logged it: evaluations are runs
 * of their own. https://mlflow.org/docs/latest/ml/mlflow-3/
 * @param dataset name or digest of the data set that it must have been measured on
 * @param page the logged model's page
 * @throws PromotionError `METRIC_UNREADABLE` where there is no logged model, no such metric, or where several data
 *   sets have one and none is named
 */
async function readLoggedModelMetric(api, version, key, dataset, page) {
    const { id, model } = await loggedModelFor(api, version);
    const metrics = model.data?.metrics ?? [];
    const measured = ofDataset(metrics.filter((point) => point.key === key), dataset);
    if (measured.length === 0)
        throw noSuchMetric(id, metrics, key, dataset);
    refuseSeveralDatasets(id, key, measured);
    const claims = newest(measured);
    const each = await Promise.all(claims.map(async ({ run, points: [last = { key }, ...tied] }) => judged(last, await historyOf(api, run, key), [last, ...tied])));
    const [point = { key }] = claims.flatMap(({ points }) => points);
    const [only, ...others] = each;
    const agreement = only !== undefined && others.length === 0
        ? agreedOf(only)
        : agreed(each.map(({ value }) => value), stepOf(point));
    const remark = await remarkOnRunOf(api, version, key, agreement.value);
    return {
        ...agreement,
        origin: metrics_originOf(id, point),
        page: page(model.info?.experiment_id ?? '0', id),
        ...timeOf(point),
        ...datasetOf(point),
        ...(remark === undefined ? {} : { remark }),
    };
}
async function loggedModelFor(api, version) {
    const id = await loggedModelOf(api, version);
    if (id === undefined) {
        const source = version.source === undefined ? '' : `: its source is ${version.source}`;
        const message = `Version ${version.version} of '${version.model}' was made from no logged model${source}.`;
        if (await api.hasLoggedModels()) {
            throw new errors/* PromotionError */.g1('METRIC_UNREADABLE', message, {
                cure: "Register it by its logged model, models:/m-… (MLflow 3), or read the metric with 'from: run'.",
            });
        }
        throw new errors/* PromotionError */.g1('METRIC_UNREADABLE', `${message} The tracking server has no logged models, which came with MLflow 3.`, {
            cure: "Read the metric with 'from: run', or upgrade the server to MLflow 3 or later and register the version by its logged model, models:/m-….",
        });
    }
    try {
        return { id, model: await api.getLoggedModel(id) };
    }
    catch (error) {
        if (!isMissing(error))
            throw error;
        throw new errors/* PromotionError */.g1('METRIC_UNREADABLE', `The logged model ${id}, which version ${version.version} of '${version.model}' was made from, is not in the tracking server.`, { cure: 'Set MLFLOW_TRACKING_URI to the server that has it.', cause: error });
    }
}
function ofDataset(points, dataset) {
    if (dataset === undefined)
        return points;
    return points.filter((point) => point.dataset_name === dataset || point.dataset_digest === dataset);
}
function noSuchMetric(id, metrics, key, dataset) {
    const ofKey = metrics.filter((point) => point.key === key);
    if (ofKey.length === 0 || dataset === undefined) {
        return new errors/* PromotionError */.g1('METRIC_UNREADABLE', `The logged model ${id} has no metric '${key}'.`, {
            cure: (0,suggest/* metricsThatExist */.Op)(undefined, key, [...new Set(metrics.map((point) => point.key))]),
        });
    }
    const known = ofKey.flatMap(({ dataset_name: name = '', dataset_digest: digest = '' }) => [name, digest]);
    return new errors/* PromotionError */.g1('METRIC_UNREADABLE', `The logged model ${id} has no '${key}' of a data set '${dataset}'.`, {
        cure: (0,suggest/* listKnownNames */.QH)('data sets', dataset, [...new Set(known.filter((name) => name !== ''))]),
    });
}
function refuseSeveralDatasets(id, key, points) {
    const sets = [...new Set(points.map((point) => datasetName(point) ?? 'none'))];
    if (sets.length < 2)
        return;
    throw new errors/* PromotionError */.g1('METRIC_UNREADABLE', `The logged model ${id} has '${key}' of ${sets.length} data sets: ${sets.slice(0, 10).join(', ')}${sets.length > 10 ? ' …' : ''}.`, { cure: "Say which one counts with 'dataset': its name, or its digest where names are the same." });
}
/** The last step's points of the run that measured last; of several runs where their last points are of one time. */
function newest(measured) {
    const runs = grouped(measured, ({ run_id: run = '' }) => run);
    const last = [...runs].map(([run, points]) => {
        const claimed = atLastStep(points);
        return { run, points: claimed, time: claimed.reduce((latest, point) => Math.max(latest, timestampOf(point)), 0) };
    });
    const time = last.reduce((latest, each) => Math.max(latest, each.time), 0);
    return last.filter((each) => each.time === time);
}
async function historyOf(api, run, key) {
    try {
        return await api.metricHistory(run, key);
    }
    catch (error) {
        if (isMissing(error))
            return [];
        throw error;
    }
}
function ofOtherFiles(point, run, maker) {
    return {
        value: `unknown: measured by run ${run}, and run ${maker} made the version's files`,
        fault: `was measured by run ${run}, and run ${maker} made the version's files: it is not of this model`,
        cure: `Register these files with their own run: 'command: register' with 'run-id: ${maker}'; or measure the model itself, with 'from: evaluate'.`,
        point,
    };
}
/** The one value, or why there is none, and a point that it was read from. */
function judged(last, points, own) {
    if (points === undefined) {
        const value = 'unknown: its history is too long to be read';
        return { value, fault: `is ${value}`, cure: 'Log the final value under a name of its own.', point: last };
    }
    if (own.length > 0)
        return ofLoggedModel(points, own);
    const [point = last, ...tied] = atLastStep(points);
    return { ...agreed([point, ...tied].map(metrics_valueOf), stepOf(point)), point };
}
/** The run's points that the logged model claims; they must agree with it, except that it tells NaN as 0. */
function ofLoggedModel(points, own) {
    const claimed = atLastStep(own);
    const [first = { key: '' }] = claimed;
    const step = stepOf(first);
    const atStep = points.filter((point) => stepOf(point) === step);
    const values = claimed.flatMap((point) => confirmed(point, atStep));
    return { ...agreed(values, step), point: first };
}
/** What a claimed point is in its run, where points of other models may be of the same time. */
function confirmed(claimed, points) {
    const said = metrics_valueOf(claimed);
    const inRun = points.filter((point) => timestampOf(point) === timestampOf(claimed)).map(metrics_valueOf);
    if (inRun.length === 0)
        return [`unknown: its run has no such point at step ${stepOf(claimed)}`];
    const meant = inRun.filter((value) => value === said || (said === 0 && value === 'NaN'));
    return meant.length === 0 ? [said, ...inRun] : meant;
}
function grouped(all, by) {
    const groups = new Map();
    for (const each of all) {
        const group = groups.get(by(each));
        if (group === undefined)
            groups.set(by(each), [each]);
        else
            group.push(each);
    }
    return groups;
}
/** Values that a sentence names. */
const metrics_named = 5;
function agreed(values, step) {
    const different = [...new Set(values)];
    const [only, ...others] = different;
    if (only !== undefined && others.length === 0)
        return { value: only };
    const more = different.length > metrics_named ? ` and ${different.length - metrics_named} more` : '';
    const shown = `${different.slice(0, metrics_named).join(', ')}${more}`;
    return {
        value: `ambiguous: ${shown} at step ${step}`,
        fault: `is ambiguous: it was logged ${values.length} times at step ${step} (${shown}), and which one counts is not said`,
        cure: "Log steps, as in 'mlflow.log_metric(name, value, step=epoch)', or the final value under a name of its own.",
    };
}
function agreedOf({ value, fault, cure }) {
    return { value, ...(fault === undefined ? {} : { fault }), ...(cure === undefined ? {} : { cure }) };
}
/** The value that a run shows may be another model's. */
function remarkOnRun(value, points, counts) {
    const shown = atLastStep(points ?? []);
    const [point] = shown;
    if (point === undefined)
        return undefined;
    const { value: other } = agreed(shown.map(metrics_valueOf), stepOf(point));
    return other === value ? undefined : `The run itself shows ${other} at step ${stepOf(point)}; ${value} ${counts}.`;
}
async function remarkOnRunOf(api, version, key, value) {
    const lineage = await lineageOf(api, version);
    if (lineage === undefined)
        return undefined;
    return remarkOnRun(value, await historyOf(api, lineage.run, key), 'is what the logged model has, which counts');
}
/** What other runs measured for the logged model does not count as the run's. */
function remarkOnModel(value, elsewhere, loggedModel) {
    const sets = grouped(elsewhere, (point) => datasetName(point) ?? '');
    const others = [...sets.values()]
        .flatMap((points) => newest(points).flatMap((claim) => claim.points))
        .filter((point) => metrics_valueOf(point) !== value);
    if (others.length === 0)
        return undefined;
    // MLflow tells a logged model's NaN as 0.
    const shown = others
        .slice(0, 5)
        .map((point) => `${metrics_valueOf(point) === 0 ? '0 or NaN' : metrics_valueOf(point)} (${metrics_originOf(loggedModel, point)})`);
    return `Other runs logged other values for the same model: ${shown.join(', ')}${others.length > 5 ? ' …' : ''}; the version's own run counts.`;
}
function metrics_originOf(loggedModel, point) {
    const dataset = datasetName(point);
    const parts = [
        `logged model ${loggedModel.slice(0, 10)}`,
        ...(point.run_id === undefined ? [] : [`run ${point.run_id.slice(0, 8)}`]),
        `step ${stepOf(point)}`,
        ...(dataset === undefined ? [] : [`data set ${dataset}`]),
    ];
    return parts.join(', ');
}
function datasetName({ dataset_name: name = '', dataset_digest: digest = '' }) {
    if (name === '' && digest === '')
        return undefined;
    return digest === '' ? `'${name}'` : `'${name}' (${digest})`;
}
/** Its digest, which is another when the data is: two data sets may have one name. */
function datasetOf({ dataset_name: name = '', dataset_digest: digest = '' }) {
    const dataset = digest === '' ? name : digest;
    return dataset === '' ? {} : { dataset };
}
/** What is no time in milliseconds is told as it is, for a judge to refuse. */
function timeOf({ timestamp }) {
    if (timestamp === undefined)
        return {};
    const date = new Date(Number(timestamp));
    return { at: Number.isNaN(date.getTime()) ? String(timestamp) : date.toISOString() };
}
function timestampOf({ timestamp }) {
    return Number(timestamp ?? 0);
}
function atLastStep(points) {
    // Not Math.max(...), here as above: a history may have more points than a call has room for arguments.
    const last = points.reduce((highest, point) => Math.max(highest, stepOf(point)), -Infinity);
    return points.filter((point) => stepOf(point) === last);
}
function stepOf({ step }) {
    return Number(step ?? 0);
}
function metrics_valueOf({ value = 'nothing' }) {
    if (typeof value === 'string')
        return value;
    // MLflow keeps doubles, whatever its answer looks like.
    const double = Number(value);
    if (Math.abs(double) >= storedInfinity)
        return double > 0 ? 'Infinity' : '-Infinity';
    return double;
}

;// CONCATENATED MODULE: ./src/registry/mlflow/time.ts

/**
 * MLflow's milliseconds, a number or its digits, as ISO 8601.
 * @throws PromotionError `REGISTRY_ANSWER` for what is no time: a version's creation is part of its identity
 */
function isoTime(milliseconds) {
    const date = new Date(Number(milliseconds ?? Number.NaN));
    if (!Number.isNaN(date.getTime()))
        return date.toISOString();
    throw new errors/* PromotionError */.g1('REGISTRY_ANSWER', "The registry's answer holds a time that is none.", {
        cure: "Check the registry's address: what answers there is not MLflow's API.",
    });
}

;// CONCATENATED MODULE: ./src/registry/mlflow/server.ts

/**
 * From an address and the environment's credentials to a server. User and password in the address win over the
 * environment, Basic over Bearer, as in MLflow's client.
 * @param from what the address was given by, for messages
 * @throws PromotionError `INPUT_INVALID` for an address that is no http(s) URL, a credential that no header can
 *   carry, and TLS settings that only Python's client knows
 */
function serverAt(address, from, environment) {
    const url = httpUrl(address.trim(), from);
    if (url.protocol === 'https:')
        refuseTlsSettings(environment);
    const workspace = environment['MLFLOW_WORKSPACE'] ?? '';
    const { authorization, ...credential } = authorize(url, from, environment);
    return {
        base: `${url.origin}${url.pathname}`.replace(/\/+$/, ''),
        ...credential,
        headers: {
            ...(workspace === '' ? {} : { 'X-MLFLOW-WORKSPACE': headerValue(workspace, 'MLFLOW_WORKSPACE') }),
            ...(authorization === undefined ? {} : { Authorization: authorization }),
        },
    };
}
function httpUrl(address, from) {
    const cut = "'#', '/', '?' or a blank in it ends the address too early";
    if (isCutByPassword(address)) {
        throw new errors/* PromotionError */.g1('INPUT_INVALID', `${from} is no address: its user or password is not percent-encoded, and ${cut}.`, {
            cure: "Percent-encode the password ('#' is %23, '/' is %2F, '?' is %3F, '@' is %40, '%' is %25, a blank %20), or take it out of the address and set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.",
        });
    }
    if (/^databricks(-uc)?(:|$)/i.test(address))
        throw databricks(address, from);
    if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol))
        return new URL(address);
    // Only the scheme is shown: what follows may hold a password.
    const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(address)?.[0];
    const begins = scheme === undefined ? '' : ` (it begins with '${scheme}')`;
    throw new errors/* PromotionError */.g1('INPUT_INVALID', `${from} is no http:// or https:// address${begins}.`, {
        cure: 'Give the address of an MLflow server, e.g. https://mlflow.example.com; files and databases have no REST API of their own.',
    });
}
/** `http://bob:p#ss@host`: whatever follows the password is no part of the address any more. */
function isCutByPassword(address) {
    const [, authority = ''] = /^https?:\/\/([^@]*)@/i.exec(address) ?? [];
    const cut = /[#?/\\\s]/.exec(authority);
    if (cut === null)
        return false;
    // An '@' in a path is one: 'host:5000/p@th'. What stands there has to be a host, and a port.
    return !(cut[0] === '/' && /^([\w.-]+|\[[\da-f:.]+\])(:\d*)?$/i.test(authority.slice(0, cut.index)));
}
/** Names that only Databricks' own client resolves, by its profiles. */
function databricks(address, from) {
    const isCatalog = /^databricks-uc/i.test(address);
    return new errors/* PromotionError */.g1('INPUT_INVALID', `${from} is no http:// or https:// address: '${isCatalog ? 'databricks-uc' : 'databricks'}' is a profile that only Python's client knows.`, {
        cure: `Set ${from.startsWith('MLFLOW_') ? from : 'MLFLOW_TRACKING_URI'} to the workspace's own address (DATABRICKS_HOST, such as https://adb-1234.5.azuredatabricks.net) and MLFLOW_TRACKING_TOKEN to its token (DATABRICKS_TOKEN).${isCatalog ? ' That is the workspace registry: Unity Catalog is not supported.' : ''}`,
    });
}
/**
 * `fetch` takes authorities from NODE_EXTRA_CA_CERTS alone, and a client's certificate not at all. To go on
 * without what was asked for would fail later and in other words, or worse, not fail.
 */
function refuseTlsSettings(environment) {
    const refuse = (name, why, cure) => {
        throw new errors/* PromotionError */.g1('INPUT_INVALID', `${name} is set, and ${why}.`, { cure });
    };
    const trust = 'Name the file with its authority in NODE_EXTRA_CA_CERTS, in the env of the step';
    if (/^(true|1)$/i.test(environment['MLFLOW_TRACKING_INSECURE_TLS'] ?? '')) {
        refuse('MLFLOW_TRACKING_INSECURE_TLS', 'this action always checks certificates', `${trust}, and unset it.`);
    }
    if (environment['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
        refuse('NODE_TLS_REJECT_UNAUTHORIZED', 'with it no certificate is checked', `${trust}, and unset it.`);
    }
    const authority = environment['MLFLOW_TRACKING_SERVER_CERT_PATH'] ?? '';
    if (authority !== '' && (environment['NODE_EXTRA_CA_CERTS'] ?? '') === '') {
        refuse('MLFLOW_TRACKING_SERVER_CERT_PATH', 'only Python reads it', `${trust}, beside it.`);
    }
    if ((environment['MLFLOW_TRACKING_CLIENT_CERT_PATH'] ?? '') !== '') {
        const cure = 'Unset it for this step; let a proxy on the runner present the certificate, or use a token.';
        refuse('MLFLOW_TRACKING_CLIENT_CERT_PATH', 'this action cannot present a client certificate', cure);
    }
}
function authorize(url, from, environment) {
    if (url.username !== '' || url.password !== '') {
        return basic(decoded(url.username), decoded(url.password), `the user and password in ${from}`);
    }
    const user = environment['MLFLOW_TRACKING_USERNAME'] ?? '';
    const password = environment['MLFLOW_TRACKING_PASSWORD'] ?? '';
    if (user !== '' && password !== '') {
        return basic(user, password, 'MLFLOW_TRACKING_USERNAME with MLFLOW_TRACKING_PASSWORD');
    }
    const token = headerValue(environment['MLFLOW_TRACKING_TOKEN'] ?? '', 'MLFLOW_TRACKING_TOKEN');
    if (token !== '')
        return { authorization: `Bearer ${token}`, credentials: 'MLFLOW_TRACKING_TOKEN', secrets: [token] };
    const half = user === '' && password === '' ? '' : `; of the first two, only ${user === '' ? 'the password' : 'the name'} is`;
    return {
        credentials: `no credential (neither MLFLOW_TRACKING_USERNAME with MLFLOW_TRACKING_PASSWORD nor MLFLOW_TRACKING_TOKEN is set${half})`,
        secrets: [],
    };
}
function basic(user, password, credentials) {
    const encoded = Buffer.from(`${user}:${password}`).toString('base64');
    return { authorization: `Basic ${encoded}`, credentials, secrets: [encoded, password] };
}
/** As the address says it, where it is no valid percent-encoding: `%zz` is a password like any other. */
function decoded(part) {
    try {
        return decodeURIComponent(part);
    }
    catch {
        return part;
    }
}
/** `fetch` would quote a value that it cannot send in its error, secret and all. */
function headerValue(value, name) {
    const trimmed = value.trim();
    if (/^[\x20-\x7e]*$/.test(trimmed))
        return trimmed;
    throw new errors/* PromotionError */.g1('INPUT_INVALID', `${name} holds a line break or another character that no HTTP header can carry.`, {
        cure: 'Set it again, on one line.',
    });
}

// EXTERNAL MODULE: ./src/registry/mlflow/credentials.ts
var credentials = __webpack_require__(6447);
// EXTERNAL MODULE: ./src/registry/mlflow/stage-names.ts
var stage_names = __webpack_require__(9645);
;// CONCATENATED MODULE: ./src/registry/mlflow/aliases.ts



/** Stage `production` is the alias `production`; the version it replaces gets `previous-production`. */
function aliasHolding(api) {
    return {
        plural: 'aliases',
        oneStageAtATime: false,
        refusesStage: stage_names/* refusesAlias */._H,
        holders: async (model, stages) => {
            const registered = await api.getModel(model);
            return new Map(stages.flatMap((stage) => {
                const held = aliased(registered, stage);
                return held === undefined ? [] : [[stage, [held]]];
            }));
        },
        move: async ({ model, version, stage, replaces, givesBack }) => {
            const replaced = replaces?.isGone === true ? undefined : replaces?.version;
            const before = givesBack === undefined ? replaced : givesBack.before;
            const remarks = before === undefined && givesBack === undefined ? [] : await setPrevious(api, model, stage, before);
            await api.setAlias(model, stage, version.version);
            return remarks;
        },
        leave: async ({ model, stage }) => {
            await api.deleteAlias(model, stage);
        },
        copies: () => Promise.resolve([]),
    };
}
/**
 * Lets `previous-<stage>` name the version, or nobody.
 * @returns why it could not, where that was refused
 */
async function setPrevious(api, model, stage, before) {
    const alias = `previous-${stage}`;
    try {
        await (before === undefined ? api.deleteAlias(model, alias) : api.setAlias(model, alias, before));
        return [];
    }
    catch (thrown) {
        if (!(thrown instanceof http/* HttpError */.j) || thrown.status < 400 || thrown.status >= 500)
            throw thrown;
        const wanted = before === undefined ? 'could not be removed' : `could not be set to ${before}`;
        return [`The alias '${alias}' of '${model}' ${wanted}, and may name another version: ${thrown.sentence}`];
    }
}
/**
 * The version that has the stage's alias. Aliases differ by case on some of MLflow's databases and not on others.
 * A policy that says `production` beside an alias `Production` would see no champion on the one, and judge a
 * candidate as if it were the first.
 * @throws PromotionError `REGISTRY_CONFLICT` for an alias that differs by case alone
 */
function aliased({ name, aliases = [] }, stage) {
    const held = aliases.find(({ alias }) => alias === stage);
    if (held !== undefined)
        return held.version;
    const other = aliases.find(({ alias }) => alias.toLowerCase() === stage.toLowerCase());
    if (other === undefined)
        return undefined;
    throw new errors/* PromotionError */.g1('REGISTRY_CONFLICT', `Model '${name}' has the alias '${other.alias}', and the policy's stage is '${stage}'.`, { cure: `Rename the stage in the policy to '${other.alias}', or ${deletionOf(name, other.alias)}` });
}
/** A command to copy; a name that a shell or Python would read as more than a name stands in no command. */
function deletionOf(model, alias) {
    if (!/^[\w .:-]+$/.test(model) || !/^[\w-]+$/.test(alias))
        return 'delete that alias of the model in MLflow.';
    return `delete that alias: python -c "from mlflow import MlflowClient; MlflowClient().delete_registered_model_alias('${model}', '${alias}')"`;
}

// EXTERNAL MODULE: ./src/domain/version.ts
var domain_version = __webpack_require__(3356);
;// CONCATENATED MODULE: ./src/registry/mlflow/ambiguous-write.ts


/** Whether a write that ended so may have been carried out all the same. */
function mayHaveSucceeded(error) {
    // Below 300: done, by what its status says, in an answer that cannot be read.
    if (error instanceof http/* HttpError */.j)
        return error.status >= 500 || error.status < 300;
    return error instanceof errors/* PromotionError */.g1 && error.code === 'REGISTRY_UNREACHABLE';
}

;// CONCATENATED MODULE: ./src/registry/mlflow/create-version.ts



const attempts = 4;
const pauseMs = 2_000;
/** MLflow's own client waits five minutes. */
const looks = 150;
/**
 * One version for which `isIt` holds: the one there is, else a new one. The oldest counts, so that two runs that
 * made one each at the same moment tell the same.
 * @throws PromotionError `REGISTRY_ANSWER` where the version does not become ready; what the calls throw
 */
async function findOrCreateVersion(api, version, isIt, pause) {
    const { name } = version;
    const find = () => oldest(api, name, isIt);
    const found = await find();
    if (found !== undefined)
        return ready(api, found, pause);
    await api.createModel(name);
    const made = await create(api, version, find, pause);
    return ready(api, (await find()) ?? made, pause);
}
/**
 * The oldest version of a model for which `isIt` holds, those left out whose making failed; undefined for a model
 * that does not exist.
 */
async function oldest(api, name, isIt) {
    let found;
    for await (const raw of api.searchVersions(name)) {
        if (raw.status !== 'FAILED_REGISTRATION' && (await isIt(raw)))
            found = raw;
    }
    return found;
}
/**
 * To send the call again could make a second version, so where its answer was lost the version is looked for
 * instead. Only a server that says it did not do the work is asked again.
 */
async function create(api, version, find, pause) {
    let lost;
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
        if (lost === undefined || isRefused(lost)) {
            try {
                return await api.createVersion(version);
            }
            catch (error) {
                if (!isRefused(error) && !mayHaveSucceeded(error))
                    throw error;
                lost = error;
            }
        }
        await pause(pauseMs * attempt);
        const found = await find();
        if (found !== undefined)
            return found;
    }
    throw lost ?? new errors/* PromotionError */.g1('INTERNAL', `No version of '${version.name}' was made.`);
}
function isRefused(error) {
    return error instanceof http/* HttpError */.j && (error.status === 429 || error.status === 503);
}
async function ready(api, { name, version }, pause) {
    for (let look = 1; look <= looks; look += 1) {
        const raw = await api.getVersion(name, version);
        // Servers before MLflow 1.8 know no status.
        if (raw.status === undefined || raw.status === 'READY')
            return raw;
        if (raw.status === 'FAILED_REGISTRATION') {
            const why = raw.status_message === undefined || raw.status_message === '' ? '' : `: ${raw.status_message}`;
            throw new errors/* PromotionError */.g1('REGISTRY_ANSWER', `MLflow made version ${version} of '${name}', and failed to register it${why}`, { cure: 'Look at the files the version is made from, and run again: a failed version is passed over.' });
        }
        await pause(pauseMs);
    }
    throw new errors/* PromotionError */.g1('REGISTRY_ANSWER', `Version ${version} of '${name}' was still not ready after ${(looks * pauseMs) / 60_000} minutes.`, { cure: 'Run again later: the same version will be found.' });
}

;// CONCATENATED MODULE: ./src/registry/mlflow/copy-check.ts
/**
 * Why a version is no copy of another, as the rest of a sentence; undefined where it is one. MLflow looks up
 * `models:/churn/12` once, when it makes the copy, by the model that has the name at that moment. A model can be
 * renamed and renamed back, so source and tag say what was asked for; only the files' address says what was got.
 * @param files the original's, as `downloadUri` tells
 */
async function copyMismatch(api, copy, original, files) {
    const of = `${original.name}/${original.version}`;
    // Versions of a model that was deleted and made again have the numbers of those before.
    if (Number(copy.creation_timestamp) < Number(original.creation_timestamp)) {
        return `is older than ${of}, which it is a copy of: '${original.name}' was deleted and made again since`;
    }
    const [run = '', originalRun = ''] = [copy.run_id, original.run_id];
    if (run !== '' && originalRun !== '' && run !== originalRun) {
        return `calls itself a copy of ${of}, and is of run ${run}, not of ${originalRun}`;
    }
    const own = await api.downloadUri(copy.name, copy.version);
    return own === files ? undefined : `calls itself a copy of ${of}, and is one of other files: ${own}, not ${files}`;
}

;// CONCATENATED MODULE: ./src/registry/mlflow/model-per-environment.ts









/** On a copy: the version it is of, as `churn/12`. */
const copyOf = 'promotion_copy_of';
/**
 * Stage `production` of `churn` is the registered model `churn-production`: a promotion copies the version there,
 * and the alias `production` says which copy holds the stage. The newest copy need not be the holder: an earlier
 * version may have taken the stage back.
 */
function modelHolding(api, pause) {
    const stageModel = (model, stage) => undefinedIfMissing(api.getModel(nameOf(model, stage)));
    return {
        plural: 'registered models of their own',
        oneStageAtATime: false,
        refusesStage: stage_names/* refusesAlias */._H,
        holders: async (model, stages) => {
            await api.getModel(model); // Without a stage's model, an unknown one would only seem to hold nothing.
            const holders = new Map();
            for (const stage of stages) {
                const found = await stageModel(model, stage);
                const copy = found === undefined ? undefined : aliased(found, stage);
                if (found === undefined || copy === undefined)
                    continue;
                const raw = await undefinedIfMissing(api.getVersion(found.name, copy));
                // An alias that outlived its copy names no version; whoever asks for one of that name learns so.
                holders.set(stage, [raw === undefined ? `${found.name}/${copy}` : await originalOf(api, raw, model)]);
            }
            return holders;
        },
        move: async ({ model, version, stage, givesBack }) => {
            const { version: copy } = await copied(api, version, nameOf(model, stage), pause);
            const found = await stageModel(model, stage);
            const replaced = found === undefined ? undefined : aliased(found, stage);
            const to = nameOf(model, stage);
            const before = givesBack === undefined ? replaced : await copyIn(api, to, model, givesBack.before);
            const isKept = givesBack === undefined && (before === undefined || before === copy);
            const remarks = isKept ? [] : await setPrevious(api, to, stage, before);
            await api.setAlias(to, stage, copy);
            return remarks;
        },
        leave: async ({ model, stage }) => {
            await api.deleteAlias(nameOf(model, stage), stage);
        },
        copies: async ({ model, version }) => {
            const tagged = await api.taggedVersions(copyOf, `${model}/${version}`);
            // Anybody can write the tag: it shall not make us write to models that are none of ours.
            return tagged.filter(({ name }) => name.startsWith(nameOf(model, '')));
        },
    };
}
/** The copy of a version that the stage's model has already; undefined where there is none. */
async function copyIn(api, to, model, version) {
    if (version === undefined)
        return undefined;
    const tagged = await api.taggedVersions(copyOf, `${model}/${version}`);
    return tagged.find(({ name }) => name === to)?.version;
}
/**
 * The version's one copy in the stage's model, with the version's tags: made unless it is there.
 * @throws PromotionError `REGISTRY_CONFLICT` where the version, or what was made of it, is not the one that was judged
 */
async function copied(api, judged, to, pause) {
    const { model, version } = judged;
    const of = `${model}/${version}`;
    const files = await api.downloadUri(model, version);
    // After its files: a model that took the name in between is found out by either.
    const original = await api.getVersion(model, version);
    if (!isSame(original, judged))
        throw renamed(`${of} has another source, run or time of creation than when judged`);
    const { tags = [], run_link, description } = original;
    const told = new Map(tags.map(({ key, value }) => [key, value ?? '']));
    told.set(copyOf, of);
    const wanted = {
        name: to,
        // The server carries over the run and the logged model by itself.
        source: `models:/${of}`,
        ...(run_link === undefined || run_link === '' ? {} : { run_link }),
        ...(description === undefined || description === '' ? {} : { description }),
        tags: [...told].map(([key, value]) => ({ key, value })),
    };
    const isIt = async (raw) => raw.source === wanted.source && (await copyMismatch(api, raw, original, files)) === undefined;
    const copy = await findOrCreateVersion(api, wanted, isIt, pause);
    // One that was just made is of whatever had the name at that moment.
    const other = await copyMismatch(api, copy, original, files);
    if (other !== undefined)
        throw renamed(`Version ${copy.version} of '${to}', which was to be the copy, ${other}`);
    for (const [key, value] of told) {
        if (copy.tags?.some((tag) => tag.key === key && (tag.value ?? '') === value) === true)
            continue;
        await api.setTag(to, copy.version, key, value);
    }
    return copy;
}
function isSame({ name, version, creation_timestamp, run_id, source }, judged) {
    const now = { model: name, version, createdAt: isoTime(creation_timestamp), run: run_id ?? '', source: source ?? '' };
    return (0,domain_version/* identityOf */.c)(now) === (0,domain_version/* identityOf */.c)(judged);
}
function renamed(what) {
    return new errors/* PromotionError */.g1('REGISTRY_CONFLICT', `${what}: the stage was not moved.`, {
        cure: `Stop what renames or deletes models in the registry, see who holds the stage with ${(0,cure/* asInput */.l)('status', {})}, and run again: such a copy is passed over.`,
    });
}
/**
 * The version of `model` that this is a copy of. A tag can be written by whoever may tag; where it and the source
 * disagree, it is the source that would be served, so neither is believed. Where they agree, the files decide.
 */
async function originalOf(api, copy, model) {
    const [tag, source] = [tagOf(copy), sourceOf(copy)];
    const told = tag ?? source;
    const [, of, version] = /^(.*)\/([1-9]\d*)$/s.exec(told ?? '') ?? [];
    if (version === undefined || of !== model) {
        throw unlike(copy, model, `is no copy of a version of '${model}'${told === undefined ? '' : `, but of ${told}`}`);
    }
    if (source !== undefined && source !== told) {
        throw unlike(copy, model, `is a copy of ${told} by its tag ${copyOf}, and of ${source} by its source`);
    }
    const original = await undefinedIfMissing(api.getVersion(model, version));
    if (original === undefined)
        return version;
    const other = await copyMismatch(api, copy, original, await api.downloadUri(model, version));
    if (other !== undefined)
        throw unlike(copy, model, other);
    return version;
}
function unlike(copy, model, what) {
    return new errors/* PromotionError */.g1('REGISTRY_CONFLICT', `Version ${copy.version} of '${copy.name}', which has the stage's alias, ${what}.`, {
        cure: `Put the right version back with ${(0,cure/* asInput */.l)('rollback', { stage: copy.name.slice(model.length + 1) })}; or delete the alias from it and promote again.`,
    });
}
function tagOf({ tags = [] }) {
    return tags.find(({ key }) => key === copyOf)?.value;
}
function sourceOf({ source = '' }) {
    return /^models:\/([^/]+\/[1-9]\d*)$/.exec(source)?.[1];
}
function nameOf(model, stage) {
    return `${model}-${stage}`;
}

;// CONCATENATED MODULE: ./src/registry/mlflow/legacy-stages.ts

/** MLflow's own stages, deprecated since 2.9 and still served. A version holds one of them at a time. */
function stageHolding(api) {
    return {
        plural: "MLflow's own stages",
        oneStageAtATime: true,
        refusesStage: stage_names/* refusesOwnStage */.eC,
        holders: async (model, stages) => {
            await api.getModel(model); // A search finds nothing for an unknown model, and does not say so.
            const found = new Map();
            for await (const { current_stage: current, version } of api.searchVersions(model)) {
                const stage = stages.find((name) => name.toLowerCase() === current?.toLowerCase());
                if (stage !== undefined)
                    found.set(stage, [...(found.get(stage) ?? []), version]);
            }
            return found;
        },
        move: async ({ model, version, stage, replaces, archive, whoever }) => {
            const name = (0,stage_names/* ownStage */.P0)(stage) ?? stage;
            // One call moves both, so that a run that is killed leaves no two: who is not to be archived is freed behind it.
            await api.transitionStage(model, version.version, name, replaces !== undefined || whoever === true);
            if (replaces !== undefined && !archive)
                await api.transitionStage(model, replaces.version, 'None', false);
            return [];
        },
        leave: async ({ model, version }) => {
            await api.transitionStage(model, version.version, 'Archived', false);
        },
        copies: () => Promise.resolve([]),
    };
}

;// CONCATENATED MODULE: ./src/registry/mlflow/stage-mappings.ts



/** How the policy's `stage_as` holds a stage. */
function holdingOf(stageAs, api, pause) {
    const holdings = { alias: aliasHolding, stage: stageHolding, model: modelHolding };
    return holdings[stageAs](api, pause);
}

;// CONCATENATED MODULE: ./src/registry/mlflow/http-settings.ts

/** For one call with all its attempts, unless one attempt alone may take longer. */
const budgetMs = 90_000;
/**
 * How long a call may take and how often it is sent again, by the variables that MLflow's own client reads; where
 * they are not set, less than there: a job waits for this.
 * @see https://mlflow.org/docs/latest/api_reference/python_api/mlflow.environment_variables.html
 * @throws PromotionError `INPUT_INVALID` for a value that is none
 */
function httpLimits(environment) {
    const seconds = given(environment, 'MLFLOW_HTTP_REQUEST_TIMEOUT', /^\d{1,4}(?:\.\d+)?$/, 'seconds, up to 3600');
    const retries = given(environment, 'MLFLOW_HTTP_REQUEST_MAX_RETRIES', /^\d{1,2}$/, 'a whole number, up to 10');
    const timeoutMs = seconds === undefined ? undefined : seconds.value * 1000;
    if (seconds !== undefined && (seconds.value <= 0 || seconds.value > 3600))
        throw seconds.refusal;
    if (retries !== undefined && retries.value > 10)
        throw retries.refusal;
    return {
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        budgetMs: Math.max(budgetMs, 2 * (timeoutMs ?? 0)),
        ...(retries === undefined ? {} : { retries: retries.value }),
    };
}
function given(environment, name, form, allowed) {
    const text = (environment[name] ?? '').trim();
    if (text === '')
        return undefined;
    const refusal = new errors/* PromotionError */.g1('INPUT_INVALID', `${name} is no number of that kind.`, {
        cure: `Give ${allowed}, or leave it out.`,
    });
    if (!form.test(text))
        throw refusal;
    return { value: Number(text), refusal };
}

;// CONCATENATED MODULE: ./src/registry/mlflow/version-source.ts


/** Folders of a run's artifacts that are looked into for a model: each takes a request. */
const mostFolders = 50;
/**
 * What is to be registered, from what was given: with a run alone, the model that the run logged.
 * @throws PromotionError `INPUT_INVALID` where that is nothing, or several; `VERSION_UNKNOWN` for a run or logged
 *   model that does not exist: MLflow itself would take either
 */
async function makingOf(api, { source, run: given }) {
    if (source === undefined && given === undefined) {
        throw new errors/* PromotionError */.g1('INPUT_INVALID', "Neither 'run' nor 'source' says what is to be registered.", {
            cure: "Give 'run', the id of the MLflow run that logged the model, or 'source', where its files are.",
        });
    }
    if (source?.startsWith('models:') === true)
        return fromModels(api, source, given);
    const run = given ?? /^runs:\/([^/]+)\/./.exec(source ?? '')?.[1];
    if (run === undefined)
        return { source: source ?? '' };
    const found = await runOf(api, run);
    return source === undefined ? loggedBy(api, run, found) : { source, run, ...sameFiles(run, source, found) };
}
/** A logged model, or a version of a model, this one or another. */
async function fromModels(api, source, run) {
    if (run !== undefined)
        await runOf(api, run);
    const loggedModel = /^models:\/(m-[\w-]+)$/.exec(source)?.[1];
    if (loggedModel === undefined) {
        if (/^models:\/[^/]+\/[1-9]\d*$/.test(source))
            return { source, ...(run === undefined ? {} : { run }) };
        throw new errors/* PromotionError */.g1('INPUT_INVALID', `'${source}' names neither a logged model nor a version by its number.`, {
            cure: "Write 'models:/m-…' or 'models:/churn/12': what an alias or a stage names may be another version by the next run.",
        });
    }
    const { info } = await api.getLoggedModel(loggedModel).catch((error) => {
        if (error instanceof errors/* PromotionError */.g1 && error.code === 'METRIC_UNREADABLE') {
            throw new errors/* PromotionError */.g1('VERSION_UNKNOWN', error.message, {
                cure: `${error.cure ?? ''} On an older one, give 'source' as 'runs:/RUN/FOLDER', or 'run' alone.`.trim(),
                cause: error,
            });
        }
        if (!isMissing(error))
            throw error;
        throw new errors/* PromotionError */.g1('VERSION_UNKNOWN', `The logged model ${loggedModel} does not exist.`, {
            cure: "Correct 'source', or set MLFLOW_TRACKING_URI to the server that has it.",
        });
    });
    const maker = info?.source_run_id === '' ? undefined : info?.source_run_id;
    if (run !== undefined && maker !== undefined && run !== maker) {
        throw new errors/* PromotionError */.g1('INPUT_INVALID', `The logged model ${loggedModel} was made by run ${maker}, not by ${run}.`, {
            cure: "Leave 'run' out, or correct one of the two.",
        });
    }
    const by = run ?? maker;
    return { source, loggedModel, ...(by === undefined ? {} : { run: by }) };
}
/** Throws `VERSION_UNKNOWN` for a run that does not exist, or was deleted. */
async function runOf(api, run) {
    const unknown = (what) => new errors/* PromotionError */.g1('VERSION_UNKNOWN', `Run '${run}' ${what}.`, {
        cure: "Give the id of a run, as MLflow's page of it shows, and set MLFLOW_TRACKING_URI to the server that has it.",
    });
    const found = await api.getRun(run).catch((error) => {
        throw isMissing(error) ? unknown('does not exist in the tracking server') : error;
    });
    if (found.info?.lifecycle_stage === 'deleted')
        throw unknown('was deleted');
    return found;
}
async function loggedBy(api, run, found) {
    const outputs = (found.outputs?.model_outputs ?? []).map(({ model_id: id }) => id);
    const made = (await api.loggedModelsOf(run, found.info?.experiment_id ?? '0')).map(({ info }) => info?.model_id);
    const ids = [...new Set([...outputs, ...made].filter((id) => id !== undefined))];
    const folders = ids.length > 0 ? [] : await modelFolders(api, run);
    const sources = [...ids.map((id) => `models:/${id}`), ...folders.map((folder) => `runs:/${run}/${folder}`)];
    const [source] = sources;
    if (source === undefined || sources.length > 1) {
        throw new errors/* PromotionError */.g1('INPUT_INVALID', source === undefined
            ? `Run ${run} logged no model that MLflow knows of.`
            : `Run ${run} logged ${sources.length} models: ${sources.slice(0, 10).join(', ')}${sources.length > 10 ? ' and more' : ''}.`, {
            cure: source === undefined
                ? "Log it with MLflow's log_model, or give 'source', where its files are."
                : "Give the one that is meant as 'source'.",
        });
    }
    const [loggedModel] = ids;
    return { source, run, ...(loggedModel === undefined ? sameFiles(run, source, found) : { loggedModel }) };
}
/**
 * The folders that hold an `MLmodel`, which is how a model was logged before MLflow 3.
 * @throws PromotionError `INPUT_INVALID` where there are too many to look into: one that was left out may hold a second model
 */
async function modelFolders(api, run) {
    const folders = (await api.artifacts(run)).filter((file) => file.is_dir === true);
    if (folders.length > mostFolders) {
        throw new errors/* PromotionError */.g1('INPUT_INVALID', `Run ${run} has ${folders.length} folders of artifacts; at most ${mostFolders} are looked into for its model.`, { cure: `Name the model's folder: set the input 'source' to 'runs:/${run}/FOLDER'.` });
    }
    const found = [];
    for (const { path } of folders) {
        const files = await api.artifacts(run, path);
        if (files.some((file) => file.path === `${path}/MLmodel`))
            found.push(path);
    }
    return found;
}
/** `runs:/<id>/model` is what MLflow's own client registers by the run's artifact address, and the other way round. */
function sameFiles(run, source, { info }) {
    if (info?.artifact_uri === undefined)
        return {};
    const names = [`runs:/${run}/`, `${info.artifact_uri.replace(/\/$/, '')}/`];
    const [own, other] = names[0] !== undefined && source.startsWith(names[0]) ? names : names.toReversed();
    if (own === undefined || other === undefined || !source.startsWith(own))
        return {};
    return { alsoKnownAs: `${other}${source.slice(own.length)}` };
}

;// CONCATENATED MODULE: ./src/registry/mlflow/register.ts





/** MLflow's own tag for it, which its page of a version shows. */
const commitTag = 'mlflow.source.git.commit';
/**
 * Makes a version of what is given, or finds the one that was made of it, and sets those tags that it lacks.
 * Returns its number. Throws as `Registry.register`.
 */
async function registered(api, registration, pause) {
    const { model, version, commit } = registration;
    if (version !== undefined) {
        throw new errors/* PromotionError */.g1('INPUT_INVALID', `MLflow numbers versions itself, and 'version' was given.`, {
            cure: `Leave 'version' out, and name the run that made the model: ${(0,cure/* asInput */.l)('register', { run: '<id of the run>' })}. The output 'version' says the number.`,
        });
    }
    const { source, run, loggedModel, alsoKnownAs } = await makingOf(api, registration);
    const tags = new Map([...(commit === undefined ? [] : [[commitTag, commit]]), ...registration.tags]);
    const wanted = {
        name: model,
        source,
        ...(run === undefined ? {} : { run_id: run }),
        ...(loggedModel === undefined ? {} : { model_id: loggedModel }),
        tags: [...tags].map(([key, value]) => ({ key, value })),
    };
    const isIt = (raw) => (raw.source === source || (raw.source !== undefined && raw.source === alsoKnownAs)) &&
        (run === undefined || raw.run_id === run);
    const made = await findOrCreateVersion(api, wanted, isIt, pause).catch((error) => {
        throw refused(error, source);
    });
    const present = new Set((made.tags ?? []).map(({ key }) => key));
    for (const [key, value] of tags)
        if (!present.has(key))
            await api.setTag(model, made.version, key, value);
    return made.version;
}
/** What the server would not take: its own words say what of it, and they are about what was given. */
function refused(error, source) {
    if (!(error instanceof http/* HttpError */.j))
        return error;
    const code = error.registryCode === 'INVALID_PARAMETER_VALUE'
        ? 'INPUT_INVALID'
        : error.registryCode === 'RESOURCE_DOES_NOT_EXIST'
            ? 'VERSION_UNKNOWN'
            : undefined;
    if (code === undefined)
        return error;
    return new errors/* PromotionError */.g1(code, `MLflow registers no version from '${source}'. ${error.message}`, {
        cure: "Correct 'model', 'source' or 'run', whichever its answer names.",
        cause: error,
    });
}

;// CONCATENATED MODULE: ./src/registry/mlflow/run-candidate.ts



/**
 * A run's model as if it were a version of `model`: for judging what is not registered yet. Its address is that of
 * the one model which the run logged; without one, or with several, it is the run's.
 * @param base the tracking server's address
 * @throws PromotionError `VERSION_UNKNOWN` for a run that does not exist
 */
async function unregistered(api, model, run, base) {
    const { info, data } = await runOf(api, run);
    const source = await run_candidate_sourceOf(api, model, run);
    const commit = data?.tags?.find(({ key }) => key === 'mlflow.source.git.commit')?.value;
    return {
        model,
        version: `run:${run}`,
        createdAt: isoTime(info?.start_time),
        run,
        ...(source === undefined ? {} : { source }),
        ...(commit === undefined ? {} : { commit }),
        uri: source ?? `runs:/${run}`,
        page: `${base}/#/experiments/${encodeURIComponent(info?.experiment_id ?? '0')}/runs/${encodeURIComponent(run)}`,
        tags: new Map(),
    };
}
async function run_candidate_sourceOf(api, model, run) {
    try {
        return (await makingOf(api, { model, run, tags: new Map() })).source;
    }
    catch (thrown) {
        // Metrics can be judged without a model; what registers it later says what is missing.
        if (thrown instanceof errors/* PromotionError */.g1 && thrown.code === 'INPUT_INVALID')
            return undefined;
        throw thrown;
    }
}

;// CONCATENATED MODULE: ./src/registry/mlflow/mlflow.ts

















/** Databricks' limit for a tag's value; MLflow itself allows more. */
const longestValue = 1_000;
/** How often a stage's move is sent whose answer is lost, each time after a look at who holds the stage. */
const sends = 3;
const sendPauseMs = 1_000;
/** Databases hold a version's number in 32 bits; some answer 500 to a larger one. */
const highestVersion = 2 ** 31 - 1;
/**
 * MLflow's model registry over its REST API.
 * @throws PromotionError `INPUT_INVALID` where no server is named, or not by an http(s) address
 */
function createMlflowRegistry(options) {
    const { settings, environment } = options;
    const named = [
        [settings.uri, "The policy's registry.uri"],
        [environment['MLFLOW_REGISTRY_URI'], 'MLFLOW_REGISTRY_URI'],
        [environment['MLFLOW_TRACKING_URI'], 'MLFLOW_TRACKING_URI'],
    ];
    const [address, from] = named.find(([uri]) => uri !== undefined && uri !== '') ?? [];
    if (address === undefined || from === undefined) {
        throw new errors/* PromotionError */.g1('INPUT_INVALID', 'No MLflow server is named.', {
            cure: 'Set MLFLOW_TRACKING_URI in the env of the step, or registry.uri in the policy.',
        });
    }
    const registry = serverAt(address, from, environment);
    const trackingAddress = environment['MLFLOW_TRACKING_URI'];
    const tracking = trackingAddress === undefined || trackingAddress === ''
        ? registry
        : serverAt(trackingAddress, 'MLFLOW_TRACKING_URI', environment);
    const limits = httpLimits(environment);
    const client = (server) => new http/* HttpClient */.Q({
        ...server,
        ...limits,
        ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
        ...(options.pause === undefined ? {} : { pause: options.pause }),
    });
    const api = new MlflowApi(client(registry), client(tracking));
    const pause = options.pause ?? ((ms) => (0,promises_.setTimeout)(ms));
    const holding = holdingOf(settings.stageAs, api, pause);
    return new MlflowRegistry(api, holding, pause, registry.base, tracking.base, environment['MLFLOW_WORKSPACE']);
}
class MlflowRegistry {
    api;
    holding;
    pause;
    base;
    trackingBase;
    atNames = 'alias';
    description;
    environment;
    credentialNames = credentials/* mlflowCredentials */.S.handedOn;
    oneStageAtATime;
    /** Which tags hold less than the record they are a copy of, for the report. */
    shortened = new Set();
    told = new Set();
    constructor(api, holding, pause, base, trackingBase, workspace) {
        this.api = api;
        this.holding = holding;
        this.pause = pause;
        this.base = base;
        this.trackingBase = trackingBase;
        this.oneStageAtATime = holding.oneStageAtATime;
        this.description = `MLflow at ${base} (stages as ${holding.plural})`;
        this.environment = {
            MLFLOW_TRACKING_URI: trackingBase,
            MLFLOW_REGISTRY_URI: base,
            ...(workspace === undefined || workspace === '' ? {} : { MLFLOW_WORKSPACE: workspace }),
        };
    }
    refusesStage(stage) {
        return this.holding.refusesStage(stage);
    }
    /** Nothing is kept between calls. */
    refresh() {
        return;
    }
    /** MLflow keeps no log; `LoggedRegistry` does. */
    history() {
        return Promise.resolve(undefined);
    }
    hasOrCanStartLog() {
        return Promise.resolve(false);
    }
    remarks() {
        return [...this.shortened, ...this.told];
    }
    async *versions(model) {
        let any = false;
        try {
            for await (const raw of this.api.searchVersions(model)) {
                any = true;
                yield this.toVersion(raw);
            }
        }
        catch (error) {
            // A name that cannot be searched for is most likely one that does not exist.
            if (!any)
                await this.mustExist(model);
            throw error;
        }
        // A search finds nothing both for a model without versions and for a name that does not exist.
        if (!any)
            await this.mustExist(model);
    }
    async version(model, version) {
        if (!/^[1-9]\d*$/.test(version)) {
            const cure = await this.newest(model);
            throw new errors/* PromotionError */.g1('VERSION_UNKNOWN', `'${version}' is no version of an MLflow model: they are numbered.`, {
                cure,
            });
        }
        try {
            if (Number(version) <= highestVersion)
                return this.toVersion(await this.api.getVersion(model, version));
        }
        catch (error) {
            if (!isMissing(error))
                throw error;
        }
        await this.mustExist(model);
        throw new errors/* PromotionError */.g1('VERSION_UNKNOWN', `Model '${model}' has no version ${version} in ${this.description}.`, {
            cure: await this.newest(model),
        });
    }
    async byAlias(model, alias) {
        try {
            return this.toVersion(await this.api.versionByAlias(model, alias));
        }
        catch (error) {
            if (!isMissing(error))
                throw error;
            const known = (await this.mustExist(model)).map((each) => each.alias);
            throw new errors/* PromotionError */.g1('VERSION_UNKNOWN', `Model '${model}' has no alias '${alias}'.`, {
                cure: (0,suggest/* listKnownNames */.QH)('aliases', alias, known),
            });
        }
    }
    unregistered(model, given) {
        if (given !== 'head')
            return unregistered(this.api, model, given.run, this.trackingBase);
        const error = new errors/* PromotionError */.g1('INPUT_INVALID', "'head' is a commit, and MLflow's versions are made by runs.", {
            cure: "Write 'run:' and the id of the run.",
        });
        return Promise.reject(error);
    }
    async holders(model, stages) {
        try {
            return await this.holding.holders(model, stages);
        }
        catch (error) {
            if (isMissing(error))
                await this.mustExist(model);
            throw error;
        }
    }
    async metricKeys(version) {
        const lineage = await lineageOf(this.api, version);
        if (lineage === undefined)
            return [];
        const { data } = await this.api.getRun(lineage.run).catch((error) => {
            throw isMissing(error) ? this.lost(version, lineage.run) : error;
        });
        return (data?.metrics ?? []).map(({ key }) => key);
    }
    async metrics(version, keys) {
        if (keys.length === 0)
            return new Map();
        const lineage = await lineageOf(this.api, version);
        if (lineage === undefined)
            return new Map();
        const { run } = lineage;
        const page = (experiment) => `${this.trackingBase}/#/experiments/${encodeURIComponent(experiment)}/runs/${encodeURIComponent(run)}`;
        try {
            return await readMetrics(this.api, lineage, keys, page);
        }
        catch (error) {
            throw isMissing(error) ? this.lost(version, run) : error;
        }
    }
    loggedModelMetric(version, key, dataset) {
        const page = (experiment, id) => `${this.trackingBase}/#/experiments/${encodeURIComponent(experiment)}/models/${encodeURIComponent(id)}`;
        return readLoggedModelMetric(this.api, version, key, dataset, page);
    }
    /**
     * MLflow has no compare-and-swap: who holds the stage is read just before the move and again after it. The
     * record follows the move, so that a version which says it is deployed holds the stage; a run that ends in
     * between leaves a holder without a record, which the next one completes.
     */
    async transition(transition) {
        const { model, version, stage, replaces, whoever = false } = transition;
        const before = await this.heldBy(model, stage).catch((error) => {
            // A person has decided: what has the stage now need be no version at all.
            if (whoever && error instanceof errors/* PromotionError */.g1 && error.code === 'REGISTRY_CONFLICT')
                return [];
            throw error;
        });
        if (!isHeldBy(before, version)) {
            const expected = replaces === undefined ? [] : [replaces.version];
            // Where stages are MLflow's own, a move that was cut off leaves both there.
            const halfDone = before.length === 2 && [version, replaces].every((each) => each !== undefined && before.includes(each.version));
            if (!whoever && !halfDone && before.join() !== expected.join()) {
                throw conflict(`Before the move, '${stage}' of '${model}' is held by ${mlflow_named(before)}, not by ${mlflow_named(expected)} as when it was judged: nothing was moved.`);
            }
            const move = async () => {
                for (const remark of await this.holding.move(transition))
                    this.told.add(remark);
            };
            await this.carryOut(move, transition, before, version);
        }
        await this.tag(version, transition.tags);
        if (replaces !== undefined && replaces.version !== version.version)
            await this.tag(replaces, transition.replacedTags);
    }
    async register(registration) {
        const { tags, leftOut } = fitted(registration.tags);
        const version = await registered(this.api, { ...registration, tags }, this.pause);
        this.remember(version, leftOut);
        return this.version(registration.model, version);
    }
    /** As a transition: read, write, read again, and only then the record. */
    async vacate(vacancy) {
        const { model, version, stage, tags } = vacancy;
        const before = await this.heldBy(model, stage);
        if (before.length > 0) {
            if (!isHeldBy(before, version)) {
                throw conflict(`'${stage}' of '${model}' is held by ${mlflow_named(before)}, not by ${version.version} alone: it stays so.`);
            }
            await this.carryOut(() => this.holding.leave(vacancy), vacancy, before, undefined);
        }
        await this.tag(version, tags);
    }
    async tag(version, tags) {
        if (tags.size === 0)
            return;
        const { tags: fit, leftOut } = fitted(tags);
        const { model: name, version: number } = version;
        const own = version.isGone === true ? [] : [{ name, version: number }];
        for (const each of [...own, ...(await this.holding.copies(version))]) {
            for (const [key, value] of fit)
                await this.api.setTag(each.name, each.version, key, value);
        }
        this.remember(number, leftOut);
    }
    /** What there is without a log: no operations, and records that are tags alone. */
    operation() {
        return Promise.resolve(undefined);
    }
    async appendToLog(_model, decide) {
        for (const told of await decide(undefined))
            if ('tags' in told)
                await this.tag(told.version, told.tags);
        return false;
    }
    syncTags(version, tags) {
        return this.tag(version, tags);
    }
    /** MLflow keeps files where only its own client can read them: commands load by MODEL_URI. */
    materialise() {
        return Promise.resolve(undefined);
    }
    remember(version, leftOut) {
        for (const [key, what] of leftOut) {
            this.shortened.add(`The tag '${key}' of version ${version} holds at most ${longestValue} characters, so its copy of the record leaves out ${what}; only the promotion log has records whole.`);
        }
    }
    lost({ uri }, run) {
        return new errors/* PromotionError */.g1('METRIC_UNREADABLE', `Run ${run}, or the logged model it made for ${uri}, is not in the tracking server ${this.trackingBase}.`, { cure: 'Set MLFLOW_TRACKING_URI to the server that has them.' });
    }
    async heldBy(model, stage) {
        return (await this.holding.holders(model, [stage])).get(stage) ?? [];
    }
    /**
     * A write whose answer was lost may have been done: who holds the stage then decides. It is sent again only while
     * the stage is held as before: otherwise it would undo what somebody else has done since.
     */
    async carryOut(write, { model, stage }, before, expected) {
        for (let send = 1;; send += 1) {
            const lost = await lostAnswer(write);
            const after = await this.heldBy(model, stage).catch((error) => {
                throw lost === undefined ? (0,errors/* asPromotionError */.ov)(error) : notKnown(lost, model, stage);
            });
            if (expected === undefined ? after.length === 0 : isHeldBy(after, expected))
                return;
            // Where stages are MLflow's own, the first half of a move leaves both there.
            const half = expected !== undefined && after.length === 2 && after.includes(expected.version);
            const isOurs = after.join() === before.join() || (half && before.every((each) => after.includes(each)));
            if (lost === undefined || !isOurs) {
                throw conflict(`After the move, '${stage}' of '${model}' is held by ${mlflow_named(after)}, not by ${expected === undefined ? 'no version' : `${expected.version} alone`}: somebody else moved it at the same time.`);
            }
            if (send === sends || (lost instanceof http/* HttpError */.j && lost.status === 500))
                throw lost;
            await this.pause(sendPauseMs * send * (0.5 + Math.random()));
        }
    }
    /** The model's aliases. Throws `MODEL_UNKNOWN` with the models that exist. */
    async mustExist(model) {
        try {
            return (await this.api.getModel(model)).aliases ?? [];
        }
        catch (error) {
            if (!(error instanceof http/* HttpError */.j) || !isMissing(error))
                throw error;
            throw new errors/* PromotionError */.g1('MODEL_UNKNOWN', `Model '${model}' does not exist in ${this.description}.`, {
                cure: (0,suggest/* listKnownNames */.QH)('models', model, await this.api.modelNames()),
            });
        }
    }
    async newest(model) {
        const known = [];
        for await (const version of this.versions(model)) {
            known.push(version.version);
            if (known.length === 10)
                break;
        }
        return known.length === 0
            ? `The model has no versions: register one first, with ${(0,cure/* asInput */.l)('register', { run: '<id of the run>' })}.`
            : `The newest versions: ${known.join(', ')}.`;
    }
    toVersion(raw) {
        const tags = new Map((raw.tags ?? []).map(({ key, value }) => [key, value ?? '']));
        const commit = tags.get('mlflow.source.git.commit');
        return {
            model: raw.name,
            version: raw.version,
            createdAt: isoTime(raw.creation_timestamp),
            ...(raw.run_id === undefined || raw.run_id === '' ? {} : { run: raw.run_id }),
            ...(raw.source === undefined || raw.source === '' ? {} : { source: raw.source }),
            ...(commit === undefined ? {} : { commit }),
            uri: `models:/${raw.name}/${raw.version}`,
            page: `${this.base}/#/models/${encodeURIComponent(raw.name)}/versions/${raw.version}`,
            tags,
        };
    }
}
/** What came of a write that may have been done all the same. */
async function lostAnswer(write) {
    try {
        await write();
        return undefined;
    }
    catch (error) {
        if (!mayHaveSucceeded(error))
            throw error;
        return error;
    }
}
function notKnown(lost, model, stage) {
    return new errors/* PromotionError */.g1(lost.code, `Whether '${stage}' of '${model}' was moved is not known, and it cannot be read back: ${lost.message}`, { cure: 'Run again once the registry answers: what has been done is found, and not done twice.', cause: lost });
}
function isHeldBy(holders, { version }) {
    return holders.length === 1 && holders[0] === version;
}
function mlflow_named(versions) {
    return versions.join(' and ') || 'no version';
}
/** The tags as the registry can hold them, and what its copy of a record leaves out, by key. */
function fitted(given) {
    const tags = new Map();
    const leftOut = new Map();
    for (const [key, value] of given) {
        if (/[.,\-=/:]/.test(key))
            throw new RangeError(`The tag '${key}' does not fit a registry's limits.`);
        const { text, leftOut: what } = tagValue(value, longestValue);
        tags.set(key, text);
        if (what !== undefined)
            leftOut.set(key, what);
    }
    return { tags, leftOut };
}
function conflict(message) {
    return new errors/* PromotionError */.g1('REGISTRY_CONFLICT', message, {
        cure: `See who holds the stage with ${(0,cure/* asInput */.l)('status', {})}, then run this again.`,
    });
}


/***/ })

};
