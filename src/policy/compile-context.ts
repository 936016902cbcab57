import type { Position } from '../domain/errors.js';
import type { PolicyText } from './document.js';
import type { SourceDescriptor } from '../domain/metric-source.js';
import type { RegistryDescriptor } from '../domain/registry-descriptor.js';

/** What every part of the compiler works on: the document with its positions, and the list that mistakes go to. */
export interface CompileContext {
  readonly document: PolicyText;
  readonly add: (message: string, at: Position) => void;
  readonly registry: RegistryDescriptor;
  readonly sources: readonly SourceDescriptor[];
}
