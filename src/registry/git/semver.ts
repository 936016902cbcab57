/** A version as GTO writes it: `v` and a semantic version. */
const SEMVER =
  /^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/;

export function isVersion(text: string): boolean {
  return SEMVER.test(text);
}

/** The patch after a version, as GTO counts: a prerelease's is not its release but the patch after that. */
export function patchAfter(version: string): string {
  const [, major = '0', minor = '0', patch = '0'] = SEMVER.exec(version) ?? [];
  return `v${major}.${minor}.${BigInt(patch) + 1n}`;
}

/**
 * Precedence of two versions: negative when `a` is the lower. Own code, because the rule is these lines and the
 * `semver` package would be 30 kB for it; digits are compared as text, so a date as patch number cannot overflow.
 * @see https://semver.org/#spec-item-11
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [SEMVER.exec(a), SEMVER.exec(b)];
  if (left === null || right === null) return left === right ? compareText(a, b) : left === null ? -1 : 1;
  for (let part = 1; part <= 3; part++) {
    const order = compareDigits(left[part] ?? '', right[part] ?? '');
    if (order !== 0) return order;
  }
  // A version without prerelease is the higher; build metadata has no precedence and only makes the order total.
  const [before, after] = [left[4], right[4]];
  if (before === undefined || after === undefined) {
    return before === after ? compareText(a, b) : before === undefined ? 1 : -1;
  }
  return comparePrereleases(before.split('.'), after.split('.')) || compareText(a, b);
}

function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined) return 1;
    const [leftDigits, rightDigits] = [/^\d+$/.test(left), /^\d+$/.test(right)];
    const order =
      leftDigits && rightDigits
        ? compareDigits(left, right)
        : leftDigits !== rightDigits
          ? leftDigits
            ? -1
            : 1
          : compareText(left, right);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareDigits(a: string, b: string): number {
  return a.length - b.length || compareText(a, b);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
