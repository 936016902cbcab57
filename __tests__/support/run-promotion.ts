import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GroupedLog } from '../../src/evidence/command-check.js';
import { loadPolicy, sourceOf } from '../support/policy.js';
import { promote } from '../../src/promotion/promote.js';
import { resolveStage } from '../../src/promotion/judge/resolve.js';
import type { PolicyTables } from '../../src/policy/tables.js';
import type { PromotionContext } from '../../src/promotion/context.js';
import { ReportBuilder } from '../../src/promotion/report-builder.js';
import type { Registry } from '../../src/registry/registry.js';
import type { Report } from '../../src/domain/report.js';
import { noCredentials } from './credentials.js';

const now = (): Date => new Date('2026-03-01T12:00:00Z');

export interface Performance {
  readonly report: Report;
  readonly lines: readonly string[];
  readonly sealed: readonly Report[];
}

export interface Setting extends Partial<PromotionContext> {
  readonly stageName?: string;
  readonly workspace?: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly version?: string;
  /** What the policy may name; as the action has it unless given. */
  readonly tables?: PolicyTables;
}

/** Plays one promotion of `policyText` against the registry, in a workspace of its own. */
export function runPromote(
  policyText: string,
  registry: Registry & { readonly model: string },
  more: Setting = {},
): Promise<Performance> {
  return runOperation(policyText, registry, more, (work) => promote(work, more.version ?? 'latest'));
}

/** Plays any operation. */
export async function runOperation(
  policyText: string,
  registry: Registry & { readonly model: string },
  more: Setting,
  act: (work: PromotionContext) => Promise<Report>,
): Promise<Performance> {
  const source = sourceOf('policy.yml', policyText, 'main', 'c'.repeat(40));
  const policy = loadPolicy(source, more.tables);
  const workspace = more.workspace ?? mkdtempSync(join(tmpdir(), 'stage-'));
  const temporary = mkdtempSync(join(tmpdir(), 'stage-commands-'));
  const lines: string[] = [];
  const sealed: Report[] = [];
  const log: GroupedLog = {
    start: (title) => lines.push(`> ${title}`),
    line: (line) => lines.push(line),
    end: () => lines.push('<'),
  };
  try {
    const report = await act({
      command: 'promote',
      dryRun: false,
      model: registry.model,
      stage: resolveStage(policy, more.stageName ?? 'production'),
      policy,
      source,
      registry,
      runOwner: {
        owner: { token: randomUUID() },
        ownerHasEnded: () => Promise.resolve(false),
        remember: () => undefined,
        killProcesses: () => undefined,
        pause: () => Promise.resolve(),
        cancelled: new AbortController().signal,
      },
      execution: {
        workspace,
        temporary,
        environment: more.environment ?? process.env,
        passEnv: [],
        credentialNames: registry.credentialNames,
        isCredential: noCredentials.isCredential,
        secrets: [],
        cancelled: new AbortController().signal,
        blocked: () => Promise.resolve(undefined),
      },
      log,
      now,
      author: { actor: 'ada', run: 'https://github.test/run/1', commit: 'd'.repeat(40) },
      override: [],
      approval: () => Promise.reject(new Error('Nobody was to be asked.')),
      seal: (judged) => {
        sealed.push(judged);
        return Promise.resolve('sha256:evidence');
      },
      report: new ReportBuilder(more.now ?? now),
      ...more,
    });
    return { report, lines, sealed };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
    if (more.workspace === undefined) rmSync(workspace, { recursive: true, force: true });
  }
}

/** Each check as `name: outcome`. */
export function outcomes(report: Report): string[] {
  return report.checks.map(({ name, outcome }) => `${name}: ${outcome}`);
}
