/** Gives OpenScale the measurements of a run, and says how it has ended. What OpenScale did not take is repeated. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { parseReply } from '../client/openscale-client.ts';
import type { MetricGroup } from './provider-kind.ts';
import { isTemporary, toCallError } from './run-failures.ts';
import { toInstancePath, toRunPath, type EndedRun, type EvaluateOptions, type RunRequest } from './run-request.ts';

const measurementsSchema = z.looseObject({ measurements: z.array(z.unknown()) });

/** How often what OpenScale did not take is repeated. */
const REPETITIONS = 5;

/** Posts the measurements once: where it is unknown whether OpenScale has them, it is asked first. */
export async function postMeasurements(
  groups: readonly MetricGroup[],
  request: RunRequest,
  { client, scope, pause, signal }: EvaluateOptions,
): Promise<void> {
  const { custom_monitor_run_id: run_id } = request;
  const path = `${toInstancePath(request)}/measurements`;
  const timestamp = new Date().toISOString();
  const json = [{ timestamp, run_id, metrics: groups }];
  for (let time = 0; ; time++) {
    try {
      if (time > 0) {
        await sleep(pause * 2 ** (time - 1), undefined, { signal });
        // Before and after now, because clocks differ.
        const [start, end] = [-1, 1].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
        const reply = await client.send({ method: 'GET', path, query: { ...scope, run_id, start, end } }, signal);
        if (parseReply(measurementsSchema, reply, 'measurements').measurements.length > 0) return;
      }
      await client.send({ method: 'POST', path, query: scope, json }, signal);
      return;
    } catch (error) {
      if (time === REPETITIONS || !isTemporary(error)) throw error;
    }
  }
}

/** Says at OpenScale how the run has ended. */
export async function endRun(
  { state, message, code = 'failed' }: EndedRun & { readonly code?: string },
  request: RunRequest,
  { client, scope, pause, deadline }: EvaluateOptions,
): Promise<void> {
  const { custom_monitor_run_id: trace } = request;
  const values = {
    state,
    completed_at: new Date().toISOString(),
    ...(state === 'error' && { failure: { trace, errors: [{ code, message }] } }),
  };
  const json = Object.entries(values).map(([key, value]) => ({ op: 'replace', path: `/status/${key}`, value }));
  for (let time = 0; ; time++) {
    try {
      await client.send(
        { method: 'PATCH', path: toRunPath(request), query: scope, json, isRepeatable: true },
        deadline,
      );
      return;
    } catch (error) {
      if (time === REPETITIONS || !isTemporary(error))
        throw toCallError(error, 'The run has ended, and OpenScale could not be told');
      await sleep(pause * 2 ** time, undefined, deadline ? { signal: deadline } : {}).catch(() => undefined);
    }
  }
}
