import { setTimeout as sleep } from 'node:timers/promises';
import { statusOf } from './client.js';

/** GitHub's lists may lag a moment behind what was just made. */
const lagMs = 1_000;

/**
 * Makes what GitHub would make twice if it were asked twice. Where the answer was lost, it is looked for, and made
 * again only if it is not there. Throws what the calls throw.
 */
export async function createOnce<T>(make: () => Promise<T>, find: () => Promise<T | undefined>): Promise<T> {
  try {
    return await make();
  } catch (thrown) {
    const status = statusOf(thrown);
    if (status !== undefined && status < 500) throw thrown;
    await sleep(lagMs);
    const found = await find();
    if (found !== undefined) return found;
    return await make();
  }
}
