interface Version {
  readonly name: string;
  readonly version: string;
  readonly creation_timestamp: number;
  readonly source: string;
  readonly run_id: string;
  current_stage: string;
  readonly status: 'READY';
  readonly tags: Map<string, string>;
}

interface Model {
  readonly aliases: Map<string, string>;
  readonly versions: Version[];
}

type Fields = Readonly<Record<string, unknown>>;

export function urlOf(asked: string | URL | Request): URL {
  return new URL(asked instanceof Request ? asked.url : asked);
}

/** MLflow's registry in memory, behind its REST API: what the real adapter is given for `fetch`. */
export class MemoryMlflow {
  readonly models = new Map<string, Model>();
  readonly runs = new Map<string, Readonly<Record<string, number>>>();
  readonly calls: string[] = [];
  #clock = 1_000;

  /** A version with its run's metrics. */
  add(name: string, metrics: Readonly<Record<string, number>>): this {
    const number = String((this.models.get(name)?.versions.length ?? 0) + 1);
    this.runs.set(`run${number}`, metrics);
    this.#create(name, `mlflow-artifacts:/0/run${number}/model`, `run${number}`, []);
    return this;
  }

  /** What this credential may not do, as `DELETE registered-models/alias {"name":"churn"…`: answered by 403. */
  forbidden: RegExp | undefined;

  /** Deletes a version, and with it the aliases that name it; MLflow before 3 leaves those. */
  remove(name: string, version: string, keepsAliases = false): void {
    const { aliases, versions } = this.#model(name);
    versions.splice(versions.indexOf(this.#version(name, version)), 1);
    if (keepsAliases) return;
    for (const [alias, of] of aliases) if (of === version) aliases.delete(alias);
  }

  /** Deletes a version and makes another by its name. */
  makeAnew(name: string, version: string): void {
    this.#clock += 1;
    Object.assign(this.#version(name, version), { creation_timestamp: this.#clock });
  }

  /** Deletes a version with its aliases, and makes another one by its number, which holds nothing. */
  recreate(name: string, version: string): void {
    this.makeAnew(name, version);
    const { aliases } = this.#model(name);
    for (const [alias, of] of aliases) if (of === version) aliases.delete(alias);
    const made = this.#version(name, version);
    made.current_stage = 'None';
    made.tags.clear();
  }

  /** Another server, in the same state. */
  copy(): MemoryMlflow {
    const made = new MemoryMlflow();
    made.#clock = this.#clock;
    for (const [name, { aliases, versions }] of this.models) {
      const copies = versions.map((each) => ({ ...each, tags: new Map(each.tags) }));
      made.models.set(name, { aliases: new Map(aliases), versions: copies });
    }
    for (const [run, metrics] of this.runs) made.runs.set(run, metrics);
    return made;
  }

  /** Somebody's hand, past the gate. */
  setAlias(name: string, alias: string, version: string): void {
    this.#model(name).aliases.set(alias, version);
  }

  alias(name: string, alias: string): string | undefined {
    return this.#model(name).aliases.get(alias);
  }

  /** Every alias, stage, copy and state, for comparison. */
  get view(): unknown {
    return [...this.models].map(([name, { aliases, versions }]) => ({
      name,
      aliases: Object.fromEntries([...aliases].sort()),
      versions: versions.map(({ version, current_stage: stage, source, tags }) => [
        version,
        stage,
        source,
        tags.get('promotion_state'),
      ]),
    }));
  }

  /** A test may put its own in front of it: a server that refuses, a process that is dead. */
  fetch = (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const at = urlOf(url);
    const what = at.pathname.replace('/api/2.0/mlflow/', '');
    const given: Fields =
      typeof init.body === 'string' ? (JSON.parse(init.body) as Fields) : Object.fromEntries(at.searchParams);
    const method = init.method ?? 'GET';
    if (method !== 'GET') this.calls.push(`${what} ${JSON.stringify(given)}`);
    if (this.forbidden?.test(`${method} ${what} ${JSON.stringify(given)}`) === true) {
      return Promise.resolve(
        Response.json({ error_code: 'PERMISSION_DENIED', message: 'Permission denied' }, { status: 403 }),
      );
    }
    try {
      return Promise.resolve(Response.json(this.#answer(`${method} ${what}`, given)));
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      return Promise.resolve(
        Response.json({ error_code: thrown.code, message: thrown.message }, { status: thrown.status }),
      );
    }
  };

  #answer(what: string, given: Fields): unknown {
    const text = (name: string): string => {
      const value = given[name];
      return typeof value === 'string' ? value : '';
    };
    switch (what) {
      case 'GET registered-models/get': {
        const { aliases } = this.#model(text('name'));
        return {
          registered_model: {
            name: text('name'),
            aliases: [...aliases].map(([alias, version]) => ({ alias, version })),
          },
        };
      }
      case 'GET registered-models/search':
        return { registered_models: [...this.models.keys()].map((name) => ({ name })) };
      case 'POST registered-models/create':
        if (this.models.has(text('name'))) throw new Refusal('RESOURCE_ALREADY_EXISTS', 'There is one.', 400);
        this.models.set(text('name'), { aliases: new Map(), versions: [] });
        return {};
      case 'POST registered-models/alias':
        this.#version(text('name'), text('version'));
        this.#model(text('name')).aliases.set(text('alias'), text('version'));
        return {};
      case 'DELETE registered-models/alias':
        this.#model(text('name')).aliases.delete(text('alias'));
        return {};
      case 'GET model-versions/get':
        return { model_version: told(this.#version(text('name'), text('version'))) };
      case 'GET model-versions/get-download-uri':
        return { artifact_uri: this.#files(text('name'), text('version')) };
      case 'GET model-versions/search':
        return { model_versions: this.#search(text('filter')).map(told) };
      case 'POST model-versions/create': {
        const tags = given['tags'] as readonly { key: string; value: string }[];
        return { model_version: told(this.#create(text('name'), text('source'), text('run_id'), tags)) };
      }
      case 'POST model-versions/set-tag':
        this.#version(text('name'), text('version')).tags.set(text('key'), text('value'));
        return {};
      case 'POST model-versions/transition-stage': {
        const version = this.#version(text('name'), text('version'));
        if (given['archive_existing_versions'] === true) {
          for (const each of this.#model(text('name')).versions)
            if (each.current_stage === text('stage')) each.current_stage = 'Archived';
        }
        version.current_stage = text('stage');
        return { model_version: told(version) };
      }
      case 'GET runs/get': {
        const metrics = this.runs.get(text('run_id'));
        if (metrics === undefined) throw new Refusal('RESOURCE_DOES_NOT_EXIST', 'No run.', 404);
        return {
          run: {
            info: { run_id: text('run_id'), experiment_id: '0', artifact_uri: `mlflow-artifacts:/0/${text('run_id')}` },
            data: {
              metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, timestamp: 1, step: 0 })),
              tags: [],
            },
          },
        };
      }
      case 'GET metrics/get-history': {
        const value = this.runs.get(text('run_id'))?.[text('metric_key')];
        return { metrics: value === undefined ? [] : [{ key: text('metric_key'), value, timestamp: 1, step: 0 }] };
      }
      default:
        throw new Refusal('ENDPOINT_NOT_FOUND', what, 404);
    }
  }

  #model(name: string): Model {
    const found = this.models.get(name);
    if (found === undefined) throw new Refusal('RESOURCE_DOES_NOT_EXIST', `No model ${name}.`, 404);
    return found;
  }

  #version(name: string, version: string): Version {
    const found = this.#model(name).versions.find((each) => each.version === version);
    if (found === undefined) throw new Refusal('RESOURCE_DOES_NOT_EXIST', `No version ${version}.`, 404);
    return found;
  }

  /** Where its files are: a copy's are those of what it was made from. */
  #files(name: string, version: string): string {
    const { source } = this.#version(name, version);
    const [, of, number] = /^models:\/(.+)\/(\d+)$/.exec(source) ?? [];
    return of === undefined || number === undefined ? source : this.#files(of, number);
  }

  #create(name: string, source: string, run: string, tags: readonly { key: string; value: string }[]): Version {
    const model = this.models.get(name) ?? { aliases: new Map<string, string>(), versions: [] };
    this.models.set(name, model);
    this.#clock += 1;
    const made: Version = {
      name,
      version: String(Math.max(0, ...model.versions.map(({ version }) => Number(version))) + 1),
      creation_timestamp: this.#clock,
      source,
      run_id: run,
      current_stage: 'None',
      status: 'READY',
      tags: new Map(tags.map(({ key, value }) => [key, value])),
    };
    model.versions.push(made);
    return made;
  }

  #search(filter: string): readonly Version[] {
    const named = /^name = '(.*)'$/.exec(filter)?.[1];
    if (named !== undefined) return (this.models.get(named)?.versions ?? []).toReversed();
    const [, key = '', value = ''] = /^tags\.(\S+) = '(.*)'$/.exec(filter) ?? [];
    return [...this.models.values()].flatMap(({ versions }) => versions.filter(({ tags }) => tags.get(key) === value));
  }
}

class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

function told({ tags, ...rest }: Version): unknown {
  return { ...rest, tags: [...tags].map(([key, value]) => ({ key, value })) };
}
