import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import type { Environment } from '../../domain/environment.js';
import type { Operation, Owner } from '../../log/operation.js';

/** Who works here: one of each process. */
export function currentOwner(environment: Environment): Owner {
  const run = environment['GITHUB_RUN_ID'] ?? '';
  const attempt = Number(environment['GITHUB_RUN_ATTEMPT']);
  const space = processSpace(environment);
  return {
    token: randomUUID(),
    ...(run === '' ? {} : { run }),
    ...(run === '' || !Number.isInteger(attempt) || attempt < 1 ? {} : { attempt }),
    ...(space === undefined ? {} : { process: `${space}/${process.pid}` }),
  };
}

/**
 * Whether the owner of an operation has surely ended: it said so; its lease has run out; it was an earlier attempt
 * of this very run; its process is no more, where that can be told.
 */
export function ownerHasEnded({ owner, lease, interrupted }: Operation, me: Owner, now: Date): boolean {
  if (interrupted || Date.parse(lease) < now.getTime()) return true;
  if (owner.run !== undefined && owner.run === me.run && (owner.attempt ?? 0) < (me.attempt ?? 0)) return true;
  return owner.process !== undefined && isGone(owner.process, me);
}

function isGone(process: string, me: Owner): boolean {
  const [space, number] = parted(process);
  return me.process !== undefined && space === parted(me.process)[0] && !existsSync(`/proc/${number}`);
}

function parted(process: string): readonly [space: string, number: string] {
  const at = process.lastIndexOf('/');
  return [process.slice(0, at), process.slice(at + 1)];
}

/**
 * Where process numbers mean the same processes: one boot of one kernel, one namespace, one runner; machines that were
 * begun from one snapshot share all but the last. Host names do not tell that, all of GitHub's runners may have the
 * same. Undefined where there is no such thing to read.
 * @see https://man7.org/linux/man-pages/man7/pid_namespaces.7.html
 */
function processSpace({ RUNNER_NAME: runner = '' }: Environment): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${readlinkSync('/proc/self/ns/pid')}/${encodeURIComponent(runner)}`;
  } catch {
    return undefined;
  }
}
