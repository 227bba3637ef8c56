import { expect } from 'chai';
import { toInputs } from '../../../training/date-inputs.ts';
import { buildDesignMatrix, unstandardise } from '../../../training/linear/design-matrix.ts';
import { learnLinear } from '../../../training/linear/learn-linear.ts';
import { learnLogistic } from '../../../training/linear/learn-logistic.ts';
import { buildUniform, readText, toCsv } from '../../support/training.ts';

describe('the linear learners', () => {
  it('recover the coefficients of a line', async () => {
    const next = buildUniform(1);
    const rows = Array.from({ length: 100 }, () => [next(), 100 * next()]).map(([a, b]) => [
      a,
      b,
      3 + 2 * Number(a) - 0.5 * Number(b),
    ]);
    const { table } = await readText(toCsv(['a', 'b', 'y'], rows), { label: 'y' });
    const matrix = buildDesignMatrix(toInputs(table.columns), Int32Array.from(table.target.keys()));
    const { coefficients, intercepts } = unstandardise(matrix, [learnLinear(matrix, table.target)]);
    expect(coefficients[0]?.[0]).to.be.closeTo(2, 1e-5);
    expect(coefficients[0]?.[1]).to.be.closeTo(-0.5, 1e-5);
    expect(intercepts[0]).to.be.closeTo(3, 1e-5);
  });

  it('find the optimum of the penalised likelihood, even if categories mirror each other', async () => {
    const next = buildUniform(2);
    const rows = Array.from({ length: 200 }, () => {
      const pick = next() < 0.5;
      const cells = Array.from({ length: 6 }, () => (pick ? 'u' : 'v'));
      return [...cells, next() < (pick ? 0.8 : 0.3) ? 'p' : 'q'];
    });
    const { table } = await readText(toCsv(['a', 'b', 'c', 'd', 'e', 'f', 'y'], rows), { label: 'y' });
    const matrix = buildDesignMatrix(toInputs(table.columns), Int32Array.from(table.target.keys()));
    const [weights] = learnLogistic(matrix, table.target, 2) as [Float64Array];
    const { width, values } = matrix;
    const slopes = Array.from(weights, (weight, input) => (input < width ? weight : 0));
    table.target.forEach((label, row) => {
      const inputs = [...values.subarray(row * width, (row + 1) * width), 1];
      const logit = inputs.reduce((sum, value, input) => sum + value * (weights[input] as number), 0);
      inputs.forEach(
        (value, input) => (slopes[input] = (slopes[input] as number) + value * (1 / (1 + Math.exp(-logit)) - label)),
      );
    });
    for (const slope of slopes) expect(Math.abs(slope)).to.be.below(1e-5 * 200);
  });
});
