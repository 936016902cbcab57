import type { RegistrySettings } from '../../domain/registry-descriptor.js';

export interface GitSettings extends RegistrySettings {
  readonly type: 'git';
  /** The file with a version's metrics, read at the version's commit. */
  readonly metricsFile?: string;
  /** The paths that make up a version, materialised for commands; empty means the whole tree. */
  readonly files: readonly string[];
}
