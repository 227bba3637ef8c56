/**
 * The table of faults: `npm run chaos -- [words of the names of faults]`. Each fault is made against an engine of its own, on
 * loopback, while another caller scores one row after the other. Fails when the other caller sees an error that the table does not
 * allow, when the engine does not live, or when the one who made the fault got what must not be. With --max-delay it fails, too, when
 * the other caller waited that many milliseconds longer than before the fault. With --write, docs/reliability.md gets the table.
 */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import prettier from 'prettier';
import { good } from '../support/behaviours.ts';
import { writeLine } from '../support/deployment.ts';
import { SAMPLES } from '../support/engine.ts';
import { startEngineProcess } from '../support/engine-process.ts';
import { HttpDouble } from '../support/http-double.ts';
import { writeRemote } from '../support/remote.ts';
import type { Fault } from './fault.ts';
import { formatTally } from './format-tally.ts';
import { startOtherCaller, type OtherCaller } from './other-caller.ts';
import { bodyFaults } from './table/body-faults.ts';
import { connectionFaults } from './table/connection-faults.ts';
import { deploymentFaults } from './table/deployment-faults.ts';
import { processFaults } from './table/process-faults.ts';
import { tlsFaults } from './table/tls-faults.ts';
import { upstreamFaults } from './table/upstream-faults.ts';
import type { CallerReport, WatchedCall } from './watch-caller.ts';

const ROW = '{"fields":["sepal_length","sepal_width","petal_length","petal_width"],"values":[[5.1,3.5,1.4,0.2]]}';
/** Milliseconds for which the other caller calls before and after the fault. */
const BEFORE = 1_500;
const AFTER = 500;
/** Max milliseconds for a fault, after which the engine is killed. */
const PATIENCE = 90_000;
/** What another caller may wait longer, by default. */
const MAX_DELAY = 50;

const nothing: Fault = { name: 'no fault', make: () => sleep(5_000, 'nothing') };
const ALL: readonly Fault[] = [
  nothing,
  ...connectionFaults,
  ...bodyFaults,
  ...upstreamFaults,
  ...tlsFaults,
  ...deploymentFaults,
  ...processFaults,
];

interface Outcome {
  readonly fault: Fault;
  readonly got: string;
  readonly seen:
    { readonly before: CallerReport; readonly during: CallerReport; readonly after: CallerReport } | undefined;
  readonly isLiving: boolean;
  readonly problems: readonly string[];
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'max-delay': { type: 'string' }, write: { type: 'boolean', default: false } },
});
const chosen = ALL.filter(({ name }) => positionals.every((word) => name.includes(word)));
if (chosen.length === 0) throw new Error('No fault has these words in its name.');
if (options.write && positionals.length > 0)
  throw new Error('Expected --write without words: the table has all faults.');
// The work of an attack takes as little as possible of the cores that the engine and the other caller need.
setPriority(10);

const outcomes: Outcome[] = [];
for (const fault of chosen) {
  const outcome = await tryFault(fault);
  outcomes.push(outcome);
  console.error(`${outcome.problems.length === 0 ? 'ok  ' : 'BAD '} ${fault.name}: ${outcome.got}`);
  for (const problem of outcome.problems) console.error(`     ${problem}`);
}
await report();

async function tryFault(fault: Fault): Promise<Outcome> {
  const scratch = await mkdtemp(join(tmpdir(), 'chaos-'));
  const folder = join(scratch, 'deployments');
  const upstream = await HttpDouble.start(good);
  const caller = await startOtherCaller();
  try {
    await mkdir(folder);
    await cp(join(SAMPLES, 'iris'), join(folder, 'iris'), { recursive: true });
    await writeLine(join(folder, 'line'), 'line', 0);
    await writeRemote(folder, 'wrapped', { url: upstream.url, timeout: 2_000, pause: 200, ready_interval: 500 });
    await fault.prepare?.(folder);
    return await makeFault(fault, { scratch, folder, upstream, caller });
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    return { fault, got, seen: undefined, isLiving: false, problems: [got] };
  } finally {
    caller.stop();
    await upstream.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function makeFault(
  fault: Fault,
  place: { scratch: string; folder: string; upstream: HttpDouble; caller: OtherCaller },
): Promise<Outcome> {
  const { scratch, folder, upstream, caller } = place;
  const engine = await startEngineProcess({
    ...fault.engine,
    deployments: folder,
    folder: scratch,
    environment: { ENGINE_LOG_LEVEL: 'info', ...fault.engine?.environment },
  });
  // Of a good start, and of a fault that ends the engine.
  let living = engine;
  const kill = setTimeout(() => void living.kill(), PATIENCE);
  try {
    const call: WatchedCall = {
      url: `${engine.url}/v1/deployments/iris/online`,
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: ROW,
      ...fault.caller,
    };
    const situation = {
      engine,
      target: { url: engine.url, deployment: 'iris' },
      folder,
      scratch,
      upstream,
      replace: (other: typeof engine) => void (living = other),
    };
    const before = await caller.watch(call, sleep(BEFORE));
    let got = '';
    const problems: string[] = [];
    const made = fault.make(situation).then(
      (text) => (got = text),
      (error: unknown) => problems.push((got = error instanceof Error ? error.message : String(error))),
    );
    const during = await caller.watch(call, made);
    const after = await caller.watch(call, sleep(AFTER));

    const errors = listErrors(during, fault.allows?.outcomes);
    if (errors !== '') problems.push(`the other caller got ${errors} meanwhile`);
    for (const [when, seen] of Object.entries({ before, after })) {
      const others = listErrors(seen);
      if (others !== '') problems.push(`the other caller got ${others} ${when}`);
    }
    const isLiving = living.isLiving();
    if (!isLiving) problems.push('the engine does not live');
    return { fault, got, seen: { before, during, after }, isLiving, problems };
  } finally {
    clearTimeout(kill);
    await living.stop();
    await engine.kill();
  }
}

/** What a caller saw beside 200 and what is allowed, as text; empty if nothing. */
function listErrors({ outcomes }: CallerReport, allowed: readonly string[] = []): string {
  const errors = Object.entries(outcomes).filter(([outcome]) => outcome !== '200' && !allowed.includes(outcome));
  return errors.length === 0 ? '' : formatTally(Object.fromEntries(errors));
}

async function report(): Promise<void> {
  const delays: string[] = [];
  const rows = outcomes.map(({ fault, got, seen, isLiving, problems }) => {
    if (!seen) return [fault.name, got, '', '', '', '', 'NO'];
    const { before, during } = seen;
    const errors = listErrors(during);
    const late = during.worst - before.worst;
    if (late > (fault.delay ?? MAX_DELAY)) delays.push(`${fault.name} (${late.toFixed(0)} ms)`);
    const because = errors !== '' && fault.allows ? `${errors}: ${fault.allows.because}` : errors || 'none';
    const calls = Object.values(during.outcomes).reduce((sum, count) => sum + count, 0);
    const lived = isLiving ? (problems.length === 0 ? 'yes' : 'yes, but') : 'NO';
    return [fault.name, got, String(calls), because, before.worst.toFixed(0), during.worst.toFixed(0), lived];
  });
  const header = ['fault', 'who made it got', 'calls', 'errors', 'worst before', 'worst meanwhile', 'engine lived'];
  const lines = [header, header.map(() => '---'), ...rows].map((cells) => {
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  });
  console.log(`\n${lines.join('\n')}`);
  if (options.write) await writeTable(lines);
  const bad = outcomes.filter(({ problems }) => problems.length > 0);
  const count = outcomes.filter(({ fault }) => fault !== nothing).length;
  console.log(`\n${count} faults; ${bad.length === 0 ? 'none' : bad.length} did what it must not.`);
  for (const { fault, problems } of bad) console.log(`- ${fault.name}: ${problems.join('; ')}`);
  if (delays.length > 0) console.log(`Waited more than ${MAX_DELAY} ms longer: ${delays.join(', ')}.`);
  const max = options['max-delay'];
  const isTooLate =
    max !== undefined &&
    outcomes.some(({ seen, fault }) => {
      const allowed = Math.max(Number(max), fault.delay ?? 0);
      return seen && seen.during.worst - seen.before.worst > allowed;
    });
  if (bad.length > 0 || isTooLate) process.exitCode = 1;
}

/** Replaces the table at the end of docs/reliability.md. */
async function writeTable(lines: readonly string[]): Promise<void> {
  const page = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));
  const [above] = (await readFile(page, 'utf8')).split('\n| fault ', 1) as [string];
  const format = { ...(await prettier.resolveConfig(page)), parser: 'markdown' };
  await writeFile(page, await prettier.format(`${above}\n${lines.join('\n')}\n`, format));
}
