/** No API of ours answers with more; a server that does is not what it should be. */
export const largestAnswer = 32 * 1024 * 1024;

/** The body as text; undefined where it is larger than `largestAnswer`, of which no more is read. */
export async function readBody(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > largestAnswer) return undefined;
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/** How many milliseconds the server asks to wait, by RFC 9110, 10.2.3: seconds or a date; undefined where it does not ask. */
export function retryAfter({ headers }: Pick<Response, 'headers'>): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** Where a redirect leads; undefined where it names no address. What may be shown: neither user and password nor query. */
export function redirectTarget(response: Pick<Response, 'headers'>, base: string | undefined): URL | undefined {
  const location = response.headers.get('location') ?? '';
  return URL.canParse(location, base) ? new URL(location, base) : undefined;
}

/** Whether a body is an HTML page, such as a login page that stands before an API. */
export function isHtml(body: string): boolean {
  return /^\s*</.test(body);
}
