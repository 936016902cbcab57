import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Document, Node, Pair, YAMLMap } from 'yaml';
import type { PolicyTables } from './tables.js';

/** By key: what to write where the value is an expression of GitHub's workflows. */
type Instead = Readonly<Record<string, string>>;

/** What is wrong with a part of the text, and at which of its characters (from 0). */
export interface Fault {
  readonly message: string;
  readonly node: Node;
  readonly index: number;
}

/**
 * What YAML reads as something else than what stands there: keys that are numbers (`1.10` would be the model `1.1`,
 * and JavaScript puts `7` before all that stands above it), integers that no double holds, expressions that only a
 * workflow evaluates. What is under a root key `x-…` counts where it is used.
 */
export function faultsOfWriting(document: Document.Parsed, tables: PolicyTables): readonly Fault[] {
  const instead = Object.assign({}, ...tables.registries.map(({ words }) => words.insteadOfExpression)) as Instead;
  const seen = new Set<unknown>();
  const faults: Fault[] = [];
  // No recursion: lists may be thousands deep, and V8 ends the process where a pattern is compiled with no stack left.
  const open: { readonly node: unknown; readonly key: string }[] = [{ node: document.contents, key: '' }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { key } = next;
    const node = isAlias(next.node) ? next.node.resolve(document) : next.node;
    if (node === undefined || seen.has(node)) continue;
    seen.add(node);
    if (isScalar(node)) faults.push(...inScalar(node as ScalarNode, key, instead));
    else if (isSeq(node)) open.push(...node.items.map((item) => ({ node: item, key })));
    else if (isMap(node)) {
      node.items.forEach((pair, place) => {
        const name = isScalar(pair.key) ? String(pair.key.value) : '';
        if (node === document.contents && name.startsWith('x-')) return;
        faults.push(...inKey(pair, node, place, instead));
        open.push({ node: pair.value, key: name });
      });
    }
  }
  return faults;
}

type ScalarNode = Node & { readonly value: unknown; readonly source?: string };

function inKey(pair: Pair, map: YAMLMap, place: number, instead: Instead): readonly Fault[] {
  const node = pair.key as Node | null;
  const fault = (message: string): readonly Fault[] => (node === null ? [] : [{ message, node, index: 0 }]);
  if (!isScalar(pair.key)) return fault('A key is text, and here stands a list or a mapping.');
  const { value, source = '' } = pair.key;
  if (typeof value === 'symbol') return [];
  if (typeof value === 'string') return expressionsIn(value, pair.key as Node, '', instead);
  if (isAfterDecimalComma(map, place)) return []; // The schema knows no such key, and says more of it.
  if (source === '') return fault('A key is missing before the colon.');
  const read = String(value) === source ? '' : ` (${String(value)})`;
  const what = typeof value === 'number' ? `a number${read}` : value === null ? 'nothing' : `a truth value${read}`;
  return fault(`The key '${source}' is read by YAML as ${what}, and a name is text. Put it in quotes: '${source}'.`);
}

/** `{ min: 0,5 }` has the keys `min` and `5`. */
function isAfterDecimalComma({ items }: YAMLMap, place: number): boolean {
  const before = items[place - 1]?.value;
  const key = items[place]?.key as Node | undefined;
  const isNumber = isScalar(before) && typeof before.value === 'number';
  return isNumber && before.range?.[1] !== undefined && before.range[1] + 1 === key?.range?.[0];
}

function inScalar(node: ScalarNode, key: string, instead: Instead): readonly Fault[] {
  const { value, source = '' } = node;
  if (typeof value === 'string') return expressionsIn(value, node, key, instead);
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !/^[-+]?\d+$/.test(source)) return [];
  const shown = source.length > 40 ? `${source.slice(0, 39)}…` : source;
  const as = Number.isFinite(value) ? String(BigInt(value)) : String(value);
  const message = `'${shown}' is more than a number can hold exactly: it would be read as ${as.length > 40 ? String(value) : as}. Put it in quotes where it is a name; numbers go up to ${Number.MAX_SAFE_INTEGER}.`;
  return [{ message, node, index: 0 }];
}

function expressionsIn(text: string, node: Node, key: string, instead: Instead): readonly Fault[] {
  const found = /\$\{\{.*?(?:\}\}|$)/s.exec(text);
  if (found === null) return [];
  const shown = found[0].length > 60 ? `${found[0].slice(0, 59)}…` : found[0];
  const message = `'${shown.replaceAll('\n', ' ')}' is an expression of GitHub's workflows, and nothing evaluates it in a policy. ${cureOf(key, instead)}`;
  return [{ message, node, index: found.index }];
}

function cureOf(key: string, instead: Instead): string {
  switch (key) {
    case 'run':
    case 'smoke_test':
    case 'rollback':
      return "In the workflow, give it to the step as 'env: { NAME: … }'; here, write \"$NAME\" and add 'pass_env: [NAME]'.";
    default:
      return (
        (Object.hasOwn(instead, key) ? instead[key] : undefined) ??
        "Write the value itself; 'vars' has what differs from model to model."
      );
  }
}
