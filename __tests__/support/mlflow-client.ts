import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { closing } from './closing.js';
import { mlflowFolder, newestMlflow, type MlflowVersion } from './tools.js';

export interface MlflowClient {
  /** A Python expression with `client` (an `MlflowClient`) in scope, as JSON. */
  ask<T>(expression: string): Promise<T>;
  stop(): void;
}

const script = `
import json, sys, warnings
warnings.simplefilter("ignore")
from mlflow import MlflowClient
client = MlflowClient(sys.argv[1])
for line in sys.stdin:
    try:
        print(json.dumps({"value": eval(json.loads(line))}), flush=True)
    except Exception as error:
        print(json.dumps({"error": repr(error)}), flush=True)
`;

/** MLflow's own client, of that version, in one Python process: starting one for each question takes seconds. */
export function mlflowClient(url: string, version: MlflowVersion = newestMlflow): MlflowClient {
  const child = spawn(`${mlflowFolder(version)}/python`, ['-c', script, url], { stdio: ['pipe', 'pipe', 'inherit'] });
  const stop = closing(() => {
    child.kill();
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    ask: async <T>(expression: string) => {
      child.stdin.write(`${JSON.stringify(expression)}\n`);
      const { value } = await answers.next();
      const answer = JSON.parse(String(value)) as { value?: T; error?: string };
      if (answer.error !== undefined) throw new Error(`${expression}: ${answer.error}`);
      return answer.value as T;
    },
    stop: () => {
      void stop();
    },
  };
}
