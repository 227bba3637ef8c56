import { expect } from 'chai';
import { CommandError } from '../../../errors/command-error.ts';
import type { Model } from '../../../models/model.ts';
import { scoreRows, toStoppable } from '../../../openscale/archive/score-rows.ts';
import { catchError, toClassifier, toFile } from '../../support/deployment.ts';

const ROWS = 2300;
const table = {
  rowCount: ROWS,
  columns: [
    {
      plan: { name: 'x', type: 'double', categorical: false },
      values: Float64Array.from({ length: ROWS }, (_, row) => row / ROWS),
      categories: [],
    },
  ],
  target: new Float64Array(ROWS),
} as const;
const model: Model = {
  score: ({ rows }) => ({
    predictions: rows.map(([x]) => Number((x as number) > 0.5)),
    probabilities: rows.flatMap(([x]) => [1 - (x as number), x as number]),
  }),
};

describe('the scores of training data', () => {
  it('are those of the rows, in their order, however many parts there are', async () => {
    const progress: number[] = [];
    const onProgress = (rows: number) => void progress.push(rows);
    const { predictions, probabilities } = await scoreRows({ file: toFile(toClassifier('no', 'yes')), model }, table, {
      onProgress,
    });
    expect(progress).to.deep.equal([1000, 2000, 2300]);
    for (const row of [0, 999, 1000, 1500, 2299]) {
      expect(predictions[row]).to.equal(Number(row / ROWS > 0.5));
      expect(probabilities?.slice(2 * row, 2 * row + 2)).to.deep.equal(Float64Array.of(1 - row / ROWS, row / ROWS));
    }
  });

  it('are not waited for when the caller stops', async () => {
    const reason = new CommandError('stopped');
    const endless: Model = { score: () => new Promise(() => undefined) };
    const abort = new AbortController();
    const stoppable = toStoppable(endless, abort.signal);
    const scores = scoreRows({ file: toFile(), model: stoppable }, table, { signal: abort.signal });
    abort.abort(reason);
    expect(await catchError(CommandError, () => scores)).to.equal(reason);
    const stopped = toStoppable(endless, AbortSignal.abort(reason));
    const call = Promise.resolve(stopped.score({} as Parameters<Model['score']>[0]));
    expect(await catchError(CommandError, () => call)).to.equal(reason);
    expect(toStoppable(endless, undefined)).to.equal(endless);
  });
});
