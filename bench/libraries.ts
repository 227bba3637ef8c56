/**
 * Scoring a model file of another library, compared in the same run with the library itself and with onnxruntime, both from
 * Python: all on one thread and in process, without HTTP. The engine gets rows of cells, as a request has them, and the others
 * a matrix of NumPy, which they take without copying; of several ways to call the library, the fastest counts. Scores are
 * compared first. Times are processor times.
 */
import { ok } from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordExample } from '../catalogue/load-deployment.ts';
import { deploymentFileSchema } from '../models/deployment-file.ts';
import type { Model } from '../models/model.ts';
import { parseTable, type Table } from '../models/table.ts';
import { startPeer, type Peer } from './peer.ts';
import { prepareEnvironment } from './python.ts';
import { median, printTable, toTime } from './report.ts';

/** The libraries, and the kinds that serve their files: each has a script bench/peers/library_NAME.py. */
const LIBRARIES = {
  xgboost: 'xgboost',
  lightgbm: 'lightgbm',
  catboost: 'catboost',
  scikit_learn: 'scikit-learn',
} as const;

const TREE_COUNTS = [100, 1000] as const;
const SIZES = [1, 100, 5000] as const;
const WIDTH = 20;
const TRAINING_ROWS = 5000;
const ROUNDS = 7;
/** How many rows are scored in a round, in as many calls as that takes: of the engine more, because it is compiled meanwhile. */
const OUR_ROUND = { rows: 50_000, maxCalls: 1000 } as const;
const THEIR_ROUND = { rows: 10_000, maxCalls: 200 } as const;
const TOLERANCE = 1e-6;

export interface LibraryResult {
  readonly library: string;
  readonly trees: number;
  readonly rows: number;
  /** Seconds per call, medians over the rounds. */
  readonly ours: number;
  readonly theirs: number;
  readonly way: string;
  /** Missing if the model cannot be converted. */
  readonly onnx?: number;
}

export interface LoadResult {
  readonly library: string;
  readonly trees: number;
  readonly bytes: number;
  /** Processor seconds for reading, checking and compiling the file. */
  readonly seconds: number;
}

export async function benchLibraries(): Promise<object> {
  const results: LibraryResult[] = [];
  const loads: LoadResult[] = [];
  const python = prepareEnvironment('libraries', 'bench/peers/requirements-libraries.txt', 'the libraries');
  for (const [name, kind] of Object.entries(LIBRARIES)) {
    const peer = python === undefined ? undefined : startPeer('measure_library.py', python, `library_${name}`);
    if (!peer) continue;
    try {
      for (const trees of TREE_COUNTS) {
        const { model, table, load } = await prepare(peer, name, kind, trees);
        loads.push(load);
        for (const rows of SIZES)
          results.push({ library: name, trees, rows, ...(await measure(peer, model, table, rows)) });
      }
    } finally {
      peer.stop();
    }
  }
  printTable(
    `Scoring model files, and the libraries and onnxruntime from Python (one thread, processor time, medians of ${ROUNDS} rounds; × ours)`,
    ['library', 'trees', 'rows', 'ours', 'the library', 'its fastest way', 'onnxruntime'],
    results.map(({ library, trees, rows, ours, theirs, way, onnx }) => [
      library,
      String(trees),
      String(rows),
      toTime(ours),
      toRatio(theirs, ours),
      way,
      onnx === undefined ? '—' : toRatio(onnx, ours),
    ]),
  );
  printTable(
    'Loading them (processor time)',
    ['library', 'trees', 'MiB', 'time'],
    loads.map(({ library, trees, bytes, seconds }) => [
      library,
      String(trees),
      (bytes / 2 ** 20).toFixed(1),
      toTime(seconds),
    ]),
  );
  return { results, loads };
}

function toRatio(theirs: number, ours: number): string {
  return `${toTime(theirs)} (${(theirs / ours).toFixed(1)} ×)`;
}

interface Prepared {
  readonly file: string;
  readonly cells: readonly (readonly (number | null)[])[];
  readonly probabilities: readonly number[];
}

/** Lets the library train a model, loads its file, and compares the scores. */
async function prepare(
  peer: Peer,
  library: string,
  kind: string,
  trees: number,
): Promise<{ model: Model; table: Table; load: LoadResult }> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-libraries-'));
  try {
    const task = { folder, trees, width: WIDTH, trainingRows: TRAINING_ROWS, rows: Math.max(...SIZES) };
    const { file: fileName, cells, probabilities } = await peer.ask<Prepared>(task);
    const fields = Array.from({ length: WIDTH }, (_, index) => `x${index}`);
    const now = '2026-01-01T00:00:00Z';
    const file = deploymentFileSchema.parse({
      id: 'model',
      name: 'model',
      kind,
      settings: { file: fileName },
      problem_type: 'binary',
      columns: fields.map((name) => ({ name, type: 'double', nullable: true })),
      label: { name: 'label', type: 'integer', classes: [0, 1] },
      example: { fields, values: [cells[0]] },
      created_at: now,
      modified_at: now,
    });
    const load = async () => (await recordExample(folder, file)).model;
    const model = await load();
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) times.push(await timeOf(1, load));
    const table = parseTable({ fields, values: cells }, file.columns, { unknownCategories: 'accept', place: '' });
    const scores = await model.score(take(table, probabilities.length));
    for (const [row, theirs] of probabilities.entries()) {
      const ours = scores.probabilities?.[2 * row + 1] as number;
      ok(Math.abs(ours - theirs) <= TOLERANCE, `row ${row}: ${ours}, ${library} ${theirs}`);
    }
    const { size } = await stat(join(folder, fileName));
    return { model, table, load: { library, trees, bytes: size, seconds: median(times) } };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function take(table: Table, rowCount: number): Table {
  return { ...table, rows: table.rows.slice(0, rowCount) };
}

async function measure(
  peer: Peer,
  model: Model,
  table: Table,
  rows: number,
): Promise<Pick<LibraryResult, 'ours' | 'theirs' | 'way' | 'onnx'>> {
  const some = take(table, rows);
  const toRuns = (round: { readonly rows: number; readonly maxCalls: number }) =>
    Math.min(round.maxCalls, Math.ceil(round.rows / rows));
  const ours: number[] = [];
  const theirs: Record<string, number>[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const own = await timeOf(toRuns(OUR_ROUND), () => model.score(some));
    const their = await peer.ask({ rows, runs: toRuns(THEIR_ROUND) });
    if (round === 0) continue; // The first round warms up the compiler.
    ours.push(own);
    theirs.push(their);
  }
  const ways = Object.keys(theirs[0] as object)
    .map((way) => ({ way, theirs: median(theirs.map((round) => round[way] as number)) }))
    .sort((a, b) => a.theirs - b.theirs);
  const own = ways.find(({ way }) => way !== 'onnxruntime') as (typeof ways)[number];
  const onnx = ways.find(({ way }) => way === 'onnxruntime')?.theirs;
  return { ours: median(ours), ...own, ...(onnx !== undefined && { onnx }) };
}

/** The processor seconds that one of several runs takes on average. */
async function timeOf(runs: number, run: () => unknown): Promise<number> {
  const start = process.cpuUsage();
  for (let index = 0; index < runs; index++) await run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6 / runs;
}
