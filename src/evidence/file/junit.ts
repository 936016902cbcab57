import { SaxesParser } from 'saxes';
import { whatExists } from '../../nearest.js';
import type { FileAddress, FoundInFile } from './address.js';
import { saying, unreadable } from './unreadable.js';

const counts = ['tests', 'failures', 'errors', 'skipped', 'passed'] as const;
type Count = (typeof counts)[number];
type Tally = Record<Count, number>;

interface Suite {
  readonly name: string;
  /** Of the cases that stand in the suite itself. */
  readonly own: Tally;
  readonly nested: Suite[];
  /** What its attributes say. */
  readonly says: Readonly<Record<string, string>>;
}

/** A test case's child elements that say how it ended. */
const endings: Readonly<Record<string, Count>> = { failure: 'failures', error: 'errors', skipped: 'skipped' };

/** GoogleTest's word for a case that was left out, which has no child element for it. */
const notRun = ['notrun', 'disabled'];

/**
 * How many tests of a JUnit report ended so, over all its suites. https://github.com/testmoapp/junitxml
 * Cases are counted; a suite that says another number than its cases come to was cut off, or is not to be trusted,
 * and what an empty report did not find proves nothing.
 * @throws PromotionError `METRIC_UNREADABLE`, also for a document type declaration: that is where entities come from
 */
export function readJUnit(text: string, { key, count = key }: FileAddress, where: string): FoundInFile {
  if (!isCount(count)) {
    throw unreadable(where, `is a JUnit report, which has no count '${count}'`, {
      cure: `Add 'count'. ${whatExists('counts', count, counts)}`,
    });
  }
  const report = reportIn(text, where);
  if (count !== 'tests' && count !== 'passed' && countIn(report, 'tests', where) === 0) {
    throw unreadable(where, 'reports no tests at all', { cure: 'Find out why none ran: no test, no proof.' });
  }
  return { value: countIn(report, count, where), place: count };
}

function isCount(name: string): name is Count {
  return (counts as readonly string[]).includes(name);
}

function countIn(suite: Suite, count: Count, where: string): number {
  const inner = suite.nested.reduce((total, each) => total + countIn(each, count, where), 0);
  const held = suite.own[count] + inner;
  if (count === 'passed') return held + (isSummary(suite) ? passedOf(suite, where) : 0);
  const said = numberSaid(suite, count, where);
  if (said === undefined || said === held || said === suite.own[count]) return held;
  if (isSummary(suite)) return said;
  throw unreadable(where, `is at odds with itself: suite '${suite.name}' says ${said} ${count} and holds ${held}`, {
    cure: 'Write the report again: it may have been cut off, or merged.',
  });
}

/** A suite that tells numbers alone. */
function isSummary({ own, nested }: Suite): boolean {
  return own.tests === 0 && nested.length === 0;
}

function passedOf(suite: Suite, where: string): number {
  const said = (count: Count): number => numberSaid(suite, count, where) ?? 0;
  return Math.max(0, said('tests') - said('failures') - said('errors') - said('skipped'));
}

function numberSaid({ says, name }: Suite, count: Count, where: string): number | undefined {
  const said = says[count];
  if (said === undefined || said === '') return undefined;
  if (/^\d{1,9}$/.test(said)) return Number(said);
  throw unreadable(where, `says of suite '${name}' that it has '${said}' ${count}`, { cure: 'Write a whole number.' });
}

function reportIn(text: string, where: string): Suite {
  const report: Suite = { name: '', own: nothing(), nested: [], says: {} };
  const open = [report];
  const path: string[] = [];
  let ended = new Set<Count | 'not run'>();
  const parser = new SaxesParser({ xmlns: false, position: true });
  const refuse = (what: string, cure: string): never => {
    const { line, column } = parser;
    throw unreadable(where, `${what} (line ${line}, column ${column})`, { cure, at: { file: where, line, column } });
  };
  parser.on('doctype', () =>
    refuse('has a document type declaration', 'Write the report without <!DOCTYPE>: entities are not read.'),
  );
  parser.on('error', (error) => {
    throw unreadable(where, `is not XML (line ${saying(error).replace(/^(\d+):(\d+): /, '$1, column $2: ')})`, {
      cure: 'Write the report again: it may have been cut off.',
      at: { file: where, line: parser.line, column: parser.column },
      cause: error,
    });
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (path.length === 0 && name !== 'testsuites' && name !== 'testsuite') {
      refuse(`is no JUnit report: it begins with <${name}>`, 'A JUnit report begins with <testsuites> or <testsuite>.');
    }
    if (name === 'testsuite' || name === 'testsuites') {
      const next: Suite = { name: attributes['name'] ?? '', own: nothing(), nested: [], says: attributes };
      open.at(-1)?.nested.push(next);
      open.push(next);
    } else if (name === 'testcase') {
      ended = new Set(notRun.includes(attributes['status'] ?? '') ? ['not run'] : []);
    } else if (path.at(-1) === 'testcase' && Object.hasOwn(endings, name)) {
      const ending = endings[name];
      if (ending !== undefined) ended.add(ending);
    }
    path.push(name);
  });
  parser.on('closetag', ({ name }) => {
    path.pop();
    if (name === 'testsuite' || name === 'testsuites') open.pop();
    if (name !== 'testcase') return;
    const { own } = open.at(-1) ?? report;
    own.tests += 1;
    if (ended.size === 0) own.passed += 1;
    for (const ending of ended) if (ending !== 'not run') own[ending] += 1;
  });
  parser.write(text).close();
  return report;
}

function nothing(): Tally {
  return { tests: 0, failures: 0, errors: 0, skipped: 0, passed: 0 };
}
