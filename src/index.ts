import { basename } from 'node:path';
import { main } from './main.js';
import { post } from './post.js';

// Told by the file that the runner starts, which no input and no variable can change.
await (basename(process.argv[1] ?? '') === 'post.js' ? post() : main());
