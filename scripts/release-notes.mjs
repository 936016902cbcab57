// Prints the section of CHANGELOG.md for a version: `node scripts/release-notes.mjs 1.2.0`. Fails where there is none.
import { readFileSync } from 'node:fs';

const [version = ''] = process.argv.slice(2);
const text = readFileSync('CHANGELOG.md', 'utf8');
const heading = /^##+ \[?(\d+\.\d+\.\d+)\b.*$/gm;
const headings = [...text.matchAll(heading)];
const at = headings.findIndex((match) => match[1] === version);
const notes = at < 0 ? '' : text.slice(headings[at].index + headings[at][0].length, headings[at + 1]?.index).trim();
if (notes === '') {
  console.error(`CHANGELOG.md has no section for '${version}'. Run the workflow 'prepare release', or write it.`);
  process.exit(1);
}
console.log(notes);
