import { saveState } from '@actions/core';
import { setTimeout as pause } from 'node:timers/promises';
import { openGithub } from './github/client.js';
import { attemptHasEnded } from './github/run-status.js';
import { ownerHere } from './promotion/owner.js';
import type { Worker } from './promotion/undertaking.js';
import type { Session } from './session.js';

/** Who works here: this process, in this attempt of the workflow run. */
export function workerOf({ environment, inputs, context }: Session): Worker {
  return {
    owner: ownerHere(environment),
    hasEnded: async ({ run, attempt }) => {
      // Of the run one is in oneself, GitHub only says that it goes on.
      if (run === undefined || run === context.runId) return false;
      const github = await openGithub(context, inputs.githubToken);
      return github !== undefined && (await attemptHasEnded(github, run, attempt ?? 1));
    },
    remember: (operation) => {
      if (environment['GITHUB_STATE'] !== undefined) saveState('operation', operation ?? '');
    },
    pause,
  };
}
