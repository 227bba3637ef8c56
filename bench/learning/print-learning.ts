/** The tables of the benchmark of learning. */
import { mean, printTable } from '../report.ts';

/** The losses of all contenders on a table: log loss or RMSE, means of its splits. */
export interface TableResult {
  readonly name: string;
  readonly problem: string;
  readonly rows: number;
  readonly columns: number;
  readonly splits: number;
  readonly losses: Readonly<Record<string, number>>;
  readonly seconds: Readonly<Record<string, number>>;
}

/** Prints each table's ratios to the best peer, and over all tables the ratios to each peer. */
export function printLearning(results: readonly TableResult[], peers: readonly string[]): void {
  const ours = Object.keys(results[0]?.losses ?? {}).filter((name) => !peers.includes(name));
  printTable(
    'Log loss or RMSE on other rows, as a ratio to the best of the peers',
    ['table', 'rows × columns', 'best peer', 'loss', ...ours.flatMap((name) => [name, 's'])],
    results.map((result) => {
      const best = findBest(result, peers);
      return [
        `${result.name}${result.splits > 1 ? ` (${result.splits} splits)` : ''}`,
        `${result.rows} × ${result.columns}`,
        best,
        (result.losses[best] as number).toPrecision(4),
        ...ours.flatMap((name) => [
          toRatio(result, name, best).toFixed(3),
          (result.seconds[name] as number).toFixed(1),
        ]),
      ];
    }),
  );
  printTable(
    `The same over ${results.length} tables (geometric means)`,
    ['', ...peers, 'best peer', 'worst table', 'at most 1 % worse'],
    [...ours, ...peers].map((name) => {
      const toBest = results.map((result) =>
        toRatio(
          result,
          name,
          findBest(
            result,
            peers.filter((peer) => peer !== name),
          ),
        ),
      );
      const means = peers.map((peer) => toMean(results.map((result) => toRatio(result, name, peer))));
      const within = toBest.filter((ratio) => ratio <= 1.01).length;
      return [
        name,
        ...means.map((ratio) => ratio.toFixed(3)),
        toMean(toBest).toFixed(3),
        `${Math.max(...toBest).toFixed(3)} (${results[toBest.indexOf(Math.max(...toBest))]?.name})`,
        `${within} of ${results.length}`,
      ];
    }),
  );
}

function findBest({ losses }: TableResult, peers: readonly string[]): string {
  return peers.reduce((best, peer) => ((losses[peer] as number) < (losses[best] as number) ? peer : best));
}

function toRatio({ losses }: TableResult, name: string, peer: string): number {
  return (losses[name] as number) / (losses[peer] as number);
}

/** The geometric mean, in which a ratio and its inverse cancel each other. */
function toMean(ratios: readonly number[]): number {
  return Math.exp(mean(ratios.map(Math.log)));
}
