import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';

/** Whether a path lies outside the workspace. `real` is without links: by its text a path may seem to stay. */
export async function leadsOut(workspace: string, real: string): Promise<boolean> {
  const inside = relative(await realpath(workspace), real);
  return inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside);
}
