import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAction, type ActionResult } from '../support/action.js';
import { startGitServer } from '../support/git-http.js';
import { gto } from '../support/tools.js';
import { logOf } from './state.js';
import { policyOf, startWorld, template, type Mode, type World } from './world.js';

/** `FAULTS=all`: as many as a busy team could start by mistake. */
const count = process.env['FAULTS'] === 'all' ? 50 : 12;

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

/** Each run promotes a version of its own, from a clone of its own. */
test.each<Mode>(['mlflow alias', 'mlflow stage', 'git'])(
  `${count} promotions that start together on %s come through one after another, or say why not`,
  async (mode) => {
    const model = mode === 'git' ? 'churn' : `together-${mode.slice(-5)}`;
    const measures = Array.from({ length: count }, () => 0.9);
    const { mlflow, github } = world;
    const bare = template(policyOf(mode, model, false), mode === 'git' ? measures : [], false);
    const server = await startGitServer(github.token);
    execFileSync('cp', ['-R', `${bare}/.`, server.folder]);
    execFileSync('git', ['-C', server.folder, 'config', 'http.receivepack', 'true']);
    if (mode !== 'git') {
      await mlflow.createModel(model);
      for (const auc of measures) await mlflow.createVersion(model, { auc });
    }
    const name = (index: number): string => (mode === 'git' ? `v${index + 1}.0.0` : String(index + 1));
    const promote = (index: number): Promise<ActionResult> => {
      const workspace = join(mkdtempSync(join(tmpdir(), 'together-')), 'churn');
      execFileSync('git', ['clone', '-q', server.folder, workspace]);
      execFileSync('git', ['-C', workspace, 'remote', 'set-url', 'origin', `${server.url}/acme/churn`]);
      return runAction({
        workspace,
        inputs: { stage: 'production', model, version: name(index), comment: 'never', deployment: 'never' },
        token: github.token,
        timeoutMs: 400_000,
        environment: {
          GITHUB_SERVER_URL: server.url,
          GITHUB_API_URL: github.url,
          GITHUB_RUN_ID: String(5_000 + index),
          ...(mode === 'git' ? {} : { MLFLOW_TRACKING_URI: mlflow.url }),
        },
      });
    };
    const results = await Promise.all(measures.map((_, index) => promote(index)));

    const winners = results.flatMap(({ outputs }, index) => (outputs['promoted'] === 'true' ? [name(index)] : []));
    const losers = results.filter(({ outputs }) => outputs['promoted'] !== 'true');
    const reasons = new Map<string, number>();
    for (const { outputs } of losers) {
      const reason = (outputs['reason'] ?? '').replaceAll(/\S*\d\S*/g, '…');
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    const { events, chain } = logOf(server.folder, model);
    process.stderr.write(
      `${mode}: ${results.length} promotions together: ${winners.length} promoted, ${losers.length} not:\n${[...reasons]
        .map(([reason, of]) => `  ${of} × ${reason}`)
        .join('\n')}\n`,
    );

    expect(chain).toBeUndefined();
    const deployed = events.filter((event) => event.startsWith('deployed '));
    expect(deployed.map((event) => event.split(' ')[1]).toSorted()).toEqual(winners.toSorted());
    // Each in the place of the one before it: none was overlooked.
    deployed.forEach((event, index) => {
      const before = deployed[index - 1]?.split(' ')[1];
      expect(event.split(' after ')[1]).toBe(before);
    });
    expect(await holders(mode, model, server.folder)).toEqual([deployed.at(-1)?.split(' ')[1]]);
    expect(winners.length).toBeGreaterThan(0);
    for (const { outputs, code } of losers) {
      expect([code, outputs['decision']]).toEqual([1, 'hold']);
      expect(outputs['reason']).toMatch(
        /^(Since it was judged, production moved from|Another run is moving a version of)/,
      );
    }
    await server.stop();
  },
  600_000,
);

/** Who holds production, as the registry itself says. */
async function holders(mode: Mode, model: string, folder: string): Promise<readonly string[]> {
  if (mode === 'git') {
    const clone = mkdtempSync(join(tmpdir(), 'clone-'));
    execFileSync('git', ['clone', '-q', folder, clone]);
    return [execFileSync(gto, ['show', `${model}#production`, '--version'], { cwd: clone, encoding: 'utf8' }).trim()];
  }
  if (mode === 'mlflow alias') return [(await world.mlflow.aliases(model))['production'] ?? 'none'];
  const found = await world.mlflow.client(
    `[v.version for v in client.search_model_versions("name='${model}'") if v.current_stage == 'Production']`,
  );
  return (found as unknown[]).map(String);
}
