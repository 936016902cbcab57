import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runAction, type ActionRun, type ActionResult } from '../support/action.js';
import type { GithubServer } from '../support/github.js';
import type { Proxy } from '../support/proxy.js';
import { root } from '../support/tools.js';

/** Whether the files are written anew instead of compared. */
const writes = process.env['GOLDEN'] === 'write';

export interface Recorded {
  /** Whether the run asks several things at a time, so that their order says nothing: they are sorted then. */
  readonly unordered?: boolean;
  /** Servers whose requests are recorded, by the name that the golden file has for them. */
  readonly proxies: Readonly<Record<string, Proxy>>;
  readonly github: GithubServer;
  /** Texts that differ from run to run, and what stands for each. Longer ones first. */
  readonly names: ReadonlyMap<string, string>;
}

/** Puts a `git` before the real one that writes each call into a file; returns the folder and the file. */
function recordingGit(): { readonly folder: string; readonly calls: string } {
  const folder = mkdtempSync(join(tmpdir(), 'golden-git-'));
  const calls = join(folder, 'calls');
  const real = execFileSync('bash', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  writeFileSync(calls, '');
  writeFileSync(
    join(folder, 'git'),
    `#!/usr/bin/env bash\nprintf '%s' "\${*//$'\\n'/ }" | sed 's/$/\\n/' >> '${calls}'\nexec '${real}' "$@"\n`,
  );
  chmodSync(join(folder, 'git'), 0o755);
  return { folder, calls };
}

/**
 * Runs the bundle once, and writes down all that others see of it: how it ended, what it printed, its outputs and summary, and the
 * requests and git calls that it made, in their order.
 */
export async function record(
  run: ActionRun,
  { proxies, github, names, unordered = false }: Recorded,
): Promise<[ActionResult, string]> {
  const listed = (lines: readonly string[]): string => {
    const named = lines.map((line) => withNames(line, names));
    return (unordered ? named.toSorted() : named).join('\n');
  };
  const git = recordingGit();
  const before = Object.fromEntries(Object.entries(proxies).map(([name, proxy]) => [name, proxy.calls.length]));
  const asked = github.requests.length;
  const result = await runAction({
    ...run,
    environment: { ...run.environment, PATH: `${git.folder}:${process.env['PATH'] ?? ''}` },
  });
  const sections: readonly (readonly [string, string])[] = [
    ['exit code', String(result.code)],
    ['log', result.log],
    [
      'outputs',
      Object.entries(result.outputs)
        .map(([name, value]) => `${name} = ${value}`)
        .join('\n'),
    ],
    ['summary', result.summary],
    ...Object.entries(proxies).map(
      ([name, proxy]) =>
        [
          `requests to ${name}`,
          listed(proxy.calls.slice(before[name]).map(({ method, path }) => `${method} ${decodeURIComponent(path)}`)),
        ] as const,
    ),
    [
      'requests to GitHub',
      listed(github.requests.slice(asked).map(({ method, path }) => `${method} ${decodeURIComponent(path)}`)),
    ],
    [
      'git',
      listed(
        readFileSync(git.calls, 'utf8')
          .replaceAll(/^(-c \S+ )+/gm, '')
          .trim()
          .split('\n'),
      ),
    ],
  ];
  const text = sections.map(([name, content]) => `== ${name}\n${content.trimEnd()}\n`).join('\n');
  return [result, lasting(text, names)];
}

function withNames(text: string, names: ReadonlyMap<string, string>): string {
  return [...names].reduce((all, [from, to]) => all.replaceAll(from, to), text);
}

/** The text without what no two runs share: times, digests, folders, ports. */
function lasting(text: string, names: ReadonlyMap<string, string>): string {
  return (
    withNames(text, names)
      .replaceAll(tmpdir(), '<tmp>')
      .replaceAll(/<tmp>\/[\w-]+-\w{6}\b/g, '<tmp>')
      .replaceAll(/(<tmp>(?:\/[\w.-]+)*?\/[a-z-]+)-\w{6}(?=[/\s"])/g, '$1')
      .replaceAll(/127\.0\.0\.1:\d+/g, '<server>')
      // A report puts a zero-width space behind `20:` where GitHub would read an emoji's name.
      .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:(?:&#8203;)?\d\d(:(?:&#8203;)?\d\d(\.\d+)?)?( UTC|Z)?/g, '<time>')
      .replaceAll(/\b\d{4}-\d\d-\d\d\b/g, '<day>')
      .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uuid>')
      .replaceAll(/\b(m-)?[0-9a-f]{32,64}\b/g, '<digest>')
      .replaceAll(/\b[0-9a-f]{8}\b/g, '<short>')
      .replaceAll(/"durationMs":\d+/g, '"durationMs":"<duration>"')
      .replaceAll(/\b\d+(\.\d+)? (ms|s)\b/g, '<duration>')
      .replaceAll(/(gated|stop)-\w{6,}/g, '<random>')
      .replaceAll(/[ \t]+$/gm, '')
  );
}

/** Compares with the committed file, or writes it. Returns both texts, for an assertion that shows the difference. */
export function golden(name: string, text: string): { readonly is: string; readonly was: string } {
  const file = join(root, '__tests__/golden', `${name}.txt`);
  if (writes) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  if (!existsSync(file)) throw new Error(`${file} is missing: write it with 'GOLDEN=write npm test'.`);
  return { is: text, was: readFileSync(file, 'utf8') };
}
