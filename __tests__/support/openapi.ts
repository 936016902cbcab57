import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';

interface Operation {
  readonly parameters?: readonly { readonly $ref?: string; readonly name?: string; readonly in?: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly parameters: Readonly<Record<string, { readonly name: string; readonly in: string }>>;
  };
}

const file = createRequire(import.meta.url).resolve('@octokit/openapi/generated/api.github.com.json');
const description = JSON.parse(readFileSync(file, 'utf8')) as Description;
const ajv = new Ajv({ strict: false, validateFormats: false, logger: false });
const compiled = new Map<string, ValidateFunction>();

/** What in a request GitHub's OpenAPI description does not allow; undefined where all is well. */
export function fault(method: string, path: string, query: URLSearchParams, body: object): string | undefined {
  if (path === '/graphql') return undefined;
  const name = `${method} ${path}`;
  const verb = method.toLowerCase();
  const template = Object.keys(description.paths).find(
    (each) =>
      new RegExp(`^${each.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(path) &&
      description.paths[each]?.[verb] !== undefined,
  );
  const operation = template === undefined ? undefined : description.paths[template]?.[verb];
  if (operation === undefined) return `${name}: there is no such call`;
  const known = (operation.parameters ?? []).map(({ $ref, name: own }) =>
    $ref === undefined ? own : description.components.parameters[$ref.split('/').at(-1) ?? '']?.name,
  );
  const unknown = [...query.keys()].find((key) => !known.includes(key));
  if (unknown !== undefined) return `${name}: there is no parameter '${unknown}'`;
  const schema = operation.requestBody?.content['application/json']?.schema;
  if (schema === undefined) return Object.keys(body).length === 0 ? undefined : `${name}: takes no body`;
  const validate = compiled.get(`${verb} ${template ?? ''}`) ?? ajv.compile(schema);
  compiled.set(`${verb} ${template ?? ''}`, validate);
  if (!validate(body)) return `${name}: ${ajv.errorsText(validate.errors)}`;
  const properties = Object.keys((schema as { properties?: object }).properties ?? {});
  const extra = Object.keys(body).find((key) => !properties.includes(key));
  return extra === undefined ? undefined : `${name}: there is no property '${extra}'`;
}
