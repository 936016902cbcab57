import { mkdir } from 'node:fs/promises';
import { besideNode } from './node.js';
import { besidePytest } from './pytest.js';
import { besidePython } from './python.js';
import { besideR, besideShell } from './shell.js';
import type { Beside, Surroundings } from './surroundings.js';

/**
 * The files beside and above the trusted ones that an interpreter would load with them and that are not as at the
 * policy's commit: with them a change brings its own judge. By names and by the words of the sources: what a program
 * loads by a path that it makes itself is not seen.
 * @param temporary a folder of ours, made where it is not there
 */
export async function besideTrusted(around: Surroundings, temporary: string): Promise<readonly Beside[]> {
  await mkdir(temporary, { recursive: true });
  const found = [
    ...(await besidePython(around, temporary)),
    ...(await besidePytest(around)),
    ...(await besideNode(around)),
    ...(await besideShell(around)),
    ...(await besideR(around)),
  ];
  // One reason each is enough.
  return [...new Map(found.toReversed().map((each) => [each.file, each])).values()].reverse();
}
