import type { Inputs } from '../run/inputs.js';
import { listMatrix } from './matrix/matrix.js';
import { openAlarm } from '../run/alarm.js';
import { adopt } from '../promotion/adopt.js';
import { archive } from '../promotion/archive.js';
import { monitor } from '../promotion/monitor.js';
import { promote } from '../promotion/promote.js';
import { register } from '../promotion/register.js';
import { rollback } from '../promotion/rollback.js';
import type { RunContext } from '../run/context.js';
import { onModel, onStage } from './on-stage.js';
import { gateStage } from './gate.js';
import { applyPlan } from './apply.js';
import { verify } from './verify/verify.js';
import { showStatus } from './status/status.js';
import { replayPolicy } from './backtest/backtest.js';
import { lint } from './lint.js';
import { given } from '../domain/defined.js';

type CommandHandler = (run: RunContext) => Promise<void>;

/** To add a command: its name in `command-names.ts`, one line here. */
export const commands: Readonly<Record<Inputs['command'], CommandHandler>> = {
  promote: (run) => onStage(run, (work) => promote(work, run.inputs.version ?? 'latest')),
  gate: gateStage,
  apply: applyPlan,
  register: (run) =>
    onModel(run, (work) => {
      const { version, source, runId } = run.inputs;
      return register(work, { ...given({ version, source, run: runId }) });
    }),
  monitor: (run) => onStage(run, async (work) => monitor(work, run.inputs.version, await openAlarm(run))),
  rollback: (run) => onStage(run, (work) => rollback(work, run.inputs.version)),
  archive: (run) => onModel(run, (work) => archive(work, run.inputs.version ?? '')),
  adopt: (run) => onStage(run, adopt),
  verify,
  status: showStatus,
  backtest: replayPolicy,
  lint,
  matrix: listMatrix,
};
