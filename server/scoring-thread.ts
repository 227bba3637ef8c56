/**
 * A thread of scoring-threads.ts: parses, validates and answers long requests as the event loop does short ones, with the same
 * schemas and handlers.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import { move, transferableSymbol, valueSymbol, workerData } from 'piscina';
import { handlers } from '../handlers/handlers.ts';
import type { Deployments } from '../catalogue/catalogue.ts';
import type { Deployment } from '../models/deployment.ts';
import { lowerThreadPriority } from '../models/lower-thread-priority.ts';
import { attachDeployment } from '../models/shared-deployment.ts';
import { addContractFormats, AJV_OPTIONS } from './ajv-options.ts';
import { describeCause } from '../errors/describe-cause.ts';
import { toEngineError } from './error-reply.ts';
import type { ExchangeDetails } from './exchange-observer.ts';
import { toJsonReply, type AnyHandler, type JsonReply } from './json-reply.ts';
import { parseJson } from './parse-json.ts';
import { toMovable } from './to-movable.ts';
import type { AskedDeployment, ThreadFailure, ThreadReply, ThreadSettings, ThreadTask } from './scoring-threads.ts';
import { toValidationError } from './validation-error.ts';

lowerThreadPriority();

const { bodySchemas, maxRows, logging } = workerData as ThreadSettings;
const validators = new Map<string, ValidateFunction>(
  Object.entries(bodySchemas).map(([id, schema]) => [id, addContractFormats(new Ajv(AJV_OPTIONS)).compile(schema)]),
);

/** Max deployments kept built; beyond that, the least recently used are dropped and rebuilt when needed. */
const MOST_KEPT = 32;
const kept = new Map<string, { readonly version: number; readonly deployment: Deployment }>();

/** Answers a request. */
export default async function answer(task: ThreadTask): Promise<unknown> {
  const details: ExchangeDetails = {};
  try {
    const reply = await answerTask(task, (more) => void Object.assign(details, more));
    const { json, lines } = reply;
    return toMoved({ details, outcome: { ...reply, json: toMovable(json), lines: lines && toMovable(lines) } });
  } catch (failure) {
    return { details, outcome: toFailure(failure) };
  }
}

async function answerTask(
  { operation, params, headers, bytes, baseUrl, asked }: ThreadTask,
  note: (details: ExchangeDetails) => void,
): Promise<JsonReply> {
  const deployments = toDeployments(asked && findDeployment(asked));
  const body = parseJson(Buffer.from(bytes.buffer));
  const validate = validators.get(operation) as ValidateFunction;
  if (!validate({ requestBody: body })) throw toValidationError(validate.errors ?? [], body);
  const handle = (handlers as unknown as Readonly<Record<string, AnyHandler>>)[operation] as AnyHandler;
  return toJsonReply(await handle({ params, body, headers, baseUrl }, { deployments, maxRows, logging, note }));
}

/** A newer version of a deployment replaces the previous one. */
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

/** A reply whose bytes Piscina transfers instead of copying. */
function toMoved(
  reply: ThreadReply & { outcome: { json: Uint8Array<ArrayBuffer>; lines: Uint8Array<ArrayBuffer> | undefined } },
) {
  const { json, lines } = reply.outcome;
  const buffers = lines ? [json.buffer, lines.buffer] : [json.buffer];
  return move({ [transferableSymbol]: buffers, [valueSymbol]: reply });
}

function toFailure(failure: unknown): ThreadFailure {
  const error = toEngineError(failure);
  const { code, message, target } = error;
  const cause = 'cause' in error ? describeCause(error.cause) : undefined;
  return { code, message, target, cause };
}
