import type { SourceDescriptor } from '../../domain/metric-source.js';
import { command } from './command.js';
import { evaluate } from './evaluate.js';
import { file } from './file-source.js';
import { loggedModel } from './logged-model.js';
import { run } from './run.js';

/** To add a source of metrics: a file with its descriptor, one line here. The schema is made from this table. */
export const sources: readonly SourceDescriptor[] = [run, loggedModel, file, command, evaluate];
