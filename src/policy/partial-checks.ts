import type { Problem } from '../domain/errors.js';
import { listKnownNames } from '../domain/suggest.js';
import type { Path, PolicyDocument } from './document.js';
import { metricId, parseCondition } from './parse-condition.js';

const stageName = /^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?$/;

/**
 * What can be said of the contents of a policy whose form is wrong, so that one run tells both. Only what no
 * mistake of form can have caused: conditions that cannot be read, and names of stages and metrics that do not exist.
 */
export function partialChecks(document: PolicyDocument): readonly Problem[] {
  const policy = entries(document.data);
  const stages = entries(policy.get('stages'));
  const inOrder = document.keys(['stages']);
  const names = inOrder.every((name) => stageName.test(name)) ? inOrder : [];
  const metrics = document.keys(['metrics']);
  const metricsCount = metrics.length > 0 && metrics.every((id) => metricId.test(id));
  const anchors = document.keys(['anchors']);
  const problems: Problem[] = [];

  const stageAt = (given: unknown, path: Path): void => {
    if (typeof given !== 'string' || given === '' || names.length === 0 || names.includes(given)) return;
    problems.push({
      message: `Stage '${given}' does not exist. ${listKnownNames('stages', given, names)}`,
      at: document.locate(path),
    });
  };
  const conditionAt = (text: unknown, path: Path): void => {
    if (typeof text !== 'string') return;
    const condition = parseCondition(text, anchors);
    if ('message' in condition) {
      problems.push({ message: condition.message, at: document.locateWithin(path, condition.index) });
    } else if (metricsCount && !metrics.includes(condition.metric)) {
      problems.push({
        message: `Metric '${condition.metric}' is not declared. ${listKnownNames('metrics', condition.metric, metrics)}`,
        at: document.locate(path),
      });
    }
  };

  const checksAt = (checks: unknown, path: Path): void => {
    if (!Array.isArray(checks)) return;
    checks.forEach((check, index) => {
      for (const severity of ['require', 'warn', 'hold_if']) {
        const at: Path = [...path, index, severity];
        const given = entries(check).get(severity);
        if (Array.isArray(given))
          given.forEach((text, place) => {
            conditionAt(text, [...at, place]);
          });
        else conditionAt(given, at);
      }
    });
  };

  stageAt(policy.get('champion'), ['champion']);
  stageAt(entries(policy.get('best')).get('passed'), ['best', 'passed']);
  for (const [name, stage] of stages) {
    stageAt(entries(stage).get('after'), ['stages', name, 'after']);
    checksAt(entries(stage).get('checks'), ['stages', name, 'checks']);
    checksAt(entries(entries(stage).get('monitor')).get('checks'), ['stages', name, 'monitor', 'checks']);
  }
  return problems;
}

/** The entries of what should be a mapping; none where it is not one. */
function entries(data: unknown): ReadonlyMap<string, unknown> {
  return new Map(data === null || typeof data !== 'object' || Array.isArray(data) ? [] : Object.entries(data));
}
