import type { Path } from './document.js';
import type { PolicyTables } from './tables.js';

/** The line to add for a key that is needed, as it would stand in the file. */
const lines: Readonly<Record<string, string>> = {
  version: "Add 'version: 1' as the first line.",
  stages: "Add 'stages: { production: { checks: [{ run: ./test.sh }] } }'.",
};

/** What to type where a key is needed and missing; empty where nobody can tell. */
export function lineToAdd(key: string, path: Path, data: unknown, tables: PolicyTables): string {
  if (key === 'goal') return goalOf(String(path.at(-1)), data);
  if (key === 'registry') return registryToAdd(tables, (type) => `registry: { type: ${type} }`);
  if (key === 'type') return registryToAdd(tables, (type) => `type: ${type}`);
  const line = Object.hasOwn(lines, key) ? lines[key] : undefined;
  return line === undefined ? '' : ` ${line}`;
}

function registryToAdd({ registries }: PolicyTables, line: (type: string) => string): string {
  const each = registries.map(({ type, words: { when } }) => `'${line(type)}'${when === '' ? '' : ` ${when}`}`);
  return ` Add ${each.join(', or ')}.`;
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
