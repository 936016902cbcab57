// Shows Markdown as GitHub shows it: for each file given, pictures at a desktop's and a phone's width, light and dark.
//   node scripts/preview.mjs OUT_FOLDER report.md…
import { mkdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { closeBrowser, picture, screens, themes } from './github-page.mjs';

const [out, ...files] = process.argv.slice(2);
if (out === undefined || files.length === 0) {
  console.error('Usage: node scripts/preview.mjs OUT_FOLDER report.md…');
  process.exit(1);
}
mkdirSync(out, { recursive: true });
for (const file of files) {
  for (const screen of Object.keys(screens)) {
    for (const theme of themes) {
      const name = join(resolve(out), `${basename(file, '.md')}-${screen}-${theme}.png`);
      const { wide } = await picture(readFileSync(file, 'utf8'), { screen, theme, to: name, open: true });
      console.log(wide === 0 ? name : `${name} (a table is ${wide} px wider than the page)`);
    }
  }
}
await closeBrowser();
