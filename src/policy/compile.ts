import { posix } from 'node:path';
import { isRunnersOwn } from '../domain/environment.js';
import type { Position, Problem } from '../domain/errors.js';
import { closestName, listKnownNames } from '../domain/suggest.js';
import type { Path, PolicyText } from './document.js';
import { parseDuration } from './duration.js';
import { selfComparisons } from './self-comparison.js';
import { applyOverrides } from './overrides.js';
import { compileLifecycle, type RawLife } from './lifecycle.js';
import { compileSource, type RawSource } from './metric-source.js';
import { collisions, type Named } from './names.js';
import { sharedRequests } from './shared-requests.js';
import { dimensionsOf, recordedKey, type Slices } from './slices.js';
import { parseCondition } from './parse-condition.js';
import type {
  Best,
  Check,
  Command,
  ConditionCheck,
  Evaluate,
  EvidenceRule,
  Goal,
  Metric,
  Policy,
  RegistrySettings,
  Shell,
  Stage,
  StageAs,
} from './policy.js';
import type { Role, Severity } from '../domain/check.js';

/** The policy's data once the schema has passed it: the shapes of `schema/policy.schema.json`. */
interface RawCommand {
  readonly run: string;
  readonly shell?: Shell;
  readonly working_directory?: string;
  readonly timeout?: string;
  readonly retries?: number;
  readonly retry_failures?: boolean;
  readonly error_codes?: readonly number[];
  readonly pass_env?: readonly string[];
}
interface RawCheck extends Partial<RawCommand> {
  readonly name?: string;
  readonly require?: string | readonly string[];
  readonly warn?: string | readonly string[];
  readonly hold_if?: string | readonly string[];
}
interface RawMetric extends RawSource {
  readonly goal: Goal;
  readonly key?: string;
  readonly min?: number;
  readonly max?: number;
  readonly min_count?: number;
}
interface RawStage extends RawLife<RawCheck> {
  readonly evidence?: RawEvidence;
  readonly after?: string;
  readonly environment?: string;
  readonly evaluate?: RawCommand & { readonly for?: readonly Role[] };
  readonly checks?: readonly RawCheck[];
  readonly parallel?: number;
  readonly archive?: 'previous' | 'never';
}
interface RawPolicy {
  readonly registry: {
    readonly type: RegistrySettings['type'];
    readonly stage_as?: StageAs;
    readonly uri?: string;
    readonly metrics_file?: string;
    readonly files?: readonly string[];
  };
  readonly model?: string;
  readonly models?: Readonly<Record<string, unknown>>;
  readonly champion?: string;
  readonly first_promotion?: 'hold' | 'allow';
  readonly trusted_branches?: readonly string[];
  readonly trusted?: readonly string[];
  readonly pass_env?: readonly string[];
  readonly metrics?: Readonly<Record<string, RawMetric>>;
  readonly evidence?: RawEvidence;
  readonly anchors?: Readonly<Record<string, string | number>>;
  readonly best?: { readonly metric: string; readonly passed?: string; readonly tag?: string };
  readonly stages: Readonly<Record<string, RawStage | null>>;
}

interface RawEvidence {
  readonly match?: EvidenceRule['match'];
  readonly max_age?: string;
}

/** Long enough for a training job's validation, short enough that a hung command does not hold a runner for six hours. */
const defaultTimeout = '1h';
/** The keys of `registry` that are for another type than this one. */
const foreignKeys = {
  git: ['stage_as', 'uri'],
  mlflow: ['metrics_file', 'files'],
} as const satisfies Readonly<Record<RegistrySettings['type'], readonly string[]>>;

/** From valid data to a `Policy`, with every mistake that a schema cannot see. */
export function compile(document: PolicyText): { readonly policy: Policy; readonly problems: readonly Problem[] } {
  const { model } = document.data as RawPolicy;
  if (model !== undefined) {
    const { text, vars, problems } = applyOverrides(document, model);
    const compiled = new Compiler(text, new Map([[model, vars]])).compile();
    const apart = namesApart(compiled.policy, [{ name: model, at: document.locate(['model']) }]);
    const shared = sharedRequests([{ model, policy: compiled.policy, text }]);
    return { ...compiled, problems: [...problems, ...compiled.problems, ...apart, ...shared] };
  }
  const each = document.keys(['models']).map((name) => ({ name, ...applyOverrides(document, name) }));
  const all = new Map(each.map(({ name, vars }) => [name, vars]));
  const common = new Compiler(applyOverrides(document, undefined).text, all).compile();
  const problems = new Map(common.problems.map((problem) => [placeOf(problem), problem]));
  const compiledOf: { model: string; policy: Policy; text: PolicyText }[] = [];
  const variants = each.map(({ name, text, vars, paths, isOwn, problems: inLayers }) => {
    const compiled = new Compiler(text, new Map([[name, vars]])).compile();
    for (const problem of [...inLayers, ...compiled.problems]) {
      // What all have in common, or share through a profile, is told once.
      if (!problems.has(placeOf(problem))) problems.set(placeOf(problem), problem);
    }
    compiledOf.push({ model: name, policy: compiled.policy, text });
    return [name, { policy: { ...compiled.policy, models: all }, paths, isOwn }] as const;
  });
  for (const problem of sharedRequests(compiledOf)) {
    if (!problems.has(placeOf(problem))) problems.set(placeOf(problem), problem);
  }
  const names = each.map(({ name }) => ({ name, at: document.locateKey(['models', name]) }));
  const apart = namesApart(common.policy, names);
  return { policy: { ...common.policy, variants: new Map(variants) }, problems: [...problems.values(), ...apart] };
}

function namesApart({ registry, stages }: Policy, models: readonly Named[]): readonly Problem[] {
  return collisions({ registry, stages: [...stages.values()], models });
}

function placeOf({ at }: Problem): string {
  return `${at?.line ?? 0}:${at?.column ?? 0}`;
}

class Compiler {
  private readonly problems: Problem[] = [];
  private readonly raw: RawPolicy;

  constructor(
    private readonly document: PolicyText,
    private readonly models: ReadonlyMap<string, ReadonlyMap<string, number>>,
  ) {
    this.raw = document.data as RawPolicy;
  }

  compile(): { policy: Policy; problems: readonly Problem[] } {
    const { raw } = this;
    this.checkPassEnv(raw.pass_env ?? [], ['pass_env']);
    const metrics = new Map(this.inOrder(raw.metrics, 'metrics').map(([id, metric]) => [id, this.metric(id, metric)]));
    const stages = new Map(this.inOrder(raw.stages, 'stages').map(([id, stage]) => [id, this.stage(id, stage ?? {})]));
    this.checkRecordedNames(metrics);
    const names = [...stages.keys()];
    const champion = raw.champion ?? names.at(-1) ?? '';
    if (raw.champion !== undefined && !stages.has(raw.champion)) this.unknownStage(raw.champion, ['champion'], names);
    for (const stage of stages.values()) {
      if (stage.after !== undefined && !stages.has(stage.after)) {
        this.unknownStage(stage.after, ['stages', stage.name, 'after'], names);
      }
      this.checkLife(stage);
    }
    this.checkCycles(stages);
    this.checkConditions(metrics, stages, this.models);
    this.problems.push(...selfComparisons({ metrics, stages, champion, isNamed: raw.champion !== undefined }));
    const best = raw.best === undefined ? undefined : this.best(raw.best, metrics, names);
    const policy: Policy = {
      models: this.models,
      variants: new Map(),
      registry: this.registry(),
      champion,
      firstPromotion: raw.first_promotion ?? 'hold',
      passEnv: raw.pass_env ?? [],
      metrics,
      stages: new Map(
        [...stages].map(([name, stage]) => [name, { ...stage, archive: this.archive(name, champion) }] as const),
      ),
      trustedBranches: raw.trusted_branches ?? [],
      trusted: this.trusted(),
      ...(best === undefined ? {} : { best }),
      anchors: this.anchors(),
    };
    return { policy, problems: this.problems };
  }

  /** The entries of a mapping at the root, in the order of the file. */
  private inOrder<T>(mapping: Readonly<Record<string, T>> | undefined, key: string): readonly (readonly [string, T])[] {
    if (mapping === undefined) return [];
    const names = this.document.keys([key]).filter((name) => Object.hasOwn(mapping, name));
    return names.map((name) => [name, mapping[name] as T] as const);
  }

  private add(message: string, at: Position): void {
    this.problems.push({ message, at });
  }

  private unknownStage(given: string, path: Path, names: readonly string[]): void {
    this.add(`Stage '${given}' does not exist. ${listKnownNames('stages', given, names)}`, this.document.locate(path));
  }

  private trusted(): readonly string[] {
    const { trusted = [] } = this.raw;
    trusted.forEach((path, index) => {
      const normal = posix.normalize(path.replaceAll('\\', '/'));
      const isInside = !posix.isAbsolute(normal) && !/^(\.\.?(\/|$)|[A-Za-z]:|\.git(\/|$))/.test(normal);
      if (isInside && !/[*?[\]]/.test(path)) return;
      this.add(
        `'${path}' is no file or folder below the repository's root that can be trusted. Name it as git does, such as 'tests/model', without wildcards.`,
        this.document.locate(['trusted', index]),
      );
    });
    return trusted;
  }

  private anchors(): ReadonlyMap<string, string> {
    return new Map(
      this.inOrder(this.raw.anchors, 'anchors').map(([name, version]) => {
        if (name === 'champion' || name === 'vars') {
          this.add(
            `'${name}' means something in a condition already: call the anchor otherwise.`,
            this.document.locateKey(['anchors', name]),
          );
        }
        return [name, typeof version === 'string' ? version : this.versionAsWritten(name, version)];
      }),
    );
  }

  /** `1e3` and `0012` are numbers of versions to YAML alone. */
  private versionAsWritten(name: string, version: number): string {
    const written = this.document.written(['anchors', name]) ?? String(version);
    if (written !== String(version)) {
      this.add(
        `The anchor '${name}' is ${written}, which YAML reads as ${version}. Put it in quotes, '${written}', or write ${version}.`,
        this.document.locate(['anchors', name]),
      );
    }
    return written;
  }

  private archive(stage: string, champion: string): 'previous' | 'never' {
    return this.raw.stages[stage]?.archive ?? (stage === champion ? 'previous' : 'never');
  }

  private registry(): RegistrySettings {
    const { type, stage_as, uri, metrics_file, files } = this.raw.registry;
    const foreign = foreignKeys[type];
    for (const key of foreign) {
      if (this.raw.registry[key] !== undefined) {
        this.add(`'${key}' means nothing to a registry of type '${type}'.`, this.document.locateKey(['registry', key]));
      }
    }
    return {
      type,
      stageAs: stage_as ?? 'alias',
      ...(uri === undefined ? {} : { uri }),
      ...(metrics_file === undefined ? {} : { metricsFile: metrics_file }),
      files: files ?? [],
    };
  }

  private best(
    raw: NonNullable<RawPolicy['best']>,
    metrics: ReadonlyMap<string, Metric>,
    stages: readonly string[],
  ): Best {
    const metric = metrics.get(raw.metric);
    const at = this.document.locate(['best', 'metric']);
    if (metric === undefined) {
      this.add(
        `Metric '${raw.metric}' is not declared. ${listKnownNames('metrics', raw.metric, [...metrics.keys()])}`,
        at,
      );
    } else if (metric.slices !== undefined) {
      this.add(`'best' compares one value of each version; '${raw.metric}' has one for each slice.`, at);
    } else if (metric.source.from !== 'run') {
      this.add(
        `'best' compares what is logged with the versions; '${raw.metric}' has 'from: ${metric.source.from}'.`,
        at,
      );
    }
    if (raw.passed !== undefined) {
      if (!stages.includes(raw.passed)) this.unknownStage(raw.passed, ['best', 'passed'], stages);
      return { metric: raw.metric, among: { passed: raw.passed } };
    }
    const [tag = '', ...value] = (raw.tag ?? '').split('=');
    if (tag === '') {
      this.add(`'${raw.tag ?? ''}' names no tag: write NAME, or NAME=VALUE.`, this.document.locate(['best', 'tag']));
    }
    return { metric: raw.metric, among: { tag, ...(value.length === 0 ? {} : { value: value.join('=') }) } };
  }

  private metric(id: string, raw: RawMetric): Metric {
    const path: Path = ['metrics', id];
    if (raw.min !== undefined && raw.max !== undefined && raw.min > raw.max) {
      this.add(
        `Metric '${id}' has a min (${raw.min}) above its max (${raw.max}): no value is sane.`,
        this.document.locate([...path, 'min']),
      );
    }
    const key = raw.key ?? id;
    const slices = this.slices(id, key, raw);
    const source = compileSource(id, key, raw, {
      document: this.document,
      add: (message, at) => this.add(message, at),
      registry: this.raw.registry.type,
    });
    return {
      id,
      key,
      goal: raw.goal,
      ...(raw.min === undefined ? {} : { min: raw.min }),
      ...(raw.max === undefined ? {} : { max: raw.max }),
      source,
      ...(slices === undefined ? {} : { slices }),
      at: this.document.locateKey(path),
    };
  }

  /** A promotion records a slice by its key: another metric of that name would be taken for the slice, or the other way round. */
  private checkRecordedNames(metrics: ReadonlyMap<string, Metric>): void {
    for (const family of metrics.values()) {
      if (family.slices === undefined) continue;
      for (const { id, key, source, at } of metrics.values()) {
        const isReadAlike = source.from === family.source.from && key === id;
        if (id === family.id || isReadAlike || recordedKey(family, id) === undefined) continue;
        this.add(
          `Metric '${id}' would be recorded under the name of a slice of '${family.id}', and is read elsewhere. Give it another name, with 'key: ${key}' where it is logged so.`,
          at,
        );
      }
    }
  }

  private slices(id: string, key: string, raw: RawMetric): Slices | undefined {
    const path: Path = ['metrics', id];
    const dimensions = dimensionsOf(key);
    const { count, min_count: minCount } = raw;
    for (const name of ['count', 'min_count'] as const) {
      const isJunit = name === 'count' && raw.from === 'file';
      if (raw[name] !== undefined && dimensions.length === 0 && !isJunit) {
        this.add(
          `'${name}' is for a metric that is logged for each slice, with a key such as 'auc/{country}'; '${key}' has no braces.`,
          this.document.locateKey([...path, name]),
        );
      }
    }
    if (dimensions.length === 0) return undefined;
    if ((raw.from ?? 'run') !== 'run') {
      this.add(
        `Slices are read from what is logged with the version; '${id}' has 'from: ${raw.from ?? ''}'.`,
        this.document.locate([...path, 'from']),
      );
    }
    if ((count === undefined) !== (minCount === undefined)) {
      this.add(
        `'count' says under what key a slice's size is logged, and 'min_count' how large it must be: '${id}' needs both, or neither.`,
        this.document.locateKey([...path, count === undefined ? 'min_count' : 'count']),
      );
    }
    if (count !== undefined && [...dimensionsOf(count)].sort().join() !== [...dimensions].sort().join()) {
      this.add(
        `'count' must have the same braces as the key: ${dimensions.map((name) => `{${name}}`).join(', ')}.`,
        this.document.locate([...path, 'count']),
      );
    }
    return {
      dimensions,
      ...(count === undefined ? {} : { count }),
      ...(minCount === undefined ? {} : { minCount }),
    };
  }

  private stage(name: string, raw: RawStage): Stage {
    const path: Path = ['stages', name];
    const checks = (raw.checks ?? []).flatMap((check, index) => this.check(check, [...path, 'checks', index]));
    this.checkNames(checks);
    const life = compileLifecycle(raw, path, {
      document: this.document,
      add: (message, at) => this.add(message, at),
      command: (step, at) => this.command(step, at),
      check: (check, at) => this.check(check, at),
      registry: this.raw.registry.type,
    });
    this.checkNames(life.monitor?.checks ?? []);
    return {
      name,
      ...(raw.after === undefined ? {} : { after: raw.after }),
      ...(raw.environment === undefined ? {} : { environment: raw.environment }),
      ...(raw.evaluate === undefined ? {} : { evaluate: this.evaluate(raw.evaluate, [...path, 'evaluate']) }),
      checks,
      ...this.evidence(raw.evidence ?? this.raw.evidence),
      parallel: raw.parallel ?? 1,
      archive: 'never',
      ...life,
      at: this.document.locateKey(path),
    };
  }

  private evidence(raw: RawEvidence | undefined): { readonly evidence?: EvidenceRule } {
    if (raw === undefined) return {};
    const { match = [], max_age: maxAge } = raw;
    return { evidence: { match, ...(maxAge === undefined ? {} : { maxAgeMs: parseDuration(maxAge) }) } };
  }

  private evaluate(raw: NonNullable<RawStage['evaluate']>, path: Path): Evaluate {
    return { command: this.command(raw, path), roles: raw.for ?? ['candidate', 'champion'] };
  }

  private check(raw: RawCheck, path: Path): readonly Check[] {
    if (raw.run !== undefined) {
      const command = this.command({ ...raw, run: raw.run }, path);
      return [{ kind: 'command', name: raw.name ?? firstLine(raw.run), command }];
    }
    const severities: readonly Severity[] = ['require', 'warn', 'hold_if'];
    return severities.flatMap((severity) => {
      const given = raw[severity];
      if (given === undefined) return [];
      const list = typeof given === 'string' ? [given] : given;
      return list.flatMap((text, index) => {
        const at: Path = typeof given === 'string' ? [...path, severity] : [...path, severity, index];
        const name = raw.name === undefined || list.length === 1 ? raw.name : `${raw.name}: ${text.trim()}`;
        const check = this.condition(text, severity, name, at);
        return check === undefined ? [] : [check];
      });
    });
  }

  private condition(
    text: string,
    severity: Severity,
    name: string | undefined,
    path: Path,
  ): ConditionCheck | undefined {
    const condition = parseCondition(text, this.document.keys(['anchors']));
    if ('message' in condition) {
      this.add(condition.message, this.document.locateWithin(path, condition.index));
      return undefined;
    }
    return { kind: 'condition', name: name ?? condition.text, severity, condition, at: this.document.locate(path) };
  }

  private command(raw: RawCommand, path: Path): Command {
    this.checkPassEnv(raw.pass_env ?? [], [...path, 'pass_env']);
    return {
      run: raw.run,
      shell: raw.shell ?? 'bash',
      ...(raw.working_directory === undefined ? {} : { workingDirectory: raw.working_directory }),
      timeoutMs: parseDuration(raw.timeout ?? defaultTimeout),
      retries: raw.retries ?? 0,
      retryFailures: raw.retry_failures ?? false,
      ...(raw.error_codes === undefined ? {} : { errorCodes: raw.error_codes }),
      passEnv: raw.pass_env ?? [],
      at: this.document.locate([...path, 'run']),
    };
  }

  private checkPassEnv(names: readonly string[], path: Path): void {
    names.forEach((name, index) => {
      if (!isRunnersOwn(name)) return;
      this.add(
        `'${name}' is the runner's own and is never handed to a command: it could act in this workflow's name. Pass what the command needs under a name of its own.`,
        this.document.locate([...path, index]),
      );
    });
  }

  /** Reports and records name a check; two of one name could not be told apart. */
  private checkNames(checks: readonly Check[]): void {
    const seen = new Set<string>();
    for (const check of checks) {
      if (seen.has(check.name)) {
        const at = check.kind === 'command' ? check.command.at : check.at;
        this.add(`Two checks of this stage are called '${check.name}'. Give one of them another 'name'.`, at);
      }
      seen.add(check.name);
    }
  }

  /** What of a stage's life cannot be, beside another thing that the policy says. */
  private checkLife({ name, after, soakMs, deploy }: Stage): void {
    const path: Path = ['stages', name];
    if (soakMs !== undefined && after === undefined) {
      this.add(
        `'soak' is the time in the stage before, and '${name}' comes after none: add 'after'.`,
        this.document.locateKey([...path, 'soak']),
      );
    }
    if (deploy?.transition === 'before-deploy' && this.raw.registry.stage_as === 'stage') {
      this.add(
        "With 'stage_as: stage' a version holds one stage at a time, so a transition before the deployment could not be undone. Leave 'transition' out, or use 'stage_as: alias'.",
        this.document.locate([...path, 'deploy', 'transition']),
      );
    }
  }

  private checkCycles(stages: ReadonlyMap<string, Stage>): void {
    const told = new Set<string>();
    for (const start of stages.keys()) {
      const chain = [start];
      let next = stages.get(start)?.after;
      while (next !== undefined && !chain.includes(next)) {
        chain.push(next);
        next = stages.get(next)?.after;
      }
      if (next !== start || chain.some((name) => told.has(name))) continue;
      chain.forEach((name) => told.add(name));
      this.add(
        `The stages wait for each other in a circle: ${[...chain, start].join(' after ')}. One of them must come first.`,
        this.document.locate(['stages', start, 'after']),
      );
    }
  }

  private checkConditions(
    metrics: ReadonlyMap<string, Metric>,
    stages: ReadonlyMap<string, Stage>,
    models: ReadonlyMap<string, ReadonlyMap<string, number>>,
  ): void {
    for (const stage of stages.values()) {
      for (const check of [...stage.checks, ...(stage.monitor?.checks ?? [])]) {
        if (check.kind !== 'condition') continue;
        const metric = metrics.get(check.condition.metric);
        if (metric === undefined) this.undeclared(check, [...metrics.keys()]);
        else this.checkCondition(check, metric, stage);
        this.checkVariable(check, models);
      }
    }
  }

  private undeclared(check: ConditionCheck, known: readonly string[]): void {
    const { metric, operator } = check.condition;
    const guess = closestName(metric, known);
    const upward = check.severity === 'hold_if' ? operator.startsWith('<') : operator.startsWith('>');
    const goal = operator === '==' ? 'maximize' : upward ? 'maximize' : 'minimize';
    this.add(
      `Metric '${metric}' is not declared.${guess === undefined ? '' : ` Did you mean '${guess}'?`} To declare it, add under 'metrics': '${metric}: { goal: ${goal} }'.`,
      check.at,
    );
  }

  private checkCondition(check: ConditionCheck, metric: Metric, stage: Stage): void {
    const { operator, text } = check.condition;
    const pointsUp = operator.startsWith('>');
    if (check.severity !== 'hold_if' && operator !== '==' && pointsUp !== (metric.goal === 'maximize')) {
      const turned = text.replace(operator, pointsUp ? operator.replace('>', '<') : operator.replace('<', '>'));
      this.add(
        `'${text}' asks for ${pointsUp ? 'more' : 'less'} of '${metric.id}', and its goal is to ${metric.goal}: worse models would pass. Did you mean '${turned}'?`,
        check.at,
      );
    }
    if (metric.source.from === 'evaluate' && stage.evaluate === undefined) {
      this.add(`'${metric.id}' comes from 'evaluate', and stage '${stage.name}' has none.`, check.at);
    }
    const others = [...stage.checks, ...(stage.monitor?.checks ?? [])];
    if (metric.source.from === 'command' && !others.some((other) => other.kind === 'command')) {
      this.add(
        `'${metric.id}' comes from a command's METRICS_FILE, and stage '${stage.name}' runs no command.`,
        check.at,
      );
    }
  }

  private checkVariable(check: ConditionCheck, models: ReadonlyMap<string, ReadonlyMap<string, number>>): void {
    const operand = check.condition.operand;
    if (operand.kind !== 'variable') return;
    const lacking = [...models].filter(([, vars]) => !vars.has(operand.name));
    const [first] = lacking;
    if (first === undefined) return;
    const [model, vars] = first;
    const who = lacking.length === 1 ? `Model '${model}' has` : `${lacking.length} models ('${model}' is one) have`;
    this.add(
      `${who} no variable '${operand.name}'. ${listKnownNames('variables', operand.name, [...vars.keys()])}`,
      check.at,
    );
  }
}

function firstLine(run: string): string {
  const line = run.trim().split('\n')[0] ?? '';
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
