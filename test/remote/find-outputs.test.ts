import { expect } from 'chai';
import { findOutputs } from '../../remote/find-outputs.ts';

/** The outputs for a batch: those with a value per row, and those that do not depend on it. */
const toBatch = (rowCount: number, fixed: Readonly<Record<string, readonly unknown[]>>) => ({
  rowCount,
  outputs: new Map<string, readonly unknown[]>([
    ['label', Array.from({ length: rowCount }, () => 'a')],
    ['score', Array.from({ length: rowCount }, () => [0.5])],
    ['vector', Array.from({ length: rowCount }, () => [0.5, 0.5])],
    ...Object.entries(fixed),
  ]),
});
const find = (fixed: Readonly<Record<string, readonly unknown[]>>, ...counts: readonly number[]) =>
  findOutputs(counts.map((count) => toBatch(count, fixed)));

describe('outputs with one value per row', () => {
  it('are as long as each of two different batches, whatever other lists there are', () => {
    for (const fixed of [{}, { other: ['x', 'y'] }, { other: [[1], [2]] }, { other: [7] }, { other: [] }])
      expect(find(fixed, 2, 3)).to.deep.equal({ singles: ['label', 'score'], vectors: ['vector'] });
  });

  it('are unknown if all batches have the same size', () => {
    expect(find({}, 2)).to.equal(undefined);
    expect(find({}, 2, 2)).to.equal(undefined);
    expect(findOutputs([])).to.equal(undefined);
  });

  it('must be in every reply', () => {
    const [two, three] = [toBatch(2, {}), toBatch(3, {})];
    three.outputs.delete('label');
    expect(findOutputs([two, three])).to.deep.equal({ singles: ['score'], vectors: ['vector'] });
  });

  it('are not those that list the classes: distinct labels that are the same in every reply', () => {
    expect(find({ classes: ['bad', 'good'] }, 2, 3)?.classes).to.deep.equal(['bad', 'good']);
    expect(find({ class_names: [0, 1] }, 2, 3)?.classes).to.deep.equal([0, 1]);
    for (const fixed of [
      { classes: ['a', 'a'] },
      { classes: ['a', ['b']] },
      { classes: ['a'] },
      { thresholds: [0.5, 0.6] },
    ])
      expect(find(fixed, 2, 3)).to.not.have.property('classes');
    const others = [toBatch(2, { classes: ['a', 'b'] }), toBatch(3, { classes: ['b', 'a'] })];
    expect(findOutputs(others)).to.not.have.property('classes');
  });
});
