/** A part of a JSON schema (draft 7), as `schema/policy.schema.json` has it. */
export type JsonSchema = Readonly<Record<string, unknown>>;
