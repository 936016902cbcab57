// Writes docs/reference.md from action.yml and the policy's schema; `--check` fails when it is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { format } from 'prettier';

const root = new URL('..', import.meta.url);
const action = parse(readFileSync(new URL('action.yml', root), 'utf8'));
const schema = JSON.parse(readFileSync(new URL('schema/policy.schema.json', root), 'utf8'));

const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
const code = (text) => (text === '' || text === undefined ? '' : `\`${cell(text)}\``);

/** prettier would fill each column to its longest cell: lines of a thousand characters that change with every word. */
function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const lines = [line(head), line(head.map(() => '---')), ...rows.map(line)];
  return ['<!-- prettier-ignore-start -->', '', ...lines, '', '<!-- prettier-ignore-end -->'].join('\n');
}

/** `command`'s description says what each command does, one after the other: "`gate` only checks …; `apply` …". */
function commands() {
  const { description } = action.inputs.command;
  return [...description.matchAll(/`(\w+)` ([^;]+?)(?=;|\.$)/g)].map(([, name, does]) => [code(name), cell(does)]);
}

function inputs() {
  return Object.entries(action.inputs).map(([name, { description, default: value }]) => [
    code(name),
    code(value),
    name === 'command' ? 'What to do: one of the [commands](#commands).' : cell(description),
  ]);
}

const outputs = () => Object.entries(action.outputs).map(([name, { description }]) => [code(name), cell(description)]);

const resolved = (node) =>
  node.$ref === undefined
    ? node
    : { ...schema.definitions[node.$ref.split('/').at(-1)], ...node, definition: node.$ref.split('/').at(-1) };

/** What a value may be, in a few words. */
const named = {
  name: 'text',
  duration: 'duration, such as `15m`',
  day: 'day, such as `2026-12-24`',
  conditions: 'condition, or a list of them',
  vars: 'names with numbers',
  passEnv: 'list of names',
  errorCodes: 'list of numbers, 1 to 255',
  step: 'command, or a mapping with `run`',
  run: 'command',
};
/** Where a mapping is described: `step` stands in several places and once on the page. */
const places = new Map();
/** The anchor that GitHub gives a heading. */
const anchor = (heading) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

function kind(node) {
  const place = places.get(node.type === 'array' ? resolved(node.items).definition : node.definition);
  if (place !== undefined)
    return `[${node.type === 'array' ? 'list of mappings' : (named[node.definition] ?? 'mapping').replaceAll('`', '')}](#${anchor(place)})`;
  if (named[node.definition] !== undefined) return named[node.definition];
  if (node.const !== undefined) return code(node.const);
  if (node.enum !== undefined) return node.enum.map(code).join(', ');
  if (node.oneOf !== undefined && node.type === undefined) return node.oneOf.map(kind).join(', ');
  const types = [node.type ?? 'any'].flat().filter((type) => type !== 'null');
  const words = {
    string: 'text',
    integer: 'whole number',
    number: 'number',
    boolean: '`true`, `false`',
    object: 'mapping',
  };
  return types.map((type) => (type === 'array' ? `list of ${plural(resolved(node.items))}` : words[type])).join(' or ');
}
const plural = (items) =>
  items.enum !== undefined ? items.enum.map(code).join(', ') : items.type === 'object' ? 'mappings' : 'texts';

/** The mapping below a key, with what its own name is: `stages` has stages, `checks` a list of checks. */
function below(path, node) {
  const inner = node.type === 'array' ? resolved(node.items) : node;
  const at = node.type === 'array' ? `${path}[]` : path;
  // What `models` and `profiles` change of a stage is described by the stage itself.
  if (node.definition === 'overrides') return [];
  if (inner.properties !== undefined) return [[at, inner]];
  const each = inner.additionalProperties === undefined ? undefined : resolved(inner.additionalProperties);
  return each?.properties === undefined ? [] : [[`${path}.NAME`, each]];
}

function sections(path, node) {
  if (places.has(node.definition) && places.get(node.definition) !== path) return [];
  const rows = [];
  const further = [];
  for (const [key, raw] of Object.entries(node.properties)) {
    const value = resolved(raw);
    if (value.description === undefined) throw new Error(`The schema does not describe ${path}.${key}.`);
    const isNeeded = node.required?.includes(key) === true;
    for (const [at, { definition }] of below(path === '' ? key : `${path}.${key}`, value))
      if (definition !== undefined && !places.has(definition)) places.set(definition, at);
    const by = value.default === undefined ? (isNeeded ? 'needed' : '') : code(value.default);
    rows.push([code(key), kind(value), by, cell(value.description)]);
    further.push(...below(path === '' ? key : `${path}.${key}`, value));
  }
  const heading = path === '' ? '### The whole policy' : `### \`${path}\``;
  const own = [
    heading,
    '',
    ...(node.description === undefined || path === '' ? [] : [node.description, '']),
    table(['key', 'value', 'default', 'meaning'], rows),
  ];
  return [own.join('\n'), ...further.flatMap(([at, inner]) => sections(at, inner))];
}

const page = `# Reference

\`npm run reference\` makes this page from \`action.yml\` and \`schema/policy.schema.json\`.

## Commands

${table(['command', 'what it does'], commands())}

## Inputs

${table(['input', 'default', 'meaning'], inputs())}

## Outputs

${table(['output', 'meaning'], outputs())}

## Policy

In the headings, \`NAME\` stands for a name that you choose, and \`[]\` for each entry of a list. Root keys that begin with \`x-\` are yours.

${sections('', schema).join('\n\n')}
`;

const path = new URL('docs/reference.md', root);
const options = { parser: 'markdown', printWidth: 120, singleQuote: true };
const after = await format(page, options);
const read = () => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // Not written yet: that is out of date, too.
  }
};
if (!process.argv.includes('--check')) writeFileSync(path, after);
else if (read() !== after) {
  console.error('docs/reference.md is not as action.yml and the schema say. Run: npm run reference');
  process.exit(1);
}
