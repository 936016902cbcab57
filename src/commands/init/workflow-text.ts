/** The two workflows that a starting policy is used by, as YAML. */
export interface WorkflowSettings {
  readonly type: 'mlflow' | 'git';
  /** The policy's path. */
  readonly policy: string;
  readonly stages: readonly string[];
}

const checkout = 'actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2';
const action = 'your-org/gated-model-promotion@v1';
const defaultPolicy = '.github/model-promotion.yml';

/** Pull requests: the policy is checked, and the newest version checked; nothing moves. */
export function gateWorkflow({ type, policy }: WorkflowSettings): string {
  return `name: model gate
on: pull_request

permissions: {}

jobs:
  gate:
    name: Check the newest version
    runs-on: ubuntu-latest
    permissions:
      contents: read # the policy and the promotion log
      pull-requests: write # the comment
    steps:
${checkoutStep(type)}
      - name: Lint this change's policy
        uses: ${action}
        with:
          command: lint
${policyInput(policy)}      - name: Check by the default branch's policy
        uses: ${action}
        with:
          command: gate
          stage: staging
${policyInput(policy)}${credentials(type)}`;
}

/** On request: one stage after the other, each in its own job. */
export function promotionWorkflow({ type, policy, stages }: WorkflowSettings): string {
  return `name: model promotion
on:
  workflow_dispatch:
    inputs:
      stage:
        description: Where the version goes
        type: choice
        options: [${stages.join(', ')}]
        required: true
      version:
        description: Which version
        default: latest

permissions: {}

concurrency:
  group: model-promotion
  cancel-in-progress: false

jobs:
  promote:
    name: Check and move
    runs-on: ubuntu-latest
    permissions:
      contents: write # the promotion log${type === 'git' ? " and the stage's tag" : ''}
      pull-requests: write # the comment on the pull request that brought the commit
    steps:
${checkoutStep(type)}
      - uses: ${action}
        with:
          stage: \${{ inputs.stage }}
          version: \${{ inputs.version }}
${policyInput(policy)}${credentials(type)}`;
}

function checkoutStep(type: WorkflowSettings['type']): string {
  const all = type === 'git' ? '\n          fetch-depth: 0 # all versions are tags' : '';
  return `      - uses: ${checkout}
        with:${all}
          persist-credentials: false # the action uses its own input, github-token`;
}

function policyInput(policy: string): string {
  return policy === defaultPolicy ? '' : `          policy: ${policy}\n`;
}

function credentials(type: WorkflowSettings['type']): string {
  if (type === 'git') return '';
  return `        env:
          MLFLOW_TRACKING_URI: \${{ vars.MLFLOW_TRACKING_URI }}
          # What your server asks for; remove the others.
          MLFLOW_TRACKING_TOKEN: \${{ secrets.MLFLOW_TRACKING_TOKEN }}
          MLFLOW_TRACKING_USERNAME: \${{ secrets.MLFLOW_TRACKING_USERNAME }}
          MLFLOW_TRACKING_PASSWORD: \${{ secrets.MLFLOW_TRACKING_PASSWORD }}
`;
}
