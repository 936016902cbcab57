import { setFailed, setSecret } from '@actions/core';
import { cancellation } from './cancellation.js';
import { commands } from './commands.js';
import { asPromotionError } from './errors.js';
import { readContext, type GithubContext } from './github/context.js';
import { readInputs, type Inputs } from './inputs.js';
import { plain } from './report/escape.js';
import { ownSecrets } from './secrets.js';
import { authorOf, openSession } from './session.js';
import { tellReport, type Audience } from './teller.js';
import { failureReport } from './verdict/failure.js';
import type { Report } from './verdict/verdict.js';
import { Veil } from './veil.js';

/** Read → resolve → judge → act → tell. The only place where the step is failed; whatever is thrown fails it. */
export async function main(): Promise<void> {
  const cancelled = cancellation();
  const veil = new Veil(ownSecrets(process.env));
  const known: { report: Partial<Report>; audience: Audience } = {
    report: { startedAt: new Date().toISOString() },
    audience: { veil },
  };
  try {
    const context = await readContext(process.env);
    known.audience = { veil, context };
    const inputs = readInputs(process.env);
    if (inputs.githubToken !== undefined) setSecret(inputs.githubToken);
    known.report = { ...known.report, ...fromInputs(inputs, context) };
    known.audience = { veil, context, inputs };
    const session = await openSession(inputs, context, process.env, veil, cancelled);
    known.audience = session;
    await commands[inputs.command](session, (more) => {
      known.report = { ...known.report, ...more };
    });
  } catch (thrown) {
    const error = asPromotionError(thrown);
    await tellReport(failureReport(error, known.report), known.audience, false).catch((untold: unknown) => {
      const why = asPromotionError(untold).message;
      setFailed(plain(veil.over(`${error.sentence} It could not be told in full: ${why}`)));
    });
  }
}

function fromInputs(inputs: Inputs, context: GithubContext): Partial<Report> {
  const { actor, run, commit } = authorOf(context);
  return {
    command: inputs.command,
    dryRun: inputs.dryRun,
    model: inputs.model ?? '',
    ...(inputs.stage === undefined ? {} : { stage: inputs.stage }),
    ...(actor === undefined ? {} : { actor }),
    ...(run === undefined ? {} : { runPage: run }),
    ...(commit === undefined ? {} : { commit }),
  };
}
