/** pytest's codes for what is no failed test: https://docs.pytest.org/en/stable/reference/exit-codes.html */
export const pytestErrorCodes: readonly number[] = [2, 3, 4, 5];

/** Whether a command's text calls pytest, by itself or through a path, `python -m` or a tool such as `uv run`. */
export function callsPytest(run: string): boolean {
  const calls = run.replaceAll(/^\s*#.*$/gm, '').replaceAll(/\b(?:pip3?|conda|apt-get) install\b[^;&|\n]*/g, '');
  return /(?:^|[\s;&|(/])(?:pytest|py\.test)(?![\w./=-])/.test(calls);
}
