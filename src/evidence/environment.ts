import type { Environment } from '../environment.js';

/**
 * What a command may see of this process's environment: what tools need to run, nothing that acts in the
 * workflow's name. Documented in the README; `pass_env` adds to it, but never the runner's own variables.
 */
const allowed: readonly string[] = [
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
  'PROCESSOR_*',
  // interpreters and accelerators
  'VIRTUAL_ENV',
  'CONDA_*',
  'PYENV_*',
  'PYTHON*',
  'pythonLocation',
  'Python*_ROOT_DIR',
  'UV_*',
  'POETRY_*',
  'JAVA_HOME',
  'R_*',
  'GOPATH',
  'GOROOT',
  'LD_LIBRARY_PATH',
  'DYLD_*',
  'PKG_CONFIG_PATH',
  'CUDA_*',
  'NVIDIA_*',
  'ROCM_*',
  'HIP_*',
  'OMP_*',
  'MKL_*',
  'TF_*',
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

/** Never handed on, whatever `pass_env` says: with these a command could act as the workflow. */
const refused =
  /^(INPUT_.*|ACTIONS_.*|GITHUB_TOKEN|GITHUB_ENV|GITHUB_OUTPUT|GITHUB_PATH|GITHUB_STATE|GITHUB_STEP_SUMMARY)$/i;

/** The child's environment: allow-list and `pass_env` from `parent`, then `given` over both. */
export function childEnvironment(
  parent: Environment,
  passEnv: readonly string[],
  credentialNames: readonly string[],
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const extra = passEnv.flatMap((name) => (name === 'registry' ? credentialNames : [name]));
  const patterns = extra.map(pattern);
  const child: Record<string, string> = {};
  for (const [name, value] of Object.entries(parent)) {
    if (value === undefined || refused.test(name)) continue;
    if (isAllowed(name) || patterns.some((each) => each.test(name))) child[name] = value;
  }
  return { ...child, ...given };
}

/** The values that must not be shown: whatever was handed on beyond the allow-list. */
export function secretsIn(
  parent: Environment,
  passEnv: readonly string[],
  credentialNames: readonly string[],
): string[] {
  const extra = passEnv.flatMap((name) => (name === 'registry' ? credentialNames : [name])).map(pattern);
  return Object.entries(parent)
    .filter(
      ([name, value]) =>
        value !== undefined && !refused.test(name) && !isAllowed(name) && extra.some((each) => each.test(name)),
    )
    .map(([, value]) => value ?? '');
}

function pattern(glob: string): RegExp {
  // Windows has 'Path' where others have 'PATH', and means the same.
  const flags = process.platform === 'win32' ? 'i' : '';
  return new RegExp(`^${glob.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, flags);
}

const allowedPatterns = allowed.map(pattern);
/** Under the allow-list's globs, but a credential by its name: UV_INDEX_X_PASSWORD, POETRY_PYPI_TOKEN_X. */
const credential = /(^|_)(TOKEN|PASSWORD|PASSWD|SECRET|CREDENTIALS?|KEY)(_|$)/i;

function isAllowed(name: string): boolean {
  return !credential.test(name) && allowedPatterns.some((each) => each.test(name));
}
