/** A thread that attaches the deployment that it was given, and answers each table with its scores. */
import { parentPort, workerData } from 'node:worker_threads';
import { score } from '../../models/score-table.ts';
import { attachDeployment } from '../../models/shared-deployment.ts';
import type { SharedDeployment } from '../../models/deployment.ts';
import type { RequestTable } from '../../models/table.ts';

const deployment = attachDeployment(workerData as SharedDeployment);
parentPort?.on('message', (table: RequestTable) => {
  void score(deployment, table).then((scores) => parentPort?.postMessage(scores));
});
