export const id = 467;
export const ids = [467];
export const modules = {

/***/ 3467:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  createMlflowRegistry: () => (/* binding */ createMlflowRegistry)
});

// EXTERNAL MODULE: ./src/errors.ts
var errors = __webpack_require__(3916);
// EXTERNAL MODULE: ./src/nearest.ts
var nearest = __webpack_require__(7909);
// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
// EXTERNAL MODULE: external "node:util"
var external_node_util_ = __webpack_require__(7975);
// EXTERNAL MODULE: ./src/evidence/metrics-file.ts
var metrics_file = __webpack_require__(5443);
;// CONCATENATED MODULE: ./src/registry/http.ts




/** An answer with a status that is no success, for the adapter to make sense of; `REGISTRY_*` if it makes none. */
class HttpError extends errors/* PromotionError */.g {
    status;
    registryCode;
    registryMessage;
    constructor(code, message, cure, status, 
    /** The registry's own code, e.g. `RESOURCE_DOES_NOT_EXIST`. */
    registryCode, 
    /** The registry's own words. */
    registryMessage) {
        super(code, message, cure === undefined ? {} : { cure });
        this.status = status;
        this.registryCode = registryCode;
        this.registryMessage = registryMessage;
    }
}
const timeoutMs = 30_000;
/** For one call with all its attempts. */
const budgetMs = 90_000;
const attempts = 4;
const largestAnswer = 32 * 1024 * 1024;
/** 500 is not here: MLflow answers it for what will never succeed, too. */
const passing = new Set([429, 502, 503, 504]);
/** A client for one server's JSON API: times out, tries again where that is safe, follows no redirect. */
class HttpClient {
    #options;
    constructor(options) {
        this.#options = options;
    }
    /**
     * The answer's JSON; bare NaN and Infinity in it become text.
     * @throws PromotionError `REGISTRY_UNREACHABLE`; `HttpError` with `REGISTRY_DENIED` (401, 403) or
     *   `REGISTRY_ANSWER` (another status, or what is not JSON)
     */
    async call(call) {
        const repeatable = call.method === 'GET' || call.idempotent === true;
        const deadline = Date.now() + budgetMs;
        for (let attempt = 1;; attempt += 1) {
            try {
                return await this.#once(call);
            }
            catch (error) {
                const delay = repeatable && attempt < attempts ? this.#delay(error, attempt) : undefined;
                if (delay === undefined || Date.now() + delay > deadline)
                    throw error;
                await (this.#options.pause ?? promises_.setTimeout)(delay);
            }
        }
    }
    /** How long to wait before the next attempt; undefined where another would not help. */
    #delay(error, attempt) {
        const backoff = 250 * 2 ** attempt * (0.5 + (this.#options.random ?? Math.random)());
        if (error instanceof RetryLater)
            return Math.min(Math.max(error.afterMs, backoff), 30_000);
        return error instanceof errors/* PromotionError */.g && error.code === 'REGISTRY_UNREACHABLE' ? backoff : undefined;
    }
    async #once(call) {
        const url = this.#url(call);
        const shown = `${call.method} ${this.#options.base}${call.path}`;
        let response;
        let text;
        try {
            response = await (this.#options.fetch ?? fetch)(url, {
                method: call.method,
                headers: { Accept: 'application/json', ...(call.body === undefined ? {} : { 'Content-Type': 'application/json' }), ...this.#options.headers },
                ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
                // A redirect could carry the credential to another origin; the user is told where it points instead.
                redirect: 'manual',
                signal: AbortSignal.timeout(timeoutMs),
            });
            text = await bounded(response);
        }
        catch (error) {
            throw unreachable(shown, error);
        }
        if (response.status >= 300 && response.status < 400)
            throw redirected(shown, response);
        if (!response.ok)
            throw this.#refused(shown, response, text);
        try {
            return text.trim() === '' ? {} : (0,metrics_file/* parseNumbers */.Mm)(text);
        }
        catch {
            throw notJson(shown, response.status, text);
        }
    }
    #url(call) {
        const url = new URL(`${this.#options.base}${call.path}`);
        for (const [name, value] of Object.entries(call.query ?? {})) {
            if (value !== undefined)
                url.searchParams.set(name, String(value));
        }
        return url.href;
    }
    #refused(shown, response, text) {
        const { status } = response;
        const said = registrysWords(text);
        const message = said.message === undefined ? excerpt(text) : excerpt(said.message);
        if (status === 401 || status === 403) {
            return new HttpError('REGISTRY_DENIED', `The registry refuses access (${status}) to ${shown}${message === '' ? '' : `: ${message}`}`, `Sent was ${this.#options.credentials}. ${status === 401 ? 'Check the credential.' : 'Give it the permission that this call needs.'}`, status, said.code, said.message);
        }
        const words = `The registry answered ${status} to ${shown}${message === '' ? '' : `: ${message}`}`;
        const cure = status === 404 && said.code === undefined ? "Check the registry's address: what answers there is not MLflow's API." : status >= 500 ? "Look at the registry's own log." : undefined;
        if (passing.has(status))
            return new RetryLater(words, status, said.code, said.message, retryAfter(response));
        return new HttpError('REGISTRY_ANSWER', words, cure, status, said.code, said.message);
    }
}
class RetryLater extends HttpError {
    afterMs;
    constructor(message, status, code, said, afterMs) {
        super('REGISTRY_ANSWER', message, 'Try again later: the registry is overloaded or restarting.', status, code, said);
        this.afterMs = afterMs;
    }
}
/** RFC 9110, 10.2.3: seconds or a date. */
function retryAfter(response) {
    const value = response.headers.get('retry-after');
    if (value === null)
        return 0;
    const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
    return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}
async function bounded(response) {
    const chunks = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
        size += chunk.byteLength;
        if (size > largestAnswer)
            throw new Error('the answer is larger than 32 MiB');
        chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
}
function registrysWords(text) {
    try {
        const data = JSON.parse(text);
        const { error_code: code, message } = data ?? {};
        return { code: typeof code === 'string' ? code : undefined, message: typeof message === 'string' ? message : undefined };
    }
    catch {
        return { code: undefined, message: undefined };
    }
}
const reasons = {
    ECONNREFUSED: 'nothing listens there',
    ENOTFOUND: 'the host name is not known',
    EAI_AGAIN: 'the host name could not be looked up',
    ECONNRESET: 'the connection was cut',
    UND_ERR_SOCKET: 'the connection was cut',
    ETIMEDOUT: 'it did not answer in time',
    UND_ERR_CONNECT_TIMEOUT: 'it did not answer in time',
    CERT_HAS_EXPIRED: 'its certificate has expired',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
    SELF_SIGNED_CERT_IN_CHAIN: 'its certificate chain is self-signed',
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is of an authority that is not known here',
};
function unreachable(shown, error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    const code = cause?.code;
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    const why = timedOut ? `no answer within ${timeoutMs / 1000} s` : (reasons[String(code)] ?? (cause instanceof Error ? excerpt(cause.message) : 'no connection'));
    const certificate = /CERT|LEAF|SIGNED/.test(String(code));
    return new errors/* PromotionError */.g('REGISTRY_UNREACHABLE', `The registry could not be reached (${why}): ${shown}`, {
        cure: certificate
            ? 'Give your authority in a file named by NODE_EXTRA_CA_CERTS, in the env of the step.'
            : "Check its address (MLFLOW_TRACKING_URI, or registry.uri in the policy), and that this runner may reach it.",
        cause: error,
    });
}
function redirected(shown, response) {
    const target = response.headers.get('location') ?? '';
    const to = URL.canParse(target) ? `${new URL(target).origin}${new URL(target).pathname}` : 'another place';
    return new HttpError('REGISTRY_ANSWER', `The registry redirects ${shown} to ${excerpt(to)}, and credentials follow no redirect.`, "Give the address it points to as the registry's.", response.status, undefined, undefined);
}
function notJson(shown, status, text) {
    const what = /^\s*</.test(text) ? 'an HTML page' : 'something that is not JSON';
    return new HttpError('REGISTRY_ANSWER', `The registry answered ${what} instead of JSON to ${shown}: ${excerpt(text)}`, 'Check its address: a login page or a proxy may stand in front of it.', status, undefined, undefined);
}
function excerpt(text) {
    const line = (0,external_node_util_.stripVTControlCharacters)(text).replaceAll(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
    return line.length <= 160 ? line : `${line.slice(0, 159)}…`;
}

;// CONCATENATED MODULE: ./src/registry/mlflow/api.ts


const pageSize = 200;
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
    /** All versions of a model, the highest first. */
    async *searchVersions(name) {
        let token;
        do {
            const answer = await this.get('model-versions/search', {
                filter: `name = ${quoted(name)}`,
                order_by: 'version_number DESC',
                max_results: pageSize,
                page_token: token,
            });
            yield* list(answer['model_versions']);
            const next = answer['next_page_token'];
            token = typeof next === 'string' && next !== '' && next !== token ? next : undefined;
        } while (token !== undefined);
    }
    async versionByAlias(name, alias) {
        const answer = await this.get('registered-models/alias', { name, alias });
        return object(answer['model_version'], 'model_version');
    }
    setAlias(name, alias, version) {
        return this.post('registered-models/alias', { name, alias, version });
    }
    setTag(name, version, key, value) {
        return this.post('model-versions/set-tag', { name, version, key, value });
    }
    /** MLflow's own stages. Idempotent, except that archiving takes whoever holds the stage by then. */
    transitionStage(name, version, stage, archive) {
        return this.post('model-versions/transition-stage', { name, version, stage, archive_existing_versions: archive });
    }
    async getRun(run) {
        const answer = object(await this.tracking.call({ method: 'GET', path: path('runs/get'), query: { run_id: run } }), 'answer');
        return object(answer['run'], 'run');
    }
    /** The points of a metric, at most a few thousand of the newest pages. */
    async metricHistory(run, key) {
        const answer = object(await this.tracking.call({ method: 'GET', path: path('metrics/get-history'), query: { run_id: run, metric_key: key, max_results: 25_000 } }), 'answer');
        return list(answer['metrics']);
    }
    async get(what, query) {
        return object(await this.registry.call({ method: 'GET', path: path(what), query }), 'answer');
    }
    post(what, body) {
        return this.registry.call({ method: 'POST', path: path(what), body, idempotent: true });
    }
}
/** Whether MLflow said that something does not exist; a missing alias is a 400 there. */
function isMissing(error) {
    return (error instanceof HttpError &&
        (error.registryCode === 'RESOURCE_DOES_NOT_EXIST' || (error.status === 400 && error.registryCode === 'INVALID_PARAMETER_VALUE')));
}
function path(what) {
    return `/api/2.0/mlflow/${what}`;
}
/** A string in MLflow's filter language: it has no escapes, so a name with both quotes cannot be asked for. */
function quoted(text) {
    if (!text.includes("'"))
        return `'${text}'`;
    if (!text.includes('"'))
        return `"${text}"`;
    throw new errors/* PromotionError */.g('MODEL_UNKNOWN', "A model's name cannot hold both kinds of quotes.", { cure: 'Check the name.' });
}
function object(data, what) {
    if (data !== null && typeof data === 'object' && !Array.isArray(data))
        return data;
    throw new errors/* PromotionError */.g('REGISTRY_ANSWER', `The registry's answer has no '${what}'.`, {
        cure: "Check the registry's address: what answers there is not MLflow's API.",
    });
}
function list(data) {
    return Array.isArray(data) ? data : [];
}

;// CONCATENATED MODULE: ./src/registry/mlflow/metrics.ts
/** What MLflow stores for an infinity. */
const storedInfinity = 1.797e308;
/**
 * The latest values of a run's metrics. `runs/get` alone would hide a tie: for several points at the last step
 * it shows the largest. Such a metric reads as text that names them all, which no condition passes.
 */
async function readRunMetrics(api, run, keys, page) {
    const { data, info } = await api.getRun(run);
    const latest = new Map((data?.metrics ?? []).map((metric) => [metric.key, metric]));
    const wanted = keys.filter((key) => latest.has(key));
    const readings = await Promise.all(wanted.map(async (key) => {
        const points = await api.metricHistory(run, key);
        return [key, reading(latest.get(key) ?? { key }, points, run, page(info?.experiment_id ?? '0'))];
    }));
    return new Map(readings);
}
function reading(latest, points, run, page) {
    const step = Number(latest.step ?? 0);
    const last = Math.max(step, ...points.map((point) => Number(point.step ?? 0)));
    const values = new Set([...points.filter((point) => Number(point.step ?? 0) === last).map(metrics_valueOf), ...(points.length === 0 ? [metrics_valueOf(latest)] : [])]);
    const origin = `run ${run.slice(0, 8)}, step ${last}`;
    const at = latest.timestamp === undefined ? {} : { at: new Date(Number(latest.timestamp)).toISOString() };
    const [only, ...others] = values;
    const value = only === undefined || others.length > 0 ? `ambiguous: ${[...values].join(', ')} at step ${last}` : only;
    return { value, origin, page, ...at };
}
function metrics_valueOf({ value }) {
    if (typeof value !== 'number')
        return value ?? 'nothing';
    if (Math.abs(value) >= storedInfinity)
        return value > 0 ? 'Infinity' : '-Infinity';
    return value;
}

;// CONCATENATED MODULE: ./src/registry/mlflow/server.ts

/** The variables that MLflow's own client reads. https://mlflow.org/docs/latest/self-hosting/security/basic-http-auth/ */
const credentialNames = [
    'MLFLOW_TRACKING_USERNAME',
    'MLFLOW_TRACKING_PASSWORD',
    'MLFLOW_TRACKING_TOKEN',
    'DATABRICKS_TOKEN',
];
/**
 * From an address and the environment's credentials to a server. User and password in the address win over the
 * environment, Basic over Bearer, as in MLflow's client.
 * @throws PromotionError `INPUT_INVALID` for an address that is no http(s) URL
 */
function serverAt(address, from, environment) {
    if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
        const shown = /^[a-z+-]+:/i.exec(address)?.[0] ?? 'it';
        throw new errors/* PromotionError */.g('INPUT_INVALID', `${from} is no http:// or https:// address (it begins with '${shown}').`, {
            cure: 'Give the address of an MLflow server, e.g. https://mlflow.example.com.',
        });
    }
    if (environment['MLFLOW_TRACKING_INSECURE_TLS']?.toLowerCase() === 'true') {
        throw new errors/* PromotionError */.g('INPUT_INVALID', 'MLFLOW_TRACKING_INSECURE_TLS is set, and this action always checks certificates.', {
            cure: 'Name the file with your authority in NODE_EXTRA_CA_CERTS, and unset MLFLOW_TRACKING_INSECURE_TLS.',
        });
    }
    const url = new URL(address);
    const base = `${url.origin}${url.pathname}`.replace(/\/+$/, '');
    const workspace = environment['MLFLOW_WORKSPACE'];
    const shared = workspace === undefined || workspace === '' ? {} : { 'X-MLFLOW-WORKSPACE': workspace };
    const { authorization, credentials } = authorize(url, environment);
    return { base, credentials, headers: { ...shared, ...(authorization === undefined ? {} : { Authorization: authorization }) } };
}
function authorize(url, environment) {
    const basic = (user, password) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    if (url.username !== '') {
        return { authorization: basic(decodeURIComponent(url.username), decodeURIComponent(url.password)), credentials: "the user and password in the registry's address" };
    }
    const user = environment['MLFLOW_TRACKING_USERNAME'] ?? '';
    const password = environment['MLFLOW_TRACKING_PASSWORD'] ?? '';
    if (user !== '' && password !== '') {
        return { authorization: basic(user, password), credentials: 'MLFLOW_TRACKING_USERNAME with MLFLOW_TRACKING_PASSWORD' };
    }
    const token = environment['MLFLOW_TRACKING_TOKEN'] ?? '';
    if (token !== '')
        return { authorization: `Bearer ${token}`, credentials: 'MLFLOW_TRACKING_TOKEN' };
    return { credentials: 'no credential (neither MLFLOW_TRACKING_USERNAME with MLFLOW_TRACKING_PASSWORD nor MLFLOW_TRACKING_TOKEN is set)' };
}

;// CONCATENATED MODULE: ./src/registry/mlflow/holding.ts
/** Stage `production` is the alias `production`; the version it replaces gets `previous-production`. */
function aliasHolding(api) {
    return {
        plural: 'aliases',
        refusesStage: (stage) => {
            // https://mlflow.org/docs/latest/ml/model-registry/: reserved by the server
            if (/^latest$/i.test(stage) || /^v\d+$/i.test(stage))
                return `MLflow keeps the alias '${stage}' for itself: call the stage otherwise.`;
            return /^[\w-]+$/.test(stage) ? undefined : `MLflow's aliases have letters, digits, - and _ only: '${stage}' cannot be one.`;
        },
        holders: async (model, stages) => {
            const { aliases = [] } = await api.getModel(model);
            return new Map(stages.flatMap((stage) => {
                const held = aliases.filter(({ alias }) => alias === stage).map(({ version }) => String(version));
                return held.length === 0 ? [] : [[stage, held]];
            }));
        },
        move: async ({ model, version, stage, replaces }) => {
            if (replaces !== undefined)
                await api.setAlias(model, `previous-${stage}`, replaces.version);
            await api.setAlias(model, stage, version.version);
        },
    };
}
/** MLflow's own stages, deprecated since 2.9 and still served. A version holds one of them at a time. */
function stageHolding(api) {
    const names = { staging: 'Staging', production: 'Production' };
    return {
        plural: "MLflow's own stages",
        refusesStage: (stage) => stage.toLowerCase() in names ? undefined : `MLflow's own stages are Staging and Production: '${stage}' needs 'stage_as: alias'.`,
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
        move: async ({ model, version, stage, replaces, archive }) => {
            const name = names[stage.toLowerCase()] ?? stage;
            await api.transitionStage(model, version.version, name, archive);
            if (replaces !== undefined && !archive)
                await api.transitionStage(model, replaces.version, 'None', false);
        },
    };
}

;// CONCATENATED MODULE: ./src/registry/mlflow/mlflow.ts







/** Databricks' limit for a tag's value; MLflow itself allows more. */
const longestValue = 1_000;
/** How many copies (`models:/name/version`) are followed back to the run. */
const deepestCopy = 5;
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
        throw new errors/* PromotionError */.g('INPUT_INVALID', 'No MLflow server is named.', {
            cure: 'Set MLFLOW_TRACKING_URI in the env of the step, or registry.uri in the policy.',
        });
    }
    const registry = serverAt(address, from, environment);
    const trackingAddress = environment['MLFLOW_TRACKING_URI'];
    const tracking = trackingAddress === undefined || trackingAddress === '' ? registry : serverAt(trackingAddress, 'MLFLOW_TRACKING_URI', environment);
    const client = (server) => new HttpClient({
        ...server,
        ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
        ...(options.pause === undefined ? {} : { pause: options.pause }),
    });
    const api = new MlflowApi(client(registry), client(tracking));
    const holding = settings.stageAs === 'stage' ? stageHolding(api) : aliasHolding(api);
    return new MlflowRegistry(api, holding, registry.base, tracking.base);
}
class MlflowRegistry {
    api;
    holding;
    base;
    trackingBase;
    type = 'mlflow';
    description;
    environment;
    credentialNames = credentialNames;
    constructor(api, holding, base, trackingBase) {
        this.api = api;
        this.holding = holding;
        this.base = base;
        this.trackingBase = trackingBase;
        this.description = `MLflow at ${base} (stages as ${holding.plural})`;
        this.environment = { MLFLOW_TRACKING_URI: trackingBase, MLFLOW_REGISTRY_URI: base };
    }
    refusesStage(stage) {
        return this.holding.refusesStage(stage);
    }
    /** Nothing is kept between calls. */
    refresh() {
        return;
    }
    async *versions(model) {
        let any = false;
        for await (const raw of this.api.searchVersions(model)) {
            any = true;
            yield this.toVersion(raw);
        }
        // A search finds nothing both for a model without versions and for a name that does not exist.
        if (!any)
            await this.mustExist(model);
    }
    async version(model, version) {
        if (!/^[1-9]\d*$/.test(version)) {
            throw new errors/* PromotionError */.g('VERSION_UNKNOWN', `'${version}' is no version of an MLflow model: they are numbered.`, { cure: await this.newest(model) });
        }
        try {
            return this.toVersion(await this.api.getVersion(model, version));
        }
        catch (error) {
            if (!isMissing(error))
                throw error;
            await this.mustExist(model);
            throw new errors/* PromotionError */.g('VERSION_UNKNOWN', `Model '${model}' has no version ${version} in ${this.description}.`, { cure: await this.newest(model) });
        }
    }
    async byAlias(model, alias) {
        try {
            return this.toVersion(await this.api.versionByAlias(model, alias));
        }
        catch (error) {
            if (!isMissing(error))
                throw error;
            const known = (await this.mustExist(model)).map((each) => each.alias);
            throw new errors/* PromotionError */.g('VERSION_UNKNOWN', `Model '${model}' has no alias '${alias}'.`, { cure: (0,nearest/* whatExists */.L)('aliases', alias, known) });
        }
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
    async metrics(version, keys) {
        if (keys.length === 0)
            return new Map();
        const run = await this.runOf(version);
        if (run === undefined)
            return new Map();
        const page = (experiment) => `${this.trackingBase}/#/experiments/${encodeURIComponent(experiment)}/runs/${encodeURIComponent(run)}`;
        try {
            return await readRunMetrics(this.api, run, keys, page);
        }
        catch (error) {
            if (!isMissing(error))
                throw error;
            throw new errors/* PromotionError */.g('METRIC_UNREADABLE', `Run ${run}, which made ${version.uri}, is not in the tracking server ${this.trackingBase}.`, {
                cure: 'Set MLFLOW_TRACKING_URI to the server that has the run.',
            });
        }
    }
    /** The record follows the move: a version that says it is deployed holds the stage. */
    async transition(transition) {
        const { model, version, stage, replaces } = transition;
        await this.holding.move(transition);
        const held = (await this.holding.holders(model, [stage])).get(stage) ?? [];
        if (held.length !== 1 || held[0] !== version.version) {
            throw new errors/* PromotionError */.g('REGISTRY_CONFLICT', `After the move, '${stage}' of '${model}' is held by ${held.join(' and ') || 'no version'}, not by ${version.version} alone: somebody else moved it at the same time.`, {
                cure: 'Look at `status`, decide which version is right, and run again.',
            });
        }
        await this.tag(version, transition.tags);
        if (replaces !== undefined)
            await this.tag(replaces, transition.replacedTags);
    }
    async tag(version, tags) {
        for (const [key, value] of tags) {
            if (/[.,\-=/:]/.test(key) || value.length > longestValue)
                throw new RangeError(`The tag '${key}' does not fit a registry's limits.`);
            await this.api.setTag(version.model, version.version, key, value);
        }
    }
    /** MLflow keeps files where only its own client can read them: commands load by MODEL_URI. */
    materialise() {
        return Promise.resolve(undefined);
    }
    async runOf(version) {
        let { run, source } = version;
        for (let depth = 0; run === undefined && depth < deepestCopy; depth += 1) {
            const copied = /^models:\/([^/]+)\/(\d+)$/.exec(source ?? '');
            if (copied?.[1] === undefined || copied[2] === undefined)
                return undefined;
            const original = await this.api.getVersion(decodeURIComponent(copied[1]), copied[2]);
            run = original.run_id === '' ? undefined : original.run_id;
            source = original.source;
        }
        return run;
    }
    /** The model's aliases. Throws `MODEL_UNKNOWN` with the models that exist. */
    async mustExist(model) {
        try {
            return (await this.api.getModel(model)).aliases ?? [];
        }
        catch (error) {
            if (!(error instanceof HttpError) || !isMissing(error))
                throw error;
            throw new errors/* PromotionError */.g('MODEL_UNKNOWN', `Model '${model}' does not exist in ${this.description}.`, {
                cure: (0,nearest/* whatExists */.L)('models', model, await this.api.modelNames()),
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
        return known.length === 0 ? 'The model has no versions: register one first.' : `The newest versions: ${known.join(', ')}.`;
    }
    toVersion(raw) {
        const tags = new Map((raw.tags ?? []).map(({ key, value }) => [key, value ?? '']));
        const commit = tags.get('mlflow.source.git.commit');
        return {
            model: raw.name,
            version: raw.version,
            createdAt: new Date(Number(raw.creation_timestamp ?? 0)).toISOString(),
            ...(raw.run_id === undefined || raw.run_id === '' ? {} : { run: raw.run_id }),
            ...(raw.source === undefined || raw.source === '' ? {} : { source: raw.source }),
            ...(commit === undefined ? {} : { commit }),
            uri: `models:/${raw.name}/${raw.version}`,
            page: `${this.base}/#/models/${encodeURIComponent(raw.name)}/versions/${raw.version}`,
            tags,
        };
    }
}


/***/ })

};
