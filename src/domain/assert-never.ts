/**
 * Ends every choice by a kind: the compiler refuses a kind that no branch before it handles. At run time, where the
 * kind comes from a file that another version wrote, it throws, so that an unknown kind is never taken for a known one.
 * @param kind the kind, or what has it as `kind` or `from`
 * @param what what kind of thing it is, e.g. `outcome of a check`
 * @throws TypeError naming both
 */
export function assertNever(kind: never, what: string): never {
  const { kind: own, from } = Object(kind) as { readonly kind?: string; readonly from?: string };
  throw new TypeError(`'${own ?? from ?? String(kind)}' is an unknown ${what}.`);
}
