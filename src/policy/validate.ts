import { Ajv } from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import schema from '../../schema/policy.schema.json' with { type: 'json' };
import type { Problem } from '../errors.js';
import { nearest, whatExists } from '../nearest.js';
import type { Path, PolicyDocument } from './document.js';

type ParentSchema = Readonly<Record<string, unknown>>;

/** Compiled once: that takes longer than many validations. */
let compiled: ValidateFunction | undefined;

function compileSchema(): ValidateFunction {
  const ajv = new Ajv({ allErrors: true, verbose: true, strict: true, strictRequired: false, allowUnionTypes: true });
  ajv.addKeyword('x-message');
  return ajv.compile(schema);
}

/** Holds the document against the one schema; every mistake, each with its place, in the order of the file. */
export function validate(document: PolicyDocument): readonly Problem[] {
  compiled ??= compileSchema();
  const check = compiled;
  if (check(document.data)) return [];
  const errors = check.errors ?? [];
  const problems = errors.filter((error) => !isPartOfAnother(error, errors)).map((error) => explain(error, document));
  return unique(problems).sort((a, b) => order(a) - order(b));
}

/** The branches of a `oneOf` or `anyOf` each complain; only the whole is of use to a reader. */
function isPartOfAnother(error: ErrorObject, errors: readonly ErrorObject[]): boolean {
  const branch = /^(.*\/(?:oneOf|anyOf))\/\d+\//.exec(error.schemaPath)?.[1];
  if (branch !== undefined && errors.some((other) => other.schemaPath === branch)) return true;
  // A key that is no name is told by `propertyNames` once, with its pattern.
  return error.keyword === 'pattern' && error.propertyName !== undefined;
}

function explain(error: ErrorObject, document: PolicyDocument): Problem {
  const path = toPath(error.instancePath, document.data);
  const where = path.length === 0 ? 'the policy' : `'${path.join('.')}'`;
  const params: Readonly<Record<string, unknown>> = error.params;
  const parent = (error.parentSchema ?? {}) as ParentSchema;
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      const known = Object.keys(parent['properties'] ?? {});
      const at = document.locateKey([...path, key]);
      const comma = /^\d+$/.test(key)
        ? ' Decimals are written with a point, as in 0.5: a comma begins the next key.'
        : '';
      return { message: `Unknown key '${key}' in ${where}.${comma} ${whatExists('keys', key, known)}`, at };
    }
    case 'required': {
      const key = String(params['missingProperty']);
      return { message: `${capitalised(where)} lacks '${key}'.`, at: document.locate(path) };
    }
    case 'propertyNames': {
      const key = String(params['propertyName']);
      return {
        message: `'${key}' cannot be a key of ${where}: ${patternInWords(path)}`,
        at: document.locateKey([...path, key]),
      };
    }
    case 'dependencies': {
      const key = String(params['property']);
      return {
        message: `'${key}' belongs to a command, and ${where} has no 'run'.`,
        at: document.locateKey([...path, key]),
      };
    }
    case 'oneOf':
    case 'anyOf':
      return {
        message: `${String(parent['x-message'])}${found(error.data)}`,
        at: document.locate(path),
      };
    case 'enum':
    case 'const': {
      const allowed = (params['allowedValues'] ?? [params['allowedValue']]) as readonly unknown[];
      const guess = nearest(String(error.data), allowed.map(String));
      return {
        message: `${capitalised(where)} is ${shown(error.data)}; allowed: ${allowed.map(shown).join(', ')}.${guess === undefined ? '' : ` Did you mean '${guess}'?`}`,
        at: document.locate(path),
      };
    }
    case 'type':
      return { message: `${capitalised(where)} ${wrongType(error.data, params['type'])}`, at: document.locate(path) };
    case 'pattern':
      return {
        message: `${capitalised(where)} is ${shown(error.data)}; expected ${describePattern(path, parent)}`,
        at: document.locate(path),
      };
    default:
      return { message: `${capitalised(where)} ${error.message ?? 'is not allowed'}.`, at: document.locate(path) };
  }
}

function wrongType(data: unknown, expected: unknown): string {
  const wanted = (Array.isArray(expected) ? expected.map(String) : [String(expected)]).filter(
    (type) => type !== 'null',
  );
  const names: Readonly<Record<string, string>> = {
    object: 'a mapping (key: value lines)',
    array: 'a list',
    string: 'text',
    number: 'a number',
    integer: 'a whole number',
    boolean: 'true or false',
  };
  const base = `is ${shown(data)}; expected ${wanted.map((type) => names[type] ?? type).join(' or ')}.`;
  if (wanted.includes('boolean') && typeof data === 'string' && /^(yes|on|no|off)$/i.test(data)) {
    return `${base} In YAML 1.2 '${data}' is text: write ${/^(yes|on)$/i.test(data) ? 'true' : 'false'}.`;
  }
  if ((wanted.includes('number') || wanted.includes('integer')) && typeof data === 'string') {
    if (/^[+-]?\d+,\d+$/.test(data)) return `${base} Decimals are written with a point: ${data.replace(',', '.')}.`;
    if (/^[+-]?[\d.]+$/.test(data)) return `${base} Remove the quotes.`;
  }
  if (wanted.includes('string') && (typeof data === 'number' || typeof data === 'boolean')) {
    return `${base} A ${typeof data === 'number' ? 'number' : 'truth value'} stands where text belongs: quote it, '${String(data)}'.`;
  }
  return base;
}

function describePattern(path: Path, parent: ParentSchema): string {
  const key = path.at(-1);
  if (key === 'uri') return 'a URL that begins with http:// or https://.';
  if (key === 'pointer') return "a JSON pointer such as '/metrics/auc'.";
  return typeof parent['description'] === 'string' ? parent['description'] : 'another form.';
}

function patternInWords(path: Path): string {
  if (path[0] === 'metrics') {
    return "a metric's id has letters, digits and _ . / @ and does not start with a digit; a metric with another name gets it through 'key'.";
  }
  if (path[0] === 'stages') return 'a stage has letters, digits, - and _, and begins and ends with a letter or digit.';
  return 'letters, digits and _, not starting with a digit.';
}

/** A JSON pointer as a path: numbers only where the data has a list. */
function toPath(pointer: string, data: unknown): Path {
  if (pointer === '') return [];
  let here: unknown = data;
  return pointer
    .slice(1)
    .split('/')
    .map((part) => {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      const step = Array.isArray(here) ? Number(key) : key;
      here = (here as Record<string | number, unknown> | undefined)?.[step];
      return step;
    });
}

function shown(data: unknown): string {
  if (Array.isArray(data)) return 'a list';
  if (data === null) return 'empty';
  if (typeof data === 'object') return 'a mapping';
  const text = JSON.stringify(data);
  return (text.length > 80 ? `${text.slice(0, 79)}…` : text).replaceAll('"', "'");
}

function found(data: unknown): string {
  if (data === null || typeof data !== 'object') return ` Found ${shown(data)}.`;
  if (Array.isArray(data)) return '';
  const keys = Object.keys(data);
  return keys.length === 0
    ? ''
    : ` Found: ${keys
        .slice(0, 12)
        .map((key) => `'${key}'`)
        .join(', ')}.`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function unique(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = `${problem.at?.line ?? 0}:${problem.at?.column ?? 0}:${problem.message}`;
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

function order(problem: Problem): number {
  return (problem.at?.line ?? 0) * 10_000 + (problem.at?.column ?? 0);
}
