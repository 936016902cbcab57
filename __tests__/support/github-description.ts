import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: object }>>;
}
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: object;
}
interface Reference {
  readonly $ref: string;
}
interface Operation {
  readonly parameters?: readonly (Parameter | Reference)[];
  readonly requestBody?: Content & { readonly required?: boolean };
  readonly responses: Readonly<Record<string, Content | Reference>>;
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const ajv = new Ajv({ strict: false, logger: false });
const coercing = new Ajv({ strict: false, logger: false, coerceTypes: 'array' });
for (const each of [ajv, coercing]) {
  // Where there is no page, GitHub itself answers with an empty text.
  each.addFormat('uri', (text) => text === '' || URL.canParse(text));
  each.addFormat('date-time', (text) => /^\d{4}-\d\d-\d\dT/.test(text) && Number.isFinite(Date.parse(text)));
  for (const name of ['int32', 'int64', 'timestamp', 'email', 'date', 'repo.nwo', 'ssh-key', 'hostname', 'decimal'])
    each.addFormat(name, true);
}
const compiled = new Map<string, ValidateFunction>();

let loaded: Description | undefined;
/** 13 MB of JSON: read only by a run that starts a GitHub. */
function description(): Description {
  const file = (): string => createRequire(import.meta.url).resolve('@octokit/openapi/generated/api.github.com.json');
  return (loaded ??= JSON.parse(readFileSync(file(), 'utf8')) as Description);
}

function follow(reference: string): unknown {
  return reference
    .slice(2)
    .split('/')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], description());
}

function followed<T extends object>(value: T | Reference | undefined): T | undefined {
  return value !== undefined && '$ref' in value ? (follow(value.$ref) as T) : value;
}

/** The schema with all it refers to beside it, and with nothing else: the whole description takes seconds to compile. */
function closed(schema: object): object {
  const definitions: Record<string, unknown> = {};
  const inline = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value, (key, part: unknown) => {
        if (key === 'example' || key === 'examples') return undefined;
        if (key !== '$ref' || typeof part !== 'string') return nullable(part);
        const name = part.split('/').at(-1) ?? '';
        if (!(name in definitions)) {
          definitions[name] = true; // Before it is walked: schemas may refer to themselves.
          definitions[name] = inline(follow(part));
        }
        return `#/$defs/${name}`;
      }),
    );
  return { ...(inline(schema) as object), $defs: definitions };
}

/** OpenAPI 3.0 lets `nullable` stand beside `oneOf` alone; JSON Schema has another way to say it. */
function nullable(part: unknown): unknown {
  if (typeof part !== 'object' || part === null || !('nullable' in part) || 'type' in part) return part;
  const { nullable: _, ...rest } = part;
  return { anyOf: [rest, { type: 'null' }] };
}

function errors(name: string, schema: object, value: unknown, by = ajv): string | undefined {
  const validate = compiled.get(name) ?? by.compile(closed(schema));
  compiled.set(name, validate);
  return validate(value) ? undefined : by.errorsText(validate.errors);
}

interface Found {
  readonly name: string;
  readonly operation: Operation;
}

/** `{owner}` takes one segment, `{path}` and `{ref}` take several. A path with fewer parameters goes first. */
function find(method: string, path: string): Found | undefined {
  const verb = method.toLowerCase();
  const templates = Object.keys(description().paths)
    .filter((template) => description().paths[template]?.[verb] !== undefined)
    .filter((template) => pattern(template).test(path))
    .sort((a, b) => a.split('{').length - b.split('{').length);
  const [template] = templates;
  const operation = template === undefined ? undefined : description().paths[template]?.[verb];
  return operation === undefined ? undefined : { name: `${method} ${template ?? ''}`, operation };
}

function pattern(template: string): RegExp {
  const escaped = template.replaceAll('.', '\\.');
  return new RegExp(`^${escaped.replaceAll(/\{(path|ref)\}/g, '.+').replaceAll(/\{[^}]+\}/g, '[^/]+')}$`);
}

/**
 * What GitHub's own description of its API does not allow in a request; undefined where all is well. A property or
 * parameter that the description does not know is a fault too: GitHub would ignore it, and a typing error with it.
 */
export function requestFault(method: string, path: string, query: URLSearchParams, body: unknown): string | undefined {
  const found = find(method, path);
  if (found === undefined) return `${method} ${path}: there is no such call`;
  const { name, operation } = found;
  const parameters = (operation.parameters ?? [])
    .map((each) => followed<Parameter>(each))
    .filter((each) => each?.in === 'query');
  for (const parameter of parameters)
    if (parameter?.required === true && !query.has(parameter.name))
      return `${name}: parameter '${parameter.name}' is missing`;
  for (const [key, value] of query) {
    const parameter = parameters.find((each) => each?.name === key);
    if (parameter === undefined) return `${name}: there is no parameter '${key}'`;
    const schema = { type: 'object', properties: { value: parameter.schema ?? {} } };
    const wrong = errors(`${name} ?${key}`, schema, { value }, coercing);
    if (wrong !== undefined) return `${name}: parameter '${key}': ${wrong}`;
  }
  const schema = operation.requestBody?.content?.['application/json']?.schema;
  if (schema === undefined) return body === undefined ? undefined : `${name}: takes no body`;
  if (body === undefined) return operation.requestBody?.required === true ? `${name}: needs a body` : undefined;
  const wrong = errors(`${name} body`, schema, body);
  if (wrong !== undefined) return `${name}: ${wrong}`;
  const { properties } = schema as { properties?: object };
  const extra = properties === undefined ? undefined : Object.keys(body as object).find((key) => !(key in properties));
  return extra === undefined ? undefined : `${name}: there is no property '${extra}'`;
}

/** What the description does not allow in an answer. Refusals (4xx, 5xx) may come without being described. */
export function responseFault(method: string, path: string, status: number, body: unknown): string | undefined {
  if (status >= 400) return undefined;
  const found = find(method, path);
  if (found === undefined) return `${method} ${path}: there is no such call`;
  const name = `${found.name} → ${status}`;
  const response = followed<Content>(found.operation.responses[String(status)]);
  if (response === undefined) return `${name}: no such status`;
  const schema = response.content?.['application/json']?.schema;
  if (schema === undefined) return body === undefined ? undefined : `${name}: has no body`;
  const wrong = errors(name, schema, body);
  return wrong === undefined ? undefined : `${name}: ${wrong}`;
}
