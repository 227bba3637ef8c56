/** The answers of a pipeline of train.py itself, and how a server's answers are compared with them. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { RequestTable } from '../../models/table.ts';

export interface TruthColumn {
  readonly name: string;
  readonly type: 'double' | 'long' | 'boolean' | 'string';
  readonly nullable: boolean;
}

export interface Truth {
  readonly columns: readonly TruthColumn[];
  readonly values: readonly (readonly (string | number | boolean | null)[])[];
  /** The classes, in the order of the probabilities. */
  readonly labels: readonly (string | number)[];
  readonly predictions: readonly (string | number)[];
  /** One vector per row. */
  readonly probabilities: readonly (readonly number[])[];
}

/** A server's answer for the rows of a table: at least one of both. */
export interface PeerAnswer {
  readonly predictions?: readonly unknown[];
  /** One vector per row, in the order of the labels. */
  readonly probabilities?: readonly (readonly number[])[];
}

/** Reads what train.py wrote. */
export async function readTruth(file: string): Promise<Truth> {
  return JSON.parse(await readFile(file, 'utf8')) as Truth;
}

/** Some rows of the truth with their answers. */
export function selectRows(truth: Truth, rows: readonly number[]): Truth {
  const select = <Item>(items: readonly Item[]) => rows.map((row) => items[row] as Item);
  return {
    ...truth,
    values: select(truth.values),
    predictions: select(truth.predictions),
    probabilities: select(truth.probabilities),
  };
}

/** The tables that servers score: one row, ten with a null, and all. */
export function listParts(truth: Truth): Truth[] {
  const gap = truth.values.findIndex((row) => row.includes(null));
  const ten = [gap, ...truth.values.keys()].slice(0, 10);
  return [selectRows(truth, [0]), selectRows(truth, ten), truth];
}

/** A copy of the truth with another cell in one row, whose answer is unknown. */
export function replaceCell(truth: Truth, row: number, column: string, cell: string | number | null): Truth {
  const place = truth.columns.findIndex(({ name }) => name === column);
  return { ...truth, values: truth.values.map((cells, index) => (index === row ? cells.with(place, cell) : cells)) };
}

/** A copy of the truth without a column. */
export function dropColumn(truth: Truth, column: string): Truth {
  const place = truth.columns.findIndex(({ name }) => name === column);
  return {
    ...truth,
    columns: truth.columns.toSpliced(place, 1),
    values: truth.values.map((row) => row.toSpliced(place, 1)),
  };
}

/** The rows of the truth as a table. */
export function toTable({ columns, values }: Truth): RequestTable {
  return { fields: columns.map(({ name }) => name), values };
}

/** Compares an answer with the truth: the same labels, and probabilities within 1e-6. */
export function assertTrue({ predictions, probabilities }: PeerAnswer, truth: Truth): void {
  assert.ok(predictions ?? probabilities, 'an answer has predictions or probabilities');
  if (predictions) assert.deepEqual(predictions, truth.predictions);
  if (!probabilities) return;
  assert.equal(probabilities.length, truth.probabilities.length);
  for (const [row, vector] of truth.probabilities.entries()) {
    assert.equal(probabilities[row]?.length, vector.length);
    const distances = vector.map((probability, place) => Math.abs(probability - (probabilities[row]?.[place] ?? NaN)));
    assert.ok(
      distances.every((distance) => distance <= 1e-6),
      `the probabilities of row ${row} equal the pipeline's`,
    );
  }
}
