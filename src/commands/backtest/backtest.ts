import { backtest } from './replay.js';
import { backtestLines, backtestMarkdown } from './page.js';
import type { RunContext } from '../../run/context.js';
import { publishPage } from '../../run/publish.js';
import { openPromotion } from '../../run/operation.js';

export async function replayPolicy(run: RunContext): Promise<void> {
  const { inputs, redactor } = run;
  await openPromotion(run, { model: inputs.model, stage: inputs.stage }, async (work) => {
    const tell = (done: number, of: number): void => work.log.line(`backtest: ${done} of ${of}`);
    const told = redactor.redactDeep(await backtest(work, {}, tell));
    const page = { model: told.model, lines: backtestLines(told), markdown: backtestMarkdown(told) };
    await publishPage(page, run);
  });
}
