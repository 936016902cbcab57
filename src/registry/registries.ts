import type { RegistryAdapter } from './adapter.js';
import { git } from './git/descriptor.js';
import { mlflow } from './mlflow/descriptor.js';

/**
 * To add a registry: a folder with its descriptor, one line here. The schema, redaction, the environment of commands
 * and what an untrusted policy is denied are made from this table.
 */
export const registries: readonly RegistryAdapter[] = [mlflow, git];
