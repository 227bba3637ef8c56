/** The thread that evaluates runs of custom monitors: it reads, computes and posts, and neither scoring nor discovery waits for it. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { EngineError } from '../../errors/engine-error.ts';
import { lowerThreadPriority } from '../../models/lower-thread-priority.ts';
import { OpenScaleClient } from '../../openscale/client/openscale-client.ts';
import { buildProvider } from '../../openscale/metrics-providers/build-provider.ts';
import { abandonRun, evaluateRun } from '../../openscale/metrics-providers/evaluate-run.ts';
import { findDeployment } from '../../openscale/metrics-providers/find-deployment.ts';
import type { MetricsProvider } from '../../openscale/metrics-providers/metrics-provider.ts';
import { ProviderError } from '../../openscale/metrics-providers/provider-kind.ts';
import type { EndedRun, EvaluateOptions } from '../../openscale/metrics-providers/run-request.ts';
import { buildTakeTurn } from '../../openscale/metrics-providers/take-turn.ts';
import type { FromMetricsThread, MetricsThreadData, ToMetricsThread } from './metrics-messages.ts';
import { toThreadFailure } from '../threads/thread-failure.ts';

lowerThreadPriority();

const port = parentPort as MessagePort;
const { settings, deployments, allowModules, stopTime } = workerData as MetricsThreadData;
const { openscale, folder, memory, timeout, concurrency, max_records, max_bytes, page_records } = settings;
const tell = (message: FromMetricsThread) => port.postMessage(message);

const providers = new Map<string, MetricsProvider>(
  Object.entries(settings.providers).map(([name, one]) => [name, buildProvider(name, one, { folder, memory })]),
);
const takeTurn = buildTakeTurn(concurrency);
const stop = new AbortController();
/** Ends what is left when the thread is about to be ended. */
const deadline = new AbortController();
const underWay = new Set<Promise<void>>();

let opening: ReturnType<typeof OpenScaleClient.open> | undefined;

/** The client, which is opened for the first run: a variable that is not set is a failure of runs, and not of the engine. */
async function openClient(): Promise<OpenScaleClient> {
  opening ??= OpenScaleClient.open(openscale, 'openscale');
  const opened = await opening;
  if ('client' in opened) return opened.client;
  // What is not set may be set later, such as a file.
  opening = undefined;
  throw new EngineError('target_failed', 'The run was not evaluated: the connection to OpenScale is not set up.', {
    cause: new Error(opened.problems.join('; ')),
  });
}

async function toOptions(signal: AbortSignal): Promise<EvaluateOptions> {
  const { container, poll_interval } = openscale;
  return {
    client: await openClient(),
    scope: container ? { container_type: container.type, container_id: container.id } : {},
    limits: { rows: max_records, bytes: max_bytes, page: page_records },
    findDeployment: (id) => findDeployment(deployments, id, allowModules),
    pause: poll_interval,
    signal,
    deadline: deadline.signal,
  };
}

type RunMessage = Exclude<ToMetricsThread, { readonly type: 'stop' }>;

/** Evaluates a run within its time, when it is its turn. */
async function evaluate({ name, request }: RunMessage): Promise<EndedRun> {
  const provider = providers.get(name) as MetricsProvider;
  const end = new AbortController();
  const onStop = () =>
    end.abort(new ProviderError('The engine was stopped during the evaluation. Evaluate again.', 'interrupted'));
  if (stop.signal.aborted) onStop();
  else stop.signal.addEventListener('abort', onStop, { once: true });
  const timer = setTimeout(
    () => end.abort(new ProviderError(`The evaluation took longer than ${timeout / 1000} s.`, 'timeout')),
    timeout,
  );
  try {
    const options = await toOptions(end.signal);
    return await takeTurn(end.signal, () => evaluateRun(provider, request, options));
  } finally {
    clearTimeout(timer);
    stop.signal.removeEventListener('abort', onStop);
  }
}

async function answer(message: RunMessage): Promise<void> {
  const { id, name, request } = message;
  try {
    const ended =
      message.type === 'run'
        ? await evaluate(message)
        : await abandonRun(
            providers.get(name) as MetricsProvider,
            request,
            'The evaluation ended unexpectedly, perhaps for want of memory: max_records limits what is read.',
            await toOptions(stop.signal),
          );
    tell({ type: 'ended', id, ended });
  } catch (error) {
    tell({ type: 'failed', id, failure: toThreadFailure(error) });
  }
}

port.on('message', (message: ToMetricsThread) => {
  if (message.type !== 'stop') {
    const task = answer(message).finally(() => underWay.delete(task));
    underWay.add(task);
    return;
  }
  stop.abort();
  // Before the engine ends the thread.
  setTimeout(() => deadline.abort(), stopTime).unref();
  void Promise.allSettled(underWay).then(async () => {
    const opened = await opening;
    if (opened && 'client' in opened) opened.client.close();
    port.close();
  });
});
