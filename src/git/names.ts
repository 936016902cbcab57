import { PromotionError } from '../domain/errors.js';
import { oneLine } from './tag.js';

/** A name that starts with a hyphen would be an option to git. */
export function refuseOption(name: string): void {
  if (name === '' || name.startsWith('-')) {
    throw new PromotionError('GIT_FAILED', `'${oneLine(name)}' is not a name git may be given.`, {
      cure: 'Names of refs, tags and paths must not be empty or begin with a hyphen.',
    });
  }
}

/** A path inside a tree, as git writes it. Throws `FILE_UNSAFE` for one that leads out of the repository. */
export function treePath(path: string): string {
  const parts = path
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '.' && part !== '');
  if (/^(?:[\\/]|[A-Za-z]:[\\/])/.test(path) || parts.length === 0 || parts.includes('..') || path.includes('\0')) {
    throw new PromotionError('FILE_UNSAFE', `Path '${oneLine(path)}' is not inside the repository.`, {
      cure: "Write it relative to the repository's root.",
    });
  }
  return parts.join('/');
}
