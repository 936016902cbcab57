import type { Inputs } from '../run/inputs.js';
import { listMatrix } from './matrix/matrix.js';
import { openAlarm } from '../run/alarm.js';
import { adopt } from '../promotion/adopt.js';
import { archive } from '../promotion/archive.js';
import { monitor } from '../promotion/monitor.js';
import { promote } from '../promotion/promote.js';
import { register } from '../promotion/register.js';
import { rollback } from '../promotion/rollback.js';
import type { Session } from '../run/context.js';
import type { Progress } from '../run/operation.js';
import { onModel, onStage } from './on-stage.js';
import { judgeOnly } from './gate.js';
import { carryOut } from './apply.js';
import { status } from './status/status.js';
import { replay } from './backtest/backtest.js';
import { lint } from './lint.js';
import { given } from '../domain/defined.js';

type Command = (session: Session, progress: Progress) => Promise<void>;

/** To add a command: its name in `command-names.ts`, one line here. */
export const commands: Readonly<Record<Inputs['command'], Command>> = {
  promote: (session, progress) =>
    onStage(session, progress, (work) => promote(work, session.inputs.version ?? 'latest')),
  gate: judgeOnly,
  apply: carryOut,
  register: (session, progress) =>
    onModel(session, progress, (work) => {
      const { version, source, runId: run } = session.inputs;
      return register(work, { ...given({ version, source, run }) });
    }),
  monitor: (session, progress) =>
    onStage(session, progress, async (work) => monitor(work, session.inputs.version, await openAlarm(session))),
  rollback: (session, progress) => onStage(session, progress, (work) => rollback(work, session.inputs.version)),
  archive: (session, progress) => onModel(session, progress, (work) => archive(work, session.inputs.version ?? '')),
  adopt: (session, progress) => onStage(session, progress, adopt),
  status,
  backtest: replay,
  lint,
  matrix: listMatrix,
};
