import type { Position, Problem } from './errors.js';
import type { JsonSchema } from './json-schema.js';

/** The policy's `registry`, compiled. What else it holds is known to the registry's own folder alone. */
export interface RegistrySettings {
  readonly type: string;
  /** The server's base address when the policy gives one; else the environment does. */
  readonly uri?: string;
}

/** The environment variables by which a registry's clients identify themselves. */
export interface RegistryCredentials {
  /** Those whose values are secret: never shown, whatever uses them. */
  readonly secrets: readonly string[];
  /** Names and globs of those that lead to a credential or go with one, and are not secret themselves. */
  readonly companions: readonly string[];
  /** What `pass_env: [registry]` hands to a command. */
  readonly handedOn: readonly string[];
  /** Those with the registry's address, which may hold a user and password; the first that is set counts. */
  readonly addresses: readonly string[];
  /** Pairs that are sent together, as HTTP's Basic scheme encodes them. */
  readonly basic: readonly { readonly user: string; readonly password: string }[];
}

/** A name of the policy's and where it stands. */
export interface Named {
  readonly name: string;
  readonly at: Position;
}

/** The policy's own names. */
export interface PolicyNames {
  /** In the policy's order. */
  readonly stages: readonly Named[];
  readonly models: readonly Named[];
}

/** What a registry says in messages of the policy's. */
export interface RegistryWords {
  /** When to use it, after `registry: { type: … }`; empty where it needs no condition. */
  readonly when: string;
  /** By key of its own: what to write where the value is an expression of GitHub's workflows. */
  readonly insteadOfExpression: Readonly<Record<string, string>>;
}

/**
 * What is known of a registry before it is opened: pure, so that `lint` says the same without a server. How it is
 * opened is in `registry/adapter.ts`, which policies need not know.
 */
export interface RegistryDescriptor<Settings extends RegistrySettings = RegistrySettings> {
  /** As `registry.type` in the policy: `mlflow`. */
  readonly type: string;
  /** The keys of the policy's `registry` that it has beside `type`, each with its schema. */
  readonly keys: Readonly<Record<string, JsonSchema>>;
  /** Those of `keys` that are paths in the repository, in which `{model}` is replaced. */
  readonly paths: readonly string[];
  readonly credentials: RegistryCredentials;
  readonly words: RegistryWords;
  /** Whether the registry is the checkout itself. */
  readonly isInCheckout: boolean;
  /** Whether a version is a commit, which a pull request's reviewers have seen. */
  readonly versionsAreCommits: boolean;
  /** Which metric sources that read from a registry it can answer: values of `from`. */
  readonly metricSources: readonly string[];

  /** @param raw the policy's `registry`, valid by the schema */
  settings(raw: Readonly<Record<string, unknown>>): Settings;

  /** Where a version holds one stage at a time: the setting that makes it so, and the one that would not. */
  oneStageAtATime(settings: Settings): { readonly because: string; readonly instead: string } | undefined;

  /** Why it could hold no stage of that name, as a sentence with what to do. */
  refusesStage(stage: string, settings: Settings): string | undefined;

  /** Why it could have no model of that name. */
  refusesModel(model: string, settings: Settings): string | undefined;

  /** Names of the policy's that collide with what the registry makes of the others. */
  collisions(names: PolicyNames, settings: Settings): readonly Problem[];
}

/**
 * The registry of that type.
 * @throws TypeError where the table has none: the schema lets no other type through
 */
export function descriptorOf<T extends RegistryDescriptor>(registries: readonly T[], type: string): T {
  const found = registries.find((each) => each.type === type);
  if (found === undefined) throw new TypeError(`'${type}' is an unknown type of registry.`);
  return found;
}
