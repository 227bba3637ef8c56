import { expect } from 'chai';
import { toSigmoid } from '../../../../models/margins.ts';
import type { OutputPlan, OutputRoles } from '../../../../models/kinds/onnx/plan-outputs.ts';
import type { Tensor } from '../../../../models/kinds/onnx/tensor.ts';
import { buildToScores } from '../../../../models/kinds/onnx/to-scores.ts';

const THREE = ['a', 'b', 'c'];

/** The scores of outputs of one column, or of some. */
function score(
  roles: OutputRoles,
  outputs: Readonly<Record<string, Tensor>>,
  classes?: readonly (string | number)[],
  rowCount = 1,
) {
  const plan: OutputPlan = { roles, problemType: classes ? 'multiclass' : 'regression', hasTextLabels: false };
  const { predictions, probabilities } = buildToScores(plan, classes)(outputs, rowCount);
  return [Array.from(predictions), probabilities && Array.from(probabilities)];
}

const float = (data: readonly number[], ...dims: readonly number[]): Tensor => ({
  type: 'float32',
  dims,
  data: Float32Array.from(data),
});

describe('the scores of an ONNX model', () => {
  it('are probabilities whose sum is made exact where 32 bits have left it inexact', () => {
    const [predictions, probabilities = []] = score(
      { probabilities: 'p' },
      { p: float([0.3, 0.3004, 0.4], 1, 3) },
      THREE,
    );
    expect(predictions).to.deep.equal([2]);
    expect(probabilities.reduce((sum, value) => sum + value)).to.be.closeTo(1, 1e-15);
  });

  it('are refused where probabilities do not sum to 1, or are no numbers', () => {
    const sum = /the probabilities of row 0 sum to .*; if the output has logits, settings\.output\.logits must name it/;
    expect(() => score({ probabilities: 'p' }, { p: float([0.3, 0.3, 0.402], 1, 3) }, THREE)).to.throw(sum);
    expect(() => score({ probabilities: 'p' }, { p: float([NaN, 0.3, 0.4], 1, 3) }, THREE)).to.throw(sum);
  });

  it('are those of the second class, and what is left to 1, where there is one number per row', () => {
    const two = ['no', 'yes'];
    for (const dims of [[2], [2, 1]])
      expect(score({ probabilities: 'p' }, { p: float([0.25, 1], ...dims) }, two, 2)).to.deep.equal([
        [0, 1],
        [0.75, 0.25, 0, 1],
      ]);
    const [predictions, probabilities] = score({ logits: 'l' }, { l: float([0, 50], 2, 1) }, two, 2);
    expect(predictions).to.deep.equal([0, 1]);
    expect(probabilities).to.deep.equal([0.5, 0.5, toSigmoid(-50), toSigmoid(50)]);
  });

  it('are the softmax of logits', () => {
    const [predictions, probabilities] = score({ logits: 'l' }, { l: float([0, 1, 0], 1, 3) }, THREE);
    const sum = Math.E + 2;
    expect(predictions).to.deep.equal([1]);
    for (const [index, value] of [1, Math.E, 1].entries())
      expect((probabilities as number[])[index]).to.be.closeTo(value / sum, 1e-15);
  });

  it('are labels without probabilities where only labels are served', () => {
    const labels: Tensor = { type: 'string', dims: [2], data: ['c', 'a'] };
    expect(score({ labels: 'l' }, { l: labels }, THREE, 2)).to.deep.equal([[2, 0], undefined]);
    const integers: Tensor = { type: 'int64', dims: [2, 1], data: BigInt64Array.of(5n, -1n) };
    expect(score({ labels: 'l' }, { l: integers }, [-1, 0, 5], 2)).to.deep.equal([[2, 0], undefined]);
  });

  it('are refused where a label is no class', () => {
    const labels: Tensor = { type: 'int64', dims: [1], data: BigInt64Array.of(7n) };
    expect(() => score({ labels: 'l' }, { l: labels }, [0, 1])).to.throw(
      'the output l has a label that is not a class',
    );
  });

  it('are refused where a label is not the most probable class, unless it is one of two that 32 bits cannot tell apart', () => {
    const labels: Tensor = { type: 'string', dims: [1], data: ['b'] };
    const roles = { probabilities: 'p', labels: 'l' };
    expect(() => score(roles, { p: float([0.5001, 0.4999], 1, 2), l: labels }, ['a', 'b'])).to.throw(
      'the label of row 0 is not the most probable class; settings.output must name either the labels or the probabilities',
    );
    const [predictions] = score(roles, { p: float([0.5 + 2 ** -24, 0.5], 1, 2), l: labels }, ['a', 'b']);
    expect(predictions).to.deep.equal([0]);
  });

  it('are the numbers of a regression, of any type', () => {
    const integers: Tensor = { type: 'int64', dims: [2, 1], data: BigInt64Array.of(3n, -4n) };
    expect(score({ prediction: 'y' }, { y: integers }, undefined, 2)).to.deep.equal([[3, -4], undefined]);
    expect(score({ prediction: 'y' }, { y: float([0.5, 2], 2) }, undefined, 2)).to.deep.equal([[0.5, 2], undefined]);
  });

  for (const [fault, tensor] of [
    ['too few rows', float([1], 1, 1)],
    ['too many numbers per row', float([1, 2, 3, 4], 2, 2)],
    ['three dimensions', float([1, 2], 2, 1, 1)],
    ['fewer values than dimensions', float([1], 2, 1)],
    ['texts', { type: 'string', dims: [2, 1], data: ['1', '2'] } as Tensor],
  ] as const) {
    it(`are refused where the model returns ${fault}`, () => {
      expect(() => score({ prediction: 'y' }, { y: tensor }, undefined, 2)).to.throw(/^the output y has /);
    });
  }

  it('are refused if the number of probabilities per row is not the number of classes', () => {
    const expected = /^the output p has the dimensions 2 × [13], for 2 rows of [23] values$/;
    expect(() => score({ probabilities: 'p' }, { p: float([0.5, 0.5], 2, 1) }, THREE, 2)).to.throw(expected);
    const three = float([0.5, 0.5, 0, 0.5, 0.5, 0], 2, 3);
    expect(() => score({ probabilities: 'p' }, { p: three }, ['a', 'b'], 2)).to.throw(expected);
  });

  it('are refused without the output', () => {
    expect(() => score({ prediction: 'constructor' }, {}, undefined)).to.throw('the model has no output constructor');
  });
});
