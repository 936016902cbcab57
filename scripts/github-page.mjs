// Markdown as GitHub shows it in a comment, and pictures of it. Needs Chromium (CHROMIUM names another program).
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { marked } from 'marked';

/** Widths of the window, with the padding that a comment has there. */
export const screens = { desktop: { width: 1000, padding: 24 }, phone: { width: 380, padding: 16 } };
export const themes = ['light', 'dark'];

const require = createRequire(import.meta.url);
const style = (theme) => readFileSync(require.resolve(`github-markdown-css/github-markdown-${theme}.css`), 'utf8');

/** Octicons, https://github.com/primer/octicons (MIT). */
const icons = {
  note: 'M0 8a8 8 0 1 1 16 0A8 8 0 0 1 0 8Zm8-6.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM6.5 7.75A.75.75 0 0 1 7.25 7h1a.75.75 0 0 1 .75.75v2.75h.25a.75.75 0 0 1 0 1.5h-2a.75.75 0 0 1 0-1.5h.25v-2h-.25a.75.75 0 0 1-.75-.75ZM8 6a1 1 0 1 1 0-2 1 1 0 0 1 0 2Z',
  tip: 'M8 1.5c-2.363 0-4 1.69-4 3.75 0 .984.424 1.625.984 2.304l.214.253c.223.264.47.556.673.848.284.411.537.896.621 1.49a.75.75 0 0 1-1.484.211c-.04-.282-.163-.547-.37-.847a8.456 8.456 0 0 0-.542-.68c-.084-.1-.173-.205-.268-.32C3.201 7.75 2.5 6.766 2.5 5.25 2.5 2.31 4.863 0 8 0s5.5 2.31 5.5 5.25c0 1.516-.701 2.5-1.328 3.259-.095.115-.184.22-.268.319-.207.245-.383.453-.541.681-.208.3-.33.565-.37.847a.751.751 0 0 1-1.485-.212c.084-.593.337-1.078.621-1.489.203-.292.45-.584.673-.848.075-.088.147-.173.213-.253.561-.679.985-1.32.985-2.304 0-2.06-1.637-3.75-4-3.75ZM5.75 12h4.5a.75.75 0 0 1 0 1.5h-4.5a.75.75 0 0 1 0-1.5ZM6 15.25a.75.75 0 0 1 .75-.75h2.5a.75.75 0 0 1 0 1.5h-2.5a.75.75 0 0 1-.75-.75Z',
  warning:
    'M6.457 1.047c.659-1.234 2.427-1.234 3.086 0l6.082 11.378A1.75 1.75 0 0 1 14.082 15H1.918a1.75 1.75 0 0 1-1.543-2.575Zm1.763.707a.25.25 0 0 0-.44 0L1.698 13.132a.25.25 0 0 0 .22.368h12.164a.25.25 0 0 0 .22-.368Zm.53 3.996v2.5a.75.75 0 0 1-1.5 0v-2.5a.75.75 0 0 1 1.5 0ZM9 11a1 1 0 1 1-2 0 1 1 0 0 1 2 0Z',
  caution:
    'M4.47.22A.749.749 0 0 1 5 0h6c.199 0 .389.079.53.22l4.25 4.25c.141.14.22.331.22.53v6a.749.749 0 0 1-.22.53l-4.25 4.25A.749.749 0 0 1 11 16H5a.749.749 0 0 1-.53-.22L.22 11.53A.749.749 0 0 1 0 11V5c0-.199.079-.389.22-.53Zm.84 1.28L1.5 5.31v5.38l3.81 3.81h5.38l3.81-3.81V5.31L10.69 1.5ZM8 4a.75.75 0 0 1 .75.75v3.5a.75.75 0 0 1-1.5 0v-3.5A.75.75 0 0 1 8 4Zm0 8a1 1 0 1 1 0-2 1 1 0 0 1 0 2Z',
};

/** A quote whose first line is `[!TIP]` and the like: https://docs.github.com/get-started/writing-on-github */
function alerts(html) {
  return html.replaceAll(
    /<blockquote>\s*<p>\[!(TIP|NOTE|WARNING|CAUTION)\]\s*([\s\S]*?)<\/blockquote>/g,
    (_, kind, rest) => {
      const name = kind.toLowerCase();
      const title = name.charAt(0).toUpperCase() + name.slice(1);
      const icon = `<svg class="octicon" viewBox="0 0 16 16" width="16" height="16"><path d="${icons[name]}"></path></svg>`;
      return `<div class="markdown-alert markdown-alert-${name}"><p class="markdown-alert-title">${icon}${title}</p><p>${rest}</div>`;
    },
  );
}

/** As much of GitHub's rendering as our pages use. */
export function githubHtml(markdown, { theme, width, padding, open = false }) {
  const body = alerts(marked.parse(markdown, { gfm: true, async: false }));
  const mermaid = body.replaceAll(
    /<pre><code class="language-mermaid">([\s\S]*?)<\/code><\/pre>/g,
    (_, code) => `<pre class="mermaid">${code}</pre>`,
  );
  return `<!doctype html><html><head><meta charset="utf-8"><style>${style(theme)}
body { margin: 0; background: ${theme === 'dark' ? '#0d1117' : '#fff'} }
main.markdown-body { box-sizing: border-box; width: ${width}px; padding: ${padding}px; font-size: 14px; overflow: hidden }
.octicon { margin-right: 8px; vertical-align: text-bottom }
pre.mermaid { text-align: center }
</style></head><body><main class="markdown-body">${open ? mermaid.replaceAll('<details>', '<details open>') : mermaid}</main></body></html>`;
}

let browser;

/** Chromium by its debugging pipe: messages are JSON, parted by NUL. https://chromedevtools.github.io/devtools-protocol */
async function openBrowser() {
  const profile = mkdtempSync(join(tmpdir(), 'preview-'));
  const flags = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
  ];
  flags.push('--disable-component-update', '--disable-sync', '--hide-scrollbars', `--user-data-dir=${profile}`);
  const child = spawn(process.env['CHROMIUM'] ?? 'chromium', [...flags, '--remote-debugging-pipe', 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const waiting = new Map();
  let [last, text] = [0, ''];
  child.on('error', (error) => waiting.forEach(({ reject }) => reject(error)));
  child.stdio[4].setEncoding('utf8').on('data', (chunk) => {
    const messages = (text + chunk).split('\0');
    text = messages.pop();
    for (const { id, result, error } of messages.map((each) => JSON.parse(each))) {
      const { resolve, reject } = waiting.get(id) ?? {};
      waiting.delete(id);
      if (error === undefined) resolve?.(result);
      else reject?.(new Error(error.message));
    }
  });
  const send = (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      child.stdio[3].write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
    });
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
  return { child, profile, send: (method, params) => send(method, params, sessionId) };
}

export async function closeBrowser() {
  if (browser === undefined) return;
  const { child, profile } = await browser;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill();
  await ended;
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}

/** Mermaid's own script where it is installed (`npm i --no-save mermaid`); else the chart stays text. */
function mermaidScript() {
  try {
    return readFileSync(join(require.resolve('mermaid'), '..', 'mermaid.min.js'), 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Writes a picture of the whole page.
 * @param scale device pixels for each pixel
 * @returns by how many pixels the widest table is wider than the page
 */
export async function picture(markdown, { screen = 'desktop', width, theme, to, open = false, scale = 1 }) {
  browser ??= openBrowser();
  const { send } = await browser;
  const size = { width: width ?? screens[screen].width, padding: screens[screen].padding };
  const { frameTree } = await send('Page.getFrameTree');
  await send('Emulation.setDeviceMetricsOverride', {
    width: size.width,
    height: 800,
    deviceScaleFactor: scale,
    mobile: false,
  });
  const html = githubHtml(markdown, { theme, open, ...size });
  await send('Page.setDocumentContent', { frameId: frameTree.frame.id, html });
  if (html.includes('class="mermaid"')) await draw(send, theme);
  const measure = `JSON.stringify({
    height: Math.ceil(document.querySelector('main').getBoundingClientRect().height),
    wide: Math.max(0, ...[...document.querySelectorAll('table')].map((e) => e.scrollWidth - e.clientWidth)) })`;
  const { result } = await send('Runtime.evaluate', { expression: measure });
  const { height, wide } = JSON.parse(result.value);
  const clip = { x: 0, y: 0, width: size.width, height, scale: 1 };
  const { data } = await send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true, clip });
  writeFileSync(to, Buffer.from(data, 'base64'));
  return { wide };
}

async function draw(send, theme) {
  const script = mermaidScript();
  if (script === undefined) return;
  await send('Runtime.evaluate', { expression: script });
  const run = `mermaid.initialize({ startOnLoad: false, theme: '${theme === 'dark' ? 'dark' : 'default'}' }); mermaid.run()`;
  await send('Runtime.evaluate', { expression: run, awaitPromise: true });
}
