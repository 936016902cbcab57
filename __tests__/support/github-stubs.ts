/** What GitHub has and the emulator lacks: deployments, environments, approvals, and which pull request brought a commit. */
export interface DeploymentStatus {
  readonly id: number;
  readonly state: string;
  readonly description: string;
  readonly environment_url: string;
  readonly log_url: string;
  readonly [field: string]: unknown;
}

export interface Deployment {
  readonly id: number;
  readonly sha: string;
  readonly ref: string;
  readonly task: string;
  readonly environment: string;
  readonly payload: unknown;
  readonly description: string | null;
  readonly [field: string]: unknown;
  /** Newest first, as GitHub lists them. */
  readonly statuses: DeploymentStatus[];
}

export interface EnvironmentRules {
  /** Logins that may approve. None: the environment has no protection, and a job passes straight through. */
  readonly reviewers?: readonly string[];
  readonly preventSelfReview?: boolean;
  /** Minutes that a job waits before it passes, whoever says what. */
  readonly waitTimer?: number;
}

export interface Approval {
  readonly environment: string;
  readonly login: string;
  readonly state?: 'approved' | 'rejected' | 'pending';
  readonly comment?: string;
}

export interface StubCall {
  readonly method: string;
  /** Below `/repos/{owner}/{repo}/`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly login: string;
}

export interface PullOf {
  readonly number: number;
  readonly as: object;
}

export type StubAnswer = readonly [status: number, data?: unknown];

export class GithubStubs {
  readonly deployments: Deployment[] = [];
  readonly #environments = new Map<string, object>();
  readonly #approvals = new Map<string, object[]>();
  readonly #pulls = new Map<string, readonly PullOf[]>();
  readonly #files = new Map<string, object[]>();
  readonly #repository: string;
  readonly #api: string;
  #ids = 100;

  /** @param api the URL that answers advertise; @param repository `owner/name` */
  constructor(api: string, repository: string) {
    this.#api = api;
    this.#repository = repository;
  }

  /** An answer, or undefined where the emulator is to give it. */
  answer(call: StubCall): StubAnswer | undefined {
    const get = call.method === 'GET';
    const [room = '', id = '', rest = '', last = ''] = call.path.split('/').map(decodeURIComponent);
    if (room === 'deployments' && id === '') return get ? [200, this.#listed(call.query)] : this.#deploy(call);
    if (room === 'deployments') return this.#deployment(call, id, rest, last);
    if (room === 'environments' && get) return this.#environment(id);
    if (room === 'pulls' && rest === 'files') return [200, this.#files.get(id) ?? []];
    if (room === 'actions' && id === 'runs' && call.path.endsWith('/approvals'))
      return [200, this.#approvals.get(rest) ?? []];
    return undefined;
  }

  addEnvironment(name: string, rules: EnvironmentRules = {}): void {
    const { reviewers = [], preventSelfReview = false, waitTimer } = rules;
    const timer = { id: this.#next(), node_id: 'R', type: 'wait_timer', wait_timer: waitTimer };
    const rule = {
      id: this.#next(),
      node_id: 'R',
      type: 'required_reviewers',
      prevent_self_review: preventSelfReview,
      reviewers: reviewers.map((login) => ({ type: 'User', reviewer: this.#user(login) })),
    };
    this.#environments.set(name, {
      ...this.#environmentNamed(name),
      protection_rules: [...(waitTimer === undefined ? [] : [timer]), ...(reviewers.length === 0 ? [] : [rule])],
      deployment_branch_policy: null,
    });
  }

  /** What a pull request touches; with `from`, renamed. */
  addFiles(pull: number, files: readonly { readonly path: string; readonly from?: string }[]): void {
    this.#files.set(
      String(pull),
      files.map(({ path, from }) => ({
        sha: '0'.repeat(40),
        filename: path,
        ...(from === undefined ? { status: 'modified' } : { status: 'renamed', previous_filename: from }),
        additions: 1,
        deletions: 1,
        changes: 2,
        blob_url: this.#url(`blob/${path}`),
        raw_url: this.#url(`raw/${path}`),
        contents_url: this.#url(`contents/${path}`),
      })),
    );
  }

  addApproval(run: string, { environment, login, state = 'approved', comment = '' }: Approval): void {
    const all = this.#approvals.get(run) ?? [];
    all.push({ environments: [this.#environmentNamed(environment)], state, user: this.#user(login), comment });
    this.#approvals.set(run, all);
  }

  /** @param as what of the pull request is otherwise than the emulator has it */
  addPullOf(sha: string, number: number, as: object): void {
    const others = this.pullsOf(sha).filter((each) => each.number !== number);
    this.#pulls.set(sha, [...others, { number, as }]);
  }

  /** The pull requests that contain a commit, or brought it. */
  pullsOf(sha: string): readonly PullOf[] {
    return this.#pulls.get(sha) ?? [];
  }

  #next(): number {
    return (this.#ids += 1);
  }

  #url(path: string): string {
    return `${this.#api}/repos/${this.#repository}/${path}`;
  }

  #times(): { created_at: string; updated_at: string } {
    const now = new Date().toISOString();
    return { created_at: now, updated_at: now };
  }

  #listed(query: URLSearchParams): object[] {
    const keys = ['sha', 'ref', 'task', 'environment'].filter((key) => query.has(key));
    return this.deployments
      .filter((deployment) => keys.every((key) => deployment[key] === query.get(key)))
      .map(({ statuses: _, ...deployment }) => deployment);
  }

  #deploy({ body, login }: StubCall): StubAnswer {
    const { ref, task = 'deploy', environment = 'production', payload = {}, description = null } = body;
    if (tooLong(description))
      return [422, { message: 'Validation Failed', errors: ['description is too long (maximum is 140 characters)'] }];
    const id = this.#next();
    const deployment = {
      id,
      node_id: 'D',
      url: this.#url(`deployments/${id}`),
      // A branch or tag would stand for its commit; what the action deploys is a commit already.
      sha: String(ref),
      ref: String(ref),
      task: String(task),
      payload,
      original_environment: String(environment),
      environment: String(environment),
      description: description as string | null,
      creator: this.#user(login),
      ...this.#times(),
      statuses_url: this.#url(`deployments/${id}/statuses`),
      repository_url: `${this.#api}/repos/${this.#repository}`,
      transient_environment: body['transient_environment'] === true,
      production_environment: body['production_environment'] ?? environment === 'production',
    };
    this.deployments.unshift({ ...deployment, statuses: [] });
    // GitHub makes an environment that is not there, without any rules.
    if (!this.#environments.has(deployment.environment)) this.addEnvironment(deployment.environment);
    return [201, deployment];
  }

  #deployment(call: StubCall, id: string, rest: string, last: string): StubAnswer {
    const found = this.deployments.find((deployment) => String(deployment.id) === id);
    if (found === undefined) return notFound;
    const { statuses, ...deployment } = found;
    if (rest === '' && call.method === 'GET') return [200, deployment];
    if (rest === '' && call.method === 'DELETE') {
      // https://docs.github.com/rest/deployments/deployments#delete-a-deployment
      if (statuses[0]?.state !== 'inactive' && this.deployments.length > 1)
        return [
          422,
          { message: 'We cannot delete an active deployment unless it is the only deployment in a given environment.' },
        ];
      this.deployments.splice(this.deployments.indexOf(found), 1);
      return [204];
    }
    if (rest !== 'statuses') return notFound;
    if (last !== '') {
      const status = statuses.find((each) => String(each.id) === last);
      return status === undefined ? notFound : [200, status];
    }
    if (call.method === 'GET') return [200, statuses];
    if (tooLong(call.body['description']))
      return [422, { message: 'Validation Failed', errors: ['description is too long (maximum is 140 characters)'] }];
    const status = this.#status(found, call.body, call.login);
    // What succeeds takes the others of its environment out of service, unless told not to: only those that are neither
    // transient nor in production. https://docs.github.com/rest/deployments/statuses#create-a-deployment-status
    const isReplaced = (other: Deployment): boolean =>
      other !== found &&
      other.environment === found.environment &&
      other['transient_environment'] !== true &&
      other['production_environment'] !== true &&
      other.statuses[0]?.state === 'success';
    if (status.state === 'success' && call.body['auto_inactive'] !== false)
      for (const other of this.deployments.filter(isReplaced))
        other.statuses.unshift(this.#status(other, { state: 'inactive' }, call.login));
    statuses.unshift(status);
    return [201, status];
  }

  #status(deployment: Deployment, body: StubCall['body'], login: string): DeploymentStatus {
    const id = this.#next();
    const text = (value: unknown): string => (typeof value === 'string' ? value : '');
    const log = text(body['log_url'] ?? body['target_url']);
    return {
      id,
      node_id: 'S',
      url: this.#url(`deployments/${deployment.id}/statuses/${id}`),
      state: text(body['state']),
      creator: this.#user(login),
      description: text(body['description']),
      environment: deployment.environment,
      environment_url: text(body['environment_url']),
      log_url: log,
      target_url: log,
      ...this.#times(),
      deployment_url: this.#url(`deployments/${deployment.id}`),
      repository_url: `${this.#api}/repos/${this.#repository}`,
    };
  }

  #environment(name: string): StubAnswer {
    const all = [...this.#environments.values()];
    if (name === '') return [200, { total_count: all.length, environments: all }];
    // GitHub finds an environment whatever the case it is asked in.
    const key = [...this.#environments.keys()].find((each) => each.toLowerCase() === name.toLowerCase());
    const found = key === undefined ? undefined : this.#environments.get(key);
    return found === undefined ? notFound : [200, found];
  }

  #environmentNamed(name: string): object {
    const url = this.#url(`environments/${encodeURIComponent(name)}`);
    return { id: this.#next(), node_id: 'E', name, url, html_url: url, ...this.#times() };
  }

  #user(login: string): object {
    const url = `${this.#api}/users/${encodeURIComponent(login)}`;
    const names = ['followers', 'following', 'gists', 'starred', 'subscriptions', 'repos', 'events', 'received_events'];
    return {
      login,
      id: Buffer.from(login).reduce((sum, byte) => (sum * 31 + byte) % 1_000_000, 7),
      node_id: 'U',
      avatar_url: `${url}/avatar`,
      gravatar_id: '',
      url,
      html_url: url,
      organizations_url: `${url}/orgs`,
      ...Object.fromEntries(names.map((name) => [`${name}_url`, `${url}/${name}`])),
      type: login.endsWith('[bot]') ? 'Bot' : 'User',
      site_admin: false,
    };
  }
}

const notFound: StubAnswer = [
  404,
  { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' },
];

function tooLong(description: unknown): boolean {
  return typeof description === 'string' && description.length > 140;
}
