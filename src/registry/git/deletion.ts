/** How tags are deleted, as the end of a sentence. Names in GTO's grammar hold nothing that a shell reads. */
export function deletion(...tags: readonly string[]): string {
  const refs = tags.map((tag) => `:refs/tags/${tag}`).join(' ');
  return `'git push origin ${refs}', in a repository without a remote 'git tag -d ${tags.join(' ')}'.`;
}
