import type { Random } from './random.js';

const values = [
  '~', 'true', '[]', '{}', '""', '0x10', '1e999', '-0', '.nan', '-.inf', '9'.repeat(400), '*a', '&a x', '!!binary aGk=',
  '!!js/function "x"', '!!timestamp 2020-01-01', '!x y', "'auc >= champion - '", 'auc >= 1e999', 'auc == == 1', 'a<b',
  'auc >= champion + 10%%', 'auc >= vars.__proto__', '__proto__', 'constructor', '|', '>-', '? a', '\u202e', '\u0000',
  '\ud800', '\u2028', '\ufeff', '-1', '0', '999999999999d', '../../x', '"\\x00"', '@x', '`x`', '%x', 'a'.repeat(3000),
]; // prettier-ignore
const lines = [
  '__proto__: {polluted: true}', 'constructor: {prototype: {polluted: true}}', '<<: {model: x}', '<<: *a', '<<: [*a, *b]',
  'x: &a [*a]', 'x: &a [1, 2]', 'y: &b [*a, *a, *a]', '? {a: b} : c', '? [a]', '---', '...', '%YAML 1.1', '- x', '# x',
  'stages: {}', 'metrics: {"0": {goal: max}}', 'toString: 1', '\t- x', 'model: x', '"a\\u0000b": 1', '!!set {a}', '!!omap [a: 1]',
]; // prettier-ignore

/** One to four mutations, of kinds that know YAML and of kinds that do not. */
export function mutate(text: string, random: Random): string {
  let mutated = text;
  for (let left = 1 + random.below(4); left > 0; left--) mutated = random.of(kinds)(mutated, random);
  return mutated.slice(0, 20_000);
}

type Kind = (text: string, random: Random) => string;

function onLine(change: (line: string, random: Random, all: readonly string[]) => string | readonly string[]): Kind {
  return (text, random) => {
    const all = text.split('\n');
    const index = random.below(all.length);
    return all.flatMap((line, at) => (at === index ? change(line, random, all) : line)).join('\n');
  };
}

const indent = (line: string): string => /^\s*/.exec(line)?.[0] ?? '';
const kinds: readonly Kind[] = [
  (text, random) => {
    const at = random.below(text.length + 1);
    return text.slice(0, at) + String.fromCharCode(random.below(random.of([128, 256, 65_536]))) + text.slice(at);
  },
  (text, random) => {
    const at = random.below(text.length + 1);
    return text.slice(0, at) + text.slice(at + 1 + random.below(12));
  },
  (text, random) => {
    const at = random.below(text.length + 1);
    return text.slice(0, at) + random.of(Array.from('[]{}:,-&*!|>\'"%@`#?\n\t ')) + text.slice(at);
  },
  onLine(() => []),
  onLine((line) => [line, line]),
  onLine((line, random) => ' '.repeat(random.below(9)) + line.trimStart()),
  onLine((line, random, all) => [line, random.of(all)]),
  onLine((line, random) => [line, indent(line) + random.of(lines)]),
  onLine((line, random) => line.replace(/:.*$/, () => `: ${random.of(values)}`)),
  onLine((line, random) =>
    line.replace(/^(\s*(?:- )?)[^:]*:/, (_, before: string) => `${before}${random.of(values)}:`),
  ),
  onLine((line, random) =>
    line.replace(/: /, () => `: ${random.of(['&a ', '&b ', '*a ', '!!str ', '!!int ', '!t '])}`),
  ),
  onLine((line, random) => line.replace(/[<>=]=?|[+-]|%|champion|\d+/, () => random.of(values))),
  onLine((line, random) => {
    const depth = 1 + random.below(60);
    return line.replace(/:.*$/, () => `: ${random.of(['[', '{a: ']).repeat(depth)}`);
  }),
  onLine((line, random) => {
    const names = Array.from('abcdefgh').slice(0, 2 + random.below(7));
    const laugh = names.map(
      (name, at) => `${name}: &${name} [${`*${names[at - 1] ?? 'z'}, `.repeat(at === 0 ? 0 : 9)}1]`,
    );
    return [line, ...laugh.map((each) => indent(line) + each)];
  }),
];
