/** The thread of module-thread.ts: imports a module, and scores rows with it. */
import { deserialize } from 'node:v8';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { describeCause } from '../../../errors/describe-cause.ts';
import { lowerThreadPriority } from '../../lower-thread-priority.ts';
import { importModule, type ScoreFunction } from './import-module.ts';
import type { FromModule, ModuleCall, ModuleSettings } from './module-messages.ts';
import { toScores } from './to-scores.ts';

lowerThreadPriority();

const port = parentPort as MessagePort;
const { path, name, fields, classes } = workerData as ModuleSettings;

function tell(message: FromModule): void {
  port.postMessage(message);
}

async function answer(score: ScoreFunction, { id, rows }: ModuleCall): Promise<void> {
  try {
    const values = rows && (deserialize(rows) as unknown[][]);
    tell({ type: 'scores', id, scores: values && toScores(await score({ fields, values }), classes) });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const thrown = error === undefined ? undefined : { message, description: describeCause(error) };
    tell({ type: 'failed', id, thrown });
  }
}

try {
  const score = await importModule(path, name, '');
  port.on('message', (call: ModuleCall) => void answer(score, call));
  tell({ type: 'ready' });
} catch (error) {
  const invalid = error as DeploymentError;
  // A module may also throw undefined.
  const cause = 'cause' in invalid ? describeCause(invalid.cause) : undefined;
  tell({ type: 'invalid', problems: invalid.problems, cause });
}
