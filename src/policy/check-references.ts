import type { RegistrySettings } from '../domain/registry-descriptor.js';
import { closestName, listKnownNames } from '../domain/suggest.js';
import type { CompileContext } from './compile-context.js';
import type { Path } from './document.js';
import type { Check, ConditionCheck, Metric, Stage } from './policy.js';

type Add = CompileContext['add'];

/** The parts of a policy that name each other. */
export interface References {
  /** As the policy says it; undefined where it is the last stage by default. */
  readonly champion: string | undefined;
  readonly settings: RegistrySettings;
  readonly metrics: ReadonlyMap<string, Metric>;
  readonly stages: ReadonlyMap<string, Stage>;
  /** The variables of each model. */
  readonly models: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** Names of stages, metrics and variables that do not exist, and parts that cannot be beside each other. */
export function checkReferences(references: References, context: CompileContext): void {
  const { champion, settings, stages } = references;
  const { document, add } = context;
  const names = [...stages.keys()];
  if (champion !== undefined && !stages.has(champion))
    add(unknownStage(champion, names), document.locate(['champion']));
  for (const stage of stages.values()) {
    if (stage.after !== undefined && !stages.has(stage.after)) {
      add(unknownStage(stage.after, names), document.locate(['stages', stage.name, 'after']));
    }
    checkLife(stage, settings, context);
  }
  checkCycles(stages, context);
  checkConditions(references, context);
}

/** What of a stage's life cannot be, beside another thing that the policy says. */
function checkLife(
  { name, after, soakMs, deploy }: Stage,
  settings: RegistrySettings,
  { document, add, registry }: CompileContext,
): void {
  const path: Path = ['stages', name];
  if (soakMs !== undefined && after === undefined) {
    add(
      `'soak' is the time in the stage before, and '${name}' comes after none: add 'after'.`,
      document.locateKey([...path, 'soak']),
    );
  }
  const oneStage = registry.oneStageAtATime(settings);
  if (deploy?.transition === 'before-deploy' && oneStage !== undefined) {
    add(
      `With '${oneStage.because}' a version holds one stage at a time, so a transition before the deployment could not be undone. Leave 'transition' out, or use '${oneStage.instead}'.`,
      document.locate([...path, 'deploy', 'transition']),
    );
  }
}

function checkCycles(stages: ReadonlyMap<string, Stage>, { document, add }: CompileContext): void {
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
    add(
      `The stages wait for each other in a circle: ${[...chain, start].join(' after ')}. One of them must come first.`,
      document.locate(['stages', start, 'after']),
    );
  }
}

function checkConditions({ metrics, stages, models }: References, { add }: CompileContext): void {
  for (const stage of stages.values()) {
    for (const check of [...stage.checks, ...(stage.monitor?.checks ?? [])]) {
      if (check.kind !== 'condition') continue;
      const metric = metrics.get(check.condition.metric);
      if (metric === undefined) add(undeclared(check, [...metrics.keys()]), check.at);
      else checkCondition(check, metric, stage, add);
      checkVariable(check, models, add);
    }
  }
}

function undeclared(check: ConditionCheck, known: readonly string[]): string {
  const { metric, operator } = check.condition;
  const guess = closestName(metric, known);
  const upward = check.severity === 'hold_if' ? operator.startsWith('<') : operator.startsWith('>');
  const goal = operator === '==' ? 'maximize' : upward ? 'maximize' : 'minimize';
  return `Metric '${metric}' is not declared.${guess === undefined ? '' : ` Did you mean '${guess}'?`} To declare it, add under 'metrics': '${metric}: { goal: ${goal} }'.`;
}

function checkCondition(check: ConditionCheck, metric: Metric, stage: Stage, add: Add): void {
  const { operator, text } = check.condition;
  const pointsUp = operator.startsWith('>');
  if (check.severity !== 'hold_if' && operator !== '==' && pointsUp !== (metric.goal === 'maximize')) {
    const turned = text.replace(operator, pointsUp ? operator.replace('>', '<') : operator.replace('<', '>'));
    add(
      `'${text}' asks for ${pointsUp ? 'more' : 'less'} of '${metric.id}', and its goal is to ${metric.goal}: worse models would pass. Did you mean '${turned}'?`,
      check.at,
    );
  }
  if (metric.source.writtenBy === 'evaluate' && stage.evaluate === undefined) {
    add(`'${metric.id}' comes from 'evaluate', and stage '${stage.name}' has none.`, check.at);
  }
  const others = [...stage.checks, ...(stage.monitor?.checks ?? [])];
  if (metric.source.writtenBy === 'command' && !others.some((other) => other.kind === 'command')) {
    add(`'${metric.id}' comes from a command's METRICS_FILE, and stage '${stage.name}' runs no command.`, check.at);
  }
}

function checkVariable(check: ConditionCheck, models: References['models'], add: Add): void {
  const operand = check.condition.operand;
  if (operand.kind !== 'variable') return;
  const lacking = [...models].filter(([, vars]) => !vars.has(operand.name));
  const [first] = lacking;
  if (first === undefined) return;
  const [model, vars] = first;
  const who = lacking.length === 1 ? `Model '${model}' has` : `${lacking.length} models ('${model}' is one) have`;
  add(`${who} no variable '${operand.name}'. ${listKnownNames('variables', operand.name, [...vars.keys()])}`, check.at);
}

/** Reports and records name a check; two of one name could not be told apart. */
export function checkNames(checks: readonly Check[], { add }: CompileContext): void {
  const seen = new Set<string>();
  for (const check of checks) {
    if (seen.has(check.name)) {
      const at = check.kind === 'command' ? check.command.at : check.at;
      add(`Two checks of this stage are called '${check.name}'. Give one of them another 'name'.`, at);
    }
    seen.add(check.name);
  }
}

export function unknownStage(given: string, names: readonly string[]): string {
  return `Stage '${given}' does not exist. ${listKnownNames('stages', given, names)}`;
}
