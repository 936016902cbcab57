import type { Condition, Operand, Operator } from './condition.js';

/** A condition that could not be read: why, and at which character (0-based) of the text. */
export interface ConditionProblem {
  readonly message: string;
  readonly index: number;
}

/** What can name a metric in a condition. */
export const metricId = /^[A-Za-z_][A-Za-z0-9_./@]*$/;
const number = /^[+-]?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d{1,3})?$/;
const operators: readonly string[] = ['>=', '>', '<=', '<', '=='];
const form =
  "A condition is 'metric operator value' with blanks between, e.g. 'auc >= 0.85', 'auc >= champion - 0.005', 'p99_ms <= champion + 10%'.";

interface Word {
  readonly text: string;
  readonly index: number;
}

/**
 * Reads one condition: `id op value`, where value is a number, `vars.x`, `champion`, `champion ± number`
 * or `champion ± N%`. Never throws; a mistake says what was found, what is allowed and where.
 */
export function parseCondition(text: string): Condition | ConditionProblem {
  const words: Word[] = [...text.matchAll(/\S+/g)].map((match) => ({ text: match[0], index: match.index }));
  const [metric, operator, ...rest] = words;
  if (metric === undefined) return { message: `The condition is empty. ${form}`, index: 0 };
  const glued = /^([^<>=]+)(>=|<=|==|=|>|<)/.exec(metric.text);
  if (glued !== null) {
    const said = text.trim();
    const cure = said.replace(/\s*(>=|<=|==|=|>|<)\s*/, (_, found: string) => ` ${found === '=' ? '==' : found} `);
    return { message: `'${said}' needs blanks around the operator. Write '${cure}'.`, index: metric.index };
  }
  if (!metricId.test(metric.text)) {
    return {
      message: `'${metric.text}' cannot name a metric in a condition: letters, digits and _ . / @, not starting with a digit. Declare it under 'metrics' with an id of that form and its real name as 'key'.`,
      index: metric.index,
    };
  }
  if (operator === undefined)
    return { message: `'${text.trim()}' compares with nothing. ${form}`, index: metric.index };
  if (!operators.includes(operator.text)) {
    const cure = operator.text === '=' || operator.text === '===' ? " For equality write '=='." : '';
    return {
      message: `'${operator.text}' is not an operator. Allowed: ${operators.join(' ')}.${cure}`,
      index: operator.index,
    };
  }
  const operand = parseOperand(rest, operator);
  if ('message' in operand) return operand;
  return {
    metric: metric.text,
    operator: operator.text as Operator,
    operand,
    text: words.map((word) => word.text).join(' '),
  };
}

function parseOperand(words: readonly Word[], operator: Word): Operand | ConditionProblem {
  const [first, sign, amount, extra] = words;
  if (first === undefined) {
    return { message: `Nothing follows '${operator.text}'. ${form}`, index: operator.index };
  }
  if (first.text === 'champion') {
    if (sign === undefined) return { kind: 'champion', percent: false };
    if ((sign.text !== '+' && sign.text !== '-') || amount === undefined) {
      return {
        message: `After 'champion' comes '+' or '-' and a number or per cent, each with blanks around, e.g. 'champion - 0.005'; found '${words
          .slice(1)
          .map((word) => word.text)
          .join(' ')}'.`,
        index: sign.index,
      };
    }
    if (extra !== undefined) return trailing(extra);
    const percent = amount.text.endsWith('%');
    const digits = percent ? amount.text.slice(0, -1) : amount.text;
    if (!number.test(digits) || /^[+-]/.test(digits)) return notANumber({ text: digits, index: amount.index });
    return { kind: 'champion', offset: `${sign.text === '-' ? '-' : ''}${digits}`, percent };
  }
  if (sign !== undefined) return trailing(sign);
  const glued = /^champion([+-])(.+)$/.exec(first.text);
  if (glued !== null) {
    return {
      message: `Write 'champion ${glued[1] ?? ''} ${glued[2] ?? ''}', with blanks around the sign.`,
      index: first.index,
    };
  }
  const variable = /^vars\.([A-Za-z_][A-Za-z0-9_]*)$/.exec(first.text);
  if (variable?.[1] !== undefined) return { kind: 'variable', name: variable[1] };
  if (first.text.endsWith('%') && number.test(first.text.slice(0, -1))) {
    return {
      message: `'${first.text}' is a per cent of what? Write 'champion + ${first.text}', or the number itself.`,
      index: first.index,
    };
  }
  if (!number.test(first.text)) return notANumber(first);
  return { kind: 'number', value: first.text };
}

function trailing(word: Word): ConditionProblem {
  return {
    message: `'${word.text}' is one word too many: a condition compares one metric with one value. Several conditions are a list, and all of them must hold.`,
    index: word.index,
  };
}

function notANumber(word: Word): ConditionProblem {
  const point = /^[+-]?\d+,\d+$/.test(word.text)
    ? ` Decimals are written with a point: ${word.text.replace(',', '.')}.`
    : '';
  const missing = /^\+|nan|inf/i.test(word.text)
    ? ''
    : ` A value is a number, 'vars.NAME', 'champion', or 'champion' plus or minus a number or per cent.`;
  return { message: `'${word.text}' is not a number.${point === '' ? missing : point}`, index: word.index };
}
