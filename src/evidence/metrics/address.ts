import type { Row } from '../../policy/policy.js';

/** Where in a file the value is. Each format looks at its own members. */
export interface FileAddress {
  /** The metric's key: where the value is when nothing else says so. */
  readonly key: string;
  /** JSON, YAML, TOML: a JSON pointer, https://www.rfc-editor.org/rfc/rfc6901. Default: the key at the top. */
  readonly pointer?: string;
  /** CSV: a column's name. Default: the key. */
  readonly column?: string;
  /** CSV. Default: `last`. */
  readonly row?: Row;
  /** JUnit: `tests`, `failures`, `errors`, `failed` (both), `skipped` or `passed`. Default: the key. */
  readonly count?: string;
}

/** A metric's value in a file: unjudged, and the place it has there, as a report says it. */
export interface FoundInFile {
  readonly value: number | bigint | string;
  /** `at /p99`; `column auc, row 12`. */
  readonly place: string;
}
