import type { FileFormat } from './policy.js';

const extensions: Readonly<Record<string, FileFormat>> = {
  json: 'json',
  yaml: 'yaml',
  yml: 'yaml',
  toml: 'toml',
  csv: 'csv',
  xml: 'junit',
};

/** The format that a path's extension stands for. */
export function formatOf(path: string): FileFormat | undefined {
  const extension = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(extensions, extension) ? extensions[extension] : undefined;
}
