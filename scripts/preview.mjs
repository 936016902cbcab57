// Shows Markdown as GitHub shows it: for each file given, an HTML page and two pictures, at a desktop's and a phone's width.
//   node scripts/preview.mjs OUT_FOLDER report.md…
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { marked } from 'marked';

const [out, ...files] = process.argv.slice(2);
if (out === undefined || files.length === 0) {
  console.error('Usage: node scripts/preview.mjs OUT_FOLDER report.md…');
  process.exit(1);
}
const style = readFileSync(
  createRequire(import.meta.url).resolve('github-markdown-css/github-markdown-light.css'),
  'utf8',
);
// Widths of a comment's column on GitHub, with the padding it has there. Chromium's window is not narrower than 500 pixels:
// the phone is a column in a wider window.
const screens = { desktop: { width: 1012, padding: 32 }, phone: { width: 390, padding: 16 } };

mkdirSync(out, { recursive: true });
for (const file of files) {
  const body = marked
    .parse(readFileSync(file, 'utf8'), { gfm: true, async: false })
    .replaceAll('<details>', '<details open>');
  for (const [screen, { width, padding }] of Object.entries(screens)) {
    const name = join(resolve(out), `${basename(file, '.md')}-${screen}`);
    const page = `<!doctype html><meta charset="utf-8"><style>${style}
body { margin: 0; background: #ddd } main { box-sizing: border-box; width: ${width}px; padding: ${padding}px; overflow: hidden }</style>
<main class="markdown-body">${body}</main>
<script>const t = [...document.querySelectorAll('table')].map((e) => e.scrollWidth - e.clientWidth); document.title = t.join()</script>`;
    writeFileSync(`${name}.html`, page);
    const profile = mkdtempSync(join(tmpdir(), 'preview-'));
    const flags = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
    ];
    flags.push('--disable-component-update', '--disable-sync', '--hide-scrollbars', `--user-data-dir=${profile}`);
    const { status, stderr } = spawnSync(
      process.env['CHROMIUM'] ?? 'chromium',
      [
        ...flags,
        `--window-size=${Math.max(width, 500)},1500`,
        `--screenshot=${name}.png`,
        pathToFileURL(`${name}.html`).href,
      ],
      { encoding: 'utf8', timeout: 60_000 },
    );
    rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
    if (status !== 0) {
      console.error(`chromium ended with ${status}: ${stderr}`);
      process.exit(1);
    }
    console.log(`${name}.png`);
  }
}
