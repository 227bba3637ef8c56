/** A thread of learn-boosting.ts: the leader boosts, the others help it. */
import { parentPort, workerData } from 'node:worker_threads';
import { boost } from './boost.ts';
import { help } from './crew.ts';
import type { LeaderMessage, ThreadData } from './learn-boosting.ts';

const { state, helpers, task } = workerData as ThreadData;
const send = (message: LeaderMessage) => parentPort?.postMessage(message);

if (task) send({ model: boost(state, task, helpers, (iterations) => send({ iterations })) });
else help(state);
