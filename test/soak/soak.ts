/**
 * The soak: `npm run soak -- [minutes] [--workers n]`, 30 minutes by default. The engine serves the sample deployments, a wrapped
 * model whose target fails now and then, and deployments that are replaced, added, removed, broken and reloaded, at four fifths of
 * the rate that it reaches. Every answer is compared with the expected one. Fails on a wrong answer, a status that is not to be
 * expected, or memory or file descriptors that grow. Resident memory also moves with the collection of garbage and while the engine
 * warms up; so the soak goes on for as long again, at most twice, where a figure has grown, and fails when it grows each time.
 */
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { printTable } from '../../bench/report.ts';
import { Random } from '../../training/forest/random.ts';
import { SAMPLES } from '../support/engine.ts';
import { startEngineProcess } from '../support/engine-process.ts';
import { MachinePauses } from '../support/machine-pauses.ts';
import { writeRemote } from '../support/remote.ts';
import { ChangingDeployments } from './changing-deployments.ts';
import { Driver, type Tally } from './drive.ts';
import { MoodyTarget } from './moody-target.ts';
import { prepareOperations } from './operations.ts';
import { listGrowing, watchUsage, type Trend } from './watch-usage.ts';

const SHARE = 0.8;
/** Milliseconds between changes of the deployments; the target fails for one such time out of five. */
const INTERVAL = 3_000;
/** How many times in a row something must grow to be a leak. */
const ROUNDS = 3;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { workers: { type: 'string', default: '1' }, seed: { type: 'string', default: '1' } },
});
const minutes = Number(positionals[0] ?? 30);
if (!(minutes > 0)) throw new Error('Expected a number of minutes.');
process.exitCode = (await soak(minutes * 60, Number(options.workers), Number(options.seed))) ? 0 : 1;

/** Soaks an engine for some seconds; whether all was well. */
async function soak(seconds: number, workers: number, seed: number): Promise<boolean> {
  const scratch = await mkdtemp(join(tmpdir(), 'soak-'));
  const folder = join(scratch, 'deployments');
  await mkdir(folder);
  await cp(SAMPLES, folder, { recursive: true });
  const target = await MoodyTarget.start();
  await writeRemote(folder, 'wrapped', { url: target.url, timeout: 4_000, pause: 500, ready_interval: 1_000 });
  // Workers see a change at different times.
  const changing = new ChangingDeployments(folder, workers > 1 ? 5_000 : 0);
  await changing.prepare();

  const start = () =>
    startEngineProcess({
      deployments: folder,
      folder: scratch,
      parameters: ['--workers', String(workers)],
      environment: { ENGINE_LOG_LEVEL: 'warn' },
    });
  const atRest = await start();
  const random = new Random(seed);
  const operations = await prepareOperations({ folder, url: atRest.url, target, changing, random });
  await atRest.stop();

  const engine = await start();
  const driver = new Driver(engine.url, operations, random);
  const pauses = new MachinePauses(engine.url);
  target.allowFor(pauses);
  try {
    const capacity = await driver.measureCapacity(Math.min(30, Math.max(5, seconds / 10)));
    const rate = SHARE * capacity;
    console.log(
      `${capacity.toFixed(0)} requests/s; for ${seconds} s with ${rate.toFixed(0)} requests/s (seed ${seed}).`,
    );
    driver.reset();

    const over = new AbortController();
    const driving = driver.drive(rate, over.signal);
    // The first seconds count as warm-up.
    await sleep(Math.min(60_000, seconds * 100));
    const changes = Promise.all([changeDeployments(), changeMoods()]);
    const rounds: Trend[][] = [];
    do {
      const usage = watchUsage(engine.pid, () => driver.connections + target.connections);
      await sleep(seconds * 900);
      rounds.push(usage.stop());
    } while (listGrowing(rounds).length > 0 && rounds.length < ROUNDS);
    over.abort();
    await changes;
    const reached = await driving;

    const isLiving = engine.isLiving();
    if (!isLiving) driver.complain('the engine died');
    for (const name of listGrowing(rounds)) driver.complain(`${name}: not flat, ${ROUNDS} times in a row`);
    report(driver, rounds, reached);
    console.log(`\nOn this machine, ${pauses.describe()}.`);
    console.log(`${target.strictCalls} calls of the wrapped model had to succeed.`);
    console.log(`Changes: ${JSON.stringify(changing.changes)}; the target failed in ${target.moods} ways in turn.`);
    for (const complaint of driver.complaints) console.log(`BREACH ${complaint}`);
    console.log(driver.complaintCount === 0 ? '\nsoak: no breach' : `\nsoak: ${driver.complaintCount} breaches`);
    return driver.complaintCount === 0;

    async function changeDeployments(): Promise<void> {
      const changes = [
        () => changing.replace(engine.url),
        () => changing.pass(engine.url),
        () => changing.reload(),
        () => changing.breakAndReplace(engine.url),
        () => changing.pass(engine.url),
      ];
      for (let index = 0; !over.signal.aborted; index++) {
        try {
          await changes[index % changes.length]?.();
        } catch (error) {
          driver.complain((error as Error).message);
        }
        await pause(INTERVAL);
      }
    }

    async function changeMoods(): Promise<void> {
      const isOver = () => over.signal.aborted;
      while (!isOver()) {
        await pause(4 * INTERVAL);
        target.startMood();
        await pause(INTERVAL);
        target.endMood();
        // Another mood would hide that calls go on failing.
        while (!target.hasRecovered && !isOver()) await pause(INTERVAL);
      }
    }

    /** Waits, but not beyond the end. */
    function pause(milliseconds: number): Promise<void> {
      return sleep(milliseconds, undefined, { signal: over.signal }).catch(() => undefined);
    }
  } finally {
    await pauses.close();
    await driver.close();
    await engine.stop();
    await target.close();
    await rm(scratch, { recursive: true, maxRetries: 10 });
  }
}

function report({ tallies }: Driver, rounds: readonly (readonly Trend[])[], rate: number): void {
  const toRow = (name: string, { times, statuses }: Tally) => {
    times.sort((a, b) => a - b);
    const at = (share: number) => (times[Math.ceil(share * times.length) - 1] ?? NaN).toFixed(1);
    const counts = Object.entries(statuses).map(([status, count]) => `${count} × ${status}`);
    return [name, counts.join(', '), at(0.5), at(0.99), at(1)];
  };
  printTable(
    `${rate.toFixed(0)} requests/s, milliseconds`,
    ['operation', 'replies', 'median', '99 %', 'worst'],
    [...tallies].map(([name, tally]) => toRow(name, tally)),
  );
  printTable(
    'First third of the time and last third; once more where a figure has grown',
    ['', 'first', 'last', 'flat'],
    rounds.flatMap((trends) =>
      trends.map(({ name, first, last, isFlat }) => [name, first.toFixed(1), last.toFixed(1), isFlat ? 'yes' : 'NO']),
    ),
  );
}
