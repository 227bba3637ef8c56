/**
 * A large forest: 400 trees of full depth on 120,000 rows, by `train`, which also loads, evaluates and writes it, and by
 * scikit-learn, which learns only. Both are processes of their own, whose time and memory are read from outside.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { readMemory, readProcessorTime } from './process-usage.ts';
import { preparePython } from './python.ts';
import { printTable } from './report.ts';
import { makeTable, writeCsv } from './tables.ts';

const TREES = '400';
const TABLE = { rows: 120_000, numbers: 14, texts: 6, categories: 30, problem: 'binary', seed: 1 } as const;
/** How often usage is read, in milliseconds. */
const INTERVAL = 50;

interface Usage {
  /** CPU time, in seconds. */
  readonly seconds: number;
  /** The peak of the resident memory, in megabytes. */
  readonly peak: number;
}

export async function benchLargeForest(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-large-forest-'));
  try {
    const file = join(folder, 'table.csv');
    await writeCsv(file, makeTable(TABLE));
    const options = ['--kind', 'random-forest', '--trees', TREES, '--max-depth', '64', '--min-leaf', '1', '--no-refit'];
    const command = ['dist/cli/main.js', 'train', file, '--label', 'label', ...options, '--out', folder];
    const ours = await measure(process.execPath, command);
    const python = preparePython();
    const theirs = python ? await measure(python, ['bench/peers/scikit_learn_large.py', file, TREES]) : undefined;
    const toRow = (name: string, { seconds, peak }: Usage) => [
      name,
      `${seconds.toFixed(0)} s`,
      `${peak.toFixed(0)} MB`,
    ];
    printTable(
      `${TREES} trees of full depth on ${TABLE.rows} rows × 20 columns`,
      ['', 'processor time', 'peak memory'],
      [toRow('train', ours), ...(theirs ? [toRow('scikit-learn, learning only', theirs)] : [])],
    );
    return { ours, theirs };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs a command, and measures all of its processes. */
async function measure(command: string, parameters: readonly string[]): Promise<Usage> {
  const child = spawn(command, parameters, { detached: true, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise<number | null>((resolve, reject) => child.once('exit', resolve).once('error', reject));
  let usage: Usage = { seconds: 0, peak: 0 };
  for (let isRunning = true; isRunning; isRunning = child.exitCode === null && child.signalCode === null) {
    const [time, memory] = [readProcessorTime(child.pid as number), readMemory(child.pid as number)];
    // The last reading may be of a process that has ended.
    usage = { seconds: Math.max(usage.seconds, time?.used ?? 0), peak: Math.max(usage.peak, memory?.peak ?? 0) };
    await setTimeout(INTERVAL);
  }
  const code = await ended;
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
  return usage;
}
