import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { RandomForestClassifier, RandomForestRegression } from 'ml-random-forest';
import type { DeploymentFile } from '../../../models/deployment-file.ts';
import { recordExample } from '../../../catalogue/load-deployment.ts';
import { score } from '../../../models/score-table.ts';
import { train } from '../../../training/train.ts';
import { listVotes } from '../../support/forest.ts';
import { toCustomers, toOptions, withFolder } from '../../support/training.ts';

type Cell = string | number | boolean | null;

/** Rows outside the training data, with nulls, unknown plans and all ages. */
const ROWS: Cell[][] = Array.from({ length: 300 }, (_, row) => [
  row % 7 === 0 ? null : 15 + (row % 60),
  (row * 37) % 100,
  ['basic', 'plus', 'family', 'none', null][row % 5] as Cell,
  row % 3 === 0,
]);

/** Encodes a row as its deployment's settings do: the input of ml-random-forest. */
function encode({ columns, settings }: DeploymentFile, row: readonly Cell[]): number[] {
  const { encoding } = settings as { encoding: { codes?: number[]; unknown?: number }[] };
  return row.map((cell, index) => {
    const { codes, unknown } = encoding[index] as { codes?: number[]; unknown?: number };
    if (!codes) return cell === null ? NaN : Number(cell);
    return codes[columns[index]?.categories?.indexOf(cell as string) ?? -1] ?? (unknown as number);
  });
}

/** Trains, and scores the rows as the engine does with these settings. */
async function trainAndScore(toLabel: (risk: number) => unknown, settings: object = {}) {
  return withFolder(async (folder) => {
    await writeFile(join(folder, 'customers.csv'), toCustomers(800, toLabel));
    const { folder: made } = await train(toOptions(folder));
    const json = JSON.parse(await readFile(join(made, 'model.json'), 'utf8')) as never;
    const written = JSON.parse(await readFile(join(made, 'deployment.json'), 'utf8')) as DeploymentFile;
    const file = { ...written, settings: { ...(written.settings as object), ...settings } };
    const nullable = file.columns.map((column) => ({ ...column, nullable: column.type !== 'boolean' }));
    const deployment = await recordExample(made, { ...file, columns: nullable });
    const fields = file.columns.map(({ name }) => name);
    const scores = await score(deployment, { fields, values: ROWS });
    return { file, json, scores, inputs: ROWS.map((row) => encode(file, row)) };
  });
}

describe('the JSON of a forest', () => {
  for (const [what, toLabel, classCount] of [
    ['two classes', (risk: number) => (risk > 0.8 ? 'high' : 'low'), 2],
    ['four classes', (risk: number) => ['a', 'b', 'c', 'd'][Math.floor(2 * risk)], 4],
  ] as const) {
    it(`of ${what} predicts in ml-random-forest what the engine predicts by counting votes, except for ties`, async () => {
      const { json, scores, inputs } = await trainAndScore(toLabel, { voting: 'hard', calibration: undefined });
      const forest = RandomForestClassifier.load(json);
      const predicted = forest.predict(inputs);
      let ties = 0;
      listVotes(forest, inputs).forEach((votes, row) => {
        const counts = Array.from({ length: classCount }, (_, index) => votes.filter((vote) => vote === index).length);
        const shares = Array.from(
          { length: classCount },
          (_, index) => scores.probabilities?.[row * classCount + index],
        );
        expect(shares).to.deep.equal(counts.map((count) => count / votes.length));
        if (counts.filter((count) => count === Math.max(...counts)).length > 1) ties += 1;
        else expect(scores.predictions[row]).to.equal(predicted[row]);
      });
      expect(ties).to.be.below(50);
    });
  }

  it('of a regression predicts in ml-random-forest what the engine predicts', async () => {
    const { json, scores, inputs } = await trainAndScore((risk) => risk * 100);
    const predicted = RandomForestRegression.load(json).predict(inputs);
    predicted.forEach((value, row) => expect(scores.predictions[row]).to.be.closeTo(value, 1e-9));
  });

  it('survives being loaded and written by ml-random-forest', async () => {
    const { json, inputs } = await trainAndScore((risk) => risk > 0.8);
    const forest = RandomForestClassifier.load(json);
    const again = RandomForestClassifier.load(JSON.parse(JSON.stringify(forest)) as never);
    expect(again.predict(inputs)).to.deep.equal(forest.predict(inputs));
  });
});
