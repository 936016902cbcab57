import { backtest } from './replay.js';
import { backtestLines, backtestMarkdown } from './page.js';
import type { Session } from '../../run/context.js';
import { tellPage } from '../../run/publish.js';
import { type Progress, undertake } from '../../run/operation.js';

export async function replay(session: Session, progress: Progress): Promise<void> {
  const { inputs, veil } = session;
  await undertake(session, progress, { model: inputs.model, stage: inputs.stage }, async (undertaking) => {
    const tell = (done: number, of: number): void => undertaking.log.line(`backtest: ${done} of ${of}`);
    const told = veil.overData(await backtest(undertaking, {}, tell));
    const page = { model: told.model, lines: backtestLines(told), markdown: backtestMarkdown(told) };
    await tellPage(page, session);
  });
}
