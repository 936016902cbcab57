import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { lintRemarks } from '../../../src/policy/lint.js';
import { loadPolicy, sourceOf } from '../../support/policy.js';
import type { ConditionCheck, Policy } from '../../../src/policy/policy.js';
import { decide } from '../../../src/verdict/decide.js';
import { judgeCondition } from '../../../src/verdict/condition.js';
import type { Lookup } from '../../../src/domain/lookup.js';
import type { ConditionResult } from '../../../src/domain/check.js';

const load = (text: string): Policy => loadPolicy(sourceOf('p.yml', text, 'workspace'));

const remarks = (text: string): string[] =>
  lintRemarks(load(text)).map(({ at, message }) => `${at?.line ?? 0}:${at?.column ?? 0} ${message}`);

const declared: Readonly<Record<string, string>> = {
  auc: '{ goal: maximize, min: 0, max: 1 }',
  f1: '{ goal: maximize }',
  loss: '{ goal: minimize }',
  p99: '{ goal: minimize, min: 1, max: 5000 }',
  cost: '{ goal: minimize, min: 0 }',
  rate: '{ goal: minimize, max: 0.5 }',
  r2: '{ goal: maximize, min: -1, max: 1 }',
  debt: '{ goal: maximize, max: -1 }',
  val_auc: '{ goal: maximize, min: 0.1, from: evaluate }',
  live: '{ goal: maximize, min: 0.1, from: command }',
  'auc/{country}': '{ goal: maximize, min: 0, max: 1 }',
};

/** The metrics that the text names, on one line. */
function metricsOf(text: string): string {
  const named = (id: string): boolean =>
    new RegExp(`(^|[^\\w$])${id.replaceAll(/[{}]/g, '\\$&')}(?![\\w/])`).test(text);
  const used = Object.keys(declared).filter(named);
  return `metrics: { ${used.map((id) => `'${id}': ${declared[id] ?? ''}`).join(', ')} }`;
}

const one = 'model: churn\nanchors: { launch: 3 }';
const two =
  'models: { churn: { vars: { low: 0.7, high: 0.8, big: 3, small: -1, below: -2 } }, fraud: { vars: { low: 0.6, high: 0.9, big: 0, small: -2, below: 0 } } }\nx-more: 0';

/** The checks begin on line 9; a value of `require` and `hold_if` in column 18, of `warn` in 15. */
const checks = (lines: string, model = one): string => `version: 1
registry: { type: mlflow }
${model}
${metricsOf(lines)}
stages:
  production:
    checks:
${lines.replaceAll(/^/gm, '      - ')}
`;

/** The stages begin on line 7. */
const stages = (text: string, root = one): string => `version: 1
registry: { type: mlflow }
${root}
${metricsOf(`${text} ${root}`)}
stages:
${text.replaceAll(/^/gm, '  ')}
`;

/** What begins on line 10, in a stage that is otherwise in order. */
const production = (text: string, first = 'require: auc >= 0.8'): string =>
  stages(`staging: { checks: [{ require: auc >= 0.7 }] }
production:
  after: staging
  ${text.replaceAll('\n', '\n  ')}
  checks: [{ ${first} }]`);

type Row = [text: string, expected: string[]];

describe('a requirement that another makes useless', () => {
  test.each<Row>([
    [
      'require: auc >= 0.85\nrequire: auc >= 0.8',
      ["10:18 'auc >= 0.8' adds nothing: 'auc >= 0.85' (line 9) is stricter. Remove it, or correct the value."],
    ],
    [
      'require: [auc >= 0.7, auc >= 0.8, auc >= 0.9]',
      [
        "9:19 'auc >= 0.7' adds nothing: 'auc >= 0.9' (line 9) is stricter. Remove it, or correct the value.",
        "9:31 'auc >= 0.8' adds nothing: 'auc >= 0.9' (line 9) is stricter. Remove it, or correct the value.",
      ],
    ],
    [
      'require: auc > 0.8\nrequire: auc >= 0.8',
      ["10:18 'auc >= 0.8' adds nothing: 'auc > 0.8' (line 9) is stricter. Remove it, or correct the value."],
    ],
    [
      'require: auc == 0.9\nrequire: auc >= 0.8',
      ["10:18 'auc >= 0.8' adds nothing: 'auc == 0.9' (line 9) is stricter. Remove it, or correct the value."],
    ],
    [
      'require: f1 >= 0.9\nrequire: f1 >= 0.90',
      ["10:18 'f1 >= 0.90' says the same as 'f1 >= 0.9' (line 9). Remove one of the two."],
    ],
    [
      'require: loss <= 0.3\nrequire: loss <= 3e-2',
      ["9:18 'loss <= 0.3' adds nothing: 'loss <= 3e-2' (line 10) is stricter. Remove it, or correct the value."],
    ],
    [
      'require: auc >= champion - 0.01\nrequire: auc >= champion - 0.02',
      [
        "10:18 'auc >= champion - 0.02' adds nothing: 'auc >= champion - 0.01' (line 9) is stricter. Remove it, or correct the value.",
      ],
    ],
    [
      'require: auc >= champion\nrequire: auc >= champion - 0.02',
      [
        "10:18 'auc >= champion - 0.02' adds nothing: 'auc >= champion' (line 9) is stricter. Remove it, or correct the value.",
      ],
    ],
    [
      'require: p99 <= champion + 10%\nrequire: p99 <= champion + 5%',
      [
        "9:18 'p99 <= champion + 10%' adds nothing: 'p99 <= champion + 5%' (line 10) is stricter. Remove it, or correct the value.",
      ],
    ],
    [
      'require: p99 <= champion\nrequire: p99 <= champion + 5%',
      [
        "10:18 'p99 <= champion + 5%' adds nothing: 'p99 <= champion' (line 9) is stricter. Remove it, or correct the value.",
      ],
    ],
    [
      'require: auc >= launch - 0.01\nrequire: auc >= launch - 0.02',
      [
        "10:18 'auc >= launch - 0.02' adds nothing: 'auc >= launch - 0.01' (line 9) is stricter. Remove it, or correct the value.",
      ],
    ],
    [
      'require: auc/{country} >= 0.8\nrequire: auc/{country} >= 0.7',
      [
        "10:18 'auc/{country} >= 0.7' adds nothing: 'auc/{country} >= 0.8' (line 9) is stricter. Remove it, or correct the value.",
      ],
    ],
    ['require: auc >= 0.85', []],
    ['require: auc >= 0.85\nrequire: f1 >= 0.8', []],
    ['require: auc >= 0.85\nrequire: auc >= champion - 0.02', []],
    ['require: auc >= champion - 0.01\nrequire: auc >= launch - 0.02', []],
    ['require: p99 <= champion + 10%\nrequire: p99 <= champion + 5', []],
    ['require: auc >= 0.8\nrequire: auc/{country} >= 0.7', []],
  ])('%s', (text, expected) => {
    expect(remarks(checks(text))).toEqual(expected);
  });
});

describe('variables', () => {
  test.each<Row>([
    [
      'require: auc >= 0.9\nrequire: auc >= vars.low',
      [
        "10:18 'auc >= vars.low' adds nothing for any model: 'auc >= 0.9' (line 9) is stricter. Remove it, or correct the value.",
      ],
    ],
    [
      'require: auc >= vars.high\nrequire: auc >= vars.low',
      [
        "10:18 'auc >= vars.low' adds nothing for any model: 'auc >= vars.high' (line 9) is stricter. Remove it, or correct the value.",
      ],
    ],
    [
      'require: auc >= vars.high\nwarn: auc >= vars.low',
      [
        "10:15 'warn: auc >= vars.low' never warns of what may pass: 'auc >= vars.high' (line 9) refuses it already. Remove it, or make it stricter; if the two were meant the other way round, write 'require: auc >= vars.low' and 'warn: auc >= vars.high'.",
      ],
    ],
    [
      'require: auc >= 0.75\nrequire: auc >= vars.low\nwarn: auc >= vars.high',
      [
        "10:18 'auc >= vars.low' adds nothing for any model: 'auc >= 0.75' (line 9) is stricter. Remove it, or correct the value.",
      ],
    ],
    ['require: auc >= 0.65\nrequire: auc >= vars.low', []],
    [
      'require: auc == 0.7\nrequire: auc >= vars.low',
      [
        "10:18 'auc >= vars.low' adds nothing for any model: 'auc == 0.7' (line 9) is stricter. Remove it, or correct the value.",
      ],
    ],
    [
      'require: auc == 0.6\nrequire: auc >= vars.low',
      [
        "10:18 No value of 'auc' meets both 'auc >= vars.low' and 'auc == 0.6' (line 9) for 'churn': no version is ever promoted to 'production'. Remove one of the two, or correct its value.",
      ],
    ],
    [
      'require: p99 <= vars.high',
      [
        "9:18 'p99 <= vars.high' can never be met: 'p99' is from 1 to 5000. Correct the value or the range of 'p99', or remove it.",
      ],
    ],
    [
      'require: r2 >= vars.big',
      [
        "9:18 For 'churn', 'r2 >= vars.big' (3) can never be met: 'r2' is from -1 to 1. Correct the value or the range of 'r2', or remove it.",
      ],
    ],
    [
      'require: r2 >= vars.small',
      [
        "9:18 'r2 >= vars.small' is always met: 'r2' is from -1 to 1. Correct the value or the range of 'r2', or remove it.",
      ],
    ],
    ['require: auc >= vars.low', []],
    ['hold_if: r2 > vars.low\nhold_if: r2 > vars.big', []],
    [
      'hold_if: r2 > vars.below',
      [
        "9:18 For 'churn', 'hold_if: r2 > vars.below' (-2) holds every version: 'r2' is from -1 to 1. Correct the value or the range of 'r2', or remove it.",
      ],
    ],
    ['warn: r2 >= vars.below', []],
    [
      'warn: r2 >= vars.big',
      [
        "9:15 For 'churn', 'warn: r2 >= vars.big' (3) always warns: 'r2' is from -1 to 1. Correct the value or the range of 'r2', or remove it.",
      ],
    ],
  ])('%s', (text, expected) => {
    expect(remarks(checks(text, two))).toEqual(expected);
  });
});

describe('requirements that nothing meets together', () => {
  test.each<Row>([
    [
      'require: auc == 0.5\nrequire: auc >= 0.9',
      [
        "10:18 No value of 'auc' meets both 'auc >= 0.9' and 'auc == 0.5' (line 9): no version is ever promoted to 'production'. Remove one of the two, or correct its value.",
      ],
    ],
    [
      'require: auc == 0.5\nrequire: auc == 0.6',
      [
        "10:18 No value of 'auc' meets both 'auc == 0.6' and 'auc == 0.5' (line 9): no version is ever promoted to 'production'. Remove one of the two, or correct its value.",
      ],
    ],
    [
      'require: auc == 0.8\nrequire: auc > 0.8',
      [
        "10:18 No value of 'auc' meets both 'auc > 0.8' and 'auc == 0.8' (line 9): no version is ever promoted to 'production'. Remove one of the two, or correct its value.",
      ],
    ],
    [
      'require: auc == champion\nrequire: auc >= champion + 0.01',
      [
        "10:18 No value of 'auc' meets both 'auc >= champion + 0.01' and 'auc == champion' (line 9): no version is ever promoted to 'production'. Remove one of the two, or correct its value.",
      ],
    ],
    ['require: auc == champion\nrequire: auc >= 0.9', []],
    ['require: auc == 0.5\nrequire: f1 == 0.6', []],
    [
      'require: auc == 0.5\nrequire: auc == 0.50',
      ["10:18 'auc == 0.50' says the same as 'auc == 0.5' (line 9). Remove one of the two."],
    ],
  ])('%s', (text, expected) => {
    expect(remarks(checks(text))).toEqual(expected);
  });
});

describe('a warning of what is refused', () => {
  test.each<Row>([
    [
      'require: auc >= 0.9\nwarn: auc >= 0.85',
      [
        "10:15 'warn: auc >= 0.85' never warns of what may pass: 'auc >= 0.9' (line 9) refuses it already. Remove it, or make it stricter; if the two were meant the other way round, write 'require: auc >= 0.85' and 'warn: auc >= 0.9'.",
      ],
    ],
    [
      '{ warn: auc >= 0.9, name: again }\nrequire: auc >= 0.9',
      [
        "9:17 'warn: auc >= 0.9' never warns of what may pass: 'auc >= 0.9' (line 10) refuses it already. Remove it, or make it stricter.",
      ],
    ],
    [
      'require: loss < champion\nwarn: loss <= champion + 0.1',
      [
        "10:15 'warn: loss <= champion + 0.1' never warns of what may pass: 'loss < champion' (line 9) refuses it already. Remove it, or make it stricter; if the two were meant the other way round, write 'require: loss <= champion + 0.1' and 'warn: loss < champion'.",
      ],
    ],
    ['require: auc >= 0.85\nwarn: auc >= 0.88', []],
    ['require: auc >= 0.85\nwarn: auc > 0.85', []],
    ['require: auc >= 0.85\nwarn: f1 >= 0.8', []],
    ['require: auc >= 0.85\nwarn: auc >= champion - 0.01', []],
  ])('%s', (text, expected) => {
    expect(remarks(checks(text))).toEqual(expected);
  });
});

describe('what is held', () => {
  test.each<Row>([
    [
      'require: auc >= 0.85\nhold_if: auc < 0.8',
      [
        "10:18 'hold_if: auc < 0.8' never holds a version: 'auc >= 0.85' (line 9) refuses already what it would hold. Remove it; if the two values were meant the other way round, write 'require: auc >= 0.8' and 'hold_if: auc < 0.85'.",
      ],
    ],
    [
      'require: auc >= 0.85\nhold_if: auc < 0.85',
      [
        "10:18 'hold_if: auc < 0.85' never holds a version: 'auc >= 0.85' (line 9) refuses already what it would hold. Remove it, or require less.",
      ],
    ],
    [
      'require: auc >= champion - 0.01\nhold_if: auc < champion - 0.02',
      [
        "10:18 'hold_if: auc < champion - 0.02' never holds a version: 'auc >= champion - 0.01' (line 9) refuses already what it would hold. Remove it; if the two values were meant the other way round, write 'require: auc >= champion - 0.02' and 'hold_if: auc < champion - 0.01'.",
      ],
    ],
    [
      'require: auc >= 0.85\nhold_if: auc == 0.5',
      [
        "10:18 'hold_if: auc == 0.5' never holds a version: 'auc >= 0.85' (line 9) refuses already what it would hold. Remove it, or require less.",
      ],
    ],
    [
      'require: auc >= 0.85\nhold_if: auc > 0.5',
      [
        "10:18 'hold_if: auc > 0.5' holds every version that meets 'auc >= 0.85' (line 9). Remove it; if the two values were meant the other way round, write 'require: auc >= 0.5' and 'hold_if: auc > 0.85'. For a person to decide every time, use 'approval'.",
      ],
    ],
    [
      'require: loss <= 0.3\n{ hold_if: loss <= 0.3, name: by hand }',
      [
        "10:20 'hold_if: loss <= 0.3' holds every version that meets 'loss <= 0.3' (line 9). Name a value beyond the required one. For a person to decide every time, use 'approval'.",
      ],
    ],
    ['require: loss <= 0.3\nhold_if: loss < champion', []],
    ['require: auc >= 0.85\nhold_if: auc > 0.95', []],
    ['require: auc >= 0.85\nhold_if: auc == 0.85', []],
    ['require: auc >= 0.85\nhold_if: auc <= 0.85', []],
    ['require: auc >= 0.85\nhold_if: auc < 0.88', []],
    ['warn: auc >= 0.85\nhold_if: auc < 0.8', []],
    ['require: auc >= champion\nhold_if: auc > champion', []],
  ])('%s', (text, expected) => {
    expect(remarks(checks(text))).toEqual(expected);
  });
});

describe('what the range decides', () => {
  test.each<Row>([
    [
      'require: auc >= 1.2',
      [
        "9:18 'auc >= 1.2' can never be met: 'auc' is from 0 to 1. Correct the value or the range of 'auc', or remove it.",
      ],
    ],
    [
      'require: auc > 1',
      [
        "9:18 'auc > 1' can never be met: 'auc' is from 0 to 1. Did you mean 'auc >= 1'? Else correct the range of 'auc', or remove it.",
      ],
    ],
    [
      'require: auc >= 85',
      [
        "9:18 'auc >= 85' can never be met: 'auc' is from 0 to 1. Did you mean 'auc >= 0.85'? Else correct the range of 'auc', or remove it.",
      ],
    ],
    [
      'require: auc >= 0',
      [
        "9:18 'auc >= 0' is always met: 'auc' is from 0 to 1. Did you mean 'auc > 0'? Else correct the range of 'auc', or remove it.",
      ],
    ],
    [
      'require: p99 <= 5000',
      [
        "9:18 'p99 <= 5000' is always met: 'p99' is from 1 to 5000. Did you mean 'p99 < 5000'? Else correct the range of 'p99', or remove it.",
      ],
    ],
    [
      'require: p99 <= 0.5',
      [
        "9:18 'p99 <= 0.5' can never be met: 'p99' is from 1 to 5000. Correct the value or the range of 'p99', or remove it.",
      ],
    ],
    [
      'require: p99 == 9000',
      [
        "9:18 'p99 == 9000' can never be met: 'p99' is from 1 to 5000. Correct the value or the range of 'p99', or remove it.",
      ],
    ],
    [
      'warn: auc >= 1.5',
      [
        "9:15 'warn: auc >= 1.5' always warns: 'auc' is from 0 to 1. Correct the value or the range of 'auc', or remove it.",
      ],
    ],
    [
      'warn: auc >= -1',
      [
        "9:15 'warn: auc >= -1' never warns: 'auc' is from 0 to 1. Correct the value or the range of 'auc', or remove it.",
      ],
    ],
    [
      'hold_if: auc > 1',
      [
        "9:18 'hold_if: auc > 1' never holds a version: 'auc' is from 0 to 1. Did you mean 'auc >= 1'? Else correct the range of 'auc', or remove it.",
      ],
    ],
    [
      'hold_if: auc <= 1',
      [
        "9:18 'hold_if: auc <= 1' holds every version: 'auc' is from 0 to 1. Did you mean 'auc < 1'? Else correct the range of 'auc', or remove it.",
      ],
    ],
    [
      'require: auc >= champion - 1',
      [
        "9:18 'auc >= champion - 1' is always met: 'auc' is from 0 to 1. Did you mean 'auc >= champion - 0.01'? Else correct the range of 'auc', or remove it.",
      ],
    ],
    [
      'require: auc >= launch + 2',
      [
        "9:18 'auc >= launch + 2' can never be met: 'auc' is from 0 to 1. Did you mean 'auc >= launch + 0.02'? Else correct the range of 'auc', or remove it.",
      ],
    ],
    [
      'require: r2 >= champion + 300%',
      [
        "9:18 'r2 >= champion + 300%' cannot be judged while the champion's is 0, and nothing says that 'r2' never is. Write an absolute margin, such as 'r2 >= champion + 3'.",
      ],
    ],
    [
      'require: p99 <= champion - 100%',
      [
        "9:18 'p99 <= champion - 100%' can never be met: 'p99' is from 1 to 5000. Correct the value or the range of 'p99', or remove it.",
      ],
    ],
    [
      'require: auc >= 1.2\nrequire: auc >= 0.9\nwarn: auc >= 0.95',
      [
        "9:18 'auc >= 1.2' can never be met: 'auc' is from 0 to 1. Correct the value or the range of 'auc', or remove it.",
      ],
    ],
    ['require: auc >= 1', []],
    ['require: auc > 0', []],
    ['require: auc >= champion - 0.99', []],
    ['require: auc > champion', []],
    ['require: f1 >= 85', []],
    ['require: cost <= champion + 1000', []],
    ['require: cost <= 0', []],
    ['hold_if: auc >= 1', []],
  ])('%s', (text, expected) => {
    expect(remarks(checks(text))).toEqual(expected);
  });
});

describe('a per cent of what may be 0', () => {
  test.each<Row>([
    [
      'require: cost <= champion + 10%',
      [
        "9:18 'cost <= champion + 10%' cannot be judged while the champion's is 0, and nothing says that 'cost' never is. Give 'cost' a 'min' above 0, such as 'min: 0.001', or write an absolute margin in place of '10%'.",
      ],
    ],
    [
      'require: loss <= champion + 10%',
      [
        "9:18 'loss <= champion + 10%' cannot be judged while the champion's is 0, and nothing says that 'loss' never is. Give 'loss' a 'min' above 0, such as 'min: 0.001', or write an absolute margin in place of '10%'.",
      ],
    ],
    [
      'require: auc >= champion - 1%',
      [
        "9:18 'auc >= champion - 1%' cannot be judged while the champion's is 0, and nothing says that 'auc' never is. Write an absolute margin, such as 'auc >= champion - 0.01', or give 'auc' a 'min' above 0.",
      ],
    ],
    [
      'require: rate <= launch + 20%',
      [
        "9:18 'rate <= launch + 20%' cannot be judged while that of 'launch' is 0, and nothing says that 'rate' never is. Write an absolute margin, such as 'rate <= launch + 0.1', or give 'rate' a 'min' above 0.",
      ],
    ],
    [
      'require: r2 >= champion - 5%',
      [
        "9:18 'r2 >= champion - 5%' cannot be judged while the champion's is 0, and nothing says that 'r2' never is. Write an absolute margin, such as 'r2 >= champion - 0.05'.",
      ],
    ],
    ['require: p99 <= champion + 10%', []],
    ['require: f1 >= champion - 1%', []],
    ['require: debt >= champion - 1%', []],
    ['require: cost <= champion + 10', []],
  ])('%s', (text, expected) => {
    expect(remarks(checks(text))).toEqual(expected);
  });
});

describe('commands', () => {
  test.each<Row>([
    [
      '{ run: ./tests, retry_failures: true }',
      ["9:16 'retry_failures: true' does nothing while 'retries' is 0. Add 'retries: 2', or remove it."],
    ],
    ['{ run: ./tests, retries: 2, retry_failures: true }', []],
    ['{ run: ./tests, retries: 2 }', []],
    [
      '{ run: train, timeout: 8h }',
      [
        "9:16 A 'timeout' of 8h is more than the 6h after which GitHub ends a job on its own runners. Write 'timeout: 5h', unless the runner is yours.",
      ],
    ],
    [
      '{ run: train, timeout: 90m, retries: 5 }',
      [
        "9:16 6 attempts of at most 1h 30m each may take 9h, which is more than the 6h after which GitHub ends a job on its own runners. Write 'timeout: 50m' or fewer retries, unless the runner is yours.",
      ],
    ],
    [
      '{ run: train, retries: 6 }',
      [
        "9:16 7 attempts of at most 1h each may take 7h, which is more than the 6h after which GitHub ends a job on its own runners. Write 'timeout: 40m' or fewer retries, unless the runner is yours.",
      ],
    ],
    ['{ run: train, timeout: 6h }', []],
    ['{ run: train, timeout: 1h, retries: 5 }', []],
    [
      '{ run: train, timeout: 361m }',
      [
        "9:16 A 'timeout' of 6h 1m is more than the 6h after which GitHub ends a job on its own runners. Write 'timeout: 5h', unless the runner is yours.",
      ],
    ],
  ])('%s', (text, expected) => {
    expect(remarks(checks(text))).toEqual(expected);
  });
});

describe('deployments and their like', () => {
  test.each<Row>([
    [
      'deploy: { run: { run: ./d.sh, timeout: 7h } }',
      [
        "10:27 A 'timeout' of 7h is more than the 6h after which GitHub ends a job on its own runners. Write 'timeout: 5h', unless the runner is yours.",
      ],
    ],
    [
      'deploy: { run: ./d.sh, smoke_test: { run: ./s.sh, timeout: 4h, retries: 1 } }',
      [
        "10:47 2 attempts of at most 4h each may take 8h, which is more than the 6h after which GitHub ends a job on its own runners. Write 'timeout: 150m' or fewer retries, unless the runner is yours.",
      ],
    ],
    [
      `deploy: { run: './d.sh prod "$MODEL_URI"', rollback: './d.sh prod "$MODEL_URI"' }`,
      [
        `10:58 'rollback' is the same as 'run': it deploys once more what has failed. Write './d.sh prod "$PREVIOUS_URI"'.`,
      ],
    ],
    [
      `deploy: { run: './d.sh "$MODEL_PATH"', rollback: { run: './d.sh  "$MODEL_PATH"' } }`,
      [
        "10:61 'rollback' is the same as 'run': it deploys once more what has failed. Use PREVIOUS_URI or PREVIOUS_VERSION there.",
      ],
    ],
    [
      `deploy: { run: './d.sh prod "$MODEL_VERSION"', rollback: { run: ./d.sh prod } }`,
      [
        `10:69 'rollback' is 'run' without the version: it does not say what to go back to. Write './d.sh prod "$PREVIOUS_VERSION"'.`,
      ],
    ],
    [`deploy: { run: './d.sh "$MODEL_URI"', rollback: './d.sh "$PREVIOUS_URI"' }`, []],
    [`deploy: { run: './d.sh "$MODEL_URI"', rollback: kubectl rollout undo deployment/churn }`, []],
    ['deploy: { run: ./swap.sh, rollback: ./swap.sh }', []],
    [`deploy: { run: './d.sh "$MODEL_URI"', rollback: './d.sh undo "$MODEL_URI"' }`, []],
    [`deploy: { run: './d.sh "$MODEL_URI"' }`, []],
    [
      'environment: prod\napproval: { environment: approvers, not_author: true }',
      [
        "8:3 'production' is approved by the reviewers of the environment 'approvers', and deploys to 'prod', whose own reviewers do not count. If one environment is meant, write 'approval: { environment: prod, not_author: true }'.",
      ],
    ],
    [
      'environment: prod\napproval: { environment: approvers }',
      [
        "8:3 'production' is approved by the reviewers of the environment 'approvers', and deploys to 'prod', whose own reviewers do not count. If one environment is meant, write 'approval: { environment: prod }'.",
      ],
    ],
    ['environment: prod\napproval: { environment: Prod }', []],
    ['approval: { environment: approvers }', []],
    ['environment: prod\napproval: { reviews: { min: 2, request: ask.yml } }', []],
    [
      'evaluate: { run: ./e.sh }',
      [
        "10:22 What 'evaluate' of 'production' measures decides nothing: no condition there is on a metric with 'from: evaluate'. Declare what it writes to METRICS_FILE, such as 'val_auc: { goal: maximize, from: evaluate }', and add 'require: val_auc >= champion', or remove 'evaluate'.",
      ],
    ],
    ['monitor: { checks: [{ run: ./m.sh }, { require: live >= champion - 0.1 }] }', []],
    ['monitor: { checks: [{ require: auc >= 0.7 }] }', []],
    ['monitor: { checks: [{ require: auc >= launch }] }', []],
    [
      'monitor: { checks: [{ require: auc == 0.5 }, { require: auc >= 0.7 }] }',
      [
        "10:61 No value of 'auc' meets both 'auc >= 0.7' and 'auc == 0.5' (line 10): every version is found bad in 'production'. Remove one of the two, or correct its value.",
      ],
    ],
    [
      'monitor: { checks: [{ require: auc >= 0.7 }, { hold_if: auc >= 0.6 }] }',
      [
        "10:61 'hold_if: auc >= 0.6' holds every version that meets 'auc >= 0.7' (line 10). Remove it; if the two values were meant the other way round, write 'require: auc >= 0.6' and 'hold_if: auc >= 0.7'.",
      ],
    ],
  ])('%s', (text, expected) => {
    expect(remarks(production(text))).toEqual(expected);
  });
});

describe('evaluate', () => {
  test.each<Row>([
    [
      'production:\n  evaluate: { run: ./e.sh }\n  checks: [{ require: auc >= 0.8 }]\n  monitor: { checks: [{ run: ./m.sh }] }',
      [
        "8:22 What 'evaluate' of 'production' measures decides nothing: no condition there is on a metric with 'from: evaluate'. Declare what it writes to METRICS_FILE, such as 'val_auc: { goal: maximize, from: evaluate }', and add 'require: val_auc >= champion', or remove 'evaluate'.",
      ],
    ],
    [
      'production:\n  evaluate: { run: ./e.sh, for: [candidate] }\n  checks: [{ require: auc >= 0.8 }]\nother:\n  after: production\n  evaluate: { run: ./e.sh }\n  checks: [{ require: val_auc >= 0.8 }]',
      [
        "8:22 What 'evaluate' of 'production' measures decides nothing: no condition there is on a metric with 'from: evaluate'. Add a check such as 'require: val_auc >= NUMBER', or remove 'evaluate'.",
      ],
    ],
    ['production:\n  evaluate: { run: ./e.sh }\n  checks: [{ require: val_auc >= champion }]', []],
    [
      'production:\n  evaluate: { run: ./e.sh }\n  checks: [{ require: auc >= 0.8 }]\n  monitor: { checks: [{ require: val_auc >= 0.8 }] }',
      [],
    ],
  ])('%s', (text, expected) => {
    expect(remarks(stages(text))).toEqual(expected);
  });
});

describe('stages', () => {
  test.each<Row>([
    [
      'staging: {}\nproduction: { after: staging, checks: [{ require: auc >= 0.8 }] }',
      [
        "7:3 Stage 'staging' has no check: a promotion to it proves nothing and ends in an error. Add one, such as 'checks: [{ require: auc >= 0.8 }]'.",
        "8:3 Stage 'production' comes after 'staging', which has no check: no version is promoted so far. Give 'staging' a check, or remove 'after: staging'.",
      ],
    ],
    [
      'dev:\n  monitor: { checks: [{ run: x }] }\nstaging: { after: dev, checks: [{ run: x }] }\nproduction: { after: staging, checks: [{ run: x }] }',
      [
        `7:3 Stage 'dev' has no check: a promotion to it proves nothing and ends in an error. Add one, such as 'checks: [{ run: ./test.sh "$MODEL_URI" }]'.`,
        "9:3 Stage 'staging' comes after 'dev', which has no check: no version is promoted so far. Give 'dev' a check, or remove 'after: dev'.",
        "10:3 Stage 'production' comes after 'dev', which has no check: no version is promoted so far. Give 'dev' a check.",
      ],
    ],
    [
      'production: { approval: { environment: production } }',
      [
        `7:3 Stage 'production' has no check: a promotion to it proves nothing and ends in an error. Add one, such as 'checks: [{ run: ./test.sh "$MODEL_URI" }]'.`,
      ],
    ],
    ['staging: { checks: [{ run: x }] }\nproduction: { after: staging, checks: [{ require: auc >= 0.8 }] }', []],
    [
      'staging: { checks: [{ require: auc >= 0.7 }] }\nproduction: { checks: [{ require: auc >= 0.8 }] }',
      [
        "8:3 'production' comes after no stage: a version can take it without having passed 'staging'. Add 'after: staging'.",
      ],
    ],
    [
      'dev: { checks: [{ run: x }] }\nempty: {}\nproduction: { checks: [{ run: x }] }',
      [
        `8:3 Stage 'empty' has no check: a promotion to it proves nothing and ends in an error. Add one, such as 'checks: [{ run: ./test.sh "$MODEL_URI" }]'.`,
        "9:3 'production' comes after no stage: a version can take it without having passed 'dev'. Add 'after: dev'.",
      ],
    ],
    ['production: { checks: [{ run: x }] }', []],
  ])('%s', (text, expected) => {
    expect(remarks(stages(text))).toEqual(expected);
  });
});

describe('stages and a champion that is not the last', () => {
  test.each<Row>([
    ['production: { checks: [{ run: x }] }\ncanary: { after: production, checks: [{ run: x }] }', []],
    ['canary: { after: production, checks: [{ run: x }] }\nproduction: { checks: [{ run: x }] }', []],
    [
      'staging: { checks: [{ run: x }] }\nproduction: { checks: [{ run: x }] }\ncanary: { after: production, checks: [{ run: x }] }',
      [
        "9:3 'production' comes after no stage: a version can take it without having passed 'staging'. Add 'after: staging'.",
      ],
    ],
  ])('%s', (text, expected) => {
    expect(remarks(stages(text, `${one}\nchampion: production`))).toEqual(expected);
  });
});

describe('the first promotion', () => {
  // It is promoted, and the report says that nothing was compared: that is no mistake of the policy.
  test.each<Row>([
    [
      'staging: { checks: [{ require: auc >= 0.80 }] }\nproduction: { after: staging, checks: [{ require: auc >= champion }, { warn: auc >= champion + 0.1 }] }',
      [],
    ],
    ['production: { checks: [{ require: cost <= champion }] }', []],
    ['production: { checks: [{ require: auc >= champion }, { run: x }] }', []],
    ['production: { checks: [{ require: auc >= launch }] }', []],
  ])('%s', (text, expected) => {
    expect(remarks(stages(text, `${one}\nchampion: production\nfirst_promotion: allow`))).toEqual(expected);
  });
});

describe('the first promotion, held', () => {
  test.each<Row>([['production: { checks: [{ require: auc >= champion }] }', []]])('%s', (text, expected) => {
    expect(remarks(stages(text))).toEqual(expected);
  });
});

describe('metrics that decide nothing', () => {
  const unused = (metrics: string, root = ''): string => `version: 1
registry: { type: mlflow }
model: churn
metrics:
  ${metrics}
stages:
  production: { checks: [{ require: auc >= 0.8 }], monitor: { checks: [{ require: live <= 3 }] } }
${root}`;
  const used = 'auc: { goal: maximize }\n  live: { goal: minimize }';
  test.each<[metrics: string, root: string, expected: string[]]>([
    [
      `loss: { goal: minimize }\n  ${used}`,
      '',
      [
        "5:3 No condition uses 'loss': it decides nothing. Add a check such as 'require: loss <= champion', or remove it.",
      ],
    ],
    [
      `${used}\n  f1: { goal: maximize }\n  f2: { goal: maximize }`,
      'best: { metric: f1, passed: production }',
      ["8:3 No condition uses 'f2': it decides nothing. Add a check such as 'require: f2 >= champion', or remove it."],
    ],
    [used, '', []],
    [`${used}\n  f1: { goal: maximize }`, 'best: { metric: f1, tag: good }', []],
  ])('%s', (metrics, root, expected) => {
    expect(remarks(unused(metrics, root))).toEqual(expected);
  });
});

test('a policy that uses everything has no remark', () => {
  const text = `version: 1
registry: { type: mlflow }
model: churn
metrics:
  auc: { goal: maximize, min: 0, max: 1 }
  p99_ms: { goal: minimize, min: 1, from: file, path: reports/latency.json, pointer: /p99 }
  val_auc: { goal: maximize, key: 'val auc (5-fold)', from: evaluate }
stages:
  staging:
    checks:
      - { name: unit tests, run: pytest -q tests/model, timeout: 15m, retries: 1, error_codes: [2, 3, 4, 5] }
      - require: auc >= 0.85
      - warn: auc >= 0.88
  production:
    after: staging
    environment: production
    evaluate: { run: 'python evaluate.py --model "$MODEL_URI" --out "$METRICS_FILE"', pass_env: [registry] }
    checks:
      - require: val_auc >= champion - 0.005
      - require: p99_ms <= champion + 10%
      - hold_if: val_auc > champion + 0.05
    approval: { environment: production, not_author: true }
    deploy: { run: './deploy.sh "$MODEL_URI"', smoke_test: ./smoke.sh, rollback: './deploy.sh "$PREVIOUS_URI"' }
    monitor: { checks: [{ run: ./monitor.sh, retries: 3 }], then: rollback }
`;
  expect(remarks(text)).toEqual([]);
});

test('remarks stand in the order of the file, and one on what several stages share is made once', () => {
  const text = stages(`staging:
  checks: &shared
    - { run: x, retry_failures: true }
    - require: auc >= 0.9
    - warn: auc >= 0.85
production: { checks: *shared }`);
  expect(remarks(text).map((remark) => remark.slice(0, 20))).toEqual([
    "9:16 'retry_failures",
    "11:15 'warn: auc >= ",
    "12:3 'production' co",
  ]);
});

describe('what a remark says of conditions is so for every value', () => {
  const grid = ['0', '0.1', '0.49', '0.5', '0.51', '0.7', '0.71', '0.89', '0.9', '0.91', '0.99', '1'];
  const lookup = (value: string): Lookup => ({ reading: { value: Number(value), origin: 'run' } });

  const judge = (policy: Policy, check: ConditionCheck, value: string, champion: string): ConditionResult =>
    judgeCondition(
      check,
      policy.metrics.get('auc')!,
      lookup(value),
      { kind: 'champion', version: '1', lookup: lookup(champion) },
      new Map(),
    );

  const value = fc.constantFrom('0', '0.5', '0.7', '0.9', '1', '1.2', 'champion', 'champion - 0.2', 'champion + 0.01');
  const operand = fc.oneof(value, fc.constantFrom('champion - 1', 'champion - 20%', 'champion + 1%', 'champion + 2'));
  const upward = fc.constantFrom('>=', '>', '==');
  const check = fc.oneof(
    fc.tuple(fc.constantFrom('require', 'require', 'warn'), upward, operand),
    fc.tuple(fc.constant('hold_if'), fc.constantFrom('>=', '>', '<=', '<', '=='), operand),
  );
  const policies = fc
    .array(check, { minLength: 1, maxLength: 4 })
    .map((list) =>
      load(
        checks(
          list
            .map(([kind, operator, right], index) => `{ name: c${index}, ${kind}: auc ${operator} ${right} }`)
            .join('\n'),
        ),
      ),
    );

  /** By the words of a remark, what must be so of the check's result and of the decision by all and without it. */
  const claims: readonly (readonly [RegExp, (own: ConditionResult, all: string, without: string) => boolean])[] = [
    [/adds nothing|says the same|is always met|never (warns|holds)/, (_, all, without) => all === without],
    [/can never be met/, (own) => own.outcome === 'failed'],
    [/always warns/, (own) => own.outcome === 'warned'],
    [/holds every version:/, (own) => own.outcome === 'inconclusive'],
    [/holds every version that/, (_, all) => all !== 'promote'],
    [/^No value/, (_, all) => all === 'reject'],
    [/cannot be judged/, () => true],
  ];

  test('claims hold', () => {
    let told = 0;
    fc.assert(
      fc.property(policies, (policy) => {
        const conditions = [...policy.stages.values()].flatMap(({ checks: all }) =>
          all.filter((each) => each.kind === 'condition'),
        );
        for (const { message, at } of lintRemarks(policy)) {
          const own = conditions.findIndex((each) => each.at.line === at?.line);
          const [, holds] = claims.find(([words]) => words.test(message)) ?? [];
          expect({ message, known: holds !== undefined }).toEqual({ message, known: true });
          told += 1;
          // A check alone decides otherwise when it is gone: nothing would be evaluated.
          if (conditions.length === 1 && /always met|never/.test(message)) continue;
          for (const candidate of grid) {
            for (const champion of grid.slice(1)) {
              const results = conditions.map((each) => judge(policy, each, candidate, champion));
              const without = results.filter((_, index) => index !== own);
              const so = holds?.(results[own]!, decide(results).decision, decide(without).decision);
              expect({ message, candidate, champion, so }).toEqual({ message, candidate, champion, so: true });
            }
          }
        }
      }),
      { numRuns: 300 },
    );
    expect(told).toBeGreaterThan(100);
  });
});

describe('a JUnit report', () => {
  const junit = (checks: string, metrics: string): string => `version: 1
registry: { type: mlflow }
model: churn
metrics: { n: { goal: minimize, from: file, path: r.xml, count: failures }${metrics} }
stages: { production: { checks: [${checks}] } }
`;
  test('whose errors no check looks at', () => {
    expect(remarks(junit('{ require: n == 0 }', '')).join()).toContain(
      "'n == 0' does not see tests that could not run: no check looks at the 'errors' of r.xml, and 'failures' does not count them. Judge 'n' by 'count: failed' (failures and errors), or add a check on 'count: errors'.",
    );
  });

  test.each(['errors', 'failed'])('whose %s a check looks at', (count) => {
    const other = `, e: { goal: minimize, from: file, path: r.xml, count: ${count} }`;
    expect(remarks(junit('{ require: n == 0 }, { require: e == 0 }', other)).join()).not.toContain('could not run');
  });
});
