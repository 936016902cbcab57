import { lstat, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PromotionError } from '../domain/errors.js';

/**
 * The files that a run leaves behind: plan, evidence, report. What stands where one is to be written is not of our
 * making, whatever it is: no link is followed, and nothing of it remains.
 */
export class ResultFiles {
  readonly #written = new Map<string, string>();

  private constructor(private readonly folder: string) {}

  /** In a folder of their own, which no command is told of. */
  static async openIn(parent: string): Promise<ResultFiles> {
    return new ResultFiles(await mkdtemp(join(parent, 'model-promotion-')));
  }

  /** The path of a file that was written; undefined where it was not. */
  pathOf(name: string): string | undefined {
    return this.#written.has(name) ? join(this.folder, name) : undefined;
  }

  /**
   * Writes a file and returns its path.
   * @throws PromotionError `FILE_UNSAFE` where the folder is no longer the one that was made
   */
  async write(name: string, text: string): Promise<string> {
    this.#written.delete(name);
    const folder = await lstat(this.folder).catch(() => undefined);
    if (folder?.isDirectory() !== true) {
      throw new PromotionError('FILE_UNSAFE', `'${this.folder}' is no folder any more: nothing is written there.`, {
        cure: 'Look for the command that put a link in its place.',
      });
    }
    const path = join(this.folder, name);
    await rm(path, { recursive: true, force: true });
    await writeFile(path, text, { flag: 'wx' });
    this.#written.set(name, text);
    return path;
  }

  /**
   * Writes a file again as it was written, if it is otherwise now.
   * @returns whether it was
   */
  async restore(name: string): Promise<boolean> {
    const text = this.#written.get(name);
    if (text === undefined || (await isFileOf(join(this.folder, name), text))) return false;
    await this.write(name, text);
    return true;
  }
}

async function isFileOf(path: string, text: string): Promise<boolean> {
  const status = await lstat(path).catch(() => undefined);
  return status?.isFile() === true && Buffer.from(text).equals(await readFile(path));
}
