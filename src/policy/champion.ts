import type { Check, Stage } from './policy.js';

/** Whether what the stage asks for depends on who is champion: a condition compares with it, or it is evaluated too. */
export function usesChampion({ checks, evaluate }: Pick<Stage, 'checks' | 'evaluate'>): boolean {
  return compares(checks) || evaluate?.roles.includes('champion') === true;
}

/** Whether any of the conditions compares with the champion. */
export function compares(checks: readonly Check[]): boolean {
  return checks.some((check) => check.kind === 'condition' && check.condition.operand.kind === 'champion');
}

/** The stages that must come before, the nearest first. */
export function stagesBefore(stages: ReadonlyMap<string, Stage>, stage: Stage): readonly Stage[] {
  const before: Stage[] = [];
  for (let name = stage.after; name !== undefined;) {
    const found = stages.get(name);
    if (found === undefined || before.includes(found)) break;
    before.push(found);
    name = found.after;
  }
  return before;
}

/** The names of the stages in the order that versions pass them: the file's, each behind the one it comes after. */
export function stagesInOrder(stages: ReadonlyMap<string, Stage>): readonly string[] {
  const passed = [...stages.values()].flatMap((stage) => [...stagesBefore(stages, stage).toReversed(), stage]);
  return [...new Set(passed.map(({ name }) => name))];
}
