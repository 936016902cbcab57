import { scalar } from './json.js';

type Value = number | bigint | string;

/** Deeper than any metrics are nested; by its aliases YAML can put an object into itself. */
const deepest = 50;

/**
 * The values of an object of metrics by name, nested ones by their dotted path (`eval.auc`), as DVC names them. What is
 * no number or text (`true`, `null`, a list, an empty object) becomes its JSON text, so that a judge refuses it instead of not
 * finding it; so does a name that two values have.
 */
export function namedValues(object: object): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  for (const [name, value] of entries(object, '', 0)) {
    const other = values.get(name);
    values.set(name, other === undefined ? value : `ambiguous: ${other} and ${value} have the same name`);
  }
  return values;
}

function entries(object: object, prefix: string, depth: number): readonly (readonly [string, Value])[] {
  return Object.entries(object).flatMap(([key, value]: [string, unknown]) => {
    const name = `${prefix}${key}`;
    const isTable = Object.prototype.toString.call(value) === '[object Object]';
    if (!isTable || Object.keys(value as object).length === 0) return [[name, scalar(value)] as const];
    return depth === deepest ? [[name, '{…}'] as const] : entries(value as object, `${name}.`, depth + 1);
  });
}
