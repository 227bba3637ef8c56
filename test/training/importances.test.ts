import { expect } from 'chai';
import { toFile, catchError } from '../support/deployment.ts';
import { buildUniform, readText, toCsv } from '../support/training.ts';
import type { Model } from '../../models/model.ts';
import type { Table } from '../../models/table.ts';
import { measureImportances, type ImportanceOptions } from '../../training/importances.ts';
import { CommandError } from '../../errors/command-error.ts';

const ROWS = 400;

/** Measures the importances of features x0, x1 …, the first of which a model uses, and counts the rows of each table that it scores. */
async function measure(width: number, classCount: 0 | 2, toScore: (x0: number) => number, options?: ImportanceOptions) {
  const next = buildUniform(3);
  const rows = Array.from({ length: ROWS }, () => {
    const cells = Array.from({ length: width }, () => next());
    const first = cells[0] as number;
    return [...cells, classCount > 0 ? (first > 0.5 ? 'yes' : 'no') : 10 * first];
  });
  const names = Array.from({ length: width }, (_, column) => `x${column}`);
  const { table } = await readText(toCsv([...names, 'label'], rows), { label: 'label' });
  const label = { name: 'label', type: 'string', classes: ['no', 'yes'] };
  const columns = names.map((name) => ({ name, type: 'double' }));
  const file = toFile({
    columns,
    ...(classCount > 0 && { problem_type: 'binary', label }),
    example: { fields: ['x0'], values: [[0]] },
  });
  const counts: number[] = [];
  const model: Model = {
    score: ({ rows: cells, positions }: Table) => {
      counts.push(cells.length);
      const scores = cells.map((row) => toScore(row[positions[0] as number] as number));
      if (classCount === 0) return { predictions: scores };
      return { predictions: scores.map(Math.round), probabilities: scores.flatMap((score) => [1 - score, score]) };
    },
  };
  const test = Int32Array.from({ length: ROWS }, (_, row) => row);
  return { importances: await measureImportances({ file, model }, table, test, classCount, 1, options), counts };
}

describe('the importance of a feature', () => {
  it('is the rise of the log loss, also where the most probable class stays the same', async () => {
    const { importances } = await measure(3, 2, (x) => 0.1 + (x > 0.5 ? 0.3 : 0));
    // Half of the shuffled rows get the other probability: the mean of both, minus the right one.
    const right = -(Math.log(0.9) + Math.log(0.4)) / 2;
    const wrong = -(Math.log(0.6) + Math.log(0.1)) / 2;
    expect(importances[0]?.feature).to.equal('x0');
    expect(importances[0]?.mean).to.be.closeTo((wrong - right) / 2, 0.05);
    expect(importances[0]?.std).to.be.above(0);
    expect(importances.slice(1)).to.deep.equal([
      { feature: 'x1', mean: 0, std: 0 },
      { feature: 'x2', mean: 0, std: 0 },
    ]);
  });

  it('of a regression is the rise of the mean squared error', async () => {
    const { importances } = await measure(2, 0, (x) => 10 * x);
    // Twice the variance of the feature, times 10 squared.
    expect(importances[0]?.mean).to.be.closeTo(100 / 6, 1.5);
  });

  it('that the model does not use is 0, and costs nothing', async () => {
    const { importances, counts } = await measure(4, 2, (x) => x, { used: new Set(['x0']) });
    expect(importances.slice(1).map(({ mean, std }) => [mean, std])).to.deep.equal(new Array(3).fill([0, 0]));
    expect(counts).to.have.length(1 + 5);
  });

  it('is measured on fewer rows where there are many features', async () => {
    const { counts } = await measure(300, 2, (x) => x);
    expect(new Set(counts)).to.deep.equal(new Set([333]));
  });

  it('is reported as it is measured, until the signal is aborted', async () => {
    const abort = new AbortController();
    const reason = new CommandError('enough');
    const reported: [number, number][] = [];
    const onProgress = (features: number, total: number) => {
      reported.push([features, total]);
      if (features === 2) abort.abort(reason);
    };
    const run = () => measure(4, 2, (x) => x, { onProgress, signal: abort.signal });
    expect(await catchError(CommandError, run)).to.equal(reason);
    expect(reported).to.deep.equal([
      [1, 4],
      [2, 4],
    ]);
  });
});
