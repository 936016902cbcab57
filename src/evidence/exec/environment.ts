import { isRunnersOwn, type Environment } from '../../domain/environment.js';

/**
 * What a command may see of this process's environment: what tools need to run, nothing that acts in the
 * workflow's name. Listed in docs/policy.md; `pass_env` adds to it, but never the runner's own variables.
 *
 * A glob only behind a prefix that is one tool's own. Terraform's variables begin with `TF_` too, NVIDIA's API key
 * with `NVIDIA_`, and anybody's may with `R_` or `PYTHON_`: of those what the tool itself reads.
 */
const allowed: readonly (string | RegExp)[] = [
  // the system
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'TERM',
  'LANG',
  'LANGUAGE',
  'LC_*',
  'TZ',
  'TMPDIR',
  'TMP',
  'TEMP',
  'XDG_*',
  // Windows
  'SystemRoot',
  'SystemDrive',
  'windir',
  'ComSpec',
  'PATHEXT',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'ProgramData',
  'ProgramFiles*',
  'NUMBER_OF_PROCESSORS',
  'PROCESSOR_ARCHITECTURE',
  'PROCESSOR_ARCHITEW6432',
  'PROCESSOR_IDENTIFIER',
  'PROCESSOR_LEVEL',
  'PROCESSOR_REVISION',
  // interpreters and accelerators
  'VIRTUAL_ENV',
  'CONDA_*',
  'PYENV_*',
  // https://docs.python.org/3/using/cmdline.html#environment-variables
  /^PYTHON[A-Z0-9]+$/,
  'PYTHON_COLORS',
  'PYTHON_CPU_COUNT',
  'PYTHON_GIL',
  'PYTHON_JIT',
  'PYTHON_VERSION',
  'pythonLocation',
  'Python*_ROOT_DIR',
  'UV_*',
  'POETRY_*',
  'JAVA_HOME',
  // https://stat.ethz.ch/R-manual/R-devel/library/base/html/EnvVar.html
  'R_HOME',
  'R_LIBS',
  'R_LIBS_SITE',
  'R_LIBS_USER',
  'R_ENVIRON',
  'R_ENVIRON_USER',
  'R_PROFILE',
  'R_PROFILE_USER',
  'R_DEFAULT_PACKAGES',
  'R_ENABLE_JIT',
  'R_MAX_*',
  'R_USER_*_DIR',
  'GOPATH',
  'GOROOT',
  'LD_LIBRARY_PATH',
  'DYLD_*',
  'PKG_CONFIG_PATH',
  'CUDA_*',
  // https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/docker-specialized.html
  'NVIDIA_VISIBLE_DEVICES',
  'NVIDIA_DRIVER_CAPABILITIES',
  'NVIDIA_REQUIRE_*',
  'NVIDIA_DISABLE_REQUIRE',
  'NVIDIA_TF32_OVERRIDE',
  'ROCM_*',
  'HIP_*',
  'OMP_*',
  'MKL_*',
  'TF_CONFIG',
  'TF_CPP_*',
  'TF_CUDNN_*',
  'TF_DETERMINISTIC_OPS',
  'TF_ENABLE_*',
  'TF_FORCE_GPU_ALLOW_GROWTH',
  'TF_GPU_*',
  'TF_NUM_*',
  'TF_USE_LEGACY_KERAS',
  'TF_XLA_*',
  'TORCH_*',
  // the network's shape (proxies may hold a password: it is theirs to use)
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'all_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'NODE_EXTRA_CA_CERTS',
  // where and for what it runs
  'CI',
  'GITHUB_ACTIONS',
  'GITHUB_WORKSPACE',
  'GITHUB_REPOSITORY',
  'GITHUB_SHA',
  'GITHUB_REF',
  'GITHUB_REF_NAME',
  'GITHUB_RUN_ID',
  'GITHUB_RUN_ATTEMPT',
  'GITHUB_SERVER_URL',
  'RUNNER_OS',
  'RUNNER_ARCH',
  'RUNNER_TEMP',
  'RUNNER_TOOL_CACHE',
];

/** Which variables are registries' credentials. */
export interface CredentialAccess {
  /** Those that `pass_env: [registry]` hands on. */
  readonly credentialNames: readonly string[];
  /** Whether the variable is part of any registry's credentials: never handed on by the allow-list. */
  readonly isCredential: (name: string) => boolean;
}

/** For what is given no registry's credentials, whatever `pass_env` says. */
export function withoutRegistry(credentials: { readonly isCredential: (name: string) => boolean }): CredentialAccess {
  return { credentialNames: [], isCredential: (name) => credentials.isCredential(name) };
}

/** The child's environment: allow-list and `pass_env` from `parent`, then `given` over both. */
export function childEnvironment(
  parent: Environment,
  passEnv: readonly string[],
  { credentialNames, isCredential }: CredentialAccess,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const extra = passEnv.flatMap((name) => (name === 'registry' ? credentialNames : [name]));
  const patterns = extra.map(pattern);
  const child: Record<string, string> = {};
  for (const [name, value] of Object.entries(parent)) {
    if (value === undefined || isRunnersOwn(name)) continue;
    if (isAllowed(name, isCredential) || patterns.some((each) => each.test(name))) child[name] = value;
  }
  return { ...child, ...given };
}

/** The values that must not be shown: whatever was handed on beyond the allow-list. */
export function secretsIn(
  parent: Environment,
  passEnv: readonly string[],
  { credentialNames, isCredential }: CredentialAccess,
): string[] {
  const extra = passEnv.flatMap((name) => (name === 'registry' ? credentialNames : [name])).map(pattern);
  return Object.entries(parent)
    .filter(
      ([name, value]) =>
        value !== undefined &&
        !isRunnersOwn(name) &&
        !isAllowed(name, isCredential) &&
        extra.some((each) => each.test(name)),
    )
    .map(([, value]) => value ?? '');
}

function pattern(glob: string | RegExp): RegExp {
  if (glob instanceof RegExp) return glob;
  // Windows has 'Path' where others have 'PATH', and means the same.
  const flags = process.platform === 'win32' ? 'i' : '';
  return new RegExp(`^${glob.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, flags);
}

const allowedPatterns = allowed.map(pattern);
/**
 * Under the allow-list's globs, but a credential by a word of its name: UV_INDEX_X_PASSWORD, CONDA_DBPASS, TORCH_OAUTH2.
 * Only at a word's end, where others are joined to it: PATH, UV_KEYRING_PROVIDER and TOKENIZERS are none.
 */
const credential =
  /(^|_)([A-Z0-9]*(TOKEN|PASSWORD|PASSWD|PASSPHRASE|PWD|SECRETS?|CREDENTIALS?|CREDS|KEYS?|AUTH|(?<!BY|COM)PASS)|PAT)\d*(_|$)/i;

function isAllowed(name: string, isCredential: (name: string) => boolean): boolean {
  return !credential.test(name) && !isCredential(name) && allowedPatterns.some((each) => each.test(name));
}
