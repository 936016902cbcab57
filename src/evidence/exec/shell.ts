import { access } from 'node:fs/promises';
import { win32 } from 'node:path';
import { findInPath } from '@actions/io';

/** Where a shell is, or why there is none. */
export type FoundShell =
  { readonly path: string } | { readonly kind: 'not-started'; readonly why: string; readonly cure?: string };

/** What is asked of the machine. */
export interface ShellPlaces {
  readonly platform: NodeJS.Platform;
  /** Every file of that name in PATH, in its order. */
  readonly find: (name: string) => Promise<readonly string[]>;
  readonly exists: (path: string) => Promise<boolean>;
}

const here: ShellPlaces = {
  platform: process.platform,
  find: findInPath,
  exists: (path) =>
    access(path).then(
      () => true,
      () => false,
    ),
};

/**
 * Windows' own bash.exe starts a Linux in WSL: another system, with other files, and where none is installed it ends
 * with 1, which would be a verdict on the version.
 * @see https://learn.microsoft.com/windows/wsl/basic-commands
 */
const wslLauncher = /[\\/](system32|sysnative|syswow64|windowsapps)[\\/]bash(\.exe)?$/i;

/** Finds the program of a shell, as the runner's own steps do. */
export async function findShell(file: string, places: ShellPlaces = here): Promise<FoundShell> {
  if (places.platform === 'win32' && file === 'bash') return windowsBash(places);
  for (const name of file === 'python' ? ['python', 'python3'] : [file]) {
    const [path] = await places.find(name);
    if (path !== undefined) return { path };
  }
  return missing(file);
}

/** Git's comes before any other: `bin\bash.exe` beside the folder that git.exe is in. */
async function windowsBash({ find, exists }: ShellPlaces): Promise<FoundShell> {
  for (const git of await find('git')) {
    const path = win32.join(win32.dirname(win32.dirname(git)), 'bin', 'bash.exe');
    if (await exists(path)) return { path };
  }
  const found = await find('bash');
  const path = found.find((each) => !wslLauncher.test(each));
  if (path !== undefined) return { path };
  const [launcher] = found;
  return launcher === undefined
    ? missing('bash')
    : {
        kind: 'not-started',
        why: `the only 'bash' on this runner, ${launcher}, starts WSL`,
        cure: "Install Git for Windows, whose bash is used, or set 'shell: pwsh'.",
      };
}

function missing(file: string): FoundShell {
  return { kind: 'not-started', why: `the shell '${file}' is not installed on this runner` };
}
