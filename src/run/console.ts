import { endGroup, info, startGroup } from './host.js';
import type { GroupedLog } from '../evidence/command-check.js';
import type { Redactor } from '../domain/redactor.js';

/** The step's log. Text from outside can pass through it: a line of it is never a workflow command. */
export function consoleLog(redactor: Redactor): GroupedLog {
  return {
    start: (title) => startGroup(oneLine(redactor.redact(title))),
    line: (line) => info(oneLine(redactor.redact(line))),
    end: () => endGroup(),
  };
}

/** The runner obeys `::` at a line's start, after blanks, and `##[` anywhere. */
function oneLine(text: string): string {
  const line = text.replaceAll(/[\r\n]+/g, ' ').replaceAll('##[', '# #[');
  return line.trimStart().startsWith('::') ? `· ${line}` : line;
}
