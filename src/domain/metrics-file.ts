/** What a command wrote to METRICS_FILE: values as written, or why they cannot be read. */
export type MetricsFile =
  { readonly values: ReadonlyMap<string, number | bigint | string> } | { readonly unreadable: string };
