/** Shorter ones are words: hidden everywhere they would make reports unreadable, and hide nothing. */
const shortest = 4;
const shown = '***';

/**
 * Hangs over everything that leaves the action: no secret that it knows is seen through it, nor user and password
 * of any address. What a text encodes or splits is not recognised.
 */
export class Redactor {
  #hidden: readonly string[] = [];

  constructor(secrets: readonly string[] = []) {
    for (const secret of secrets) this.addSecret(secret);
  }

  /** The secrets in all forms that are looked for, the longest first. */
  get secrets(): readonly string[] {
    return this.#hidden;
  }

  /** From here on, the secret is not shown: as it is, each of its lines, as addresses and JSON have it. */
  addSecret(secret: string): void {
    const forms = [secret, ...secret.split(/\r?\n/)].flatMap((part) => [
      part,
      part.trim(),
      encodeURIComponent(Buffer.from(part).toString()),
      JSON.stringify(part).slice(1, -1),
    ]);
    const all = new Set([...this.#hidden, ...forms.filter((form) => form.trim().length >= shortest)]);
    // A secret that holds another is replaced whole.
    this.#hidden = [...all].sort((a, b) => b.length - a.length);
  }

  /** The text without its secrets. */
  redact(text: string): string {
    const bare = text.includes('@') ? text.replaceAll(/[^\s"'<>]+/g, withoutUser) : text;
    return this.#hidden.reduce((redacted, secret) => redacted.replaceAll(secret, shown), bare);
  }

  /** The same data with every text in it redacted, keys left as they are. */
  redactDeep<T>(data: T): T {
    return this.#overAny(data) as T;
  }

  #overAny(data: unknown): unknown {
    if (typeof data === 'string') return this.redact(data);
    if (Array.isArray(data)) return data.map((each) => this.#overAny(each));
    if (data instanceof Map) return new Map([...data].map(([key, value]) => [key, this.#overAny(value)] as const));
    if (!isPlain(data)) return data;
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, this.#overAny(value)]));
  }
}

/**
 * An address without `user:password@`, or without a token alone before a web server's host; `ssh://git@host` has
 * neither. Also where they hold a slash or an `@` of their own, which no address may and some do.
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1
 */
function withoutUser(word: string): string {
  let told = '';
  let rest = word;
  for (;;) {
    const begin = rest.indexOf('://') + 3;
    const user = begin < 3 ? undefined : userIn(rest.slice(begin));
    if (user === undefined) return told + rest;
    const scheme = /[a-z][a-z0-9+.-]*$/i.exec(rest.slice(Math.max(0, begin - 40), begin - 3))?.[0] ?? '';
    const isSecret = user.includes(':') || /^https?$/i.test(scheme);
    told += `${rest.slice(0, begin)}${isSecret ? shown : user}@`;
    rest = rest.slice(begin + user.length + 1);
  }
}

/** What stands before the host; undefined where nothing does. */
function userIn(address: string): string | undefined {
  const slash = address.search(/[/?#\\]/);
  const first = slash < 0 ? address : address.slice(0, slash);
  const within = first.lastIndexOf('@');
  if (within >= 0) return first.slice(0, within);
  const last = address.lastIndexOf('@');
  // A host, with its port perhaps, and an `@` in the path.
  if (last < 0 || /^[^:]*(:\d{0,5})?$/.test(first)) return undefined;
  return address.slice(0, last);
}

function isPlain(data: unknown): data is object {
  if (data === null || typeof data !== 'object') return false;
  const prototype: unknown = Object.getPrototypeOf(data);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Passwords in addresses that the environment names, servers and proxies: as they stand, and as they are meant. */
export function passwordsIn(addresses: readonly (string | undefined)[]): readonly string[] {
  return addresses.flatMap((address = '') => {
    if (!address.includes('@') || !URL.canParse(address)) return [];
    const { username, password, protocol } = new URL(address);
    const secret = password === '' && /^https?:$/.test(protocol) ? username : password;
    return secret === '' ? [] : [secret, meant(secret)];
  });
}

function meant(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // `%zz` is a password like any other.
  }
}
