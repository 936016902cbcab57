import * as core from '@actions/core';
import type { Environment } from '../domain/environment.js';
import type { Report } from '../domain/report.js';

/** Where an annotation points to. */
export interface Place {
  readonly file?: string;
  readonly startLine?: number;
  readonly startColumn?: number;
}

/** What a process reports to beside files and GitHub: a runner's step, or a terminal. */
export interface Host {
  info(text: string): void;
  startGroup(title: string): void;
  endGroup(): void;
  error(message: string, place?: Place): void;
  warning(message: string, place?: Place): void;
  notice(message: string, place?: Place): void;
  /** One error without a place; the process fails. */
  setFailed(message: string): void;
  setOutput(name: string, value: string): void;
  setSecret(secret: string): void;
  /** Keeps a value for the end of the job. */
  saveState(name: string, value: string): void;
  /** Whether a post step reads what is kept. */
  keepsState(environment: Environment): boolean;
  /** A page of Markdown. Throws where it cannot be written. */
  writeSummary(text: string): Promise<void>;
  /** The report as it was published, and whether it fails the run. */
  reported(report: Report, fails: boolean): void;
}

const runner: Host = {
  ...core,
  keepsState: (environment) => environment['GITHUB_STATE'] !== undefined,
  writeSummary: async (text) => {
    if ((process.env['GITHUB_STEP_SUMMARY'] ?? '') !== '') await core.summary.addRaw(text).write();
  },
  reported: () => undefined,
};

/** One for each process, as its standard output is. */
let host: Host = runner;

/** From here on this process reports there, and no longer as a runner's step. */
export function reportTo(other: Host): void {
  host = other;
}

export const info: Host['info'] = (text) => host.info(text);
export const startGroup: Host['startGroup'] = (title) => host.startGroup(title);
export const endGroup: Host['endGroup'] = () => host.endGroup();
export const error: Host['error'] = (message, place) => host.error(message, place);
export const warning: Host['warning'] = (message, place) => host.warning(message, place);
export const notice: Host['notice'] = (message, place) => host.notice(message, place);
export const setFailed: Host['setFailed'] = (message) => host.setFailed(message);
export const setOutput: Host['setOutput'] = (name, value) => host.setOutput(name, value);
export const setSecret: Host['setSecret'] = (secret) => host.setSecret(secret);
export const saveState: Host['saveState'] = (name, value) => host.saveState(name, value);
export const keepsState: Host['keepsState'] = (environment) => host.keepsState(environment);
export const writeSummary: Host['writeSummary'] = (text) => host.writeSummary(text);
export const reported: Host['reported'] = (report, fails) => host.reported(report, fails);
