/**
 * The proof of the payload log: `npm run test:payload-log -- [rows]`, 10,000 by default. An engine of two workers logs every row and
 * sends it to a double of OpenScale that fails a third of the calls. Its processes are killed at each step of a record's way, all of
 * them at once twice, and the clock jumps; then its disk is full while OpenScale is away. In the end OpenScale has the rows that were
 * accepted, each once, and no others.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readStatus } from '../../records/read-status.ts';
import { OpenScaleDouble } from '../openscale-double/openscale-double.ts';
import { SAMPLES } from '../support/engine.ts';
import { startEngineProcess, type EngineProcess } from '../support/engine-process.ts';
import { SECRETS, toPlatforms } from '../support/openscale.ts';
import { subscribe } from '../support/openscale-setup.ts';
import { CLIENTS, Rows } from './rows.ts';

const PRELOADED = ['../support/kill-at.mjs', '../chaos/jump-clock.mjs'].map(
  (path) => `--import=${new URL(path, import.meta.url).href}`,
);
/** The steps at which a process dies, in turn. */
const STEPS = ['record', 'sync', 'answer', 'acknowledge', 'progress', 'close', 'compact'];
/** How often each client sends a row more, until a process has died at a step. */
const MAX_ROUNDS = 2_000;
/** Max milliseconds in which nothing moves. */
const PATIENCE = 120_000;

/** An engine that is started again when it has died. */
class Engine {
  readonly #options: Parameters<typeof startEngineProcess>[0];
  #running: EngineProcess | undefined;
  #starting: Promise<void> | undefined;
  starts = 0;

  constructor(options: Parameters<typeof startEngineProcess>[0]) {
    this.#options = options;
  }

  /** The URL of the one that was started last. */
  get url(): string {
    if (!this.#running) throw new Error('the engine was not started');
    return this.#running.url;
  }

  /** Waits a moment, and starts it if it does not live. */
  readonly recover = async (): Promise<void> => {
    await sleep(20);
    if (this.#running?.isLiving()) return;
    await (this.#starting ??= this.#start().finally(() => (this.#starting = undefined)));
  };

  async kill(): Promise<void> {
    await this.#running?.kill();
  }

  jumpClock(): void {
    if (this.#running?.isLiving()) process.kill(-this.#running.pid, 'SIGUSR2');
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
  }

  async #start(): Promise<void> {
    await this.#running?.kill();
    this.#running = await startEngineProcess(this.#options);
    this.starts += 1;
  }
}

/**
 * Waits until something is so, for as long as something moves.
 * @param toProgress a number that changes meanwhile
 */
async function waitFor(what: string, isSo: () => boolean | Promise<boolean>, toProgress: () => number): Promise<void> {
  let [last, since] = [toProgress(), performance.now()];
  while (!(await isSo())) {
    const [progress, now] = [toProgress(), performance.now()];
    if (progress !== last) [last, since] = [progress, now];
    if (now - since > PATIENCE) throw new Error(`it did not come about that ${what}`);
    await sleep(50);
  }
}

/** Compares what OpenScale has with what was accepted. Returns the differences in words. */
function compare(double: OpenScaleDouble, accepted: ReadonlySet<string>): string[] {
  const ids = double.records('payload_logging').map(({ id }) => id.replace(/-1$/, ''));
  const stored = new Set(ids);
  const missing = [...accepted].filter((id) => !stored.has(id));
  const others = ids.filter((id) => !accepted.has(id));
  return [
    ...(ids.length === stored.size ? [] : [`${ids.length - stored.size} records twice`]),
    ...(missing.length === 0 ? [] : [`${missing.length} accepted and not stored, such as ${missing[0]}`]),
    ...(others.length === 0 ? [] : [`${others.length} stored and not accepted, such as ${others[0]}`]),
  ];
}

/** How many records were posted more than once. */
function countRepeated(double: OpenScaleDouble): number {
  const counts = new Map<string, number>();
  for (const { body } of double.requests)
    for (const [, id = ''] of body.matchAll(/"scoring_id":"([^"]+)"/g)) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts.values()].filter((count) => count > 1).length;
}

async function open(scratch: string, spool: string, changes: object = {}) {
  const double = await OpenScaleDouble.start();
  subscribe(double, ['iris']);
  const sink = {
    type: 'openscale',
    url: double.url,
    authentication: toPlatforms(double.url)['IBM Cloud'],
    poll_interval: 5,
    first_wait: 10,
    longest_wait: 100,
  };
  const settings = join(scratch, `${double.url.split(':').at(-1)}.json`);
  await writeFile(settings, JSON.stringify({ folder: spool, sinks: [sink], ...changes }));
  const flag = join(scratch, 'flag');
  const engine = new Engine({
    deployments: SAMPLES,
    folder: scratch,
    parameters: ['--workers', '2', '--payload-log', settings, '--log-level', 'warn'],
    environment: { ...SECRETS, NODE_OPTIONS: PRELOADED.join(' '), KILL_FLAG: flag, KILL_AFTER: '2' },
  });
  const isSent = async () => {
    const { records, sinks } = await readStatus(spool, ['openscale'], 1);
    return records === 0 && sinks.every(({ pending }) => pending === 0);
  };
  const countStored = () => double.records('payload_logging').length;
  return { double, engine, flag, isSent, countStored };
}

/** Kills processes at each step, and all of them twice. */
async function proveKills(scratch: string, count: number): Promise<string[]> {
  const { double, engine, flag, isSent, countStored } = await open(scratch, join(scratch, 'spool'), {
    max_bytes: 2 ** 21,
  });
  double.fail({ kind: 'status', status: 500 }, { every: 3, times: Infinity });
  const rows = new Rows();
  try {
    await engine.recover();
    const part = Math.floor(count / (STEPS.length + 3));
    for (const step of STEPS) {
      await writeFile(flag, step);
      await rows.send(part, () => engine.url, engine.recover);
      for (let round = 1; existsSync(flag); round++) {
        if (round > MAX_ROUNDS) throw new Error(`no process dies at the step ${step}`);
        await rows.send(CLIENTS, () => engine.url, engine.recover);
        await sleep(50);
      }
      await engine.recover();
      engine.jumpClock();
      console.log(`${step}: killed; ${rows.accepted.size} rows accepted`);
    }
    for (let time = 0; time < 2; time++) {
      const sent = rows.send(part, () => engine.url, engine.recover);
      await waitFor(
        'some are accepted',
        () => rows.accepted.size > (STEPS.length + time + 0.5) * part,
        () => rows.accepted.size,
      );
      await engine.kill();
      await sent;
    }
    await rows.send(Math.max(0, count - rows.accepted.size), () => engine.url, engine.recover);
    await waitFor('everything is sent', isSent, countStored);
    const problems = compare(double, rows.accepted);
    console.log(
      `${rows.accepted.size} rows accepted, ${double.records('payload_logging').length} stored; ${engine.starts} starts, ` +
        `${double.requests.length} requests of which a third failed, ${countRepeated(double)} records posted more than once, after failures or kills`,
    );
    return rows.accepted.size >= count ? problems : [...problems, `${rows.accepted.size} accepted of ${count}`];
  } finally {
    await engine.stop();
    await double.close();
  }
}

/** Has the disk full while OpenScale is away: requests are refused, and what was accepted arrives when it is back. */
async function proveFullDisk(scratch: string): Promise<string[]> {
  const disk = join(scratch, 'disk');
  await mkdir(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    console.log('full disk: not tried, because nothing can be mounted here');
    return [];
  }
  const { double, engine, isSent, countStored } = await open(scratch, join(disk, 'spool'));
  const rows = new Rows();
  try {
    double.fail({ kind: 'status', status: 503 }, { times: Infinity });
    await engine.recover();
    for (let index = 0; rows.refused < 50; index++) {
      await rows.try(`early-${index}`, engine.url);
      if (index === 100_000) return ['full disk: nothing was refused'];
    }
    const early = rows.accepted.size;
    await engine.kill();
    await engine.recover();
    double.recover();
    await waitFor('what was accepted is sent', isSent, countStored);
    await rows.send(500, () => engine.url, engine.recover);
    await waitFor('everything is sent', isSent, countStored);
    console.log(
      `full disk: ${early} rows accepted and ${rows.refused} refused, then ${rows.accepted.size - early} more`,
    );
    // A row that was refused may have been read before it was cut off; it is then one that its caller may send again.
    return compare(double, rows.accepted).filter((problem) => !problem.includes('not accepted'));
  } finally {
    await engine.stop();
    await double.close();
    // A process that was killed may hold files for a moment.
    execFileSync('umount', ['--lazy', disk]);
  }
}

const count = Number(process.argv[2] ?? 10_000);
const scratch = await mkdtemp(join(tmpdir(), 'payload-log-'));
const problems = [...(await proveKills(scratch, count)), ...(await proveFullDisk(scratch))];
await rm(scratch, { recursive: true, force: true, maxRetries: 10 });
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
