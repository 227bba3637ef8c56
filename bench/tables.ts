/** Tables for benchmarks, generated from a seed: mixed columns with noise, interactions and categories. */
import { writeFile } from 'node:fs/promises';
import { Random } from '../training/forest/random.ts';

export interface MadeTable {
  readonly header: readonly string[];
  /** The rows, with the label as the last cell. */
  readonly rows: readonly (readonly (string | number)[])[];
}

export interface TableWishes {
  readonly rows: number;
  /** The number of numeric columns, at least four, and of text columns, at least one. */
  readonly numbers: number;
  readonly texts: number;
  /** The number of categories in the first text column. */
  readonly categories: number;
  readonly problem: 'binary' | 'multiclass' | 'regression';
  readonly seed: number;
}

/** Generates a table whose label depends on a product, a curve, a sum, two text columns, and noise. */
export function makeTable({ rows, numbers, texts, categories, problem, seed }: TableWishes): MadeTable {
  const random = new Random(seed);
  const uniform = () => random.next() / 2 ** 32;
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const effects = Array.from({ length: categories }, normal);
  const header = [
    ...Array.from({ length: numbers }, (_, index) => `number_${index}`),
    ...Array.from({ length: texts }, (_, index) => `text_${index}`),
    'label',
  ];
  const made = Array.from({ length: rows }, () => {
    const x = Array.from({ length: numbers }, () => Math.round(normal() * 1e4) / 1e4);
    const c = Array.from({ length: texts }, (_, index) => random.below(index === 0 ? categories : 5));
    const signal =
      (x[0] as number) * (x[1] as number) +
      (x[2] as number) +
      Math.sin(2 * (x[3] as number)) +
      (effects[c[0] as number] as number) +
      (c[1] === 0 ? 1 : 0) +
      normal();
    return [...x, ...c.map((category) => `c${category}`), toLabel(signal, problem)];
  });
  return { header, rows: made };
}

function toLabel(signal: number, problem: TableWishes['problem']): string | number {
  if (problem === 'regression') return signal;
  if (problem === 'binary') return signal > 0 ? 'yes' : 'no';
  return signal < -1 ? 'low' : signal < 1 ? 'middle' : 'high';
}

/** Writes a table, or some of its rows, as CSV. */
export async function writeCsv(path: string, { header, rows }: MadeTable, from = 0, to = rows.length): Promise<void> {
  await writeFile(path, [header, ...rows.slice(from, to)].map((row) => row.join(',')).join('\n'));
}
