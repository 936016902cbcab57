import type { ModelVersion } from '../registry/registry.js';

/** What makes a version itself: a version deleted and made anew has the same number and another identity. */
export function identityOf(version: ModelVersion): string {
  return JSON.stringify([version.model, version.version, version.createdAt, version.run ?? '', version.source ?? '']);
}
