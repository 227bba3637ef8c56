/** Faults of processes and of the machine. */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { readGroup } from '../../../bench/process-usage.ts';
import { isLiving, startEngineProcess } from '../../support/engine-process.ts';
import type { Fault, Situation } from '../fault.ts';
import { attackBySockets, toBytes } from '../faults/attack-by-sockets.ts';
import { findChildren, killWorkers } from '../faults/kill-workers.ts';
import { expectOnly } from './connection-faults.ts';

const WORKERS = { environment: { ENGINE_WORKERS: '2' } };
const CUT = ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'socket hang up', 'aborted', '503'];
/** A caller that opens a connection for each call, less often. */
const FRESH = { keepAlive: false, pause: 20 };

/** Milliseconds until the engine answers on a new connection; fails after 15 s. */
async function measureRecovery({ engine }: Pick<Situation, 'engine'>): Promise<number> {
  const start = performance.now();
  for (;;) {
    const isWell = await fetch(`${engine.url}/health/live`, { signal: AbortSignal.timeout(1_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
    const time = performance.now() - start;
    if (isWell) return time;
    if (time > 15_000) throw new Error('the port does not answer 15 s later');
    await sleep(10);
  }
}

/** Sends requests whose log lines fill a pipe many times over. */
async function makeLog({ target }: Situation, requests: number): Promise<string> {
  const pipeline = toBytes('GET', `/v1/deployments/${'x'.repeat(200)}`).repeat(requests / 10);
  const begin = (socket: Socket) => {
    let replies = 0;
    socket.on('data', (chunk) => {
      replies += chunk.toString('latin1').split('HTTP/1.1 404').length - 1;
      if (replies >= requests / 10) socket.destroy();
    });
    socket.write(pipeline);
  };
  return expectOnly(await attackBySockets(target, { connections: 10, patience: 30_000, begin }), '404');
}

export const processFaults: readonly Fault[] = [
  {
    name: 'kill -9 of a worker of two',
    engine: WORKERS,
    caller: FRESH,
    allows: { outcomes: CUT, because: 'those calls that it had' },
    delay: 1_000,
    make: async (situation) => {
      killWorkers(situation.engine.pid, 'one');
      const time = await measureRecovery(situation);
      if (time > 1_000) throw new Error(`the port answers only after ${time.toFixed(0)} ms`);
      await awaitWorkers(situation);
      return `an answer after ${time.toFixed(0)} ms`;
    },
  },
  {
    name: 'kill -9 of both workers, three times',
    engine: WORKERS,
    caller: FRESH,
    allows: { outcomes: CUT, because: 'those calls that they had' },
    delay: 5_000,
    make: async (situation) => {
      const times: string[] = [];
      for (let round = 0; round < 3; round++) {
        killWorkers(situation.engine.pid, 'all');
        times.push((await measureRecovery(situation)).toFixed(0));
        await awaitWorkers(situation);
      }
      return `an answer after ${times.join(', ')} ms`;
    },
  },
  {
    name: 'kill -9 of the first process of two workers, then a start on the same port',
    engine: WORKERS,
    caller: FRESH,
    allows: { outcomes: CUT, because: 'there is no engine' },
    delay: 10_000,
    make: (situation) => killFirst(situation, { ENGINE_WORKERS: '2' }),
  },
  {
    name: 'kill -9 of the only process, then a start on the same port',
    caller: FRESH,
    allows: { outcomes: CUT, because: 'there is no engine' },
    delay: 10_000,
    make: (situation) => killFirst(situation, {}),
  },
  {
    name: 'SIGSTOP for 2 s, then SIGCONT',
    delay: 2_500,
    make: async ({ engine }) => {
      process.kill(engine.pid, 'SIGSTOP');
      await sleep(2_000);
      process.kill(engine.pid, 'SIGCONT');
      await sleep(500);
      return 'a pause';
    },
  },
  {
    name: 'SIGSTOP of a worker of two for 2 s, then SIGCONT',
    engine: WORKERS,
    caller: FRESH,
    delay: 2_500,
    make: async (situation) => {
      const pid = findChildren(situation.engine.pid)[0] as number;
      process.kill(pid, 'SIGSTOP');
      await sleep(2_000);
      process.kill(pid, 'SIGCONT');
      await sleep(500);
      return 'a pause';
    },
  },
  {
    name: 'clock jumps: a day forward and back, ten times',
    engine: { environment: { NODE_OPTIONS: `--import=${new URL('../jump-clock.mjs', import.meta.url).href}` } },
    make: async ({ engine }) => {
      for (let jump = 0; jump < 10; jump++) {
        process.kill(engine.pid, 'SIGUSR2');
        await sleep(200);
      }
      const days = new Set<string>();
      await engine.readLog((line) => days.add(/"time":"(\d{4}-\d\d-\d\d)/.exec(line)?.[1] ?? ''));
      if (days.size < 2) throw new Error('the clock did not jump');
      return `${days.size - (days.has('') ? 1 : 0)} days in the log`;
    },
  },
  {
    name: 'full disk: standard error is /dev/full',
    engine: { redirection: '2>/dev/full' },
    make: (situation) => makeLog(situation, 5_000),
  },
  {
    name: 'full disk: the log may have 64 KiB (ulimit -f)',
    engine: { before: 'ulimit -f 64' },
    make: (situation) => makeLog(situation, 5_000),
  },
  {
    name: 'stalled reader of the log, which goes on later',
    engine: { redirection: '2> >(kill -STOP $BASHPID; exec cat)' },
    make: async (situation) => {
      const got = await makeLog(situation, 5_000);
      for (const pid of readGroup(situation.engine.pid)) process.kill(Number(pid), 'SIGCONT');
      await sleep(500);
      return got;
    },
  },
  {
    name: 'reader of the log that goes away',
    engine: { redirection: '2> >(exec true)' },
    make: (situation) => makeLog(situation, 5_000),
  },
  {
    name: 'few descriptors: ulimit -n 256, 600 connections',
    engine: { before: 'ulimit -n 256' },
    make: async (situation) => {
      const { target } = situation;
      const tally = await attackBySockets(target, { connections: 600, patience: 3_000, begin: () => undefined });
      const time = await measureRecovery(situation);
      return `${expectOnly(tally, 'open', 'cut')}; an answer ${time.toFixed(0)} ms later`;
    },
  },
  {
    name: 'too few descriptors: a start with ulimit -n 64',
    make: async ({ folder, scratch }) => {
      try {
        const other = await startEngineProcess({ deployments: folder, folder: scratch, before: 'ulimit -n 64' });
        await other.stop();
        return 'a start';
      } catch (error) {
        const [, ...lines] = (error as Error).message.split('\n');
        if (lines.length > 1 || !/ulimit|file descriptors|open files/.test(lines[0] ?? ''))
          throw new Error(`expected one sentence about descriptors; got: ${lines.join(' ')}`, { cause: error });
        return lines.join('');
      }
    },
  },
];

async function killFirst(situation: Situation, environment: Record<string, string>): Promise<string> {
  const { engine, folder, scratch } = situation;
  const others = findChildren(situation.engine.pid);
  process.kill(engine.pid, 'SIGKILL');
  const end = Date.now() + 10_000;
  while (others.some(isLiving)) {
    if (Date.now() > end) throw new Error('workers go on without the first process');
    await sleep(20);
  }
  const next = await startEngineProcess({ deployments: folder, folder: scratch, port: engine.port, environment });
  situation.replace(next);
  return `a start on the same port after ${next.startTime.toFixed(1)} s`;
}

async function awaitWorkers(situation: Situation): Promise<void> {
  const end = Date.now() + 15_000;
  while (findChildren(situation.engine.pid).length < 2) {
    if (Date.now() > end) throw new Error('the worker was not replaced');
    await sleep(50);
  }
  await sleep(1_000);
}
