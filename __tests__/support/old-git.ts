import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder of a `git` that behaves like an old one in a container job, where another user owns the checkout: for a PATH.
 * Ownership counts as in 2.35.2 to 2.37 and in distributions' backports (`-c safe.directory` does not); before 2.32 there is
 * no GIT_CONFIG_GLOBAL, before 2.31 no GIT_CONFIG_COUNT, before 2.29 no `--no-write-fetch-head` and `--no-auto-maintenance`.
 * Held against the real 2.25.1 and 2.36.0.
 * @param isOwn whether the checkout is the user's own
 */
export function oldGit(version: string, { isOwn = false } = {}): string {
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  const [, minor = 0] = version.split('.').map(Number);
  const folder = mkdtempSync(join(tmpdir(), `git-${version}-`));
  const file = join(folder, 'git');
  const unknown = minor < 29 ? '--no-write-fetch-head|--no-auto-maintenance' : '--none';
  const unset = [
    ...(minor < 31 ? ['GIT_CONFIG_COUNT'] : []),
    ...(minor < 32 ? ['GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM'] : []),
  ];
  writeFileSync(
    file,
    `#!/bin/bash
${unset.map((name) => `unset ${name}`).join('\n')}
args=()
while [ $# -gt 0 ]; do
  case "$1" in
    -c) case "$2" in safe.directory=*) ;; *) args+=("-c" "$2") ;; esac; shift ;;
    version|--version) [ \${#args[@]} -eq 0 ] && { echo "git version ${version}"; exit 0; }; args+=("$1") ;;
    ${unknown}) echo "error: unknown option \\\`\${1#--}'" >&2; echo "usage: git fetch [<options>]" >&2; exit 129 ;;
    *) args+=("$1") ;;
  esac
  shift
done
told=$(mktemp)
${isOwn ? '' : 'export GIT_TEST_ASSUME_DIFFERENT_OWNER=1'}
'${real}' "\${args[@]}" 2>"$told"
code=$?
sed -E "s/detected dubious ownership in repository at '(.*)'/unsafe repository ('\\1' is owned by someone else)/" "$told" >&2
rm -f "$told"
exit $code
`,
  );
  chmodSync(file, 0o755);
  return folder;
}
