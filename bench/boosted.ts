/**
 * Scoring with a boosted ensemble on one thread, compared with a plain walk over typed arrays: what missing directions and
 * category sets cost, relative to the same number of trees that only compare numbers. Scores are compared first. Times are
 * processor times, because a busy machine changes those less.
 */
import { deepStrictEqual } from 'node:assert/strict';
import { compileForest } from '../models/forest/compile-forest.ts';
import { scoreForest } from '../models/forest/score-forest.ts';
import { makeBoostedEnsemble, makeBoostedRows } from './boosted-ensemble.ts';
import { sumLeavesPlainly, toPlainForest } from './plain-walk.ts';
import { median, printTable, toTime } from './report.ts';

const ROUNDS = 7;
const SIZES = [5000, 100, 1] as const;

interface Result {
  readonly trees: string;
  readonly rows: number;
  /** Seconds for all rows: medians over the rounds. */
  readonly ours: number;
  readonly plain: number;
  /** Seconds for checking and compiling the ensemble. */
  readonly compiling: number;
}

/** The processor seconds that one of several runs takes on average. */
function time(runs: number, run: () => unknown): number {
  const start = process.cpuUsage();
  for (let index = 0; index < runs; index++) run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6 / runs;
}

/** Measures both ensembles and prints a table. */
export function benchBoosted(): readonly Result[] {
  const kinds = [
    ['numbers only', 'numbers'],
    ['missing directions and sets', 'mixed'],
  ] as const;
  const results = kinds.flatMap(([trees, kind]) => {
    const ensemble = makeBoostedEnsemble(kind);
    const compiling = median(Array.from({ length: ROUNDS }, () => time(1, () => compileForest(ensemble, ''))));
    const forest = compileForest(ensemble, '');
    const plain = toPlainForest(ensemble);
    const matrix = makeBoostedRows(SIZES[0]);
    const expected = sumLeavesPlainly(plain, matrix);
    return SIZES.map((rows): Result => {
      const some = matrix.slice(0, rows * ensemble.featureCount);
      deepStrictEqual(scoreForest(forest, some), expected.slice(0, rows), 'the kernel and the plain walk disagree');
      const runs = Math.ceil(SIZES[0] / rows);
      const times = { ours: [] as number[], plain: [] as number[] };
      for (let round = 0; round <= ROUNDS; round++) {
        const ours = time(runs, () => scoreForest(forest, some));
        const plainly = time(runs, () => sumLeavesPlainly(plain, some));
        if (round === 0) continue; // The first round warms up the compiler.
        times.ours.push(ours);
        times.plain.push(plainly);
      }
      return { trees, rows, ours: median(times.ours), plain: median(times.plain), compiling };
    });
  });
  printTable(
    `Scoring with 1000 boosted trees of 31 leaves (CPU time, medians of ${ROUNDS} rounds; × ours)`,
    ['tests', 'rows', 'ours', 'plain walk', 'compiling'],
    results.map(({ trees, rows, ours, plain, compiling }) => [
      trees,
      String(rows),
      toTime(ours),
      `${toTime(plain)} (${(plain / ours).toFixed(1)} ×)`,
      toTime(compiling),
    ]),
  );
  return results;
}
