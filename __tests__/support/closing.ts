import { afterAll } from '@jest/globals';

const open = new Set<() => Promise<void>>();

/** After the file's own hooks, whatever became of its tests: what is still open would keep the process from ending. */
afterAll(async () => {
  await Promise.allSettled([...open].map((close) => close()));
});

/** Closes it when the file's tests have ended, unless it was closed before; a second call does nothing. */
export function closing(close: () => unknown): () => Promise<void> {
  const once = async (): Promise<void> => {
    if (open.delete(once)) await close();
  };
  open.add(once);
  return once;
}
