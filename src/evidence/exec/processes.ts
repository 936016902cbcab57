import { readdirSync, readFileSync } from 'node:fs';
import { getExecOutput } from '@actions/exec';

/** A process and who started it. */
interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly line: string;
}

/**
 * Ends everything a command started: its tree, and on Linux also what left the tree (`setsid`, a daemon),
 * found by the mark that every child of ours carries in its environment.
 * @param script the path of the command's script, by which its first process is found
 * @param mark `NAME=value` as it stands in the children's environment
 */
export async function endTree(script: string, mark: string): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    const pids = process.platform === 'win32' ? await onWindows(script) : await members(script, mark);
    if (pids.length === 0) return;
    for (const pid of pids) kill(pid);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * Ends every process that carries the mark in its environment, whoever started it; on Linux only, elsewhere the
 * runner does so at the end of the job.
 * @param mark `NAME=value`
 */
export function killMarkedProcesses(mark: string): void {
  marked(mark)
    .filter((pid) => pid !== process.pid)
    .forEach(kill);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself between the look and the kill: what was wanted.
  }
}

async function members(script: string, mark: string): Promise<number[]> {
  const processes = await list();
  const found = new Set(processes.filter((each) => each.line.includes(script)).map((each) => each.pid));
  for (const pid of marked(mark)) found.add(pid);
  for (let grew = true; grew;) {
    const children = processes.filter((each) => found.has(each.parent) && !found.has(each.pid));
    children.forEach((each) => found.add(each.pid));
    grew = children.length > 0;
  }
  found.delete(process.pid);
  return [...found];
}

async function list(): Promise<Process[]> {
  // A slim container image (python:3.12-slim) has no ps, and /proc needs none.
  if (process.platform === 'linux') return pids().flatMap(fromProc);
  const { stdout } = await getExecOutput('ps', ['-A', '-o', 'pid=,ppid=,args='], { silent: true });
  return stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s(.*)$/.exec(line);
    return match === null ? [] : [{ pid: Number(match[1]), parent: Number(match[2]), line: match[3] ?? '' }];
  });
}

function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function fromProc(pid: number): Process[] {
  // The name in parentheses may hold blanks and parentheses of its own: the parent is the second field after the last.
  const status = /.*\) \S (\d+) /s.exec(procFile(pid, 'stat') ?? '');
  return status === null
    ? []
    : [{ pid, parent: Number(status[1]), line: (procFile(pid, 'cmdline') ?? '').replaceAll('\0', ' ') }];
}

function procFile(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return undefined; // Another user's, or gone: not one of ours.
  }
}

function marked(mark: string): number[] {
  if (process.platform !== 'linux') return [];
  return pids().filter((pid) => procFile(pid, 'environ')?.split('\0').includes(mark) === true);
}

async function onWindows(script: string): Promise<number[]> {
  const query = `Get-CimInstance Win32_Process | Where-Object { $_.CommandLine -like '*${script.replaceAll("'", "''")}*' -and $_.ProcessId -ne $PID } | ForEach-Object { taskkill /T /F /PID $_.ProcessId | Out-Null }`;
  await getExecOutput('powershell', ['-NoProfile', '-Command', query], { silent: true, ignoreReturnCode: true });
  return [];
}
