/**
 * The fuzzers: `npm run fuzz -- [requests] [--seed n]`, 100,000 requests by default. Half of them are valid HTTP around the contract,
 * by fast-check; half are pipelined streams whose bytes are mutated. Every reply is held against the contract, replies must be in
 * step with the requests, and neither they nor the log may have a canary. `--case n` sends one mutated stream again.
 */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { SAMPLE_IDS, SAMPLES } from '../support/engine.ts';
import { startEngineProcess } from '../support/engine-process.ts';
import { MachinePauses } from '../support/machine-pauses.ts';
import { readDeploymentFile } from '../support/sample-rows.ts';
import { PASSWORD, PATH, searchLog } from './canaries.ts';
import { checkStream, isBodyless, mayEndThere } from './check-stream.ts';
import { requestsFor, type Columns } from './contract-requests.ts';
import { checkFuzzReply, toRequestBytes, type FuzzRequest } from './fuzz-request.ts';
import { parseReplies, type ParsedReplies } from './parse-replies.ts';
import { sendStream } from './send-stream.ts';
import { makeStreamCase } from './stream-cases.ts';

/** How many connections are open at once: streams that hang until a time limit must not hold up the others. */
const STREAM_LANES = 48;
const CONTRACT_LANES = 3;
/** The most requests of a connection by fast-check. */
const MAX_PIPELINE = 16;
const MAX_FAILURES = 10;
/**
 * The largest share of replies that may be 503, and 408: the engine has limits, but most requests are within them. Those of connections
 * during which the machine paused do not count.
 */
const MAX_SHARE = 0.02;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string', default: '1' }, case: { type: 'string' } },
});
const requests = Number(positionals[0] ?? 100_000);
const seed = Number(options.seed);
if (!(requests > 0) || !Number.isInteger(seed))
  throw new Error('Expected a number of requests, and a whole number as --seed.');

/** How often there was each status; in `undisturbed`, on connections without a pause of the machine. */
const statuses = { all: new Map<number, number>(), undisturbed: new Map<number, number>() };
let sent = 0;
process.exitCode = await main();

async function main(): Promise<number> {
  const scratch = await mkdtemp(join(tmpdir(), `${PATH}-`));
  const deployments = join(scratch, 'deployments');
  await cp(SAMPLES, deployments, { recursive: true });
  await writeFile(join(scratch, 'password'), PASSWORD);
  const log = join(scratch, 'log');
  const engine = await startEngineProcess({
    deployments,
    folder: scratch,
    redirection: `2>'${log}'`,
    environment: {
      ENGINE_USERNAME: 'fuzz',
      ENGINE_PASSWORD_FILE: join(scratch, 'password'),
      ENGINE_LOG_LEVEL: 'info',
      ENGINE_BODY_TIMEOUT: '3',
      ENGINE_MAX_BODY: '256kb',
      ENGINE_MAX_ROWS: '2000',
    },
  });
  const pauses = new MachinePauses(engine.url);
  const start = performance.now();
  console.log(`Fuzzing with ${options.case === undefined ? `${requests} requests` : 'one stream'}, seed ${seed}.`);
  try {
    const failures = await fuzz({ port: engine.port, pauses }, deployments);
    if (!engine.isLiving()) failures.push('the engine died');
    await pauses.close();
    await engine.stop();
    failures.push(...(await searchLog(log)));
    const counts = [...statuses.all].sort(([a], [b]) => a - b).map(([status, count]) => `${count} × ${status}`);
    console.log(
      `${sent} requests in ${((performance.now() - start) / 1000).toFixed(0)} s; replies: ${counts.join(', ')}.`,
    );
    console.log(`On this machine, ${pauses.describe()}.`);
    for (const failure of failures) console.error(`\n${failure}`);
    console.log(
      failures.length === 0
        ? 'fuzz: every reply was as it must be, in step with its request, and there was no canary in replies or log'
        : `fuzz: FAILED with seed ${seed}`,
    );
    return failures.length === 0 ? 0 : 1;
  } finally {
    await pauses.close();
    await engine.kill();
    await rm(scratch, { recursive: true, maxRetries: 10 });
  }
}

/** What is fuzzed. */
interface Fuzzed {
  readonly port: number;
  readonly pauses: MachinePauses;
}

/** Fuzzes the engine; gives what was not as it must be. */
async function fuzz(engine: Fuzzed, deployments: string): Promise<string[]> {
  if (options.case !== undefined) return toFailures([tryStream(engine, Number(options.case))]);
  const columns = Object.fromEntries(
    SAMPLE_IDS.map((id) => [id, readDeploymentFile(join(deployments, id)).columns.map(({ name }) => name)]),
  );
  const failures = await toFailures([fuzzContract(engine, columns), fuzzStreams(engine)]);
  const total = [...statuses.undisturbed.values()].reduce((sum, count) => sum + count, 0);
  for (const status of [408, 503]) {
    const count = statuses.undisturbed.get(status) ?? 0;
    if (count > MAX_SHARE * total) failures.push(`${count} of ${total} replies were ${status}`);
  }
  return failures;
}

/** The messages of those that have failed, when all have ended. */
async function toFailures(work: readonly Promise<unknown>[]): Promise<string[]> {
  const ended = await Promise.allSettled(work);
  return ended.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Error).message] : []));
}

/** Sends half of the requests as fast-check makes them, several on a connection. */
async function fuzzContract(engine: Fuzzed, columns: Columns): Promise<void> {
  const pipelines = fc.array(requestsFor(columns), { minLength: 1, maxLength: MAX_PIPELINE, size: 'max' });
  let count = 0;
  const isOver = () => count >= requests / 2;
  const property = fc.asyncProperty(pipelines, async (pipeline) => {
    if (isOver()) return;
    count += pipeline.length;
    await tryPipeline(engine, pipeline);
  });
  const fuzzLane = async (_: unknown, lane: number) => {
    for (let round = 0; !isOver(); round++)
      await fc.assert(property, {
        seed: seed + 1_000 * round + lane,
        numRuns: 200,
        interruptAfterTimeLimit: 120_000,
        includeErrorInReport: true,
      });
  };
  await Promise.all(Array.from({ length: CONTRACT_LANES }, fuzzLane));
}

/** One pipeline of valid requests: as many replies, in their order. */
async function tryPipeline(engine: Fuzzed, pipeline: readonly FuzzRequest[]): Promise<void> {
  const last: FuzzRequest = {
    method: 'GET',
    path: '/health/live',
    headers: [['Connection', 'close']],
    body: undefined,
    isAuthorized: true,
  };
  const all = [...pipeline, last];
  const bytes = Buffer.concat(all.map((request, index) => toRequestBytes(request, `c-${index}`)));
  const explain = (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    return new Error(`${message}\nThe bytes, in base64: ${bytes.toString('base64').slice(0, 20_000)}`);
  };
  try {
    const startedAt = performance.now();
    const { bytes: received } = await sendStream(engine.port, [bytes]);
    const isDisturbed = engine.pauses.endedAt >= startedAt;
    const toBodyless = (id: string) => all[Number(id.slice(2))]?.method === 'HEAD';
    const parsed = receive(received, isDisturbed, toBodyless, isDisturbed);
    const { replies } = parsed;
    sent += all.length;
    for (const [index, reply] of replies.entries()) {
      // The headers of the next request did not come in time: it has no id.
      const isLate = reply.status === 408 && reply === replies.at(-1);
      if (reply.id !== `c-${index}` && !isLate) throw new Error(`the reply ${index} is to the request ${reply.id}`);
      checkFuzzReply(reply, isLate ? undefined : all[index]);
    }
    // A body that cannot be read to its end ends the connection.
    const isEnded = /close/i.test(replies.at(-1)?.headers.get('connection') ?? '');
    if (replies.length !== all.length && !isEnded && !(isDisturbed && mayEndThere(parsed)))
      throw new Error(`${all.length} requests got ${replies.length} replies`);
  } catch (error) {
    throw explain(error);
  }
}

/** Sends half of the requests as mutated streams. Goes on after a failure, so that one does not hide others. */
async function fuzzStreams(engine: Fuzzed): Promise<void> {
  const failures: string[] = [];
  let next = 0;
  let count = 0;
  const fuzzLane = async () => {
    while (failures.length < MAX_FAILURES && count < requests / 2) {
      try {
        const streamed = await tryStream(engine, next++);
        count += streamed;
      } catch (error) {
        failures.push((error as Error).message);
      }
    }
  };
  await Promise.all(Array.from({ length: STREAM_LANES }, fuzzLane));
  if (failures.length > 0) throw new Error(failures.join('\n\n'));
}

/** One stream; gives the number of its requests. */
async function tryStream(engine: Fuzzed, number: number): Promise<number> {
  const stream = makeStreamCase(seed, number);
  sent += stream.requests.length;
  try {
    const startedAt = performance.now();
    const { bytes, wasReset } = await sendStream(engine.port, stream.pieces, stream.isValid ? undefined : stream.last);
    if (options.case !== undefined) console.log(bytes.toString('latin1'));
    const isDisturbed = engine.pauses.endedAt >= startedAt;
    const parsed = receive(bytes, isDisturbed, (id) => isBodyless(stream, id), wasReset || isDisturbed);
    const mayEndEarly = (wasReset && !stream.isValid) || (isDisturbed && mayEndThere(parsed));
    checkStream(stream, parsed, mayEndEarly);
  } catch (error) {
    const pieces = stream.pieces.map((piece) => piece.toString('base64'));
    const repeat = `npm run fuzz -- --seed ${seed} --case ${number}`;
    throw new Error(
      `${(error as Error).message}\nRepeat with: ${repeat}\nThe pieces, in base64: ${JSON.stringify(pieces).slice(0, 20_000)}`,
      { cause: error },
    );
  }
  return stream.requests.length;
}

/**
 * Parses what was received, and counts the statuses.
 * @param isDisturbed whether the machine paused meanwhile
 */
function receive(
  bytes: Buffer,
  isDisturbed: boolean,
  toBodyless: Parameters<typeof parseReplies>[1],
  isCut = false,
): ParsedReplies {
  const parsed = parseReplies(bytes, toBodyless, isCut);
  for (const counts of isDisturbed ? [statuses.all] : [statuses.all, statuses.undisturbed])
    for (const { status } of parsed.replies) counts.set(status, (counts.get(status) ?? 0) + 1);
  return parsed;
}
