import { parse, TomlError } from 'smol-toml';
import { unreadable, saying } from './unreadable.js';

/** TOML 1.0, its integers exactly. https://toml.io/en/v1.0.0 Throws `METRIC_UNREADABLE`. */
export function parseToml(text: string, where: string): unknown {
  try {
    return parse(text, { integersAsBigInt: 'asNeeded' });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { line, column } = error;
    throw unreadable(where, `is not TOML (line ${line}, column ${column}: ${saying(error)})`, {
      cure: 'Correct the file.',
      at: { file: where, line, column },
      cause: error,
    });
  }
}
