import { Ajv } from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import type { Problem } from '../domain/errors.js';
import { closestName, listKnownNames } from '../domain/suggest.js';
import { isForbidden, type Path, type PolicyDocument } from './document.js';
import { lineToAdd } from './missing-key.js';
import { policySchema } from './schema.js';
import type { PolicyTables } from './tables.js';

type ParentSchema = Readonly<Record<string, unknown>>;

/** So many of the schema's errors are looked at; one mistake may be several. */
const most = 100;

/** Compiled once: that takes longer than many validations. */
const compiled = new WeakMap<PolicyTables, ValidateFunction>();

function compileSchema(tables: PolicyTables): ValidateFunction {
  const ajv = new Ajv({ allErrors: true, verbose: true, strict: true, strictRequired: false, allowUnionTypes: true });
  ajv.addKeyword('x-message');
  const validator = ajv.compile(policySchema(tables));
  compiled.set(tables, validator);
  return validator;
}

/** Holds the document against the one schema; every mistake, each with its place, in the order of the file. */
export function validate(document: PolicyDocument, tables: PolicyTables): readonly Problem[] {
  const check = compiled.get(tables) ?? compileSchema(tables);
  if (check(document.data)) return [];
  const errors = check.errors ?? [];
  // One mistake can be thousands, each of which is held against the others: as many as anybody will mend.
  const first = errors.slice(0, most);
  const problems = first
    .filter((error) => !isPartOfAnother(error, first))
    .map((error) => explain(error, document, tables));
  return unique(problems).sort((a, b) => order(a) - order(b));
}

/** The branches of a `oneOf` or `anyOf` each complain; only the whole is of use to a reader. */
function isPartOfAnother(error: ErrorObject, errors: readonly ErrorObject[]): boolean {
  if (follows(error, errors)) return true;
  const branch = /^(.*\/(?:oneOf|anyOf))\/\d+\//.exec(error.schemaPath)?.[1];
  if (branch !== undefined && errors.some((other) => other.schemaPath === branch)) return true;
  if (
    error.keyword === 'additionalProperties' &&
    isForbidden(String((error.params as { additionalProperty: unknown }).additionalProperty))
  ) {
    return true; // told by the document
  }
  // A key that is no name is told by `propertyNames` once, with its pattern.
  return error.keyword === 'pattern' && error.propertyName !== undefined;
}

/** What is only the consequence of a misspelt key: `gaol` for `goal` is not also a lack of `goal`. */
function follows(error: ErrorObject, errors: readonly ErrorObject[]): boolean {
  const meant = errors.flatMap((other) => {
    if (other.keyword !== 'additionalProperties' || other.instancePath !== error.instancePath) return [];
    const key = (other.params as { additionalProperty: string }).additionalProperty;
    return [closestName(key, Object.keys((other.parentSchema as ParentSchema)['properties'] ?? {}))];
  });
  const params = error.params as Readonly<Record<string, unknown>>;
  switch (error.keyword) {
    case 'required':
      return meant.includes(String(params['missingProperty']));
    case 'oneOf':
      if (error.data === null || typeof error.data !== 'object') return true; // its type is told
      return (
        branchesOf(error).every((key) => !isIn(error.data, key)) && branchesOf(error).some((key) => meant.includes(key))
      );
    case 'dependencies':
      // Where the check does nothing at all, that is what is wrong with it.
      return (
        meant.includes('run') ||
        errors.some(
          (other) =>
            other.keyword === 'oneOf' &&
            other.instancePath === error.instancePath &&
            branchesOf(other).every((key) => !isIn(error.data, key)),
        )
      );
    default:
      // The value of a key that cannot be one.
      return errors.some(
        (other) =>
          other.keyword === 'propertyNames' &&
          error.instancePath ===
            `${other.instancePath}/${pointerPart(String((other.params as { propertyName: unknown }).propertyName))}`,
      );
  }
}

function pointerPart(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The keys that the branches of a `oneOf` ask for. */
function branchesOf(error: ErrorObject): readonly string[] {
  return Array.isArray(error.schema)
    ? (error.schema as readonly { readonly required?: readonly string[] }[]).flatMap((branch) => branch.required ?? [])
    : [];
}

function isIn(data: unknown, key: string): boolean {
  return data !== null && typeof data === 'object' && Object.hasOwn(data, key);
}

function explain(error: ErrorObject, document: PolicyDocument, tables: PolicyTables): Problem {
  const path = toPath(error.instancePath, document.data);
  const where = path.length === 0 ? 'the policy' : `'${path.join('.')}'`;
  const params: Readonly<Record<string, unknown>> = error.params;
  const parent = (error.parentSchema ?? {}) as ParentSchema;
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      const known = Object.keys(parent['properties'] ?? {});
      const at = document.locateKey([...path, key]);
      return { message: `Unknown key '${key}' in ${where}.${comma(key)} ${listKnownNames('keys', key, known)}`, at };
    }
    case 'required': {
      const key = String(params['missingProperty']);
      const line = lineToAdd(key, path, document.data, tables);
      return { message: `${capitalised(where)} lacks '${key}'.${line}`, at: document.locate(path) };
    }
    case 'propertyNames': {
      const key = String(params['propertyName']);
      return {
        message: `'${key}' cannot be a key of ${where}: ${patternInWords(path)}${comma(key)}`,
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
      const guess = closestName(String(error.data), allowed.map(String));
      const quoted =
        typeof error.data === 'string' && allowed.some((each) => each !== error.data && String(each) === error.data);
      const cure = quoted ? ' Remove the quotes.' : guess === undefined ? '' : ` Did you mean '${guess}'?`;
      return {
        message: `${capitalised(where)} is ${shown(error.data)}; allowed: ${allowed.map(shown).join(', ')}.${cure}`,
        at: document.locate(path),
      };
    }
    case 'type':
      if (typeof parent['pattern'] === 'string' && typeof parent['description'] === 'string') {
        return {
          message: `${capitalised(where)} is ${shown(error.data)}; expected ${asClause(parent['description'])}`,
          at: document.locate(path),
        };
      }
      return {
        message: `${capitalised(where)} ${wrongType(error.data, params['type'], document.written(path))}`,
        at: document.locate(path),
      };
    case 'pattern':
      return {
        message: `${capitalised(where)} is ${shown(error.data)}; expected ${describePattern(path, parent)}`,
        at: document.locate(path),
      };
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      return { message: `${capitalised(where)} is empty.`, at: document.locate(path) };
    case 'maxLength':
      return {
        message: `${capitalised(where)} is longer than ${String(params['limit'])} characters.`,
        at: document.locate(path),
      };
    case 'minimum':
    case 'maximum': {
      const bound = error.keyword === 'minimum' ? 'least' : 'most';
      return {
        message: `${capitalised(where)} is ${shown(error.data)}; allowed is at ${bound} ${String(params['limit'])}.`,
        at: document.locate(path),
      };
    }
    case 'uniqueItems':
      return {
        message: `${capitalised(where)} names one thing twice.`,
        at: document.locate([...path, Number(params['j'])]),
      };
    default:
      return { message: `${capitalised(where)} ${error.message ?? 'is not allowed'}.`, at: document.locate(path) };
  }
}

/** What a decimal comma leaves behind in a `{ min: 0,5 }`. */
function comma(key: string): string {
  return /^\d+$/.test(key) ? ' Decimals are written with a point, as in 0.5: a comma begins the next key.' : '';
}

/** @param written the value as it stands in the file: YAML has lost the `0` of `1.10` by then */
function wrongType(data: unknown, expected: unknown, written = String(data)): string {
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
    return `${base} A ${typeof data === 'number' ? 'number' : 'truth value'} stands where text belongs: quote it, '${written}'.`;
  }
  return base;
}

function describePattern(path: Path, parent: ParentSchema): string {
  const key = path.at(-1);
  if (key === 'uri') return 'a URL that begins with http:// or https://.';
  if (key === 'pointer') return "a JSON pointer such as '/metrics/auc'.";
  return typeof parent['description'] === 'string' ? asClause(parent['description']) : 'another form.';
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
  if (typeof data === 'number') return String(data); // JSON has no NaN
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

function asClause(description: string): string {
  return description.charAt(0).toLowerCase() + description.slice(1);
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
