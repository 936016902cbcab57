import { closestName, listKnownNames } from '../domain/suggest.js';
import type { Condition, Margin, Operand, Operator } from '../domain/condition.js';

/** A condition that could not be read: why, and at which character (0-based) of the text. */
export interface ConditionProblem {
  readonly message: string;
  readonly index: number;
}

/** What can name a metric in a condition. */
export const metricId = /^[A-Za-z_](?:[A-Za-z0-9_./@]|\{[A-Za-z_][A-Za-z0-9_]*\})*$/;
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
 * or `champion ± N%`, or the same of an anchor. Never throws; a mistake says what was found, what is allowed and where.
 * @param anchors the names of the policy's anchors
 */
export function parseCondition(text: string, anchors: readonly string[] = []): Condition | ConditionProblem {
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
  const meant = operatorMeant(words.slice(1));
  if (meant !== undefined) {
    const cure = [metric.text, meant.operator, ...meant.rest].join(' ');
    return {
      message: `'${meant.found}' is not an operator. Did you mean '${meant.operator}'? Write '${cure}'.`,
      index: operator.index,
    };
  }
  if (!operators.includes(operator.text)) {
    const cure = operator.text === '=' || operator.text === '===' ? " For equality write '=='." : '';
    return {
      message: `'${operator.text}' is not an operator. Allowed: ${operators.join(' ')}.${cure}`,
      index: operator.index,
    };
  }
  const operand = parseOperand(rest, operator, anchors);
  if ('message' in operand) return operand;
  return {
    metric: metric.text,
    operator: operator.text as Operator,
    operand,
    text: words.map((word) => word.text).join(' '),
  };
}

function parseOperand(words: readonly Word[], operator: Word, anchors: readonly string[]): Operand | ConditionProblem {
  const [first, sign] = words;
  if (first === undefined) {
    return { message: `Nothing follows '${operator.text}'. ${form}`, index: operator.index };
  }
  if (first.text === 'champion' || anchors.includes(first.text)) {
    const margin = parseMargin(first, words.slice(1));
    if ('message' in margin) return margin;
    return first.text === 'champion'
      ? { kind: 'champion', ...margin }
      : { kind: 'anchor', name: first.text, ...margin };
  }
  if (sign !== undefined && /^[+-]$/.test(sign.text) && /^[A-Za-z_]\w*$/.test(first.text)) {
    const others = ['champion', ...anchors];
    return {
      message: `'${first.text}' is no version to compare with. ${listKnownNames('ones', first.text, others)}`,
      index: first.index,
    };
  }
  if (/^[+-]$/.test(first.text) && sign !== undefined && number.test(sign.text)) {
    const value = first.text === '-' ? `-${sign.text}` : sign.text;
    return { message: `'${first.text} ${sign.text}' is two words. Write '${value}'.`, index: first.index };
  }
  if (sign !== undefined) return trailing(sign);
  const glued = /^(\w+)([+-])(.+)$/.exec(first.text);
  if (glued !== null && ['champion', ...anchors].includes(glued[1] ?? '')) {
    return {
      message: `Write '${glued.slice(1).join(' ')}', with blanks around the sign.`,
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
  const known = ['champion', ...anchors];
  if (!number.test(first.text)) return notANumber(first, closestName(first.text, known));
  return { kind: 'number', value: first.text };
}

/** How people write the operators elsewhere. */
const otherwise: Readonly<Record<string, string>> = { '=>': '>=', '=<': '<=', '≥': '>=', '≤': '<=', '===': '==' };

/** The operator that was meant by one in two pieces, one turned round, or one stuck to its value. */
function operatorMeant([first, second, ...others]: readonly Word[]):
  { readonly found: string; readonly operator: string; readonly rest: readonly string[] } | undefined {
  if (first === undefined) return undefined;
  const texts = others.map(({ text }) => text);
  const joined = `${first.text}${second?.text ?? ''}`;
  const isOne = /^[<>=]$/.test(first.text) && /^=+$/.test(second?.text ?? '');
  const whole = isOne ? (otherwise[joined] ?? joined) : undefined;
  if (whole !== undefined && operators.includes(whole)) {
    return { found: `${first.text} ${second?.text ?? ''}`, operator: whole, rest: texts };
  }
  const rest = second === undefined ? texts : [second.text, ...texts];
  if (Object.hasOwn(otherwise, first.text)) return { found: first.text, operator: otherwise[first.text] ?? '', rest };
  const [, stuck, value] = /^(>=|<=|==|=>|=<|[≥≤><])([^<>=].*)$/.exec(first.text) ?? [];
  if (stuck === undefined || value === undefined) return undefined;
  return { found: first.text, operator: otherwise[stuck] ?? stuck, rest: [value, ...rest] };
}

function parseMargin(other: Word, [sign, amount, extra]: readonly Word[]): Margin | ConditionProblem {
  if (sign === undefined) return { percent: false };
  if ((sign.text !== '+' && sign.text !== '-') || amount === undefined) {
    const found = [sign, amount, extra].flatMap((word) => word?.text ?? []).join(' ');
    const [, stuck, rest = ''] = /^([+-])(.+)$/.exec(found) ?? [];
    const meant = number.test(rest.replace(/%$/, '').trim()) ? `${stuck ?? ''} ${rest.trim()}` : undefined;
    const cure = meant === undefined ? '' : ` Write '${other.text} ${meant}'.`;
    return {
      message: `After '${other.text}' comes '+' or '-' and a number or per cent, each with blanks around, e.g. '${other.text} - 0.005'; found '${found}'.${cure}`,
      index: sign.index,
    };
  }
  if (extra !== undefined) return trailing(extra);
  const percent = amount.text.endsWith('%');
  const digits = percent ? amount.text.slice(0, -1) : amount.text;
  if (!number.test(digits) || /^[+-]/.test(digits)) return notANumber({ text: digits, index: amount.index });
  return { offset: `${sign.text === '-' ? '-' : ''}${digits}`, percent };
}

function trailing(word: Word): ConditionProblem {
  return {
    message: `'${word.text}' is one word too many: a condition compares one metric with one value. Several conditions are a list, and all of them must hold.`,
    index: word.index,
  };
}

function notANumber(word: Word, meant?: string): ConditionProblem {
  if (meant !== undefined) {
    return { message: `'${word.text}' is not a number. Did you mean '${meant}'?`, index: word.index };
  }
  const point = /^[+-]?\d+,\d+$/.test(word.text)
    ? ` Decimals are written with a point: ${word.text.replace(',', '.')}.`
    : '';
  const missing = /^\+|nan|inf/i.test(word.text)
    ? ''
    : ` A value is a number, 'vars.NAME', 'champion', or 'champion' plus or minus a number or per cent.`;
  return { message: `'${word.text}' is not a number.${point === '' ? missing : point}`, index: word.index };
}
