import { parse, stringify } from 'yaml';
import type { Block } from '../../support/pages.js';

type Mapping = Readonly<Record<string, unknown>>;

/** What a YAML block of a page is, completed to a whole file where it shows a part of one. */
export type YamlBlock =
  | { readonly kind: 'policy'; readonly text: string; readonly isWhole: boolean }
  | { readonly kind: 'workflow'; readonly text: string }
  | { readonly kind: 'promotion request'; readonly text: string };

/** What a part of a policy stands in: metrics and stages that a reader of the page takes as given. */
const policy = {
  version: 1,
  registry: { type: 'mlflow' },
  model: 'churn',
  vars: { max_size: 100 },
  metrics: {
    auc: { goal: 'maximize', min: 0, max: 1 },
    p99_ms: { goal: 'minimize', min: 0 },
    size_mb: { goal: 'minimize', min: 0 },
  },
  stages: { staging: { checks: [{ require: 'auc >= 0.8' }] }, production: { checks: [{ require: 'auc >= 0.85' }] } },
};
const job = {
  'runs-on': 'ubuntu-latest',
  steps: [{ id: 'gate', uses: 'your-org/gated-model-promotion@v1', with: { command: 'gate', stage: 'staging' } }],
};

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `over` goes before `base`, key by key; `stages` has those of both. */
function merged(base: Mapping, over: Mapping): Mapping {
  const both = Object.entries(over).map(([key, value]): [string, unknown] => {
    const before = base[key];
    return [key, isMapping(before) && isMapping(value) && key !== 'registry' ? merged(before, value) : value];
  });
  return { ...base, ...Object.fromEntries(both) };
}

/** @throws where the block is nothing that a reader could paste into one of the three */
export function readYamlBlock({ text, place }: Block): YamlBlock {
  const found: unknown = parse(text);
  if (Array.isArray(found)) return inWorkflow({ jobs: { gate: { ...job, steps: [...(found as unknown[])] } } });
  if (!isMapping(found)) throw new Error(`${place}: neither a mapping nor a list.`);
  const keys = Object.keys(found);
  if (keys.includes('jobs')) return { kind: 'workflow', text };
  if (keys.every((key) => ['version', 'identity'].includes(key))) return { kind: 'promotion request', text };
  if (keys.every((key) => ['permissions'].includes(key))) return inWorkflow({ ...found, jobs: { gate: job } });
  if (keys.every((key) => ['if'].includes(key)))
    return inWorkflow({
      jobs: { gate: { ...job, outputs: { decision: '' } }, next: { ...job, needs: 'gate', ...found } },
    });
  if (keys.includes('version')) return { kind: 'policy', text, isWhole: true };
  const part = keys.includes('checks') ? { stages: { production: found } } : found;
  return { kind: 'policy', text: stringify(merged(policy, part)), isWhole: false };
}

function inWorkflow(parts: Mapping): YamlBlock {
  return { kind: 'workflow', text: stringify({ on: 'workflow_dispatch', ...parts }) };
}
