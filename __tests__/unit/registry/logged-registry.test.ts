import { expect, test } from '@jest/globals';
import { LoggedRegistry } from '../../../src/registry/logged-registry.js';
import { FakeRegistry } from '../../support/fake-registry.js';
import { MemoryLog } from '../../support/logged-registry.js';

test('a read of the log that failed is not kept: the next one may succeed', async () => {
  const log = new MemoryLog();
  const registry = new LoggedRegistry({
    registry: new FakeRegistry(),
    log: () => log,
    stages: ['production'],
    now: () => new Date('2026-03-01T12:00:00Z'),
  });
  const read = log.read.bind(log);
  log.read = () => Promise.reject(new Error('the network is down'));
  await expect(registry.appendToLog('churn', () => [])).rejects.toThrow('the network is down');
  log.read = read;
  await expect(registry.appendToLog('churn', () => [])).resolves.toBe(true);
});
