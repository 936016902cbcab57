import { expect, test } from '@jest/globals';
import { fileReader } from '../../../src/github/contents.js';
import { readContext } from '../../../src/github/context.js';
import { startGithubStub } from '../../support/github-stub.js';

test('there is no reader without a token, or outside GitHub', async () => {
  expect(fileReader(await readContext({ GITHUB_REPOSITORY: 'o/r' }), undefined)).toBeUndefined();
  expect(fileReader(await readContext({}), 'ghs_x')).toBeUndefined();
});

test('what is not there is undefined; what may not be read is an error that names the permission', async () => {
  const github = await startGithubStub();
  try {
    const context = await readContext({ GITHUB_REPOSITORY: 'o/r', GITHUB_API_URL: github.url });
    const read = fileReader(context, 'ghs_x');
    expect(await read?.('policy.yml', 'main')).toBeUndefined();
    github.failures = { 'GET /repos': { status: 403, message: 'Resource not accessible by integration' } };
    await expect(read?.('policy.yml', 'main')).rejects.toMatchObject({
      code: 'GITHUB_DENIED',
      cure: expect.stringContaining("'contents: read'"),
    });
  } finally {
    await github.close();
  }
});
