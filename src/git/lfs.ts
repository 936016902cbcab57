import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { join } from 'node:path';
import { PromotionError } from '../domain/errors.js';
import { oneLine } from './tag.js';

/** What git has in the place of a file that Git LFS keeps. */
export interface LfsPointer {
  /** Hex digest, SHA-256. */
  readonly oid: string;
  /** In bytes. */
  readonly size: number;
}

/** Pointers are smaller. @see https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md */
export const largestPointer = 1024;

/**
 * The pointer that a file is; undefined for any other file.
 * @throws PromotionError `FILE_UNSAFE` for what says it is a pointer and cannot be read as one
 */
export function lfsPointer(bytes: Buffer, name: string): LfsPointer | undefined {
  if (bytes.length >= largestPointer) return undefined;
  const text = bytes.toString('utf8');
  if (!/^version https?:\/\/(git-lfs\.github\.com|git-media\.io|hawser\.github\.com)\/(spec\/)?v\d+\r?\n/.test(text))
    return undefined;
  const [, oid] = /^oid sha256:([0-9a-f]{64})\r?$/m.exec(text) ?? [];
  const [, size] = /^size (\d{1,15})\r?$/m.exec(text) ?? [];
  if (oid === undefined || size === undefined || /^ext-/m.test(text)) {
    throw new PromotionError('FILE_UNSAFE', `'${oneLine(name)}' is a pointer of Git LFS that cannot be read.`, {
      cure: "Commit the file again ('git lfs migrate import --no-rewrite' makes a new pointer); extensions of Git LFS are not supported.",
    });
  }
  return { oid, size: Number(size) };
}

/** Where Git LFS keeps an object, below its folder of objects. */
export function objectPath(objects: string, { oid }: LfsPointer): string {
  return join(objects, oid.slice(0, 2), oid.slice(2, 4), oid);
}

export async function hasObject(objects: string, pointer: LfsPointer): Promise<boolean> {
  const status = await stat(objectPath(objects, pointer)).catch(() => undefined);
  return status?.isFile() === true && status.size === pointer.size;
}

/**
 * Writes the object of a pointer over a file, which keeps its mode; never held in memory.
 * @throws PromotionError `FILE_UNSAFE` where the object is not what the pointer says
 */
export async function writeObject(objects: string, pointer: LfsPointer, target: string, name: string): Promise<void> {
  const hash = createHash('sha256');
  const counted = new Transform({
    transform: (chunk: Buffer, _, done) => {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(createReadStream(objectPath(objects, pointer)), counted, createWriteStream(target));
  if (hash.digest('hex') === pointer.oid) return;
  throw new PromotionError('FILE_UNSAFE', `The Git LFS object of '${oneLine(name)}' is not what its pointer says.`, {
    cure: `Remove it ('git lfs prune', or delete ${pointer.oid} below .git/lfs/objects), and run again.`,
  });
}

/** Whether a file, or bytes, are the object of a pointer. */
export async function isObject(content: string | Buffer, { oid, size }: LfsPointer): Promise<boolean> {
  if (Buffer.isBuffer(content) && content.length !== size) return false;
  const hash = createHash('sha256');
  try {
    for await (const chunk of Buffer.isBuffer(content) ? Readable.from([content]) : createReadStream(content))
      hash.update(chunk as Buffer);
  } catch {
    return false; // What cannot be read is not it.
  }
  return hash.digest('hex') === oid;
}

/** Git LFS is needed, and is not installed. */
export function lfsMissing(owner: string, name: string): PromotionError {
  return new PromotionError(
    'GIT_FAILED',
    `'${oneLine(name)}' of ${owner} is a Git LFS pointer, not the file itself, and git-lfs is not installed on this runner.`,
    {
      cure: "Install it in an earlier step, e.g. 'sudo apt-get install -y git-lfs', or give actions/checkout 'lfs: true' where the file is that of the commit checked out.",
    },
  );
}

/** Git LFS could not bring an object. */
export function lfsFailed(owner: string, name: string, { oid, size }: LfsPointer, why: string): PromotionError {
  return new PromotionError(
    'GIT_FAILED',
    `'${oneLine(name)}' of ${owner} is a Git LFS pointer, and git-lfs could not fetch its object (${oid}, ${size} bytes): ${oneLine(why)}`,
    {
      cure: `Push it from a clone that has it ('git lfs push --object-id origin ${oid}'), and look whether the token may read and the quota for LFS is not used up.`,
    },
  );
}
