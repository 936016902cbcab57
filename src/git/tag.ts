/** Who stands in a tag or a commit as its maker. */
export interface Identity {
  readonly name: string;
  readonly email: string;
}

/** A tag as the repository holds it. */
export interface GitTag {
  /** Without `refs/tags/`. */
  readonly name: string;
  /** Lightweight tags point at the commit itself, have no date of their own, and are no tags to GTO. */
  readonly annotated: boolean;
  /** The tag object, or for a lightweight tag what it points at. */
  readonly object: string;
  /** The commit behind it; undefined when it leads to something else. */
  readonly commit: string | undefined;
  /** Tagger time in whole seconds since 1970, as git keeps it; 0 when there is none. */
  readonly time: number;
  readonly tagger: string;
  readonly subject: string;
}

/** Asked for with NUL between fields, which no field can contain. */
export const TAG_FORMAT = [
  '%(refname)',
  '%(objecttype)',
  '%(objectname)',
  '%(*objecttype)',
  '%(*objectname)',
  '%(taggerdate:unix)',
  '%(taggername)',
  '%(contents:subject)',
].join('%00');

/** `git for-each-ref --format=TAG_FORMAT` as tags; `prefix` is cut off their names. */
export function parseTags(output: string, prefix: string): GitTag[] {
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [ref = '', type = '', object = '', peeledType = '', peeled = '', time = '', tagger = '', subject = ''] =
        line.split('\0');
      const annotated = type === 'tag';
      const commit = annotated
        ? peeledType === 'commit'
          ? peeled
          : undefined
        : type === 'commit'
          ? object
          : undefined;
      return { name: ref.slice(prefix.length), annotated, object, commit, time: Number(time) || 0, tagger, subject };
    });
}

/** `text` as one line that is safe inside a git object's header or subject: no control characters, no angle brackets. */
export function oneLine(text: string, limit = 200): string {
  const flat = text
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  return flat.length > limit ? `${flat.slice(0, limit - 1)}…` : flat;
}

/** An identity as objects hold it: `Name <email> 1700000000 +0000`. */
export function signature(identity: Identity, when: Date): string {
  const clean = (text: string): string => oneLine(text).replace(/[<>]/g, '').trim();
  const name = clean(identity.name) || 'unknown';
  return `${name} <${clean(identity.email).replace(/ /g, '')}> ${Math.floor(when.getTime() / 1000)} +0000`;
}
