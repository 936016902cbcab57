import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { blocksOf, commands, pages, readPage } from '../../support/pages.js';
import { root } from '../../support/tools.js';

const withoutCode = (text: string): string => text.replaceAll(/^```[^]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '');

/** The anchors that GitHub gives a page's headings. */
function anchorsOf(page: string): readonly string[] {
  const headings = readPage(page)
    .replaceAll(/^```[^]*?^```$/gm, '')
    .matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(root, 'src', name), 'utf8'));

test('README has at most 150 lines', () => {
  expect(readPage('README.md').split('\n').length - 1).toBeLessThanOrEqual(150);
});

test('docs/ has at least twelve pages, each in its table of contents', () => {
  const names = pages.filter((page) => page.startsWith('docs/')).map((page) => page.slice('docs/'.length));
  expect(names.length).toBeGreaterThanOrEqual(12);
  const contents = readPage('docs/README.md');
  for (const name of names.filter((each) => each !== 'README.md')) expect(contents).toContain(`](${name})`);
});

const links = pages.flatMap((page) =>
  [...readPage(page).matchAll(/\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"/g)]
    .map(([, markdown, html]) => markdown ?? html ?? '')
    .filter((link) => !/^https?:/.test(link))
    .map((link) => [page, link] as const),
);
test.each(links)('%s: the link %s leads somewhere', (page, link) => {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : normalize(join(dirname(page), path));
  expect({ target, exists: existsSync(join(root, target)) }).toEqual({ target, exists: true });
  if (anchor !== undefined) expect(anchorsOf(target)).toContain(anchor);
});

describe('the tables', () => {
  test('docs/reference.md is as action.yml and the schema say', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/reference.mjs'), '--check'], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test.each(['README.md', 'docs/how-it-works.md', 'docs/permissions.md', 'docs/reference.md'])(
    '%s has every command',
    (page) => {
      expect(commands.length).toBeGreaterThanOrEqual(12);
      const text = readPage(page);
      expect(commands.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
    },
  );
});

describe('docs/troubleshooting.md', () => {
  const union = sources.flatMap((text) => /export type ErrorCode =([^;]*);/.exec(text)?.[1] ?? [])[0] ?? '';
  const codes = [...union.matchAll(/'([A-Z_]+)'/g)].map(([, code = '']) => code);
  const page = readPage('docs/troubleshooting.md');

  test('has every code, and no other', () => {
    expect(codes.length).toBeGreaterThan(20);
    const headings = [...page.matchAll(/^### (.*)$/gm)].map(([, heading = '']) => heading);
    expect([...headings].sort()).toEqual([...codes].sort());
  });

  test.each(codes)('says of %s what it means, what causes it and what cures it', (code) => {
    const section = page.split(`\n### ${code}\n`)[1]?.split(/\n##+ /)[0] ?? '';
    expect(section).toMatch(/\*\*Meaning\.\*\* .{20}/);
    expect(section).toMatch(/\*\*Cause(?:\.\*\* .{4}| and cure\.\*\*)/);
    expect(section).toMatch(/\*\*(?:Cure\.\*\* .{10}|Cause and cure\.\*\*)/);
  });
});

test('docs/policy.md lists every environment variable that commands get', () => {
  const list =
    sources.flatMap((text) => /const allowed: readonly [^=]*= \[([^]*?)^\];/m.exec(text)?.[1] ?? [])[0] ?? '';
  const names = [...list.matchAll(/^ {2}'([^']+)'/gm)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(80);
  const page = readPage('docs/policy.md');
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test('docs/adding-a-registry.md names files that exist', () => {
  const named = [...readPage('docs/adding-a-registry.md').matchAll(/`((?:src|__tests__|schema)\/[\w./-]+\.\w+)`/g)];
  expect(named.length).toBeGreaterThan(8);
  expect(named.map(([, path = '']) => path).filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('docs/policy.md lists every variable that a command is given', () => {
  const [text = ''] = sources.filter((each) => each.includes('MODEL_ROLE:'));
  const names = [...text.matchAll(/\b([A-Z]+_[A-Z_]+)\b(?=:)/g)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(6);
  const page = readPage('docs/policy.md');
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

/** The words of the field, and no private ones. */
const privateWords =
  /\b(?:judges?|judged|ledger|whoever|somebody|made anew|by other means|(?:is|are) told|that is none|the minutes|contestants?)\b/i;
test.each(pages.filter((page) => page !== 'docs/reference.md'))('%s has no private words', (page) => {
  const lines = withoutCode(readPage(page)).split('\n');
  expect(lines.filter((line) => privateWords.test(line))).toEqual([]);
});

/** What the shell blocks run. `__tests__/workflow/docs*.test.ts` run those that need no GitHub. */
const knownCommands = [
  /^npm run demo$/,
  /^npm (?:test|run reference)$/,
  /^pip install -r requirements\.txt$/,
  /^export MLFLOW_TRACKING_URI=https:\/\/mlflow\.example\.com$/,
  /^python train\.py$/,
  /^echo '\{.*\}' > \w+\.json$/,
  /^git (?:add|commit|tag|push|fetch|log) /,
  /^gh variable set MLFLOW_TRACKING_URI --body https:\/\/mlflow\.example\.com$/,
  // Only github.com can answer: `__tests__/workflow/release.test.ts` holds the file against those that are attested.
  /^gh attestation verify dist\/index\.js --repo your-org\/gated-model-promotion(?: --predicate-type https:\/\/cyclonedx\.org\/bom)?$/,
  // `__tests__/bundle/command-line.test.ts` installs the package and runs these.
  /^(?:version=\$\()?npx github:your-org\/gated-model-promotion (?:--help|gate --stage staging|verify --stage production --json \| jq -r \.version\))$/,
  /^gh secret set MLFLOW_TRACKING_TOKEN$/,
  /^gh workflow run (?:promote|rollback)\.yml(?: -f \w+=(?:\w+|"[^"]+"))+$/,
];
const shown = pages.flatMap((page) =>
  blocksOf(page)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text, place }) =>
      text
        .trim()
        .split('\n')
        .map((line) => [place, line] as const),
    ),
);
test.each(shown)('%s: %s is a known command', (_, line) => {
  expect(knownCommands.some((known) => known.test(line))).toBe(true);
});

test('every block of a page is in a language that a test reads', () => {
  const languages = new Set(pages.flatMap(blocksOf).map(({ language }) => language));
  expect([...languages].sort()).toEqual(['python', 'sh', 'text', 'yaml']);
});
