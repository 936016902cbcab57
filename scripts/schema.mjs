// Writes the parts of schema/policy.schema.json that come from the tables of src/; `--check` fails when they are out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { format } from 'prettier';

register('./typescript.mjs', import.meta.url);
const { policySchema } = await import('../src/policy/schema.js');
const { tables } = await import('../src/run/tables.js');

const file = new URL('../schema/policy.schema.json', import.meta.url);
const written = readFileSync(file, 'utf8');
const made = await format(JSON.stringify(policySchema(tables), null, 2), { parser: 'json', printWidth: 120 });
if (made === written) process.exit(0);
if (process.argv.includes('--check')) {
  console.error("schema/policy.schema.json is not as the tables say: run 'npm run schema'.");
  process.exit(1);
}
writeFileSync(file, made);
