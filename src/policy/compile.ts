import { posix } from 'node:path';
import { isRunnersOwn } from '../domain/environment.js';
import type { Position, Problem } from '../domain/errors.js';
import { checkNames, checkReferences } from './check-references.js';
import type { CompileContext } from './compile-context.js';
import { checkRecordedNames, compileBest, compileMetric } from './compile-metrics.js';
import type { Path, PolicyText } from './document.js';
import { parseDuration } from './duration.js';
import { selfComparisons } from './self-comparison.js';
import { applyOverrides } from './overrides.js';
import { compileLifecycle } from './lifecycle.js';
import { descriptorOf, type Named, type RegistrySettings } from '../domain/registry-descriptor.js';
import { collisions } from './names.js';
import type { PolicyTables } from './tables.js';
import { sharedRequests } from './shared-requests.js';
import { parseCondition } from './parse-condition.js';
import type { Check, Command, ConditionCheck, Evaluate, EvidenceRule, Policy, Stage } from './policy.js';
import type { RawCheck, RawCommand, RawEvidence, RawPolicy, RawStage } from './raw.js';
import type { Severity } from '../domain/check.js';

/** Long enough for a training job's validation, short enough that a hung command does not hold a runner for six hours. */
const defaultTimeout = '1h';

/** From valid data to a `Policy`, with every mistake that a schema cannot see. */
export function compile(
  document: PolicyText,
  tables: PolicyTables,
): { readonly policy: Policy; readonly problems: readonly Problem[] } {
  const { model } = document.data as RawPolicy;
  if (model !== undefined) {
    const { text, vars, problems } = applyOverrides(document, model, tables);
    const compiled = new Compiler(text, new Map([[model, vars]]), tables).compile();
    const apart = namesApart(compiled.policy, tables, [{ name: model, at: document.locate(['model']) }]);
    const shared = sharedRequests([{ model, policy: compiled.policy, text }]);
    return { ...compiled, problems: [...problems, ...compiled.problems, ...apart, ...shared] };
  }
  const each = document.keys(['models']).map((name) => ({ name, ...applyOverrides(document, name, tables) }));
  const all = new Map(each.map(({ name, vars }) => [name, vars]));
  const common = new Compiler(applyOverrides(document, undefined, tables).text, all, tables).compile();
  const problems = new Map(common.problems.map((problem) => [placeOf(problem), problem]));
  const compiledOf: { model: string; policy: Policy; text: PolicyText }[] = [];
  const variants = each.map(({ name, text, vars, paths, isOwn, problems: inLayers }) => {
    const compiled = new Compiler(text, new Map([[name, vars]]), tables).compile();
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
  const apart = namesApart(common.policy, tables, names);
  return { policy: { ...common.policy, variants: new Map(variants) }, problems: [...problems.values(), ...apart] };
}

function namesApart(
  { registry: settings, stages }: Policy,
  { registries }: PolicyTables,
  models: readonly Named[],
): readonly Problem[] {
  const registry = descriptorOf(registries, settings.type);
  return collisions({ registry, settings, stages: [...stages.values()], models });
}

function placeOf({ at }: Problem): string {
  return `${at?.line ?? 0}:${at?.column ?? 0}`;
}

class Compiler {
  private readonly problems: Problem[] = [];
  private readonly raw: RawPolicy;
  private readonly context: CompileContext;

  constructor(
    private readonly document: PolicyText,
    private readonly models: ReadonlyMap<string, ReadonlyMap<string, number>>,
    { registries, sources }: PolicyTables,
  ) {
    this.raw = document.data as RawPolicy;
    const registry = descriptorOf(registries, this.raw.registry.type);
    this.context = { document, add: (message, at) => this.add(message, at), registry, sources };
  }

  compile(): { policy: Policy; problems: readonly Problem[] } {
    const { raw } = this;
    this.checkPassEnv(raw.pass_env ?? [], ['pass_env']);
    const metrics = new Map(
      this.inOrder(raw.metrics, 'metrics').map(([id, metric]) => [id, compileMetric(id, metric, this.context)]),
    );
    const stages = new Map(this.inOrder(raw.stages, 'stages').map(([id, stage]) => [id, this.stage(id, stage ?? {})]));
    checkRecordedNames(metrics, this.context);
    const names = [...stages.keys()];
    const settings = this.settings();
    const champion = raw.champion ?? names.at(-1) ?? '';
    checkReferences({ champion: raw.champion, settings, metrics, stages, models: this.models }, this.context);
    this.problems.push(...selfComparisons({ metrics, stages, champion, isNamed: raw.champion !== undefined }));
    const best = raw.best === undefined ? undefined : compileBest(raw.best, metrics, names, this.context);
    const policy: Policy = {
      models: this.models,
      variants: new Map(),
      registry: settings,
      champion,
      firstPromotion: raw.first_promotion ?? 'hold',
      local: raw.local ?? 'hold',
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

  private settings(): RegistrySettings {
    const { registry } = this.context;
    for (const key of Object.keys(this.raw.registry)) {
      if (key === 'type' || Object.hasOwn(registry.keys, key)) continue;
      this.add(
        `'${key}' means nothing to a registry of type '${registry.type}'.`,
        this.document.locateKey(['registry', key]),
      );
    }
    return registry.settings(this.raw.registry);
  }

  private stage(name: string, raw: RawStage): Stage {
    const path: Path = ['stages', name];
    const checks = (raw.checks ?? []).flatMap((check, index) => this.check(check, [...path, 'checks', index]));
    checkNames(checks, this.context);
    const life = compileLifecycle(raw, path, {
      ...this.context,
      command: (step, at) => this.command(step, at),
      check: (check, at) => this.check(check, at),
    });
    checkNames(life.monitor?.checks ?? [], this.context);
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
}

function firstLine(run: string): string {
  const line = run.trim().split('\n')[0] ?? '';
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
