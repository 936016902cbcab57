import { expect, test } from '@jest/globals';
import { describeEnding, judgedAndFoundWanting } from '../../../src/evidence/exec/run-command.js';
import { findShell, type ShellPlaces } from '../../../src/evidence/exec/shell.js';

const system = 'C:\\Windows\\System32\\bash.exe';
const store = 'C:\\Users\\ada\\AppData\\Local\\Microsoft\\WindowsApps\\bash.exe';
const gits = 'C:\\Program Files\\Git\\bin\\bash.exe';
const msys = 'C:\\msys64\\usr\\bin\\bash.exe';

function windows(bash: readonly string[], git: readonly string[], there: readonly string[] = []): ShellPlaces {
  const found: Readonly<Record<string, readonly string[]>> = { bash, git };
  return {
    platform: 'win32',
    find: (name) => Promise.resolve(found[name] ?? []),
    exists: (path) => Promise.resolve(there.includes(path)),
  };
}

const cmd = ['C:\\Program Files\\Git\\cmd\\git.exe'];

test.each<[string, ShellPlaces, string]>([
  ["Git's, though that of WSL comes first", windows([system, gits], cmd, [gits]), gits],
  ["Git's, though it is not in PATH", windows([system], cmd, [gits]), gits],
  ["Git's, though MSYS has one", windows([msys], cmd, [gits]), gits],
  ['another, where Git has none', windows([system, store, msys], ['C:\\tools\\git.exe']), msys],
])('bash on Windows is %s', async (_, places, path) => {
  expect(await findShell('bash', places)).toEqual({ path });
});

test.each([[system], [store], ['c:/windows/sysnative/BASH.EXE']])('bash on Windows is never %s', async (launcher) => {
  expect(await findShell('bash', windows([launcher], []))).toEqual({
    kind: 'not-started',
    why: `the only 'bash' on this runner, ${launcher}, starts WSL`,
    cure: "Install Git for Windows, whose bash is used, or set 'shell: pwsh'.",
  });
});

test('a shell that is not there', async () => {
  for (const [shell, places] of [
    ['bash', windows([], [])],
    ['pwsh', { ...windows([], []), platform: 'linux' as const }],
  ] as const) {
    expect(await findShell(shell, places)).toMatchObject({
      why: `the shell '${shell}' is not installed on this runner`,
    });
  }
});

test('elsewhere the first in PATH, and python3 where there is no python', async () => {
  const find = (name: string): Promise<readonly string[]> => Promise.resolve(name === 'python' ? [] : [`/bin/${name}`]);
  const places: ShellPlaces = { platform: 'linux', find, exists: () => Promise.resolve(false) };
  expect(await findShell('bash', places)).toEqual({ path: '/bin/bash' });
  expect(await findShell('python', places)).toEqual({ path: '/bin/python3' });
});

test("what Windows does not find was not judged, nor was the placeholder of the Store's Python", () => {
  const ending = { kind: 'exit', code: 9009 } as const;
  expect(judgedAndFoundWanting(ending)).toBe(false);
  expect(describeEnding(ending)).toContain('did not find a command');
});
