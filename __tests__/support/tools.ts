import { resolve } from 'node:path';

/** Where `__tests__/tools.mjs` puts what the tests need. */
const tools = resolve(import.meta.dirname, '../../.tools');

export const python = `${tools}/venv/bin/python`;
export const mlflow = `${tools}/venv/bin/mlflow`;
export const gto = `${tools}/venv/bin/gto`;
/** The folder of git-lfs, for a PATH: git finds it there. */
export const lfsFolder = `${tools}/bin`;
/** The Node that runners use for `node24`. */
export const node24 = `${tools}/node24/bin/node`;
export const root = resolve(import.meta.dirname, '../..');
