import written from '../../schema/policy.schema.json' with { type: 'json' };
import type { JsonSchema } from '../domain/json-schema.js';
import type { PolicyTables } from './tables.js';

/** The schema of policies: what all have is in the file; what registries and metric sources add comes from the tables. */
export function policySchema({ registries, sources }: PolicyTables): JsonSchema {
  const { definitions } = written;
  const { registry, metric } = definitions;
  const { goal, key, min, max, from, count, min_count } = metric.properties;
  const type = { ...registry.properties.type, enum: registries.map((each) => each.type) };
  return {
    ...written,
    definitions: {
      ...definitions,
      registry: { ...registry, properties: { type, ...keysOf(registries) } },
      metric: {
        ...metric,
        properties: {
          ...{ goal, key, min, max },
          from: { ...from, enum: sources.map((each) => each.from) },
          ...keysOf(sources),
          ...{ count, min_count },
        },
      },
    },
  };
}

/**
 * The keys of all entries of a table, each with its schema.
 * @throws TypeError where two entries have one key with schemas that differ: a value could not be told from another's
 */
export function keysOf(
  entries: readonly { readonly keys: Readonly<Record<string, JsonSchema>> }[],
): Readonly<Record<string, JsonSchema>> {
  const all = new Map<string, JsonSchema>();
  for (const [key, schema] of entries.flatMap(({ keys }) => Object.entries(keys))) {
    const known = all.get(key);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) {
      throw new TypeError(`'${key}' has two schemas that differ.`);
    }
    all.set(key, schema);
  }
  return Object.fromEntries(all);
}
