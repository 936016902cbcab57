import type { Problem } from '../../domain/errors.js';
import type { Policy } from '../policy.js';

/** An approval by another environment than the stage's own: who approves that one has not approved this. */
export function remarkOnApproval(policy: Policy): readonly Problem[] {
  return [...policy.stages.values()].flatMap(({ name, environment, approval, at }) => {
    if (environment === undefined || approval?.kind !== 'environment') return [];
    // GitHub takes names that differ in case for one environment.
    if (approval.environment.toLowerCase() === environment.toLowerCase()) return [];
    const also = approval.notAuthor ? ', not_author: true' : '';
    const message = `'${name}' is approved by the reviewers of the environment '${approval.environment}', and deploys to '${environment}', whose own reviewers do not count. If one environment is meant, write 'approval: { environment: ${environment}${also} }'.`;
    return [{ message, at }];
  });
}

/** A deployment's `rollback` that puts the failed version to work once more, or says of no version what to put back. */
export function remarkOnSteps(policy: Policy): readonly Problem[] {
  return [...policy.stages.values()].flatMap(({ deploy }) => {
    if (deploy?.rollback === undefined) return [];
    const [run, rollback] = [words(deploy.run.run), words(deploy.rollback.run)];
    const without = run.filter((word) => !ofCandidate.test(word));
    // Whatever differs otherwise may tell the command what is meant.
    if (without.length === run.length || /\b(PREVIOUS|CHAMPION)_/.test(deploy.run.run)) return [];
    if (deploy.run.workingDirectory !== deploy.rollback.workingDirectory) return [];
    const instead = ofPrevious(deploy.run.run.trim());
    const isTold = !ofCandidate.test(instead) && !instead.includes('\n');
    const cure = isTold ? `Write '${instead}'.` : 'Use PREVIOUS_URI or PREVIOUS_VERSION there.';
    const { at } = deploy.rollback;
    if (same(run, rollback)) {
      return [{ message: `'rollback' is the same as 'run': it deploys once more what has failed. ${cure}`, at }];
    }
    if (same(without, rollback)) {
      return [{ message: `'rollback' is 'run' without the version: it does not say what to go back to. ${cure}`, at }];
    }
    return [];
  });
}

const ofCandidate = /\bMODEL_(URI|VERSION|PATH|SOURCE)\b/;

function ofPrevious(text: string): string {
  return text.replaceAll(/\bMODEL_(URI|VERSION)\b/g, 'PREVIOUS_$1');
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.join(' ') === b.join(' ');
}
