import { notice, warning } from '../run/host.js';
import { lintRemarks } from '../policy/lint.js';
import { plain } from '../domain/markdown.js';
import type { RunContext } from '../run/context.js';
import { openRepository } from '../run/repository.js';
import { loadRunPolicy } from '../run/policy.js';
import { uncommittedTrusted } from '../run/trusted-paths.js';

export async function lint(run: RunContext): Promise<void> {
  const { policy, source } = await loadRunPolicy(run, undefined);
  run.report.add({ policy: source });
  const opened = (): ReturnType<typeof openRepository> => openRepository(run);
  const remarks = [
    ...lintRemarks(policy),
    ...(await uncommittedTrusted({ workspace: run.workspace, opened, policy, source, tables: run.tables })),
  ];
  for (const { message, at } of remarks) {
    warning(
      plain(run.redactor.redact(message)),
      at === undefined ? {} : { file: at.file, startLine: at.line, startColumn: at.column },
    );
  }
  const checks = [...policy.stages.values()].reduce((sum, stage) => sum + stage.checks.length, 0);
  const what = `${policy.stages.size} stages, ${checks} checks, ${policy.models.size} models`;
  notice(
    `${source.path} is a valid policy: ${what}${remarks.length === 0 ? '' : `; ${remarks.length} to think about`}.`,
  );
}
