import { resolve } from 'node:path';

/** Where `__tests__/tools.mjs` puts what the tests need. */
const tools = resolve(import.meta.dirname, '../../.tools');

/** The MLflow servers that are tested, newest first. */
export const mlflowVersions = ['3.17.2', '2.22.0', '2.9.2'] as const;
export type MlflowVersion = (typeof mlflowVersions)[number];
export const newestMlflow = mlflowVersions[0];
/** What a version does not have: its tests assert what is said instead. */
export type Lacking = 'logged models' | 'host check' | 'aliases that end with their version';
const since3: readonly Lacking[] = ['logged models', 'host check', 'aliases that end with their version'];
export const mlflowLacks: Readonly<Record<MlflowVersion, readonly Lacking[]>> = {
  '3.17.2': [],
  '2.22.0': since3,
  '2.9.2': since3,
};

/** The Python environment of an MLflow version: its `mlflow` and its client. */
export function mlflowFolder(version: MlflowVersion): string {
  return `${tools}/${version === newestMlflow ? 'venv' : `mlflow-${version}`}/bin`;
}
export const python = `${tools}/venv/bin/python`;
export const gto = `${tools}/venv/bin/gto`;
/** The folder of git-lfs, for a PATH: git finds it there. */
export const lfsFolder = `${tools}/bin`;
/** The Node that runners use for `node24`. */
export const node24 = `${tools}/node24/bin/node`;
export const root = resolve(import.meta.dirname, '../..');
