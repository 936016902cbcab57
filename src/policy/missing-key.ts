import type { Path } from './document.js';

/** The line to add for a key that is needed, as it would stand in the file. */
const lines: Readonly<Record<string, string>> = {
  version: "Add 'version: 1' as the first line.",
  registry: "Add 'registry: { type: mlflow }', or 'registry: { type: git }' where there is no server.",
  stages: "Add 'stages: { production: { checks: [{ run: ./test.sh }] } }'.",
  type: "Add 'type: mlflow', or 'type: git' where there is no server.",
};

/** What to type where a key is needed and missing; empty where nobody can tell. */
export function lineToAdd(key: string, path: Path, data: unknown): string {
  if (key === 'goal') return goalOf(String(path.at(-1)), data);
  const line = Object.hasOwn(lines, key) ? lines[key] : undefined;
  return line === undefined ? '' : ` ${line}`;
}

/** By the conditions on the metric: which way is better is what they say already. */
function goalOf(id: string, data: unknown): string {
  const text = conditionsIn(data).find((each) => each.trim().startsWith(`${id} `));
  const operator = text?.trim().slice(id.length).trim().charAt(0);
  if (operator === '>' || operator === '<') {
    const goal = operator === '>' ? 'maximize' : 'minimize';
    return ` Add 'goal: ${goal}': the policy asks for '${text?.trim() ?? ''}'.`;
  }
  return " Add 'goal: maximize' where more is better, or 'goal: minimize' where less is.";
}

function conditionsIn(data: unknown): readonly string[] {
  if (Array.isArray(data)) return data.flatMap((each) => conditionsIn(each));
  if (data === null || typeof data !== 'object') return [];
  return Object.entries(data).flatMap(([key, value]) => {
    if (key !== 'require' && key !== 'warn') return conditionsIn(value);
    return (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string');
  });
}
