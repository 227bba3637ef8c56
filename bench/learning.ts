/**
 * What is learned, compared with what a notebook would learn: `train`'s kinds and the defaults of LightGBM, XGBoost and scikit-learn
 * learn from the same files, and are measured on the same other rows; ours as deployments are scored. BENCH_TABLES and BENCH_KINDS
 * (names separated by commas) choose some, BENCH_OPTIONS are further options for `train`, BENCH_SEEDS is the number of splits of the
 * small tables.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { measureLoss } from './learning/measure-loss.ts';
import { printLearning, type TableResult } from './learning/print-learning.ts';
import { startPeer, type Peer } from './peer.ts';
import { prepareEnvironment } from './python.ts';
import { mean } from './report.ts';

const PEERS = ['LightGBM', 'XGBoost', 'HistGradientBoosting', 'scikit-learn forest', 'scikit-learn linear'] as const;
const KINDS = ['random-forest', 'gradient-boosting', 'linear'] as const;
const SEEDS = Number(process.env['BENCH_SEEDS'] ?? 5);
/** Of a table with more rows, one split says enough. */
const SMALL = 2500;

interface Split {
  readonly problem: 'binary' | 'multiclass' | 'regression';
  readonly rows: number;
  readonly columns: number;
}

/** The losses of one contender, a split each, and the seconds that it took in total. */
interface Tally {
  readonly losses: number[];
  seconds: number;
}

export async function benchLearning(): Promise<object> {
  // Some packages are there for their tables only.
  const requirements = 'bench/peers/requirements-learning.txt';
  const python = prepareEnvironment('peers-learning', requirements, 'the peers of learning', true);
  const peer = python === undefined ? undefined : startPeer('learning.py', python);
  if (!peer) return {};
  const folder = await mkdtemp(join(tmpdir(), 'bench-learning-'));
  try {
    const { public: known, made } = await peer.ask<{ public: string[]; made: string[] }>({ tables: true });
    const wanted = process.env['BENCH_TABLES']?.split(',');
    const results: TableResult[] = [];
    for (const table of [...known, ...made].filter((name) => wanted?.includes(name) ?? true)) {
      results.push(await compare(table, peer, folder));
      const { name, losses } = results.at(-1) as TableResult;
      console.error(
        `${name}: ${Object.entries(losses)
          .map(([one, loss]) => `${one} ${loss.toFixed(4)}`)
          .join(', ')}`,
      );
    }
    printLearning(results, PEERS);
    return { results };
  } finally {
    peer.stop();
    await rm(folder, { recursive: true });
  }
}

async function compare(table: string, peer: Peer, folder: string): Promise<TableResult> {
  const kinds = process.env['BENCH_KINDS']?.split(',') ?? KINDS;
  const tallies: Record<string, Tally> = {};
  const add = (name: string, { loss, seconds }: { loss: number; seconds: number }) => {
    const tally = (tallies[name] ??= { losses: [], seconds: 0 });
    tally.losses.push(loss);
    tally.seconds += seconds;
  };
  const [train, test] = [join(folder, 'train.csv'), join(folder, 'test.csv')];
  for (let seed = 1; ; seed++) {
    const split = await peer.ask<Split>({ split: table, seed, train, test });
    const { problem, rows, columns } = split;
    for (const name of PEERS) add(name, await peer.ask({ peer: name, train, test, problem, seed }));
    for (const kind of kinds) add(kind, await trainAndScore({ kind, train, test, problem, seed }, folder));
    if (seed < SEEDS && rows < SMALL) continue;
    const entries = Object.entries(tallies);
    return {
      name: table,
      problem,
      rows,
      columns,
      splits: seed,
      losses: Object.fromEntries(entries.map(([name, { losses }]) => [name, mean(losses)])),
      seconds: Object.fromEntries(entries.map(([name, { seconds }]) => [name, seconds / seed])),
    };
  }
}

interface Task {
  readonly kind: string;
  readonly train: string;
  readonly test: string;
  readonly problem: Split['problem'];
  readonly seed: number;
}

/** Trains with the command line, and scores the other rows. */
async function trainAndScore(
  { kind, train, test, problem, seed }: Task,
  out: string,
): Promise<{ loss: number; seconds: number }> {
  const linear = problem === 'regression' ? 'linear-regression' : 'logistic-regression';
  const options = {
    label: 'label',
    'problem-type': problem,
    kind: kind === 'linear' ? linear : kind,
    seed: String(seed),
    id: 'bench',
    out,
  };
  const parameters = [
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    ...(process.env['BENCH_OPTIONS']?.split(' ') ?? []),
  ];
  const start = performance.now();
  const command = ['dist/cli/main.js', 'train', train, '--force', '--json', ...parameters];
  await promisify(execFile)(process.execPath, command, { maxBuffer: 2 ** 28 });
  const seconds = (performance.now() - start) / 1000;
  return { loss: await measureLoss(join(out, 'bench'), test), seconds };
}
