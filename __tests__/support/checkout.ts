import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Checkout {
  readonly folder: string;
  git(...args: readonly string[]): string;
  /** Writes files, commits them and, where there is a remote, pushes. */
  commit(files: Readonly<Record<string, string>>, message?: string): string;
}

/** A repository with branch `main`, alone or with a bare remote. */
export function checkout(
  files: Readonly<Record<string, string>>,
  options: { readonly remote?: boolean } = {},
): Checkout {
  const parent = mkdtempSync(join(tmpdir(), 'checkout-'));
  const folder = join(parent, 'clone');
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  execFileSync('git', ['init', '-q', '-b', 'main', folder]);
  git('config', 'user.name', 'Test');
  git('config', 'user.email', 'test@example.com');
  if (options.remote === true) {
    execFileSync('git', ['init', '-q', '--bare', '-b', 'main', join(parent, 'remote.git')]);
    git('remote', 'add', 'origin', join(parent, 'remote.git'));
  }
  const commit: Checkout['commit'] = (written, message = 'Change') => {
    for (const [path, text] of Object.entries(written)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    git('add', '-A');
    git('commit', '-q', '--allow-empty', '-m', message);
    if (options.remote === true) git('push', '-q', 'origin', 'HEAD:main');
    return git('rev-parse', 'HEAD');
  };
  commit(files, 'Begin');
  return { folder, git, commit };
}
