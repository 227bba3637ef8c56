/**
 * A thread of scoring-threads.ts: parses, validates and answers long requests as the event loop does short ones, with the same
 * schemas and handlers.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import type { MessagePort } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol, workerData } from 'piscina';
import { handlers as contractHandlers } from '../../handlers/handlers.ts';
import { openInferenceHandlers } from '../../handlers/open-inference/handlers.ts';
import type { Deployments } from '../../catalogue/catalogue.ts';
import type { Deployment, PreparingDeployment, SharedDeployment } from '../../models/deployment.ts';
import type { Model } from '../../models/model.ts';
import { lowerThreadPriority } from '../../models/lower-thread-priority.ts';
import { attachDeployment, readSharedFile } from '../../models/shared-deployment.ts';
import { addContractFormats, AJV_OPTIONS } from '../contract/ajv-options.ts';
import type { ExchangeDetails } from '../exchange/exchange-observer.ts';
import { toJsonReply, type AnyHandler, type JsonReply } from '../exchange/json-reply.ts';
import { parseJson } from '../bodies/parse-json.ts';
import { scoreByRelay } from './relay.ts';
import { toThreadFailure } from './thread-failure.ts';
import { toMovable } from './to-movable.ts';
import type { AskedDeployment, ThreadReply, ThreadSettings, ThreadTask } from './scoring-threads.ts';
import { toValidationError } from '../contract/validation-error.ts';

lowerThreadPriority();

const { bodySchemas, maxRows, logging } = workerData as ThreadSettings;
const validators = new Map<string, ValidateFunction>(
  Object.entries(bodySchemas).map(([id, schema]) => [id, addContractFormats(new Ajv(AJV_OPTIONS)).compile(schema)]),
);

const handlers = { ...contractHandlers, ...openInferenceHandlers } as unknown as Readonly<Record<string, AnyHandler>>;

/** Max deployments kept built; beyond that, the least recently used are dropped and rebuilt when needed. */
const MOST_KEPT = 32;
const kept = new Map<string, { readonly version: number; readonly attached: Attached }>();

/** Makes a deployment for a request; its model may be at the other end of the request's port. */
type Attached = (port: MessagePort | undefined) => Deployment;

/** Answers a request. */
export default async function answer(task: ThreadTask): Promise<unknown> {
  const details: ExchangeDetails = {};
  const start = performance.timeOrigin + performance.now();
  const noteThread = () => (details.thread = { start, end: performance.timeOrigin + performance.now() });
  try {
    const reply = await answerTask(task, (more) => void Object.assign(details, more));
    const { json, lines } = reply;
    noteThread();
    return toMoved({ details, outcome: { ...reply, json: toMovable(json), lines: lines && toMovable(lines) } });
  } catch (failure) {
    noteThread();
    return { details, outcome: toThreadFailure(failure) };
  }
}

async function answerTask(
  { operation, params, headers, bytes, baseUrl, asked }: ThreadTask,
  note: (details: ExchangeDetails) => void,
): Promise<JsonReply> {
  const deployments = toDeployments(asked && (await findDeployment(asked)));
  const body = parseJson(Buffer.from(bytes.buffer));
  const validate = validators.get(operation) as ValidateFunction;
  if (!validate({ requestBody: body })) throw toValidationError(validate.errors ?? [], body);
  const handle = handlers[operation] as AnyHandler;
  return toJsonReply(await handle({ params, body, headers, baseUrl }, { deployments, maxRows, logging, note }));
}

/** A newer version of a deployment replaces the previous one. */
async function findDeployment({ shared, port, version }: AskedDeployment): Promise<Deployment> {
  const { id } = shared;
  const known = kept.get(id);
  const attached = known?.version === version ? known.attached : await attach(shared);
  kept.delete(id);
  kept.set(id, { version, attached });
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value as string);
  return attached(port);
}

async function attach(shared: SharedDeployment | PreparingDeployment): Promise<Attached> {
  if ('work' in shared) {
    const deployment = attachDeployment(shared);
    return () => deployment;
  }
  const { version, data, hasProbabilities } = shared;
  const file = readSharedFile(shared);
  // Most threads never need the remote kinds, which take long to import.
  const { findKind } = await import('../../catalogue/kinds.ts');
  const prepare = findKind(file).prepare?.(file, data);
  return (port) => {
    const model: Model = {
      score: (table) => {
        if (!prepare || !port) throw new Error(`models of kind ${file.kind} cannot be relayed`);
        return scoreByRelay(port, prepare(table), table.rows.length);
      },
    };
    return { file, version, hasProbabilities, model };
  };
}

function toDeployments(deployment: Deployment | undefined): Deployments {
  return {
    list: () => (deployment ? [deployment] : []),
    get: (id) => (id === deployment?.file.id ? deployment : undefined),
  };
}

/** A reply whose bytes Piscina transfers instead of copying. */
function toMoved(
  reply: ThreadReply & { outcome: { json: Uint8Array<ArrayBuffer>; lines: Uint8Array<ArrayBuffer> | undefined } },
) {
  const { json, lines } = reply.outcome;
  const buffers = lines ? [json.buffer, lines.buffer] : [json.buffer];
  return move({ [transferableSymbol]: buffers, [valueSymbol]: reply });
}
