// The user's repository, in a temporary folder.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A repository with these files on `main`. */
export function createRepository(folder, files) {
  const git = (...args) =>
    execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const write = (written) => {
    for (const [path, text] of Object.entries(written)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  };
  const commit = (message) => {
    git('add', '-A');
    git('commit', '-qm', message);
  };
  execFileSync('git', ['init', '-q', '-b', 'main', folder]);
  git('config', 'user.name', 'Demo');
  git('config', 'user.email', 'demo@example.com');
  write(files);
  commit('Add the policy');
  return { folder, git, write, commit };
}
