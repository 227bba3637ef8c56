/**
 * The process of a session (session.ts): reads the model, which comes on standard input, and runs it in onnxruntime.
 * The runtime is native code that works synchronously on files from anywhere. Here it delays no request, and if it crashes or
 * does not come to an end, the engine lives.
 */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import type { OutputPlan } from './plan-outputs.ts';
import { readFile } from './read-file.ts';
import type { ElementType } from './read-model.ts';
import type { FromProcess, RunMessage, StartMessage, ToProcess } from './session-messages.ts';
import type { Tensor } from './tensor.ts';
import type { WatchdogData } from './watchdog.ts';

/** What both packages have of onnxruntime's JavaScript API. */
interface Runtime {
  readonly Tensor: new (type: ElementType, data: unknown, dims: readonly number[]) => RuntimeTensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options: object): Promise<RuntimeSession>;
  };
  readonly env?: { logLevel?: string; readonly wasm?: { numThreads?: number } };
}

interface RuntimeTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: Tensor['data'];
}

interface RuntimeSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(
    feeds: Readonly<Record<string, RuntimeTensor>>,
    fetches: readonly string[],
  ): Promise<Readonly<Record<string, RuntimeTensor>>>;
}

/** In the order in which they are tried: native code, and WebAssembly for machines without a native build. */
const RUNTIMES = [
  { name: 'onnxruntime-node', provider: 'cpu' },
  { name: 'onnxruntime-web', provider: 'wasm' },
] as const;

/** How much of an error is sent, in characters. */
const MAX_MESSAGE = 4096;
/** The longest label, in characters: no class is longer (read-model.ts). */
const MAX_TEXT = 4096;

/** The packages are optional peers: they are found beside this package, above it, or in NODE_PATH. */
const require = createRequire(import.meta.url);

function findRuntime(): { runtime: Runtime; name: string; provider: string } | { error: string } {
  const errors: string[] = [];
  for (const { name, provider } of RUNTIMES) {
    try {
      return { runtime: require(name) as Runtime, name, provider };
    } catch (error) {
      errors.push(String(error));
    }
  }
  return { error: errors.join('\n') };
}

async function readInput(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
  return new Uint8Array(Buffer.concat(chunks));
}

function send(message: FromProcess): void {
  // The engine may have ended.
  process.send?.(message, undefined, {}, () => undefined);
}

async function startWatchdog(memory: number): Promise<void> {
  const url = new URL(`watchdog${import.meta.url.slice(-3)}`, import.meta.url);
  const watchdog = new Worker(url, { workerData: { memory, parent: process.ppid } satisfies WatchdogData });
  await once(watchdog, 'online');
  watchdog.unref();
}

async function start({
  place,
  output,
  threads,
  memory,
}: StartMessage): Promise<((message: RunMessage) => Promise<void>) | undefined> {
  await startWatchdog(memory);
  const bytes = await readInput();
  try {
    const { model, ...plan } = readFile(bytes, place, output);
    const found = findRuntime();
    if ('error' in found) {
      send({ missing: found.error });
      return undefined;
    }
    const { runtime, provider } = found;
    if (runtime.env) runtime.env.logLevel = 'error';
    if (provider === 'wasm' && runtime.env?.wasm) runtime.env.wasm.numThreads = threads;
    const session = await runtime.InferenceSession.create(join(model.pieces), {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
    });
    // The runtime reads the file in its own way, and must find the same.
    checkNames(session.inputNames, model.inputs, `${place}.graph.input`);
    checkNames(session.outputNames, model.outputs, `${place}.graph.output`);
    send({ plan });
    return (message) => run(runtime, session, plan.outputs, message);
  } catch (error) {
    send(error instanceof DeploymentError ? { problems: error.problems } : { rejected: toText(error) });
    return undefined;
  }
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  // A copy of its own: the runtime is given the buffer behind it.
  return only && pieces.length === 1 ? only : new Uint8Array(Buffer.concat(pieces));
}

function checkNames(found: readonly string[], values: readonly { readonly name: string }[], place: string): void {
  const expected = values.map(({ name }) => name);
  if (found.length !== expected.length || found.some((name, index) => name !== expected[index]))
    throw new DeploymentError([`${place}: expected the names that onnxruntime finds`]);
}

/** The runtime's messages repeat names of the file, which are as long as it likes. */
function toText(error: unknown): string {
  return String(error).slice(0, MAX_MESSAGE);
}

async function run(
  runtime: Runtime,
  session: RuntimeSession,
  plan: OutputPlan,
  { feeds, fetches }: RunMessage,
): Promise<void> {
  try {
    const [rowCount = 0] = Object.values(feeds)[0]?.dims ?? [];
    const tensors = Object.entries(feeds).map(
      ([name, { type, data, dims }]) => [name, new runtime.Tensor(type, data, dims)] as const,
    );
    const outputs = await session.run(Object.fromEntries(tensors), fetches);
    const copies = fetches.map((name) => {
      const { type, dims, data } = outputs[name] as RuntimeTensor;
      checkSize(name, dims, data, rowCount * (plan.classCount ?? 1));
      return [name, { type: type as ElementType, dims: [...dims], data }] as const;
    });
    send({ outputs: Object.fromEntries(copies) });
  } catch (error) {
    send({ error: toText(error) });
  }
}

/** What is sent is copied into the engine's memory: it must not be more than the scores of the rows can be. */
function checkSize(name: string, dims: readonly number[], data: RuntimeTensor['data'], max: number): void {
  if (data.length > max)
    throw new Error(
      `the output ${name} has the dimensions ${dims.join(' × ')}, of which at most ${max} values are expected`,
    );
  if (typeof data[0] === 'string' && (data as readonly string[]).some((text) => text.length > MAX_TEXT))
    throw new Error(`the output ${name} has a text of more than ${MAX_TEXT} characters, which is no label`);
}

process.on('disconnect', () => process.exit());
let started: ReturnType<typeof start> | undefined;
process.on('message', (message: ToProcess) => {
  if ('threads' in message) started = start(message);
  else void started?.then((runOne) => runOne?.(message));
});
// Where memory runs out, Linux is to end this process and not the engine.
await writeFile('/proc/self/oom_score_adj', '1000').catch(() => undefined);
