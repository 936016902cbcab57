/** Environment variables by name, as `process.env` has them; always passed in. */
export type Environment = Readonly<Record<string, string | undefined>>;
