import { error, notice, setOutput, warning } from '@actions/core';
import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consoleLog } from '../../src/run/console.js';
import { PromotionError } from '../../src/domain/errors.js';
import { Output } from '../../src/evidence/exec/output.js';
import { readers } from '../../src/evidence/metrics/formats.js';
import { readMetricsFile } from '../../src/evidence/metrics/metrics-file.js';
import { refComponent } from '../../src/git/ref-component.js';
import { parseEntry } from '../../src/log/event.js';
import { readInputs } from '../../src/run/inputs.js';
import { parseCondition } from '../../src/policy/parse-condition.js';
import { planDigest, readPlan } from '../../src/promotion/plan.js';
import type { Backtest } from '../../src/commands/backtest/replay.js';
import type { Status } from '../../src/commands/status/read.js';
import { annotations } from '../../src/report/annotations.js';
import { backtestLines, backtestMarkdown } from '../../src/commands/backtest/page.js';
import { evidence } from '../../src/report/evidence.js';
import { fitted, markdown } from '../../src/report/markdown.js';
import { matrixLines, matrixMarkdown } from '../../src/commands/matrix/page.js';
import { outputs } from '../../src/report/outputs.js';
import { statusLines, statusMarkdown } from '../../src/commands/status/page.js';
import { terminal } from '../../src/report/console.js';
import { Redactor } from '../../src/domain/redactor.js';
import { samples } from '../support/sample-report.js';
import { hostileText, poisoned } from './hostile-text.js';
import { injected, obeyed, rendered } from './page.js';
import { Random } from './random.js';

const seed = Number(process.env['FUZZ_SEED'] ?? 20_261_124);
/** `FUZZ=all`: minutes. */
const cases = process.env['FUZZ'] === 'all' ? 10_000 : 400;

const atOnce = 500;

/** Asks `wrong` of each case; stops at the fifth that misbehaves. */
function search(wrong: (random: Random) => string | undefined): readonly string[] {
  const random = new Random(seed);
  const found: string[] = [];
  for (let at = 0; at < cases && found.length < 5; at++) {
    const what = wrong(random);
    if (what !== undefined) found.push(`case ${at}: ${what}`);
  }
  return found;
}

/** Makes a page of each case, and looks at what GitHub would show of it. */
function searchPages(page: (random: Random) => string): readonly string[] {
  const random = new Random(seed);
  const found: string[] = [];
  for (let at = 0; at < cases && found.length < 5; at += atOnce) {
    const texts = Array.from({ length: Math.min(atOnce, cases - at) }, () => page(random));
    rendered(texts).forEach((html, index) => {
      const wrong = injected(texts[index] ?? '', html);
      if (wrong !== undefined) found.push(`case ${at + index}: ${wrong}`);
    });
  }
  return found.slice(0, 5);
}

/** Texts of these are the action's own words, or addresses that it makes of what it trusts. */
const own = new Set(['kind', 'outcome', 'decision', 'severity', 'left', 'type', 'inFact', 'phase', 'page', 'runPage', 'run', 'startedAt', 'endedAt', 'openedAt', 'lease']); // prettier-ignore

const reports = Object.values(samples).map((report) => ({ ...report, notes: [...report.notes, 'A note.'] }));

const status: Status = {
  model: 'churn',
  registry: 'MLflow at https://mlflow.example.com (stages as aliases)',
  stages: [
    {
      stage: 'staging',
      holders: ['12', '13'],
      record: { state: 'staging_deployed', stage: 'staging', at: '2026-11-20T10:00:00.000Z', actor: 'ada', approvers: ['bea'], run: 'https://evil.example/phish', reason: 'r' },
      tenures: [],
      disagrees: '11',
      isGone: true,
      advice: ['The registry says 12, the promotion log says 11.'],
    },
    {
      stage: 'production',
      after: 'staging',
      holders: ['11'],
      record: { state: 'adopted', at: '2026-11-20T10:00:00.000Z', previous: '9' },
      tenures: [
        {
          version: '11',
          since: '2026-11-20T10:00:00.000Z',
          event: { type: 'deployed', version: '11', at: '2026-11-20T10:00:00.000Z', actor: 'ada', approvers: ['bea', 'cem'], reason: 'better', run: 'https://github.com/your-org/churn/actions/runs/1' },
        },
        {
          version: '10',
          since: '2026-11-10T10:00:00.000Z',
          until: '2026-11-20T10:00:00.000Z',
          left: 'replaced',
          event: { type: 'adopted', version: '10', at: '2026-11-10T10:00:00.000Z' },
        },
      ],
      then: { version: '10', since: '2026-11-10T10:00:00.000Z', event: { type: 'adopted', version: '10', at: 'x' } },
    },
  ],
  versions: [{ version: '12', state: 'staging_deployed', createdAt: '2026-11-01T10:00:00.000Z' }, { version: '9', state: 'archived', createdAt: '2026-11-01T10:00:00.000Z' }],
  operation: {
    id: '1', version: '12', stage: 'production', openedAt: '2026-11-24T10:00:00.000Z', lease: '2026-11-24T10:15:00.000Z', phase: 'deploying', interrupted: false,
    owner: { token: 't' },
    intent: { command: 'promote', deploys: 'no', holders: {}, approvers: [], metrics: {}, policyDigest: 'sha256:0', actor: 'ada', run: 'https://github.com/your-org/churn/actions/runs/2' },
  },
  on: new Date('2026-11-15T00:00:00.000Z'),
  notes: ['A note.'],
}; // prettier-ignore

const backtest: Backtest = {
  model: 'churn',
  stage: 'production',
  registry: 'MLflow',
  rows: [
    { version: '1', createdAt: '2026-01-02T10:30:00.000Z', decision: 'reject', first: true, cause: 'auc', margins: [], champion: '1', inFact: 'promoted', differs: true },
    { version: 'v2', createdAt: '2026-01-02T10:30:00.000Z', decision: 'promote', first: false, margins: [{ required: 'auc >= 1', relative: 0.1 }], inFact: 'no record', differs: false },
  ],
  totals: { promote: 1, reject: 1, hold: 0, error: 0, differs: 1 },
  skipped: [{ name: 'unit tests', reason: 'not replayed' }],
  notes: ['A note.'],
}; // prettier-ignore

const matrix = { pairs: [{ model: 'a', stage: 's' }], models: 2, why: 'By the files.' };

describe(`${cases} hostile texts, seed ${seed}, are shown as text by`, () => {
  test('a report on a page, whole and shortened', () => {
    expect(searchPages((random) => markdown(poisoned(random.of(reports), random, own)))).toEqual([]);
    const shortened = searchPages((random) => {
      const report = poisoned(random.of(reports), random, own);
      return fitted(report, random.of([65_536, 5_000, 1_500]), 'The rest is elsewhere.');
    });
    expect(shortened).toEqual([]);
  });

  test.each<[string, (random: Random) => string, (random: Random) => readonly string[]]>([
    [
      'status',
      (random) => statusMarkdown(poisoned(status, random, own)),
      (random) => statusLines(poisoned(status, random, own)),
    ],
    [
      'backtest',
      (random) => backtestMarkdown(poisoned(backtest, random, own)),
      (random) => backtestLines(poisoned(backtest, random, own)),
    ],
    [
      'matrix',
      (random) => matrixMarkdown(poisoned(matrix, random, own)),
      (random) => matrixLines(poisoned(matrix, random, own)),
    ],
  ])('the page and the log of %s', (_, page, lines) => {
    expect(searchPages(page)).toEqual([]);
    const found = search((random) => {
      const drawing = /```mermaid\n([^]*?)\n```/.exec(page(random))?.[1];
      const spoiled = drawing === undefined ? undefined : misdrawn(drawing);
      return (
        spoiled ??
        lines(random)
          .map((line) => obeyed(spoken(line)))
          .find((wrong) => wrong !== undefined)
      );
    });
    expect(found).toEqual([]);
  });

  test('the log, the annotations and the outputs of a step', () => {
    const outputFile = join(mkdtempSync(join(tmpdir(), 'outputs-')), 'output');
    const found = search((random) => {
      const report = poisoned(random.of(reports), random, own);
      for (const line of terminal(report)) {
        const wrong = obeyed(spoken(line));
        if (wrong !== undefined) return `${wrong}: ${JSON.stringify(line)}`;
      }
      for (const { level, message, at } of annotations(report, random.below(2) === 0)) {
        const line = annotated(level, message, at?.file);
        if (!/^::(?:error|warning|notice)(?: [^:\r\n]*)?::[^\r\n]*\n$/.test(line)) return JSON.stringify(line);
      }
      const values = outputs(report);
      writeFileSync(outputFile, '');
      process.env['GITHUB_OUTPUT'] = outputFile;
      for (const [name, value] of Object.entries(values)) setOutput(name, value);
      delete process.env['GITHUB_OUTPUT'];
      const read = asRunner(readFileSync(outputFile, 'utf8'));
      const wrong = Object.entries(values).find(([name, value]) => read[name] !== value || /[\r\n]/.test(value));
      if (wrong !== undefined || Object.keys(read).length !== Object.keys(values).length) return JSON.stringify(wrong);
      JSON.parse(values['checks'] ?? '');
      return undefined;
    });
    expect(found).toEqual([]);
  });

  test('the evidence, which stays the JSON that it is', () => {
    const found = search((random) => {
      const report = poisoned(random.of(reports), random, own);
      const text = evidence(report, new Redactor([hostileText(random)]));
      const statement = JSON.parse(text) as {
        readonly _type: string;
        readonly predicate: { readonly checks: unknown[] };
      };
      return statement.predicate.checks.length === report.checks.length ? undefined : 'lost checks';
    });
    expect(found).toEqual([]);
  });

  test('what a command prints', () => {
    const found = search((random) => {
      const lines: string[] = [];
      const output = new Output((line) => lines.push(line), new Redactor(['secret']));
      const bytes = Buffer.from(
        Array.from({ length: 1 + random.below(8) }, () => hostileText(random)).join(random.of(['', '\n', '\r'])),
      );
      for (let at = 0; at < bytes.length;) {
        const size = 1 + random.below(40);
        output.add(random.of(['out', 'err']), bytes.subarray(at, at + size));
        at += size;
      }
      output.end();
      return [...lines, ...output.tail.split('\n')]
        .map((line) => obeyed(line.startsWith('  │ ') ? line : `  │ ${line}`))
        .find((wrong) => wrong !== undefined);
    });
    expect(found).toEqual([]);
  });
});

describe(`${cases} hostile texts, seed ${seed}, are refused or read by`, () => {
  test('the reader of conditions, at a place in the text', () => {
    const found = search((random) => {
      const text = random.of([
        hostileText(random),
        `auc >= ${hostileText(random)}`,
        `${hostileText(random)} >= champion - 0.1`,
      ]);
      const read = parseCondition(text, ['launch']);
      if (!('message' in read)) return /^[\x20-\x7e]+$/.test(read.text) ? undefined : `took ${JSON.stringify(text)}`;
      return read.index >= 0 && read.index <= text.length
        ? undefined
        : `index ${read.index} of ${JSON.stringify(text)}`;
    });
    expect(found).toEqual([]);
  });

  test('the readers of files, METRICS_FILE among them', async () => {
    const random = new Random(seed);
    const file = join(mkdtempSync(join(tmpdir(), 'metrics-')), 'metrics.json');
    for (let at = 0; at < cases; at++) {
      const text = random.of([hostileText(random), `{"auc": ${hostileText(random)}}`, JSON.stringify({ auc: hostileText(random), [hostileText(random)]: 1 }), `auc,b\n${hostileText(random)},2\n`, `auc: ${hostileText(random)}\n`, `<testsuites tests="${hostileText(random)}"><testsuite>${hostileText(random)}</testsuite></testsuites>`]); // prettier-ignore
      const address = { key: 'auc', ...random.of([{}, { pointer: hostileText(random) }, { column: hostileText(random) }, { count: hostileText(random) }]) }; // prettier-ignore
      for (const reader of Object.values(readers))
        refuses(['METRIC_UNREADABLE'], () => reader(text, address, 'm.json'), text);
      writeFileSync(file, text);
      const read = await readMetricsFile(file, new Redactor());
      if (read !== undefined && 'values' in read)
        for (const value of read.values.values()) expect(['number', 'string']).toContain(typeof value);
    }
  });

  test('the readers of the log, of plans and of inputs', () => {
    const random = new Random(seed);
    for (let at = 0; at < cases; at++) {
      const entry = { type: random.of(['deployed', 'opened', 'closed', hostileText(random)]), version: hostileText(random), at: random.of(['2026-01-01T00:00:00Z', hostileText(random)]), operation: hostileText(random), owner: random.of([{ token: 'x' }, hostileText(random)]), lease: hostileText(random), intent: random.of([{}, hostileText(random)]) }; // prettier-ignore
      const text = random.of([hostileText(random), JSON.stringify(entry), JSON.stringify(hostileText(random))]);
      refuses(['REGISTRY_ANSWER'], () => parseEntry(text, 'abc'), text);
      refuses(['PLAN_REFUSED'], () => readPlan('plan.json', text, planDigest(text)), text);
      const inputs = ['COMMAND', 'POLICY', 'POLICY-REF', 'STAGE', 'ON', 'DRY-RUN', 'OVERRIDE', 'FAIL-ON', 'COMMENT', 'DEPLOYMENT', 'PR-NUMBER']; // prettier-ignore
      refuses(['INPUT_INVALID'], () => readInputs({ [`INPUT_${random.of(inputs)}`]: hostileText(random) }), text);
    }
  });

  test('the maker of ref names: each is one that git takes, and no two are the same', () => {
    const random = new Random(seed);
    const names = new Set(Array.from({ length: cases }, () => Buffer.from(hostileText(random)).toString()));
    const refs = new Map([...names].map((name) => [refComponent(name), name]));
    expect(refs.size).toBe(names.size);
    const all = [...refs.keys()].map((ref) => `refs/promotion/${ref}`);
    // git itself is asked: it refuses the whole of its input for one bad name.
    const folder = mkdtempSync(join(tmpdir(), 'refs-'));
    const git = (args: readonly string[], input?: string): string =>
      execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', ...(input === undefined ? {} : { input }) });
    git(['init', '-q']);
    const blob = git(['hash-object', '-w', '--stdin'], 'x').trim();
    git(['update-ref', '--stdin'], all.map((ref) => `create ${ref} ${blob}\n`).join(''));
    expect(git(['for-each-ref', '--format=%(refname)', 'refs/promotion/']).trim().split('\n').sort()).toEqual(
      all.sort(),
    );
  });
});

/** Fails unless `read` returns, or refuses with one of the codes. */
function refuses(codes: readonly string[], read: () => unknown, text: string): void {
  try {
    read();
  } catch (thrown) {
    if (thrown instanceof PromotionError && codes.includes(thrown.code)) return;
    throw new Error(`${String(thrown)} for ${JSON.stringify(text)}`, { cause: thrown });
  }
}

/** What stands on standard output once `act` is done. */
function said(act: () => void): string {
  let text = '';
  const { stdout } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = (chunk: string | Uint8Array): boolean => {
    text += String(chunk);
    return true;
  };
  try {
    act();
  } finally {
    stdout.write = write;
  }
  return text;
}

/** The line that the step's log has of it. */
function spoken(line: string): string {
  return said(() => consoleLog(new Redactor()).line(line)).replace(/\n$/, '');
}

function annotated(level: 'error' | 'warning' | 'notice', message: string, file?: string): string {
  const show = { error, warning, notice };
  return said(() => show[level](message, file === undefined ? {} : { file, startLine: 1 }));
}

/** As the runner reads a file of outputs: `name<<delimiter`, lines, `delimiter`. */
function asRunner(text: string): Readonly<Record<string, string>> {
  const lines = text.split('\n');
  const found: Record<string, string> = {};
  for (let at = 0; at < lines.length && lines[at] !== ''; at++) {
    const [name = '', delimiter = ''] = (lines[at] ?? '').split('<<');
    const value: string[] = [];
    for (at += 1; at < lines.length && lines[at] !== delimiter; at++) value.push(lines[at] ?? '');
    found[name] = value.join('\n');
  }
  return found;
}

/** What is no line of the flowchart that `report/pipeline.ts` draws. */
function misdrawn(drawing: string): string | undefined {
  const label = '(?:[\\p{L}\\p{N}\\p{M} .,:+_-]|#\\d+;|<br>|…)*';
  const form = new RegExp(
    `^(?:flowchart LR|  (?:new|out)\\(\\["${label}"\\]\\)|  s\\d+\\["${label}"\\]|  \\w+ --> \\w*|  \\w* -\\.-> out|  classDef held .*|  class [\\w,]+ held)$`,
    'u',
  );
  return drawing.split('\n').find((line) => !form.test(line));
}
