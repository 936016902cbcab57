export const id = 255;
export const ids = [255];
export const modules = {

/***/ 1255:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  cli: () => (/* binding */ cli)
});

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(3024);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./src/commands/post.ts
var post = __webpack_require__(5862);
// EXTERNAL MODULE: ./src/domain/command-name.ts
var command_name = __webpack_require__(989);
// EXTERNAL MODULE: ./src/domain/errors.ts
var errors = __webpack_require__(241);
// EXTERNAL MODULE: ./src/git/checkout-folder.ts
var checkout_folder = __webpack_require__(2811);
// EXTERNAL MODULE: ./src/git/repository.ts + 9 modules
var git_repository = __webpack_require__(7267);
// EXTERNAL MODULE: ./src/run/host.ts + 12 modules
var run_host = __webpack_require__(2611);
// EXTERNAL MODULE: external "node:util"
var external_node_util_ = __webpack_require__(7975);
// EXTERNAL MODULE: ./src/domain/suggest.ts
var suggest = __webpack_require__(7182);
// EXTERNAL MODULE: ./node_modules/yaml/dist/index.js
var dist = __webpack_require__(8815);
;// CONCATENATED MODULE: ./src/cli/options.ts


const terminalCommands = ['init', ...command_name/* commandNames */.oQ];
/** Options that only a terminal has. */
const terminalOnly = [
    flag('yes', 'Writes to the registry, the promotion log, tags and GitHub. Without it nothing is written there.'),
    flag('json', 'Prints the outputs as one JSON object on standard output, and everything else on standard error.'),
    flag('help', 'Shows this.'),
];
/** Inputs that each command uses, beside those that all use. */
const uses = {
    init: ['model', 'policy', 'path'],
    promote: ['model', 'stage', 'version', 'dry-run', 'override', 'reason'],
    gate: ['model', 'stage', 'version', 'override', 'reason'],
    apply: ['plan', 'plan-digest', 'model', 'stage', 'dry-run', 'override', 'reason'],
    register: ['model', 'version', 'source', 'run-id', 'reason', 'dry-run'],
    monitor: ['model', 'stage', 'version', 'dry-run'],
    rollback: ['model', 'stage', 'version', 'reason', 'dry-run'],
    archive: ['model', 'version', 'reason', 'dry-run'],
    adopt: ['model', 'stage', 'reason', 'dry-run'],
    verify: ['model', 'stage', 'version', 'evidence', 'attestation'],
    status: ['model', 'on'],
    backtest: ['model', 'stage'],
    lint: [],
    matrix: ['model', 'stage'],
};
const always = ['policy', 'policy-ref', 'path', 'fail-on', 'github-token'];
/** The options that help shows for the command; the others are taken, and change nothing. */
function optionsOf({ options }, command) {
    const own = uses[command].flatMap((name) => options.filter((option) => option.name === name));
    const shared = options.filter(({ name }) => always.includes(name) && command !== 'init');
    const extra = terminalOnly.filter(({ name }) => name !== 'yes' || command !== 'init');
    return [...new Set([...own, ...shared, ...extra])];
}
/** @param text action.yml's */
function readManual(text) {
    const { inputs } = (0,dist/* parse */.qg)(text);
    const options = Object.entries(inputs)
        .filter(([name]) => name !== 'command')
        .map(([name, { description, default: value = '' }]) => ({
        name,
        description,
        // Only a workflow has a token to begin with.
        default: value.startsWith('${{') ? '' : value,
        isFlag: name === 'dry-run',
    }));
    const does = [...(inputs['command']?.description ?? '').matchAll(/`(\w+)` ([^;]+?)(?=;|\.$)/g)];
    return {
        options: [...options, ...terminalOnly],
        commands: new Map([
            ['init', 'writes a starting policy and workflows from what the registry holds'],
            ...does.map(([, name = '', what = '']) => [name, what]),
        ]),
    };
}
function flag(name, description) {
    return { name, description, default: '', isFlag: true };
}

;// CONCATENATED MODULE: ./src/cli/arguments.ts



/** A command line that was not understood; the message says what to type. */
class UsageError extends Error {
    command;
    name = 'UsageError';
    /** @param command whose help leads on, where it is known */
    constructor(message, command) {
        super(message);
        this.command = command;
    }
}
const arguments_short = { h: 'help', y: 'yes' };
/**
 * Reads the command line. Node's own parser splits it: it is kept with Node and adds nothing to the bundle.
 * @param args behind the file's name
 * @throws UsageError naming the nearest command or option
 */
function readArguments(args, manual) {
    const options = Object.fromEntries(manual.options.map(({ name, isFlag }) => [name, { type: isFlag ? 'boolean' : 'string' }]));
    const { tokens } = (0,external_node_util_.parseArgs)({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
    const words = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
    const [first, ...rest] = words;
    const asksHelp = first === 'help';
    const named = asksHelp ? rest[0] : first;
    const command = named === undefined ? undefined : commandOf(named);
    const given = new Map();
    for (const token of tokens) {
        if (token.kind !== 'option')
            continue;
        const name = arguments_short[token.name] ?? token.name;
        const option = manual.options.find((each) => each.name === name);
        if (option === undefined)
            throw new UsageError(unknownOption(token.rawName, manual), command);
        if (given.has(name))
            throw new UsageError(`${token.rawName} is given twice.`, command);
        given.set(name, option.isFlag ? flagValue(token.rawName, token.value, command) : arguments_valueOf(token, command));
    }
    if (asksHelp || given.get('help') === 'true')
        return { kind: 'help', command };
    if (command === undefined)
        throw new UsageError('Which command? None was given.');
    const [extra] = rest;
    if (extra !== undefined)
        throw new UsageError(`'${extra}' belongs to no option: ${command} takes options alone, such as --stage production.`, command);
    const inputs = new Map([...given].filter(([name]) => !['yes', 'json', 'help'].includes(name)));
    return { kind: 'run', command, inputs, yes: given.get('yes') === 'true', json: given.get('json') === 'true' };
}
function commandOf(given) {
    const found = terminalCommands.find((name) => name === given.toLowerCase());
    if (found !== undefined)
        return found;
    throw new UsageError(`'${given}' is not a command. ${(0,suggest/* listKnownNames */.QH)('commands', given, terminalCommands)}`);
}
function unknownOption(raw, { options }) {
    const near = (0,suggest/* closestName */.Nf)(raw.replace(/^-+/, ''), options.map(({ name }) => name));
    return `There is no option ${raw}.${near === undefined ? '' : ` Did you mean --${near}?`}`;
}
function arguments_valueOf({ rawName, value, inlineValue }, command) {
    if (value === undefined)
        throw new UsageError(`${rawName} needs a value.`, command);
    // What looks like the next option is not taken for a value, unless it is written as one.
    if (inlineValue !== true && /^-\D/.test(value))
        throw new UsageError(`${rawName} needs a value; one that begins with a dash is written ${rawName}=${value}.`, command);
    return value;
}
function flagValue(raw, value, command) {
    const given = value?.toLowerCase() ?? 'true';
    if (given === 'true' || given === 'false')
        return given;
    throw new UsageError(`${raw} is '${value ?? ''}'; allowed: true, false, or nothing behind it.`, command);
}

;// CONCATENATED MODULE: ./src/cli/exit-code.ts
/** What scripts may rely on; docs/command-line.md lists the same. */
const exitCodes = [
    { code: 0, meaning: 'It was done, or would be; verify: the version holds the stage.' },
    { code: 1, meaning: 'Rejected; verify: the version does not hold the stage.' },
    { code: 2, meaning: 'The command line was not understood, or lacks something.' },
    { code: 3, meaning: 'On hold: a person must decide, or another run is at work.' },
    { code: 4, meaning: 'An error: it could not be checked or done.' },
    { code: 130, meaning: 'Interrupted.' },
];
/**
 * @param decision undefined where nothing was to be decided
 * @param fails whether the decision is one of `fail-on`
 * @param code of the error that ended the run, where one did
 */
function exitCodeOf(decision, fails, code) {
    if (code === 'CANCELLED')
        return 130;
    if (code === 'INPUT_INVALID' || code === 'STAGE_UNKNOWN')
        return 2;
    if (!fails)
        return 0;
    return ends[decision ?? 'error'];
}
const ends = { promote: 4, none: 4, reject: 1, hold: 3, error: 4 };

;// CONCATENATED MODULE: ./src/cli/wrap.ts
/**
 * A line in pieces of at most `width` columns, cut between words: what is longer than that, such as a digest or an
 * address, stays whole, so that it can be copied.
 * @param indent of the pieces after the first
 */
function wrapped(line, width, indent) {
    if (line.length <= width)
        return [line];
    const lines = [];
    const start = /^ */.exec(line)?.[0] ?? '';
    let now = start;
    for (const word of line.trim().split(/ +/)) {
        const isFirst = now.trim() === '';
        if (!isFirst && now.length + 1 + word.length > width) {
            lines.push(now);
            now = `${start}${' '.repeat(indent)}${word}`;
        }
        else {
            now = isFirst ? `${now}${word}` : `${now} ${word}`;
        }
    }
    return [...lines, now];
}

;// CONCATENATED MODULE: ./src/cli/help.ts



const program = 'gated-model-promotion';
/** What the whole program is, and how it is used. @param width of the terminal, in columns */
function overview({ commands }, width) {
    return blocks([
        ...wrapped(`Usage: ${program} COMMAND [options]`, width, 2),
        '',
        ...wrapped('Moves a model version in its registry only when it has proved what your policy asks.', width, 0),
        '',
        'Commands:',
        ...list([...commands].map(([name, does]) => [name, does]), width),
        '',
        ...wrapped('Each input of the action is an option of the same name, such as --stage production. COMMAND --help shows the options.', width, 0),
        '',
        ...rules(width),
        '',
        'Exit codes:',
        ...list(exitCodes.map(({ code, meaning }) => [String(code), meaning]), width),
    ]);
}
/** How one command is used. */
function commandHelp(command, manual, width) {
    const does = manual.commands.get(command) ?? '';
    return blocks([
        ...wrapped(`Usage: ${program} ${command} [options]`, width, 2),
        '',
        ...wrapped(`${does.charAt(0).toUpperCase()}${does.slice(1)}.`, width, 0),
        '',
        'Options:',
        ...list(optionsOf(manual, command).map((option) => [shown(option), described(option)]), width),
        '',
        ...(command === 'init' ? [] : rules(width)),
    ]);
}
function rules(width) {
    return wrapped("Without --yes nothing is written to the registry, the promotion log, tags or GitHub, and the work tree's policy counts; 'gate' writes its plan, 'init' new files. With --yes the default branch's policy counts, and the work tree must be clean.", width, 0);
}
function shown({ name, isFlag }) {
    return isFlag ? `--${name}` : `--${name} VALUE`;
}
function described({ description, default: value, isFlag }) {
    return `${description}${value === '' || isFlag ? '' : ` Default: ${value}`}`;
}
/** Names with what they mean: beside each other, or where that is too narrow, below. */
function list(rows, width) {
    const column = Math.max(...rows.map(([name]) => name.length)) + 4;
    if (width - column < 24)
        return rows.flatMap(([name, meaning]) => [
            `  ${name}`,
            ...wrapped(meaning, width - 6, 0).map((line) => `      ${line}`),
        ]);
    return rows.flatMap(([name, meaning]) => wrapped(meaning, width - column, 0).map((line, index) => `${(index === 0 ? `  ${name}` : '').padEnd(column)}${line}`));
}
function blocks(lines) {
    return `${lines.join('\n').trimEnd()}\n`;
}

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: ./src/policy/load.ts + 16 modules
var load = __webpack_require__(1667);
// EXTERNAL MODULE: ./src/commands/backtest/replay.ts
var replay = __webpack_require__(5881);
// EXTERNAL MODULE: ./node_modules/big.js/big.mjs
var big = __webpack_require__(9965);
;// CONCATENATED MODULE: ./src/commands/init/policy-text.ts

const schema = 'https://raw.githubusercontent.com/your-org/gated-model-promotion/v1/schema/policy.schema.json';
/**
 * A starting policy, as YAML. What is a guess is marked `suggestion`. Pure.
 * @param replayed what `backtest` says of it, as sentences
 */
function policyText(findings, replayed) {
    const { measured, suggestions, others } = findings;
    const whose = `${measured.version}${measured.stage === undefined ? '' : `, which holds ${measured.stage}`}`;
    const hasChampion = measured.stage !== undefined;
    return `${[
        `# yaml-language-server: $schema=${schema}`,
        `# A start, made by 'gated-model-promotion init' from ${comment(findings.registry)}.`,
        "# Lines marked 'suggestion' are guesses from names and values: read them, then remove the mark.",
        ...replayed.map((sentence) => `# ${comment(sentence)}`),
        'version: 1',
        `registry: ${registryOf(findings)}`,
        `model: ${quoted(findings.model)}`,
        ...(hasChampion
            ? []
            : [`first_promotion: allow # no version holds ${findings.last} yet: the first one is compared with none`]),
        'metrics:',
        ...suggestions.map(metricLine),
        ...(others.length === 0 ? [] : [`  # Logged as well: ${comment(others.slice(0, 20).join(', '))}`]),
        'stages:',
        '  staging:',
        '    checks:',
        ...suggestions.map(({ id, goal, value, threshold }) => `      - require: ${id} ${goal === 'maximize' ? '>=' : '<='} ${withoutExponent(threshold)} # suggestion: a little worse than ${withoutExponent(value)} of ${comment(whose)}`),
        '      # - name: unit tests',
        '      #   run: pytest -q tests/model',
        `  ${quoted(findings.last)}:`,
        '    after: staging',
        '    # environment: production # the GitHub environment that is told, and asked:',
        '    # approval: { environment: production }',
        '    checks:',
        ...suggestions.map(({ id, goal, margin }) => `      - require: ${id} ${goal === 'maximize' ? '>= champion -' : '<= champion +'} ${withoutExponent(margin)} # suggestion`),
    ].join('\n')}\n`;
}
function registryOf({ type, usesStages, metricsFile }) {
    const more = usesStages
        ? ', stage_as: stage'
        : metricsFile === undefined
            ? ''
            : `, metrics_file: ${quoted(metricsFile)}`;
    return `{ type: ${type}${more} }`;
}
function metricLine({ id, key, goal, isKnown, isShare }) {
    const range = isShare ? ', min: 0, max: 1' : '';
    const named = key === id ? '' : `, key: ${JSON.stringify(key)}`;
    const why = isKnown ? `'${goal}' by its name` : `is '${goal}' right? Its name does not say`;
    return `  ${quoted(id)}: { goal: ${goal}${range}${named} } # suggestion: ${why}`;
}
/** A name that YAML would read as more than a name is quoted. */
function quoted(name) {
    return /^[A-Za-z_][\w./@-]*$/.test(name) && !/^(?:true|false|null|yes|no|on|off)$/i.test(name)
        ? name
        : JSON.stringify(name);
}
/** Conditions do not know exponents. */
function withoutExponent(value) {
    return new big/* Big */.z(String(value)).toFixed();
}
function comment(text) {
    return text.replaceAll(/[\r\n]+/g, ' ');
}

// EXTERNAL MODULE: ./src/domain/registry-descriptor.ts
var registry_descriptor = __webpack_require__(8971);
;// CONCATENATED MODULE: ./src/commands/init/read.ts



/** Enough to see which metrics are always there. */
const newest = 5;
/** Names that stages which users are served from have, the usual first. */
const served = ['production', 'champion', 'prod', 'live'];
/** Opens the registry that settings name; nothing is written through it. */
function openToRead({ environment, repository, tables, redactor }, settings) {
    return (0,registry_descriptor/* descriptorOf */.n)(tables.registries, settings.type).open({
        settings,
        stages: ['staging', ...served],
        environment,
        repository,
        checkoutCure: (otherwise) => otherwise,
        logRepository: () => Promise.resolve(repository),
        identity: { name: 'init', email: 'init@localhost' },
        redactor,
        now: () => new Date(),
    });
}
/**
 * Finds the model: in MLflow where the environment names a server, else in the repository's tags.
 * @throws PromotionError `INPUT_INVALID` where there is no registry; `MODEL_UNKNOWN` naming what exists
 */
async function findModel(around, given) {
    const { environment, repository, tables } = around;
    const addresses = (0,registry_descriptor/* descriptorOf */.n)(tables.registries, 'mlflow').credentials.addresses;
    const named = addresses.find((name) => (environment[name] ?? '') !== '');
    const tagged = repository === undefined ? [] : await taggedModels(repository);
    const model = given ?? (named === undefined && tagged.length === 1 ? tagged[0] : undefined);
    if (named === undefined && tagged.length === 0) {
        throw new errors/* PromotionError */.g1('INPUT_INVALID', 'There is no registry: MLFLOW_TRACKING_URI is not set, and the repository has no tags such as churn@v1.0.0.', {
            cure: "Set MLFLOW_TRACKING_URI to your server's address, or run this in the clone that has the versions as tags.",
        });
    }
    if (model === undefined) {
        throw new errors/* PromotionError */.g1('INPUT_INVALID', `Input 'model' is missing.${tagged.length === 0 ? '' : ` The repository's tags have: ${tagged.join(', ')}.`}`, {
            cure: "Give the model's name in the registry.",
        });
    }
    const isTagged = tagged.includes(model);
    if (named !== undefined) {
        try {
            return { model, ...(await inMlflow(around, model)) };
        }
        catch (thrown) {
            if (!(thrown instanceof errors/* PromotionError */.g1) || thrown.code !== 'MODEL_UNKNOWN' || !isTagged)
                throw thrown;
        }
    }
    if (!isTagged) {
        throw new errors/* PromotionError */.g1('MODEL_UNKNOWN', `The repository's tags have no model '${model}'.`, {
            cure: `They have: ${tagged.join(', ')}. For a model in MLflow, set MLFLOW_TRACKING_URI.`,
        });
    }
    return { model, ...(await inGit(around, model)) };
}
async function taggedModels(repository) {
    const names = (await repository.listTags()).flatMap(({ name }) => /^(.+)@v\d/.exec(name)?.[1] ?? []);
    return [...new Set(names)];
}
async function inMlflow(around, model) {
    const registry = await openToRead(around, mlflowSettings('alias'));
    const versions = await newestOf(registry, model);
    const held = await holderOf(registry, model);
    if (held !== undefined)
        return { registry, type: 'mlflow', usesStages: false, versions, ...held };
    const own = await openToRead(around, mlflowSettings('stage'));
    const staged = await holderOf(own, model, ['Production']).catch(ignoreUnknownStages);
    if (staged !== undefined)
        return { registry: own, type: 'mlflow', usesStages: true, versions, ...staged, last: 'production' };
    return { registry, type: 'mlflow', usesStages: false, versions, last: 'production', champion: undefined };
}
/** Servers of a later MLflow have no stages of their own. */
function ignoreUnknownStages(thrown) {
    if (thrown instanceof errors/* PromotionError */.g1 && thrown.code === 'REGISTRY_ANSWER')
        return undefined;
    throw thrown;
}
async function inGit(around, model) {
    const registry = await openToRead(around, { type: 'git', files: [] });
    const versions = await newestOf(registry, model);
    const held = await holderOf(registry, model);
    return {
        registry,
        type: 'git',
        usesStages: false,
        versions,
        ...(held ?? { last: 'production', champion: undefined }),
    };
}
function mlflowSettings(stageAs) {
    return { type: 'mlflow', stageAs };
}
async function newestOf(registry, model) {
    const found = [];
    for await (const version of registry.versions(model)) {
        found.push(version);
        if (found.length === newest)
            break;
    }
    if (found.length > 0)
        return found;
    throw new errors/* PromotionError */.g1('VERSION_UNKNOWN', `The model '${model}' has no versions.`, {
        cure: 'Register one first: the policy is made from what the newest ones measured.',
    });
}
async function holderOf(registry, model, names = served) {
    const holders = await registry.holders(model, names);
    for (const last of names) {
        const [only, ...more] = holders.get(last) ?? [];
        if (only !== undefined && more.length === 0)
            return { last, champion: await registry.version(model, only) };
    }
    return undefined;
}
/** What the version measured, by name: finite numbers alone. */
async function numbersOf(registry, version) {
    const readings = await registry.metrics(version, await registry.metricKeys(version));
    const numbers = [...readings].flatMap(([key, { value, fault }]) => {
        const number = Number(value);
        return fault === undefined && Number.isFinite(number) ? [[key, number]] : [];
    });
    return new Map(numbers);
}

;// CONCATENATED MODULE: ./src/commands/init/suggest.ts
const lower = /(?:^|_)(?:loss|logloss|error|err|rmse|mse|mae|mape|smape|rmsle|brier|ece|wer|cer|ter|perplexity|ppl|fid|latency|ms|seconds|secs|time|duration|bytes|kb|mb|gb|size|cost|fpr|fnr|hinge|deviance|drift|psi|bias|gap|toxicity)(?:_|$)|(?:loss|error|latency)$/;
const higher = /(?:^|_)(?:auc|roc|ap|map|acc|accuracy|f1|f2|fbeta|precision|recall|sensitivity|specificity|tpr|tnr|r2|score|gini|ks|kappa|mcc|iou|dice|ndcg|mrr|hit|bleu|rouge|meteor|bertscore|throughput|qps|coverage|lift|gain|p_at|exact_match|em|correlation|corr|pearson|spearman)(?:_|$|\d)|(?:accuracy|score|auc|precision|recall)$/;
/** What says how the training went, and nothing of the model. */
const ofTraining = /^(?:train|training|system|gpu|cpu)[_/ .]|(?:^|[_/ .])(?:epoch|step|steps|iteration|lr|learning_rate|global_step|num_params|n_params|seed|samples|rows|count|support)$/i;
/** At most so many, or a first policy is not read. */
const most = 6;
/** How much worse than the version's value a candidate may be at first. */
const slack = 0.02;
/**
 * The metrics to begin with: finite in each of the versions, not of the training, known ones first. Pure.
 * @param metrics of the newest versions, by name; the first version's values are those that count
 */
function suggest_suggest(metrics) {
    const [first = new Map(), ...rest] = metrics;
    const everywhere = [...first.keys()].filter((key) => rest.every((each) => each.has(key)));
    const fit = everywhere
        .filter((key) => !ofTraining.test(key) && isMeasurable(first.get(key)))
        .map((key) => suggestion(key, metrics))
        .toSorted((a, b) => Number(b.isKnown) - Number(a.isKnown));
    const ids = new Set();
    const suggestions = fit.filter(({ id }) => !ids.has(id) && ids.add(id)).slice(0, most);
    const taken = new Set(suggestions.map(({ key }) => key));
    return { suggestions, others: [...first.keys()].filter((key) => !taken.has(key)) };
}
/** Of 0 nothing is a little less, and numbers beyond these are no measurements. */
function isMeasurable(value = 0) {
    return Math.abs(value) > 1e-12 && Math.abs(value) < 1e15;
}
function suggestion(key, metrics) {
    const name = key.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
    const isLower = lower.test(name);
    const values = metrics.map((each) => each.get(key) ?? NaN);
    const [value = NaN] = values;
    const goal = isLower ? 'minimize' : 'maximize';
    return {
        id: idOf(key),
        key,
        goal,
        isKnown: isLower || higher.test(name),
        isShare: values.every((each) => each >= 0 && each <= 1) && values.some((each) => each > 0.01),
        value,
        threshold: threshold(value, goal),
        margin: Number((Math.abs(value) / 100).toPrecision(2)),
    };
}
/** A name that conditions can use. */
function idOf(key) {
    if (/^[A-Za-z_][A-Za-z0-9_./@]*$/.test(key))
        return key;
    const id = key.replaceAll(/[^A-Za-z0-9]+/g, '_').replaceAll(/^_+|_+$/g, '');
    return /^[A-Za-z_]/.test(id) ? id : `m_${id}`;
}
/** A little worse than the value, in three digits, rounded to the worse side. */
function threshold(value, goal) {
    const worse = goal === 'maximize' ? value - slack * Math.abs(value) : value + slack * Math.abs(value);
    const digits = Math.floor(Math.log10(Math.abs(worse))) - 2;
    const unit = 10 ** digits;
    const rounded = (goal === 'maximize' ? Math.floor(worse / unit) : Math.ceil(worse / unit)) * unit;
    return Number(rounded.toPrecision(3));
}

;// CONCATENATED MODULE: ./src/commands/init/workflow-text.ts
const checkout = 'actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2';
const action = 'your-org/gated-model-promotion@v1';
const defaultPolicy = '.github/model-promotion.yml';
/** Pull requests: the policy is checked, and the newest version checked; nothing moves. */
function gateWorkflow({ type, policy }) {
    return `name: model gate
on: pull_request

permissions: {}

jobs:
  gate:
    name: Check the newest version
    runs-on: ubuntu-latest
    permissions:
      contents: read # the policy and the promotion log
      pull-requests: write # the comment
    steps:
${checkoutStep(type)}
      - name: Lint this change's policy
        uses: ${action}
        with:
          command: lint
${policyInput(policy)}      - name: Check by the default branch's policy
        uses: ${action}
        with:
          command: gate
          stage: staging
${policyInput(policy)}${credentials(type)}`;
}
/** On request: one stage after the other, each in its own job. */
function promotionWorkflow({ type, policy, stages }) {
    return `name: model promotion
on:
  workflow_dispatch:
    inputs:
      stage:
        description: Where the version goes
        type: choice
        options: [${stages.join(', ')}]
        required: true
      version:
        description: Which version
        default: latest

permissions: {}

concurrency:
  group: model-promotion
  cancel-in-progress: false

jobs:
  promote:
    name: Check and move
    runs-on: ubuntu-latest
    permissions:
      contents: write # the promotion log${type === 'git' ? " and the stage's tag" : ''}
      pull-requests: write # the comment on the pull request that brought the commit
    steps:
${checkoutStep(type)}
      - uses: ${action}
        with:
          stage: \${{ inputs.stage }}
          version: \${{ inputs.version }}
${policyInput(policy)}${credentials(type)}`;
}
function checkoutStep(type) {
    const all = type === 'git' ? '\n          fetch-depth: 0 # all versions are tags' : '';
    return `      - uses: ${checkout}
        with:${all}
          persist-credentials: false # the action uses its own input, github-token`;
}
function policyInput(policy) {
    return policy === defaultPolicy ? '' : `          policy: ${policy}\n`;
}
function credentials(type) {
    if (type === 'git')
        return '';
    return `        env:
          MLFLOW_TRACKING_URI: \${{ vars.MLFLOW_TRACKING_URI }}
          # What your server asks for; remove the others.
          MLFLOW_TRACKING_TOKEN: \${{ secrets.MLFLOW_TRACKING_TOKEN }}
          MLFLOW_TRACKING_USERNAME: \${{ secrets.MLFLOW_TRACKING_USERNAME }}
          MLFLOW_TRACKING_PASSWORD: \${{ secrets.MLFLOW_TRACKING_PASSWORD }}
`;
}

;// CONCATENATED MODULE: ./src/commands/init/init.ts









/** How many of the newest versions the suggestions are tried on. */
const replayed = 20;
/**
 * Writes a starting policy and two workflows from what the registry holds. No file is overwritten.
 * @returns what was done, in lines
 * @throws PromotionError `INPUT_INVALID` where the policy exists; what the registry throws, naming what exists
 */
async function startPolicy(options) {
    const { folder, policy: path } = options;
    if (await exists((0,external_node_path_.join)(folder, path))) {
        throw new errors/* PromotionError */.g1('INPUT_INVALID', `The file ${path} exists, and nothing was written.`, {
            cure: "Check it with 'command: lint', or name another file with input 'policy'.",
        });
    }
    const found = await findModel(options, options.model);
    const findings = await findingsOf(found);
    const sentences = await init_replay(options, findings, path);
    const settings = { type: found.type, policy: path, stages: ['staging', found.last] };
    const files = new Map([
        [path, policyText(findings, sentences)],
        ['.github/workflows/model-gate.yml', gateWorkflow(settings)],
        ['.github/workflows/model-promotion.yml', promotionWorkflow(settings)],
    ]);
    const lines = [];
    for (const [name, text] of files)
        lines.push(await written(folder, name, text));
    const { suggestions } = findings;
    return [
        `${findings.registry}: ${found.versions.length} newest versions read; ${whose(findings)}.`,
        ...lines,
        `${suggestions.length} metrics: ${suggestions.map(({ id, goal }) => `${id} (${goal})`).join(', ')}. Goals and thresholds are suggestions: read them.`,
        ...sentences,
        "Next: 'lint' checks the policy, 'backtest' shows each version, 'gate --stage staging' checks the newest one. Commit the files to the default branch to use them.",
    ];
}
async function findingsOf({ registry, versions, champion, last, ...found }) {
    const [newest] = versions;
    const measured = champion ?? newest;
    if (measured === undefined)
        throw new errors/* PromotionError */.g1('VERSION_UNKNOWN', `The model '${found.model}' has no versions.`);
    const others = versions.filter(({ version }) => version !== measured.version);
    const metrics = await Promise.all([measured, ...others].map((version) => numbersOf(registry, version)));
    const [own, ...rest] = metrics;
    // A version without any metric says nothing of which ones there are.
    const told = [own ?? new Map(), ...rest.filter((each) => each.size > 0)];
    const { suggestions, others: more } = suggest_suggest(told);
    if (suggestions.length === 0) {
        throw new errors/* PromotionError */.g1('METRIC_UNREADABLE', `${found.model} ${measured.version} has no metric to begin with.`, {
            cure: `${own?.size === 0 ? 'It has none at all' : `It has: ${[...(own?.keys() ?? [])].join(', ')}`}. Log what the model is judged by, with its run or, in git, in metrics.json, and run this again.`,
        });
    }
    return {
        model: found.model,
        type: found.type,
        usesStages: found.usesStages,
        registry: registry.description,
        measured: { version: measured.version, ...(champion === undefined ? {} : { stage: last }) },
        last,
        suggestions,
        others: more,
    };
}
function whose({ measured, last }) {
    return measured.stage === undefined
        ? `no version holds ${last}, so the thresholds are from the newest one, ${measured.version}`
        : `${measured.version} holds ${last}, and the thresholds are from it`;
}
/** What the policy would have decided on the newest versions, as sentences. */
async function init_replay(options, findings, path) {
    const source = (0,load/* sourceOf */.v)(path, policyText(findings, []), 'workspace');
    const policy = (0,load/* loadPolicy */.t)(source, options.tables);
    const settings = findings.type === 'git' ? policy.registry : mlflowSettings(findings.usesStages ? 'stage' : 'alias');
    const registry = await openToRead(options, settings);
    const sentences = [];
    for (const stage of policy.stages.values()) {
        const { model } = findings;
        const work = { registry, policy, model, stage, now: () => new Date(), tables: options.tables };
        sentences.push(sentenceOf(stage, (await (0,replay/* backtest */.G)(work, { limit: replayed }, () => undefined)).totals));
    }
    return sentences;
}
function sentenceOf({ name }, totals) {
    const { promote, reject, hold, error } = totals;
    const all = promote + reject + hold + error;
    return `Backtest of ${name}: of the last ${all} versions it would promote ${promote}, reject ${reject}, hold ${hold}; ${error} could not be checked.`;
}
async function written(folder, name, text) {
    const path = (0,external_node_path_.join)(folder, name);
    await (0,promises_.mkdir)((0,external_node_path_.dirname)(path), { recursive: true });
    try {
        await (0,promises_.writeFile)(path, text, { flag: 'wx' });
        return `Written: ${name}`;
    }
    catch (thrown) {
        if (thrown.code !== 'EEXIST')
            throw thrown;
        return `Kept as it is: ${name} exists.`;
    }
}
/** Also a link that leads nowhere. */
async function exists(path) {
    return (await (0,promises_.lstat)(path).catch(() => undefined)) !== undefined;
}

// EXTERNAL MODULE: ./src/domain/redactor.ts
var domain_redactor = __webpack_require__(3570);
// EXTERNAL MODULE: ./src/run/secrets.ts
var secrets = __webpack_require__(1067);
// EXTERNAL MODULE: ./src/run/tables.ts + 32 modules
var tables = __webpack_require__(7910);
;// CONCATENATED MODULE: ./src/cli/init.ts




/** `init` at a terminal: writes the files, and says which. */
async function init(given) {
    const { inputs, terminal, environment, repository, folder } = given;
    const redactor = new domain_redactor/* Redactor */.p((0,secrets/* runSecrets */.T)(environment));
    const lines = await startPolicy({
        environment,
        repository,
        folder,
        tables: tables/* tables */.u,
        redactor,
        model: inputs.get('model'),
        policy: inputs.get('policy') ?? '.github/model-promotion.yml',
    });
    for (const line of lines)
        terminal.line(redactor.redact(line));
}

// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(8161);
// EXTERNAL MODULE: ./src/github/context.ts + 1 modules
var context = __webpack_require__(846);
;// CONCATENATED MODULE: ./src/cli/local.ts



/** The environment without what a runner says: a `run` step of a workflow may start this, and is no action. */
function withoutRunner(environment) {
    const isRunners = (name) => /^(?:INPUT_|STATE_|ACTIONS_|GITHUB_)/i.test(name);
    return Object.fromEntries(Object.entries(environment).filter(([name]) => !isRunners(name)));
}
/** Who runs it, on which commit. The run sends nothing to GitHub and asks it nothing. */
async function localContext(repository) {
    const actor = (await repository?.userName()) ?? systemUser();
    const head = await repository?.head();
    const nobody = await (0,context/* readContext */.y)({});
    return { ...nobody, actor, authors: [actor], origin: 'local', ...(head === undefined ? {} : { commit: head }) };
}
function systemUser() {
    try {
        return (0,external_node_os_.userInfo)().username;
    }
    catch {
        return 'local'; // A container may run as a user that has no name.
    }
}
/**
 * Whether what is checked out is what the default branch has: only then a terminal may write.
 * @throws PromotionError `INPUT_INVALID` saying what to do first
 */
async function refuseUnmerged(repository) {
    if (repository === undefined) {
        throw new errors/* PromotionError */.g1('INPUT_INVALID', "'--yes' needs a git repository, which keeps the promotion log, and this folder is none.", {
            cure: 'Run it in a clone of the repository, or give its folder as --path.',
        });
    }
    const [first, ...more] = await repository.changes();
    if (first !== undefined) {
        const others = more.length === 0 ? '' : ` and ${more.length} more`;
        throw new errors/* PromotionError */.g1('INPUT_INVALID', `'--yes' needs a clean work tree, and ${first}${others} is changed or not committed.`, {
            cure: "Commit it, or put it aside with 'git stash --include-untracked'.",
        });
    }
    if ((await repository.remote()) === undefined)
        return;
    const tip = await repository.defaultBranchFromRemote();
    const head = await repository.head();
    const commit = tip === undefined ? undefined : await repository.bringTip(tip.branch, tip.commit);
    if (head !== undefined && commit !== undefined && (await repository.isAncestor(head, commit)))
        return;
    const branch = tip?.branch ?? 'the default branch';
    throw new errors/* PromotionError */.g1('INPUT_INVALID', `'--yes' needs a commit of the remote's ${branch}, and HEAD ${head?.slice(0, 8) ?? ''} is not on it.`, {
        cure: `Push or merge it first, or check out what is there with 'git switch --detach origin/${branch}' after a 'git fetch'.`,
    });
}

// EXTERNAL MODULE: ./src/domain/markdown.ts
var markdown = __webpack_require__(4463);
;// CONCATENATED MODULE: ./src/cli/as-typed.ts
/**
 * A message of the action in the words of the terminal: `'command: adopt' with 'stage: production' and a reason` as what
 * is to be typed, `input 'stage'` as the option.
 */
function asTyped(text) {
    return text
        .replaceAll(/'command: (\w+)'((?: with| and|,)(?: '[\w-]+: [^']*'| a reason)(?:(?:,| and| with)(?: '[\w-]+: [^']*'| a reason))*)?/g, (_, command, rest = '') => `'${[command, ...options(String(rest))].join(' ')}'`)
        .replaceAll(/\b(?:(I)|i)nput '([\w-]+)'/g, (_, capital, name) => capital === undefined ? `option --${name}` : `Option --${name}`)
        .replaceAll(/'(dry-run|override|policy-ref|fail-on|comment|accept-holds): ([^']*)'/g, "'--$1 $2'");
}
function options(given) {
    return [...given.matchAll(/'([\w-]+): ([^']*)'| (a reason)/g)].map(([, name = '', value = '', reason]) => reason === undefined ? `--${name} ${as_typed_quoted(value)}` : '--reason "…"');
}
function as_typed_quoted(value) {
    return /^[\w./@:+-]+$/.test(value) ? value : `"${value.replaceAll(/^"|"$/g, '')}"`;
}

;// CONCATENATED MODULE: ./src/cli/terminal.ts



/** Columns of a terminal; undefined where the output is a file or a pipe, whose lines are not cut. */
function widthOf({ isTTY, columns }, environment) {
    const given = Number(environment['COLUMNS']);
    const width = isTTY === true && columns !== undefined && columns > 0 ? columns : given > 0 ? given : undefined;
    return width === undefined ? undefined : Math.max(20, width);
}
/** @see https://no-color.org */
function hasColour({ isTTY }, environment) {
    return isTTY === true && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';
}
const red = 31;
const green = 32;
const yellow = 33;
/** How a line begins behind its icon, and the colour of that. */
const colours = [
    [
        /^(?:[^\p{L}\p{N}\s]+ )?(?:passed|Promoted|Passed|Rolled back|Archived|Adopted|Registered|Written)(?!\p{L})/u,
        green,
    ],
    [/^(?:[^\p{L}\p{N}\s]+ )?(?:FAILED|ERROR|Rejected|Error|error)(?!\p{L})/u, red],
    [/^(?:[^\p{L}\p{N}\s]+ )?(?:ON HOLD|On hold|warning|note|What to do)(?!\p{L})/u, yellow],
];
/** Writes lines for people: no line is a workflow command, on a terminal they fit and the word that counts has a colour. */
class Terminal {
    #stream;
    #width;
    #hasColour;
    constructor(stream, environment) {
        this.#stream = stream;
        this.#width = widthOf(stream, environment);
        this.#hasColour = hasColour(stream, environment);
    }
    line(text) {
        const shown = inert(asTyped(visible(text)));
        for (const piece of this.#width === undefined ? [shown] : wrapped(shown, this.#width, 2))
            this.#stream.write(`${this.#coloured(piece)}\n`);
    }
    #coloured(line) {
        if (!this.#hasColour)
            return line;
        for (const [begin, colour] of colours) {
            const word = begin.exec(line)?.[0];
            if (word !== undefined)
                return `\u001b[${colour}m${word}\u001b[0m${line.slice(word.length)}`;
        }
        return line;
    }
}
/** As it is shown: no escapes and nothing invisible; blanks at the start stay. */
function visible(text) {
    const blanks = /^ */.exec(text)?.[0] ?? '';
    return `${blanks}${(0,markdown/* plain */.pj)(text)}`;
}
/** In a job's log, `::` would begin a workflow command. */
function inert(text) {
    return text.replaceAll(/:(?=:)/g, ': ').replaceAll('##[', '# #[');
}
/** JSON on one line, without `::`: the second colon is escaped, which only texts can hold. */
function inertJson(data) {
    return JSON.stringify(data).replaceAll('::', ':\\u003a');
}

;// CONCATENATED MODULE: ./src/cli/terminal-host.ts

/** Commands whose evidence a user may want to keep. */
const sealed = ['gate', 'promote', 'apply'];
/** A terminal as the place that a run reports to: lines instead of annotations, and an exit code for each end. */
class TerminalHost {
    outputs = new Map();
    #state = new Map();
    #terminal;
    #report;
    #exitCode = 0;
    constructor(terminal) {
        this.#terminal = terminal;
    }
    get exitCode() {
        return this.#exitCode;
    }
    /** What the run left open when it ended; undefined where it left nothing. */
    get openOperation() {
        const open = this.#state.get('operation') ?? '';
        return open === '' ? undefined : open;
    }
    info(text) {
        this.#terminal.line(text);
    }
    startGroup(title) {
        this.#terminal.line(title);
    }
    endGroup() {
        return; // A terminal folds nothing.
    }
    error(message, place) {
        this.#annotate('error', message, place);
    }
    warning(message, place) {
        this.#annotate('warning', message, place);
    }
    notice(message, place) {
        this.#annotate('', message, place);
    }
    setFailed(message) {
        this.#annotate('error', message);
        if (this.#exitCode === 0)
            this.#exitCode = 4;
    }
    setOutput(name, value) {
        this.outputs.set(name, value);
    }
    setSecret() {
        return; // What is shown is redacted before it comes here.
    }
    saveState(name, value) {
        this.#state.set(name, value);
    }
    keepsState() {
        return true;
    }
    writeSummary() {
        return Promise.resolve(); // The lines say the same.
    }
    reported(report, fails) {
        this.#exitCode = exitCodeOf(report.decision, fails, report.code);
        if (report.problems.length > 1)
            for (const { message, at } of report.problems)
                this.#problem(message, at);
        else if (report.problems[0]?.at !== undefined)
            this.#terminal.line(`At: ${terminal_host_written(report.problems[0].at)}`);
        // The lines have said the rest.
        this.#report = report;
    }
    /** What is to be typed next, and which files there are. */
    conclude() {
        const plan = this.outputs.get('plan') ?? '';
        const evidence = this.outputs.get('evidence') ?? '';
        if (plan !== '') {
            this.#terminal.line(`Plan: ${plan}`);
            this.#terminal.line(`Apply it with: apply --plan ${plan} --plan-digest ${this.outputs.get('plan-digest') ?? ''} --yes`);
        }
        if (evidence !== '' && sealed.includes(this.#report?.command ?? '') && (this.#report?.checks.length ?? 0) > 0)
            this.#terminal.line(`Evidence: ${evidence}`);
    }
    #annotate(level, message, place) {
        if (this.#report !== undefined)
            return;
        const at = place?.file === undefined ? '' : `${place.file}:${place.startLine ?? 1}:${place.startColumn ?? 1} `;
        this.#terminal.line(`${level === '' ? '' : `${level}: `}${at}${message}`);
    }
    #problem(message, at) {
        this.#terminal.line(`- ${at === undefined ? '' : `${terminal_host_written(at)} `}${message}`);
    }
}
function terminal_host_written({ file, line, column, }) {
    return `${file}:${line}:${column}`;
}

;// CONCATENATED MODULE: ./src/cli/main.ts
















/**
 * The command line: the same commands, with a terminal as the place to report to. Sets the process's exit code.
 * @param main what the action runs, too
 */
async function cli(args, main) {
    const manual = readManual((0,external_node_fs_.readFileSync)((0,external_node_path_.join)((0,external_node_path_.dirname)((0,external_node_fs_.realpathSync)(process.argv[1] ?? '')), '../action.yml'), 'utf8'));
    try {
        const typed = readArguments(args, manual);
        if (typed.kind === 'help')
            process.stdout.write(inert(help(typed.command, manual, process.stdout)));
        else
            process.exitCode = await run(typed, main);
    }
    catch (thrown) {
        if (!(thrown instanceof UsageError))
            throw thrown;
        const terminal = new Terminal(process.stderr, process.env);
        terminal.line(thrown.message);
        terminal.line(`Help: gated-model-promotion ${thrown.command === undefined ? '' : `${thrown.command} `}--help`);
        process.exitCode = 2;
    }
}
function help(command, manual, stream) {
    const width = Math.min(widthOf(stream, process.env) ?? 80, 100);
    return command === undefined ? overview(manual, width) : commandHelp(command, manual, width);
}
async function run(typed, main) {
    const terminal = new Terminal(typed.json ? process.stderr : process.stdout, process.env);
    const host = new TerminalHost(terminal);
    (0,run_host/* reportTo */.Eg)(host);
    const environment = withoutRunner(process.env);
    const interrupted = new AbortController();
    process.once('SIGINT', () => {
        interrupted.abort();
    });
    try {
        const folder = await (0,checkout_folder/* checkoutFolder */.Dv)(process.cwd(), typed.inputs.get('path'));
        const opened = new git_repository/* GitRepository */.x({ folder, environment });
        const repository = (await opened.isRepository()) ? opened : undefined;
        const context = await localContext(repository);
        if (typed.command === 'init') {
            await init({ inputs: typed.inputs, terminal, environment, repository, folder });
            return 0;
        }
        if (typed.yes && !(0,command_name/* isReadOnly */.PI)(typed.command))
            await refuseUnmerged(repository);
        const given = { ...environment, ...inputsOf(typed) };
        await main(given, () => Promise.resolve(context));
        await recover(host, terminal, given, context);
        if (!typed.yes && changesWhatIsThere(typed))
            terminal.line("Nothing was written. Add --yes to do it; then the default branch's policy counts.");
        host.conclude();
    }
    catch (thrown) {
        const { code, sentence } = (0,errors/* asPromotionError */.ov)(thrown);
        terminal.line(`error: ${sentence}`);
        return exitCodeOf(undefined, true, code);
    }
    if (typed.json)
        process.stdout.write(`${inertJson(Object.fromEntries(host.outputs))}\n`);
    return interrupted.signal.aborted && host.exitCode !== 0 ? 130 : host.exitCode;
}
/** The inputs as the runner would pass them. */
function inputsOf({ command, inputs, yes }) {
    const isPreview = !yes && !(0,command_name/* isReadOnly */.PI)(command);
    const values = new Map([
        ['command', command],
        // What is only tried is tried with the policy that one has before oneself.
        ...(yes || inputs.has('policy-ref') ? [] : [['policy-ref', 'workspace']]),
        ...inputs,
        ...(isPreview ? [['dry-run', 'true']] : []),
    ]);
    return Object.fromEntries([...values].map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]));
}
function changesWhatIsThere({ command, inputs }) {
    return command !== 'init' && ((0,command_name/* changesHolders */.JS)(command) || command === 'register') && inputs.get('dry-run') !== 'true';
}
/** What a runner's post step does at the end of a job: what was interrupted is finished or undone. */
async function recover(host, terminal, environment, context) {
    const open = host.openOperation;
    if (open === undefined)
        return;
    terminal.line('An operation is open: it is finished or undone now. Ctrl-C once more leaves it open.');
    const leave = () => {
        terminal.line("It is left open. The next run with --yes finishes or undoes it; 'status' shows it.");
    };
    process.once('exit', leave);
    await (0,post/* post */.b)({ ...environment, STATE_operation: open }, context);
    process.off('exit', leave);
}


/***/ })

};
