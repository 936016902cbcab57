import { setFailed, setSecret } from './run/host.js';
import { cancellation } from './run/cancellation.js';
import { commands } from './commands/commands.js';
import { asPromotionError } from './domain/errors.js';
import type { Environment } from './domain/environment.js';
import { type GithubContext, readContext } from './github/context.js';
import { type Inputs, readInputs } from './run/inputs.js';
import { plain } from './domain/markdown.js';
import { runSecrets } from './run/secrets.js';
import { authorOf, openRun } from './run/context.js';
import { type PublishContext, publishReport } from './run/publish.js';
import type { Report } from './domain/report.js';
import { ReportBuilder } from './promotion/report-builder.js';
import { Redactor } from './domain/redactor.js';

/**
 * Read → resolve → judge → act → tell. The only place where the step is failed; whatever is thrown fails it.
 * @param environment with the inputs, as a runner passes them
 * @param contextOf what is known of the run beside them
 */
export async function main(
  environment: Environment = process.env,
  contextOf: (environment: Environment) => Promise<GithubContext> = readContext,
): Promise<void> {
  const cancelled = cancellation();
  const redactor = new Redactor(runSecrets(environment));
  const report = new ReportBuilder(() => new Date());
  let audience: PublishContext = { redactor };
  try {
    const context = await contextOf(environment);
    audience = { redactor, context };
    const inputs = readInputs(environment);
    if (inputs.githubToken !== undefined) setSecret(inputs.githubToken);
    report.add(fromInputs(inputs, context));
    audience = { redactor, context, inputs };
    const run = await openRun(inputs, context, environment, redactor, cancelled, report);
    audience = run;
    await commands[inputs.command](run);
  } catch (thrown) {
    const error = asPromotionError(thrown);
    await publishReport(report.failed(error), audience, false).catch((untold: unknown) => {
      const why = asPromotionError(untold).message;
      setFailed(plain(redactor.redact(`${error.sentence} It could not be told in full: ${why}`)));
    });
  }
}

function fromInputs(inputs: Inputs, context: GithubContext): Partial<Omit<Report, 'notes'>> {
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
