import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { main } from './main.js';
import { post } from './commands/post.js';
import { isRunner, usage, usageExitCode } from './run/usage.js';

const [, file = '', ...args] = process.argv;
// Told by the file that the runner starts, which no input and no variable can change.
const isPost = basename(file) === 'post.js';
// A package manager starts the command line by a link of another name.
const isCommandLine = basename(realpathSync(file)) === 'cli.js';

if (isCommandLine) {
  const { cli } = await import('./cli/main.js');
  await cli(args, main);
} else if (isRunner(process.env, args)) await (isPost ? post() : main());
else if (!isPost) {
  process.stdout.write(usage(args));
  process.exitCode = usageExitCode;
}
