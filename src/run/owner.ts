import { setTimeout as pause } from 'node:timers/promises';
import { consoleLog } from './console.js';
import { keepsState, saveState } from './host.js';
import { killMarkedProcesses } from '../evidence/exec/processes.js';
import { openGithub } from '../github/client.js';
import { attemptHasEnded } from '../github/run-status.js';
import { currentOwner } from '../promotion/operation/owner.js';
import type { PostState, RunOwner } from '../promotion/context.js';
import type { RunContext } from './context.js';

/** Who works here: this process, in this attempt of the workflow run. */
export function runOwnerOf({ environment, inputs, context, redactor, cancelled }: RunContext): RunOwner {
  const before = postState(environment);
  const told = new Set<string>();
  // Asked again every few seconds while it waits.
  const once = (why: string): void => {
    if (!told.has(why)) consoleLog(redactor).line(why);
    told.add(why);
  };
  return {
    owner: currentOwner(environment),
    ownerHasEnded: async ({ token, run, attempt }) => {
      if (token === before?.owner) return true;
      // Of the run one is in oneself, GitHub only says that it goes on.
      if (run === undefined || run === context.runId) return false;
      const github = await openGithub(context, inputs.githubToken);
      return github !== undefined && (await attemptHasEnded(github, run, attempt ?? 1, once));
    },
    remember: (open) => {
      if (!keepsState(environment)) return;
      try {
        saveState('operation', open === undefined ? '' : JSON.stringify(open));
      } catch (thrown) {
        // A command has removed the runner's file. The next run finds in the log what the post step would have.
        consoleLog(redactor).line(`The post step could not be told of the operation: ${String(thrown)}`);
      }
    },
    killProcesses: (operation) => {
      killMarkedProcesses(`OPERATION_ID=${operation}`);
    },
    pause,
    cancelled,
  };
}

/** What this step had open when it ended, in its post step; undefined where nothing was, and in the step itself. */
export function postState(environment: RunContext['environment']): PostState | undefined {
  const saved = environment['STATE_operation'] ?? '';
  return saved === '' ? undefined : (JSON.parse(saved) as PostState);
}
