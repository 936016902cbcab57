import { assertNever } from '../domain/assert-never.js';
import type { CommandName } from '../domain/command-name.js';
import type { Report } from '../domain/report.js';

/** What became of the version, in one word. */
export type Happened =
  | 'Promoted'
  | 'Passed'
  | 'Rejected'
  | 'On hold'
  | 'Error'
  | 'Rolled back'
  | 'Archived'
  | 'Adopted'
  | 'Registered'
  | 'Nothing to do';

interface Look {
  readonly icon: string;
  /** https://docs.github.com/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#alerts */
  readonly alert: 'TIP' | 'NOTE' | 'WARNING' | 'CAUTION';
}

export const looks: Readonly<Record<Happened, Look>> = {
  Promoted: { icon: '✅', alert: 'TIP' },
  Passed: { icon: '✅', alert: 'TIP' },
  Rejected: { icon: '❌', alert: 'CAUTION' },
  'On hold': { icon: '⏸️', alert: 'WARNING' },
  Error: { icon: '❗', alert: 'CAUTION' },
  'Rolled back': { icon: '⚠️', alert: 'WARNING' },
  Archived: { icon: '✅', alert: 'NOTE' },
  Adopted: { icon: '✅', alert: 'NOTE' },
  Registered: { icon: '✅', alert: 'NOTE' },
  'Nothing to do': { icon: '⏭️', alert: 'NOTE' },
};

/** What each command does when all goes well; the others judge, and the version has passed. */
const deeds: Readonly<Partial<Record<CommandName, Happened>>> = {
  promote: 'Promoted',
  apply: 'Promoted',
  rollback: 'Rolled back',
  archive: 'Archived',
  adopt: 'Adopted',
  register: 'Registered',
};

/** The one word that a report's headline begins with. */
export function happened({ command, decision, promoted, alreadyThere, byThisRun }: Report): Happened {
  switch (decision) {
    case 'none':
      return 'Nothing to do';
    case 'error':
      return 'Error';
    case 'hold':
      return 'On hold';
    case 'reject':
      // A monitor that put another version back: what is live was found bad, and is live no longer.
      return promoted ? 'Rolled back' : 'Rejected';
    case 'promote': {
      if (alreadyThere && byThisRun !== true) return 'Nothing to do';
      const deed = deeds[command] ?? 'Passed';
      return deed === 'Promoted' && !promoted && !alreadyThere ? 'Passed' : deed;
    }
    default:
      return assertNever(decision, 'decision');
  }
}

/** The icon of a report's headline: a version that is where it should be is well, though nothing was to be done. */
export function iconOf(report: Report): string {
  return report.decision === 'promote' && report.alreadyThere ? looks.Promoted.icon : looks[happened(report)].icon;
}
