/** A thread of scoring-threads.ts: answers calls with the very function that the event loop has for short ones. */
import { getPriority, platform, setPriority } from 'node:os';
import { move, transferableSymbol, valueSymbol, workerData } from 'piscina';
import { handlers } from '../handlers/handlers.ts';
import type { Deployments } from '../catalogue/catalogue.ts';
import type { Deployment } from '../models/deployment.ts';
import { attachDeployment } from '../models/shared-deployment.ts';
import { buildAnswerBody, type AnswerBody } from './answer-body.ts';
import { toEngineError } from './error-reply.ts';
import type { ExchangeDetails } from './exchange.ts';
import type { AnyHandler } from './operations.ts';
import { toMovable } from './to-movable.ts';
import type { AskedDeployment, ThreadFailure, ThreadReply, ThreadSettings, ThreadTask } from './scoring-threads.ts';

/** How much nicer a thread is than its process: beside it, it gets a quarter of a core that both want. */
const NICENESS = 5;
/** The greatest niceness that there is. */
const NICEST = 19;
// On Linux a thread has a priority of its own: where there are fewer cores than threads, short calls go first. To be less
// nice than its process a thread would need a right.
if (platform() === 'linux') setPriority(Math.min(getPriority() + NICENESS, NICEST));

const { bodySchemas, maxRows } = workerData as ThreadSettings;
const answerBodies = new Map<string, AnswerBody>(
  Object.entries(bodySchemas).map(([id, schema]) => [
    id,
    buildAnswerBody(schema, (handlers as unknown as Readonly<Record<string, AnyHandler>>)[id] as AnyHandler),
  ]),
);

/** How many deployments are kept built; of more, those that were asked for least lately are built again. */
const MOST_KEPT = 32;
const kept = new Map<string, { readonly version: number; readonly deployment: Deployment }>();

/** Answers a call. */
export default async function answer({ operation, params, bytes, baseUrl, asked }: ThreadTask) {
  const details: ExchangeDetails = {};
  const deployments = toDeployments(asked && findDeployment(asked));
  const note = (more: ExchangeDetails) => void Object.assign(details, more);
  try {
    const request = { params, bytes: Buffer.from(bytes.buffer), baseUrl };
    const { status, json } = await (answerBodies.get(operation) as AnswerBody)(request, { deployments, maxRows, note });
    return toMoved({ details, outcome: { status, json: toMovable(json) } });
  } catch (failure) {
    return { details, outcome: toFailure(failure) };
  }
}

/** The newest version of a deployment that was asked for takes the place of the one before it. */
function findDeployment({ shared, version }: AskedDeployment): Deployment {
  const { id } = shared;
  const known = kept.get(id);
  const deployment = known?.version === version ? known.deployment : attachDeployment(shared);
  kept.delete(id);
  kept.set(id, { version, deployment });
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value as string);
  return deployment;
}

function toDeployments(deployment: Deployment | undefined): Deployments {
  return {
    list: () => (deployment ? [deployment] : []),
    get: (id) => (id === deployment?.file.id ? deployment : undefined),
  };
}

/** A reply whose bytes Piscina hands over. */
function toMoved(reply: ThreadReply & { outcome: { json: Uint8Array<ArrayBuffer> } }) {
  return move({ [transferableSymbol]: [reply.outcome.json.buffer], [valueSymbol]: reply });
}

function toFailure(failure: unknown): ThreadFailure {
  const error = toEngineError(failure);
  const { code, message, target } = error;
  const cause = error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : undefined;
  return { code, message, target, cause };
}
