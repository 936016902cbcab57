import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Github } from './client.js';
import { commentLimit, findComments, putComment } from './comment.js';

/** What one step has to say in a comment that several share. */
export interface Section {
  /** Tells sections apart: model and stage. */
  readonly key: string;
  /** The workflow run: sections of an earlier one are dropped. */
  readonly run: string;
  /** Whether it only replaces what it said before. */
  readonly onlyUpdate: boolean;
  /** Markdown, to be fitted into so many characters. */
  readonly text: (limit: number) => string;
}

/** Enough for a matrix whose jobs end together. */
const attempts = 10;
const pauseMs = 500;
const opening = /<!-- section:([0-9a-f]{24}) -->\n/;

/**
 * Puts a section into the one comment that all models of a policy share: a pull request that touches ten models is
 * told by one comment, not by ten. GitHub has no compare-and-swap for comments, so what was written is read back, and
 * written again where a job that ended at the same time has overwritten it.
 */
export async function putSection(github: Github, number: number, mark: string, section: Section): Promise<void> {
  const key = hashed(section.key);
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const [existing] = await findComments(github, number, [mark]);
    const before = sectionsOf(existing?.body ?? '', section.run);
    if (section.onlyUpdate && !before.has(key)) return;
    const limit = Math.floor((commentLimit - 200) / (before.size + (before.has(key) ? 0 : 1))) - 60;
    const mine = section.text(limit).trim();
    if (before.get(key) === mine) return;
    const all = new Map([...before].map(([each, text]) => [each, text.length > limit ? shortened(text) : text]));
    all.set(key, mine);
    await putComment(github, number, [mark], written(all, section.run), false);
    // A job that read before this was written may write after it: that is over in a moment.
    await sleep(pauseMs * (1 + Math.random()));
    const [after] = await findComments(github, number, [mark]);
    if (sectionsOf(after?.body ?? '', section.run).get(key) === mine) return;
  }
}

/** The sections of a comment by their keys; none where an earlier run wrote it. */
function sectionsOf(body: string, run: string): ReadonlyMap<string, string> {
  if (!body.includes(runMark(run))) return new Map();
  const [, ...parts] = body.split(opening);
  const pairs = Array.from(
    { length: parts.length / 2 },
    (_, index) => [parts[2 * index], parts[2 * index + 1]] as const,
  );
  return new Map(pairs.map(([key = '', text = '']) => [key, text.trim()]));
}

function written(sections: ReadonlyMap<string, string>, run: string): string {
  const texts = [...sections]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, text]) => `<!-- section:${key} -->\n${text}`);
  return `${runMark(run)}\n\n${texts.join('\n\n')}\n`;
}

function runMark(run: string): string {
  return `<!-- run:${hashed(run)} -->`;
}

/** Names come from outside, and must not end a comment of HTML. */
function hashed(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}

/** A section that no longer fits beside the others keeps its headline. */
function shortened(text: string): string {
  return `${text.split('\n', 1)[0] ?? ''}\n\nShortened: the job summary has it all.`;
}
