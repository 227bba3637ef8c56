/**
 * Scoring with a forest on one thread, compared with a plain walk over typed arrays, ml-random-forest and onnxruntime. All
 * answers are compared before anything is timed. Ours, the plain walk and onnxruntime get the same matrix; ml-random-forest
 * is so slow that it only gets 200 rows.
 */
import { deepStrictEqual, ok } from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { RandomForestClassifier } from 'ml-random-forest';
import { buildEncoder, type encodingSchema } from '../models/encoding.ts';
import { compileForest, type CompiledForest } from '../models/forest/compile-forest.ts';
import { scoreForest } from '../models/forest/score-forest.ts';
import { forestSchema, readForest } from '../models/kinds/random-forest/read-forest.ts';
import { loadDeployment } from '../catalogue/load-deployment.ts';
import type { Model } from '../models/model.ts';
import { parseTable, type Table } from '../models/table.ts';
import { benchBoosted } from './boosted.ts';
import { makeForestDeployment, makeForestTable } from './forest-deployment.ts';
import { startPeer, type Peer } from './peer.ts';
import { findLeaf, sumLeavesPlainly, toPlainForest, type PlainForest } from './plain-walk.ts';
import { median, printTable, time, toTime } from './report.ts';

const ROUNDS = 7;
const CLASSES = 2;
const SIZES = [5000, 100, 1] as const;
/** How many rows ml-random-forest gets. */
const FEW = 200;

interface Subject {
  readonly model: Model;
  readonly plain: PlainForest;
  readonly compiled: CompiledForest;
  readonly library: RandomForestClassifier;
  readonly table: Table;
  readonly matrix: Float64Array;
  readonly width: number;
}

export async function benchKernel(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-kernel-'));
  const peer = startPeer('onnx_forest.py');
  try {
    const deployment = await makeForestDeployment(folder);
    const subject = await load(deployment);
    checkAnswers(subject);
    await peer?.ask({ model: resolve(deployment, 'model.json'), width: subject.width });
    const library = timeLibrary(subject);
    const results: Result[] = [];
    for (const size of SIZES) results.push(await benchSize(subject, size, peer, library));
    const nodes = subject.plain.nodes.test.length;
    print(results, nodes);
    return { nodes, results, boosted: benchBoosted() };
  } finally {
    peer?.stop();
    await rm(folder, { recursive: true });
  }
}

async function load(folder: string): Promise<Subject> {
  const { file, model } = await loadDeployment(folder, { allowModules: false });
  const { encoding } = file.settings as { encoding: Parameters<(typeof encodingSchema)['parse']>[0] };
  const encoder = buildEncoder(file.columns, encoding as never, { categories: 'codes', nan: true });
  const table = parseTable(makeForestTable(SIZES[0]), file.columns, { unknownCategories: 'accept', place: '' });
  const json: unknown = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'));
  const ensemble = {
    ...(await readForest(forestSchema.parse(json), encoder.width, CLASSES, 'mean')),
    aggregation: 'sum',
  } as const;
  const [plain, compiled] = [toPlainForest(ensemble), compileForest(ensemble, 'model.json')];
  const library = RandomForestClassifier.load(json as Parameters<typeof RandomForestClassifier.load>[0]);
  return { model, plain, compiled, library, table, matrix: encoder.encode(table), width: encoder.width };
}

/** Throws when two ways to score disagree. */
function checkAnswers({ plain, compiled, library, matrix, width }: Subject): void {
  const expected = sumLeavesPlainly(plain, matrix);
  for (const size of SIZES) {
    const sums = scoreForest(compiled, matrix.slice(0, size * width));
    deepStrictEqual(sums, expected.slice(0, size * CLASSES), 'the compiled forest and the plain walk disagree');
  }
  const { roots, leaves } = plain.nodes;
  const votes = library.predictionValues(toRows(matrix, width, FEW)).to2DArray();
  for (let row = 0; row < FEW; row++) {
    for (let tree = 0; tree < roots.length; tree++) {
      const leaf = findLeaf(plain, tree, matrix, row * width);
      const vote = (leaves[leaf + 1] as number) > (leaves[leaf] as number) ? 1 : 0;
      deepStrictEqual(votes[row]?.[tree], vote, 'the plain walk and ml-random-forest disagree');
    }
  }
}

interface Result {
  readonly rows: number;
  /** Seconds for all rows, medians of the rounds. */
  readonly ours: number;
  readonly withEncoding: number;
  readonly plain: number;
  readonly library: number;
  readonly onnx?: number;
}

async function benchSize(subject: Subject, rows: number, peer: Peer | undefined, library: number): Promise<Result> {
  const { model, compiled, width } = subject;
  const matrix = subject.matrix.slice(0, rows * width);
  const table = { ...subject.table, rows: subject.table.rows.slice(0, rows) };
  const runs = Math.ceil(5000 / rows);
  const probabilities = Array.from(scoreForest(compiled, matrix), (sum) => sum / compiled.treeCount);
  const task = { rows: Array.from(matrix), width, probabilities, runs: Math.min(runs, 500) };
  const times = { ours: [] as number[], withEncoding: [] as number[], plain: [] as number[], onnx: [] as number[] };
  for (let round = 0; round <= ROUNDS; round++) {
    const ours = time(runs, () => scoreForest(compiled, matrix));
    const withEncoding = time(runs, () => model.score(table));
    const plain = time(runs, () => sumLeavesPlainly(subject.plain, matrix));
    const answer = await peer?.ask(task);
    ok((answer?.['different'] ?? 0) <= rows / 100, 'onnxruntime disagrees');
    if (round === 0) continue; // The first round warms up the compiler.
    times.ours.push(ours);
    times.withEncoding.push(withEncoding);
    times.plain.push(plain);
    if (answer) times.onnx.push(answer['seconds'] as number);
  }
  return {
    rows,
    ours: median(times.ours),
    withEncoding: median(times.withEncoding),
    plain: median(times.plain),
    library: library * rows,
    ...(peer && { onnx: median(times.onnx) }),
  };
}

/** Measures the seconds per row of ml-random-forest. */
function timeLibrary({ library, matrix, width }: Subject): number {
  const rows = toRows(matrix, width, FEW);
  return median(Array.from({ length: ROUNDS }, () => time(1, () => library.predict(rows)))) / FEW;
}

function toRows(matrix: Float64Array, width: number, count: number): number[][] {
  return Array.from({ length: count }, (_, row) => [...matrix.subarray(row * width, (row + 1) * width)]);
}

function print(results: readonly Result[], nodes: number): void {
  const ratio = (value: number | undefined, ours: number) =>
    value === undefined ? '—' : `${toTime(value)} (${(value / ours).toFixed(1)} ×)`;
  printTable(
    `Scoring with 100 trees, ${nodes} nodes in total, on one thread (medians of ${ROUNDS} rounds; × ours)`,
    ['rows', 'ours', 'ours with encoding', 'plain walk', 'ml-random-forest', 'onnxruntime'],
    results.map(({ rows, ours, withEncoding, plain, library, onnx }) => [
      String(rows),
      toTime(ours),
      toTime(withEncoding),
      ...[plain, library, onnx].map((value) => ratio(value, ours)),
    ]),
  );
}
