import { posix } from 'node:path';
import type { Position, Problem } from '../domain/errors.js';
import { listKnownNames } from '../domain/suggest.js';
import type { Path, PolicyText } from './document.js';
import type { PolicyTables } from './tables.js';

type Mapping = Readonly<Record<string, unknown>>;

/** One model's policy as if it had been written out alone; positions are those of the file. */
export interface Overridden {
  readonly text: PolicyText;
  readonly vars: ReadonlyMap<string, number>;
  readonly paths: readonly string[];
  /** Whether a profile or the model itself changes a stage. */
  readonly isOwn: boolean;
  readonly problems: readonly Problem[];
}

/**
 * The root, then the model's profile, then the model: `vars` merge key by key, a stage's keys replace whole, `checks`
 * are only ever added to, so that no override can drop one. `{model}` and `{stage}` are replaced afterwards, never in
 * `run`: a name must not become shell text.
 * @param model undefined for what all models have in common
 */
export function applyOverrides(text: PolicyText, model: string | undefined, tables: PolicyTables): Overridden {
  const pathKeys: PathKeys = {
    registry: new Set(tables.registries.flatMap(({ paths }) => paths)),
    metrics: new Set(tables.sources.flatMap(({ paths }) => paths)),
  };
  const problems: Problem[] = [];
  const add = (message: string, at: Position): void => {
    problems.push({ message, at });
  };
  const root = mapping(text.data);
  const own = model === undefined ? {} : mapping(mapping(root['models'])[model]);
  const layers: { readonly data: Mapping; readonly path: Path }[] = [];
  const profile = own['profile'];
  if (model !== undefined && typeof profile === 'string') {
    const profiles = mapping(root['profiles']);
    if (!Object.hasOwn(profiles, profile)) {
      const exist = listKnownNames('profiles', profile, text.keys(['profiles']));
      add(`Profile '${profile}' does not exist. ${exist}`, text.locate(['models', model, 'profile']));
    } else layers.push({ data: mapping(profiles[profile]), path: ['profiles', profile] });
  }
  if (model !== undefined) layers.push({ data: own, path: ['models', model] });

  const stages = new Map<string, Record<string, unknown>>(
    text.keys(['stages']).map((name) => [name, { ...mapping(mapping(root['stages'])[name]) }]),
  );
  const origins = new Map<string, Path>();
  for (const { data, path } of layers) {
    for (const [name, override] of Object.entries(mapping(data['stages']))) {
      const at: Path = [...path, 'stages', name];
      const stage = stages.get(name);
      if (stage === undefined) {
        add(
          `Stage '${name}' does not exist. ${listKnownNames('stages', name, [...stages.keys()])}`,
          text.locateKey(at),
        );
        continue;
      }
      for (const [key, value] of Object.entries(mapping(override))) {
        if (key === 'after') {
          add(
            "'after' cannot be overridden: the order of the stages is one for all models. Remove it here.",
            text.locateKey([...at, key]),
          );
        } else if (key === 'checks') {
          const before = list(stage['checks']);
          list(value).forEach((_, index) => {
            origins.set(pointer(['stages', name, 'checks', before.length + index]), [...at, 'checks', index]);
          });
          stage['checks'] = [...before, ...list(value)];
        } else {
          origins.set(pointer(['stages', name, key]), [...at, key]);
          stage[key] = value;
        }
      }
    }
  }

  const place = (path: Path): Path => {
    for (let length = Math.min(4, path.length); length > 2; length -= 1) {
      const origin = origins.get(pointer(path.slice(0, length)));
      if (origin !== undefined) return [...origin, ...path.slice(length)];
    }
    return path;
  };
  const fill = (value: unknown, path: Path, stage?: string): unknown => {
    if (Array.isArray(value)) return value.map((each, index) => fill(each, [...path, index], stage));
    if (value !== null && typeof value === 'object') {
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fill(each, [...path, key], stage)]));
    }
    const kind = typeof value === 'string' ? kindOf(path, pathKeys) : undefined;
    if (typeof value !== 'string' || kind === undefined) return value;
    const filled = value.replaceAll('{model}', () => model ?? 'MODEL').replaceAll('{stage}', (whole) => stage ?? whole);
    if (kind === 'path' && filled !== value && leaves(filled)) {
      add(
        `'${value}' is '${filled}' for the model '${model ?? ''}', and that is not inside the workspace.`,
        text.locate(place(path)),
      );
    }
    return filled;
  };
  const data = {
    ...root,
    registry: fill(root['registry'], ['registry']),
    ...(root['metrics'] === undefined ? {} : { metrics: fill(root['metrics'], ['metrics']) }),
    stages: Object.fromEntries([...stages].map(([name, stage]) => [name, fill(stage, ['stages', name], name)])),
  };
  const vars = [mapping(root['vars']), ...layers.map((layer) => mapping(layer.data['vars']))];
  return {
    text: {
      data,
      keys: (path) => text.keys(place(path)),
      written: (path) => text.written(place(path)),
      locate: (path) => text.locate(place(path)),
      locateKey: (path) => text.locateKey(place(path)),
      locateWithin: (path, index) => text.locateWithin(place(path), index),
    },
    vars: new Map(vars.flatMap((each) => Object.entries(each) as [string, number][])),
    paths: list(own['paths']) as readonly string[],
    isOwn: origins.size > 0,
    problems,
  };
}

/** The keys whose values are paths. */
interface PathKeys {
  readonly registry: ReadonlySet<string>;
  readonly metrics: ReadonlySet<string>;
}

/** Whether placeholders are replaced there, and whether it is a path. */
function kindOf(path: Path, pathKeys: PathKeys): 'path' | 'name' | undefined {
  const [root] = path;
  const key = path.at(-1);
  if (root === 'registry') return pathKeys.registry.has(String(path[1])) ? 'path' : undefined;
  if (root === 'metrics') return pathKeys.metrics.has(String(key)) ? 'path' : key === 'key' ? 'name' : undefined;
  if (key === 'working_directory') return 'path';
  const inStage = path.slice(2).join('.');
  // Whether the request's path stays inside is looked at with all else about it.
  return ['environment', 'approval.environment', 'approval.reviews.request'].includes(inStage) ? 'name' : undefined;
}

function leaves(path: string): boolean {
  const normal = posix.normalize(path.replaceAll('\\', '/'));
  return normal === '..' || normal.startsWith('../') || posix.isAbsolute(normal) || /^[A-Za-z]:/.test(normal);
}

function pointer(path: Path): string {
  return JSON.stringify(path);
}

function mapping(data: unknown): Mapping {
  return data === null || typeof data !== 'object' ? {} : (data as Mapping);
}

function list(data: unknown): readonly unknown[] {
  return Array.isArray(data) ? (data as readonly unknown[]) : [];
}
