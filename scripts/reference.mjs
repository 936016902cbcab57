// Writes the README's tables of inputs and outputs from action.yml; `--check` fails when they are out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { format } from 'prettier';

const root = new URL('..', import.meta.url);
const action = parse(readFileSync(new URL('action.yml', root), 'utf8'));
const cell = (text) => String(text).replaceAll('|', '\\|');
const inputs = Object.entries(action.inputs).map(
  ([name, { description, default: value }]) =>
    `| \`${name}\` | ${value === '' ? '' : `\`${cell(value)}\``} | ${cell(description)} |`,
);
const outputs = Object.entries(action.outputs).map(
  ([name, { description }]) => `| \`${name}\` | ${cell(description)} |`,
);
const tables = [
  '| input | default | meaning |',
  '| --- | --- | --- |',
  ...inputs,
  '',
  '| output | meaning |',
  '| --- | --- |',
  ...outputs,
].join('\n');
const path = new URL('README.md', root);
const before = readFileSync(path, 'utf8');
const after = await format(
  before.replace(/(<!-- reference:begin[^\n]*\n)[\s\S]*(<!-- reference:end -->)/, `$1\n${tables}\n\n$2`),
  { parser: 'markdown', printWidth: 120, singleQuote: true },
);
if (!process.argv.includes('--check')) writeFileSync(path, after);
else if (before !== after) {
  console.error('README.md is not as action.yml says. Run: npm run reference');
  process.exit(1);
}
