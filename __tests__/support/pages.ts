import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from './tools.js';

/** A fenced block of a page. */
export interface Block {
  /** For a test's name: `docs/policy.md:12`. */
  readonly place: string;
  readonly language: string;
  readonly text: string;
  /** The file that the paragraph before it names, where it names one. */
  readonly file: string | undefined;
}

/** The pages that users read, relative to the repository's root. */
export const pages: readonly string[] = [
  'README.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

export function readPage(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}

export function blocksOf(page: string): readonly Block[] {
  const text = readPage(page);
  return [...text.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map((match) => {
    const [, language = '', inner = ''] = match;
    const before = text.slice(0, match.index);
    const paragraph =
      before
        .trimEnd()
        .split(/\n\n|```/)
        .at(-1) ?? '';
    return {
      place: `${page}:${before.split('\n').length}`,
      language,
      text: inner,
      file: /`([\w./-]+\.(?:ya?ml|py|txt|json))`/.exec(paragraph)?.[1],
    };
  });
}

/** The files that a page tells its reader to write, by their paths; of two with one path the first below `heading`. */
export function filesOf(page: string, heading = ''): Readonly<Record<string, string>> {
  const from = readPage(page).split('\n').indexOf(heading) + 1;
  const files: Record<string, string> = {};
  for (const { file, text, place } of blocksOf(page)) {
    if (file !== undefined && Number(place.split(':')[1]) > from) files[file] ??= text;
  }
  return files;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string }>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}
/** What a workflow may give this action, and read of it. */
export const action = parse(readPage('action.yml')) as Action;
export const commands: readonly string[] = [
  ...(action.inputs['command']?.description ?? '').matchAll(/(?:: |; )`(\w+)` /g),
].map(([, name = '']) => name);
