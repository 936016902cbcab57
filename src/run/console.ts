import { endGroup, info, startGroup } from '@actions/core';
import type { GroupedLog } from '../evidence/command-check.js';
import type { Veil } from '../domain/redactor.js';

/** The step's log. Text from outside can pass through it: a line of it is never a workflow command. */
export function consoleLog(veil: Veil): GroupedLog {
  return {
    start: (title) => startGroup(oneLine(veil.over(title))),
    line: (line) => info(oneLine(veil.over(line))),
    end: () => endGroup(),
  };
}

/** The runner obeys `::` at a line's start, after blanks, and `##[` anywhere. */
function oneLine(text: string): string {
  const line = text.replaceAll(/[\r\n]+/g, ' ').replaceAll('##[', '# #[');
  return line.trimStart().startsWith('::') ? `· ${line}` : line;
}
