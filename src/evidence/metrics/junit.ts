import { SaxesParser } from 'saxes';
import type { PromotionError } from '../../domain/errors.js';
import { listKnownNames } from '../../domain/suggest.js';
import type { FileAddress, FoundInFile } from './address.js';
import { parserMessage, unreadable } from '../../domain/data-formats.js';

/** What a report's attributes count. */
const counted = ['tests', 'failures', 'errors', 'skipped'] as const;
type Counted = (typeof counted)[number];
type Tally = Record<Counted | 'passed', number>;

/** What a metric may take; `failed` is failures and errors together. */
export const junitCounts = [...counted, 'failed', 'passed'] as const;
type Count = (typeof junitCounts)[number];

interface Suite {
  readonly name: string;
  /** Of the cases that stand in the suite itself. */
  readonly own: Tally;
  readonly nested: Suite[];
  /** What its attributes say. */
  readonly says: Readonly<Record<string, string>>;
}

/** A test case's child elements that say how it ended. */
const endings: Readonly<Record<string, Counted>> = { failure: 'failures', error: 'errors', skipped: 'skipped' };

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
      cure: `Add 'count'. ${listKnownNames('counts', count, junitCounts)}`,
    });
  }
  const total = tallyOf(reportIn(text, where), where);
  if (count !== 'tests' && count !== 'passed' && total.tests === 0) {
    throw unreadable(where, 'reports no tests at all', {
      cure: "Where no test ran, nothing is proved. See which are found: for pytest, 'python -m pytest --collect-only'.",
    });
  }
  return { value: count === 'failed' ? total.failures + total.errors : total[count], place: count };
}

/** The file's own name stands in the message, and in no command. */
const writeAgain = "Run the tests again: for pytest, 'python -m pytest --junitxml=FILE' writes the report.";

function isCount(name: string): name is Count {
  return (junitCounts as readonly string[]).includes(name);
}

/** Its cases, those of the suites in it too; a suite that tells numbers alone is taken at its word. */
function tallyOf(suite: Suite, where: string): Tally {
  const said = Object.fromEntries(counted.map((count) => [count, numberSaid(suite, count, where)]));
  if (suite.own.tests === 0 && suite.nested.length === 0) return summaryOf(suite, said, where);
  const inner = suite.nested.map((each) => tallyOf(each, where));
  const held = inner.reduce((sum, each) => added(sum, each), suite.own);
  for (const count of counted) {
    const number = said[count];
    // Some writers count what stands in the suite itself, and others all that is in it.
    if (number === undefined || number === held[count] || number === suite.own[count]) continue;
    // pytest counts a test whose teardown fails twice, or writes it twice.
    if (count === 'tests' && Math.abs(number - held.tests) <= held.errors) continue;
    throw atOdds(suite, `says ${number} ${count} and holds ${held[count]}`, where);
  }
  return held;
}

function summaryOf(suite: Suite, said: Readonly<Record<string, number | undefined>>, where: string): Tally {
  const { tests = 0, failures = 0, errors = 0, skipped = 0 } = said;
  const passed = tests - failures - errors - skipped;
  if (passed < 0 && tests < Math.max(failures, errors, skipped)) {
    throw atOdds(suite, `says ${tests} tests, ${failures} failures, ${errors} errors and ${skipped} skipped`, where);
  }
  return { tests, failures, errors, skipped, passed: Math.max(0, passed) };
}

function added(a: Tally, b: Tally): Tally {
  return {
    tests: a.tests + b.tests,
    failures: a.failures + b.failures,
    errors: a.errors + b.errors,
    skipped: a.skipped + b.skipped,
    passed: a.passed + b.passed,
  };
}

function atOdds({ name }: Suite, what: string, where: string): PromotionError {
  return unreadable(where, `is at odds with itself: suite '${name}' ${what}`, {
    cure: `It may have been cut off, or merged. ${writeAgain}`,
  });
}

function numberSaid({ says, name }: Suite, count: Counted, where: string): number | undefined {
  const said = says[count];
  if (said === undefined || said === '') return undefined;
  if (/^\d{1,9}$/.test(said)) return Number(said);
  throw unreadable(where, `says of suite '${name}' that it has '${said}' ${count}`, {
    cure: `A count is a whole number. ${writeAgain}`,
  });
}

function reportIn(text: string, where: string): Suite {
  const report: Suite = { name: '', own: nothing(), nested: [], says: {} };
  const open = [report];
  const path: string[] = [];
  let ended = new Set<Counted | 'not run'>();
  const parser = new SaxesParser({ xmlns: false, position: true });
  const refuse = (what: string, cure: string): never => {
    const { line, column } = parser;
    throw unreadable(where, `${what} (line ${line}, column ${column})`, { cure, at: { file: where, line, column } });
  };
  parser.on('doctype', () =>
    refuse('has a document type declaration', 'Write the report without <!DOCTYPE>: entities are not read.'),
  );
  parser.on('error', (error) => {
    throw unreadable(where, `is not XML (line ${parserMessage(error).replace(/^(\d+):(\d+): /, '$1, column $2: ')})`, {
      cure: `It may have been cut off. ${writeAgain}`,
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
