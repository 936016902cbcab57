import type { Transition, Vacancy } from '../registry.js';
import type { Holders, ModelVersion } from '../../domain/version.js';
import type { RawVersion } from './api.js';

/** How MLflow holds a stage. One object for each value of `stage_as`: see `holdings.ts`. */
export interface StageMapping {
  /** For reports: `aliases`. */
  readonly plural: string;
  /** Whether a version that takes a stage leaves the one it held. */
  readonly oneStageAtATime: boolean;
  refusesStage(stage: string): string | undefined;
  holders(model: string, stages: readonly string[]): Promise<Holders>;
  /**
   * Moves the stage and nothing else; the caller reads back.
   * @returns what could not be done beside it, in words: `previous-<stage>` is a convenience, and blocks nothing
   */
  move(transition: Transition): Promise<readonly string[]>;
  /** Takes the stage from its holder and nothing else; the caller reads back. */
  leave(vacancy: Vacancy): Promise<void>;
  /** The version's copies in other registered models: what is recorded on it is recorded on them, too. */
  copies(version: ModelVersion): Promise<readonly RawVersion[]>;
}
