import type { Environment } from '../domain/environment.js';

/**
 * What git and the transports it starts (ssh, curl, credential helpers) need. Left out on purpose: `GIT_DIR`,
 * `GIT_INDEX_FILE` and their like, which a calling hook leaves behind and which would aim us at another
 * repository; and every token, which git has no business inheriting.
 */
const PASSED = new Set([
  'PATH',
  'PATHEXT',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'TMPDIR',
  'TMP',
  'TEMP',
  'XDG_CONFIG_HOME',
  'SSH_AUTH_SOCK',
  'SSH_AGENT_PID',
  'GIT_SSH',
  'GIT_SSH_COMMAND',
  'GIT_SSH_VARIANT',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
  'GIT_HTTP_LOW_SPEED_LIMIT',
  'GIT_HTTP_LOW_SPEED_TIME',
  'GIT_EXEC_PATH',
  'GIT_TEMPLATE_DIR',
  'LD_LIBRARY_PATH',
  'SYSTEMROOT',
  'SYSTEMDRIVE',
  'COMSPEC',
  'USERPROFILE',
  'HOMEDRIVE',
  'HOMEPATH',
  'APPDATA',
  'LOCALAPPDATA',
  'PROGRAMDATA',
  'PROGRAMFILES',
]);
const CONFIGURED = /^GIT_CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)$/;

/** The environment of every git process: the allow-list, then what keeps git from prompting and from translating. */
export function gitEnvironment(from: Environment, allowed: readonly string[] = []): Record<string, string> {
  const extra = new Set(allowed.map((name) => name.toUpperCase()));
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(from)) {
    const upper = name.toUpperCase();
    if (value !== undefined && (PASSED.has(upper) || extra.has(upper) || CONFIGURED.test(upper))) kept[name] = value;
  }
  // Messages are matched below, hence LC_ALL; a prompt would hang the job until its timeout, and so would a server
  // that takes the request and says nothing. A server at work says something every few seconds.
  return {
    GIT_HTTP_LOW_SPEED_LIMIT: '1',
    GIT_HTTP_LOW_SPEED_TIME: '60',
    ...kept,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
  };
}

/**
 * `environment` with one more configuration value, handed over where neither `ps` nor a log shows it.
 * @param isOld git before 2.31, which knows only the variable that it hands `-c` on by to itself
 */
export function withConfiguration(
  environment: Readonly<Record<string, string>>,
  key: string,
  value: string,
  isOld = false,
): Record<string, string> {
  if (isOld) return { ...environment, GIT_CONFIG_PARAMETERS: `'${`${key}=${value}`.replaceAll("'", "'\\''")}'` };
  const count = Number.parseInt(environment['GIT_CONFIG_COUNT'] ?? '0', 10) || 0;
  return {
    ...environment,
    GIT_CONFIG_COUNT: String(count + 1),
    [`GIT_CONFIG_KEY_${count}`]: key,
    [`GIT_CONFIG_VALUE_${count}`]: value,
  };
}
