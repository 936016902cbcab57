import { scalar } from '../../domain/json.js';
import { listKnownNames } from '../../domain/suggest.js';
import type { FileAddress, FoundInFile } from './address.js';
import { unreadable } from '../../domain/data-formats.js';

/**
 * The value that a JSON pointer leads to. https://www.rfc-editor.org/rfc/rfc6901
 * @throws PromotionError `METRIC_UNREADABLE`, naming the keys where the way ends
 */
export function atPointer(data: unknown, address: FileAddress, where: string): FoundInFile {
  const pointer = address.pointer ?? `/${escaped(address.key)}`;
  if (pointer !== '' && !pointer.startsWith('/')) {
    throw unreadable(where, `cannot be searched for '${pointer}': a JSON pointer begins with '/'`, {
      cure: `Write '/${pointer}'.`,
    });
  }
  let here = data;
  let way = '';
  for (const part of pointer === '' ? [] : pointer.slice(1).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    const next = member(here, key);
    if (next === undefined) {
      const nested = pointersTo(data, key).map((each) => `'pointer: ${each}'`);
      const meant = nested.length === 0 ? '' : `Add ${nested.join(' or ')} to the metric. `;
      throw unreadable(where, `has nothing at ${pointer}`, { cure: `${meant}${whatIsAt(here, way, key)}` });
    }
    here = next;
    way += `/${part}`;
  }
  const place = pointer === '' ? 'at its root' : `at ${pointer}`;
  return { value: written(here), place };
}

function member(parent: unknown, key: string): unknown {
  if (parent === null || typeof parent !== 'object') return undefined;
  if (Array.isArray(parent)) return /^(0|[1-9]\d*)$/.test(key) ? (parent as unknown[])[Number(key)] : undefined;
  return Object.hasOwn(parent, key) ? (parent as Record<string, unknown>)[key] : undefined;
}

/** Where else in the file a value of that name is, the first few places. */
function pointersTo(data: unknown, key: string): readonly string[] {
  const found: string[] = [];
  const look = (here: unknown, way: string, depth: number): void => {
    if (here === null || typeof here !== 'object' || depth > 10) return;
    for (const [name, value] of Object.entries(here) as [string, unknown][]) {
      if (found.length === 3) return;
      const place = `${way}/${escaped(name)}`;
      if (depth > 0 && name.toLowerCase() === key.toLowerCase()) found.push(place);
      look(value, place, depth + 1);
    }
  };
  look(data, '', 0);
  return found;
}

function whatIsAt(here: unknown, way: string, key: string): string {
  const place = way === '' ? 'at its top' : `at ${way}`;
  if (Array.isArray(here)) return `There is a list of ${here.length} ${place}, counted from 0.`;
  if (here === null || typeof here !== 'object') return `There is ${scalar(here)} ${place}, and nothing below it.`;
  return listKnownNames(`keys ${place}`, key, Object.keys(here));
}

function written(value: unknown): number | bigint | string {
  try {
    return scalar(value);
  } catch {
    return '{…}'; // By its aliases YAML can put an object into itself.
  }
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
