import { LoggedVersion } from '../../log/logged-version.js';
import type { Operation } from '../../log/operation.js';
import type { ModelVersion } from '../../domain/version.js';
import type { Unfinished } from './journal.js';

/** What an ended run has left open; `operation` is taken out by the function that goes on with it, or undoes it. */
export interface OpenOperation {
  operation: Unfinished | undefined;
  /** What was nearly complete, and has been finished now. */
  finished?: Operation;
  /** What was undone, with the holder put back where it had moved. */
  undone?: Operation;
}

/** Whether the operation brings this very version to this stage. */
export function isSameMove(
  { name }: { readonly name: string },
  candidate: ModelVersion,
  operation: Operation,
): boolean {
  return operation.stage === name && LoggedVersion.movedBy(operation).is(candidate);
}
