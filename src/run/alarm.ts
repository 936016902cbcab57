import { issueAlarm } from '../github/issue.js';
import { openGithub } from '../github/client.js';
import type { Alarm } from '../promotion/monitor.js';
import type { RunContext } from './context.js';

/** Tells people by an issue in the repository; outside GitHub only the report does. */
export async function openAlarm({ inputs, context, redactor }: RunContext): Promise<Alarm> {
  const github = await openGithub(context, inputs.githubToken);
  const untold = (): Promise<readonly string[]> =>
    Promise.resolve(['No issue was opened: this does not run on GitHub, or it has no token.']);
  if (github === undefined) return { raise: untold, clear: () => Promise.resolve([]) };
  const alarm = issueAlarm(github);
  return {
    raise: (report) => alarm.raise(redactor.redactDeep(report)),
    clear: (report) => alarm.clear(redactor.redactDeep(report)),
  };
}
