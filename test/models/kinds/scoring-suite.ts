/** What every model does, local or remote: properties that hold for every table. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Scores } from '../../../models/model.ts';
import { score } from '../../../models/score-table.ts';
import type { Deployment } from '../../../models/deployment.ts';
import type { RequestTable } from '../../../models/table.ts';
import { pickColumns, pickRows, toShuffles, toTables } from '../../support/tables.ts';

const RUNS = { seed: 1, numRuns: 25 };

type Shuffled = ReturnType<typeof toShuffles> extends fc.Arbitrary<infer Value> ? Value : never;

/** Checks a property with many tables of a deployment. */
export function checkTables(
  deployment: Deployment,
  property: (input: Shuffled, scoreRows: (table: RequestTable) => Promise<number[][]>) => Promise<void>,
): Promise<void> {
  const scoreRows = async (table: RequestTable) => toRows(await score(deployment, table, ''), deployment);
  const inputs = toShuffles(toTables(deployment.file.columns, deployment.file.unknown_categories));
  return fc.assert(
    fc.asyncProperty(inputs, (input) => property(input, scoreRows)),
    RUNS,
  );
}

/** Declares the tests of a deployment, which is loaded by the time they run. */
export function describeScoring(get: () => Deployment): void {
  it('returns one score per row, the same as for the row alone, to the last bit', () =>
    checkTables(get(), async ({ table }, scoreRows) => {
      const scores = await scoreRows(table);
      expect(scores).to.have.length(table.values.length);
      for (const row of table.values.keys()) {
        expect(await scoreRows(pickRows(table, [row]))).to.deep.equal([scores[row]]);
      }
    }));

  it('returns the scores in the order of the rows', () =>
    checkTables(get(), async ({ table, rows }, scoreRows) => {
      const scores = await scoreRows(table);
      expect(await scoreRows(pickRows(table, rows))).to.deep.equal(rows.map((row) => scores[row]));
    }));

  it('returns the same scores whatever the order of the columns, and whatever other columns there are', () =>
    checkTables(get(), async ({ table, columns }, scoreRows) => {
      expect(await scoreRows(pickColumns(table, columns))).to.deep.equal(await scoreRows(table));
    }));

  it('returns no scores for no rows', async () => {
    const fields = get().file.columns.map(({ name }) => name);
    expect(toRows(await score(get(), { fields, values: [] }), get())).to.be.empty;
  });

  it('returns probabilities that sum to 1 and predicts the first of the most probable classes, or returns no probabilities', () =>
    checkTables(get(), async ({ table }, scoreRows) => {
      const { file, hasProbabilities } = get();
      for (const [prediction, ...probabilities] of await scoreRows(table)) {
        if (!hasProbabilities) expect(probabilities).to.be.empty;
        else {
          expect(probabilities).to.have.length(file.label.classes?.length as number);
          expect(probabilities.reduce((sum, value) => sum + value)).to.be.closeTo(1, 1e-12);
          expect(probabilities.indexOf(Math.max(...probabilities))).to.equal(prediction);
        }
      }
    }));
}

/** One array per row: the prediction and the probabilities. */
export function toRows({ predictions, probabilities = [] }: Scores, { file }: Deployment): number[][] {
  const width = file.label.classes?.length ?? 0;
  return Array.from(predictions, (prediction, row) => [
    prediction,
    ...Array.from(probabilities).slice(row * width, (row + 1) * width),
  ]);
}
