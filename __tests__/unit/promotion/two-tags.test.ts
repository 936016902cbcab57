import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { monitor } from '../../../src/promotion/monitor.js';
import type { Act } from '../../support/mlflow-world.js';
import { actOf, newPlace, removeTemplates, type Place } from '../../support/cures-world.js';

/** v1.2.0 is live, and its commit was tagged once more, with a lower or a higher version. */
let place: Place;
beforeEach(async () => {
  place = await newPlace('git', 2);
});
afterEach(() => place.dispose());
afterAll(removeTemplates);

const silent = { raise: () => Promise.resolve([]), clear: () => Promise.resolve([]) };
const watch =
  (version?: string): Act =>
  (work) =>
    monitor(work, version, silent);

async function tagged(version: string): Promise<void> {
  const { at, path, commits } = place.git ?? {};
  if (at === undefined || path === undefined) throw new Error('This place has no repository.');
  at.clock += 60_000;
  await at.annotate(path, `churn@${version}`, commits?.[1]);
  await at.git(path, 'push', '-q', 'origin', '--tags');
}

async function holders(): Promise<readonly string[] | undefined> {
  return (await place.open().holders('churn', ['production'])).get('production');
}

describe.each(['v1.1.1', 'v1.2.1', 'v2.0.0'])('%s is on the commit of what is live', (version) => {
  beforeEach(() => tagged(version));

  test('the live version keeps its name', async () => {
    expect(await holders()).toEqual(['v1.2.0']);
  });

  test.each([undefined, 'v1.2.0'])(
    'monitor watches the live one (version: %s), and puts the last good one back',
    async (name) => {
      expect(await place.act(watch(name), 'production')).toMatch(/^reject: v1\.2\.0 was found bad and rolled back\./);
      expect(await holders()).toEqual(['v1.1.0']);
    },
  );

  test('rollback puts the last good one back, and says the live version by its name', async () => {
    const told = await place.act(actOf('rollback', undefined), 'production', { reason: 'bad' });
    expect(told).toMatch(/^promote: churn v1\.1\.0 now holds production; v1\.2\.0, which it replaces, is rolled back/);
    expect(await holders()).toEqual(['v1.1.0']);
    // One stage tag, and no more with each rollback.
    const tags = (await place.git?.at.git(place.git.path, 'tag', '-l', 'churn#production#*')) ?? '';
    expect(tags.trim().split('\n')).toHaveLength(3);
  });

  test('promote and gate of the other tag refuse and name both', async () => {
    for (const command of ['promote', 'gate']) {
      const told = await place.act(actOf(command, version), 'production');
      expect(told).toMatch(/^hold: /);
      expect(told).toContain('churn@v1.2.0');
      expect(told).toContain(`churn@${version}`);
    }
    expect(await holders()).toEqual(['v1.2.0']);
  });
});
