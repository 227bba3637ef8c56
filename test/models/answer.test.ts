import { expect } from 'chai';
import { toAnswer, toResultFields } from '../../models/answer.ts';
import { toClassifier, toFile } from '../support/deployment.ts';

const request = {
  fields: ['id', 'x'],
  values: [
    ['a', 1],
    [['b'], null],
  ],
};
const scores = { predictions: Int32Array.of(1, 0), probabilities: Float64Array.of(0.25, 0.75, 1, 0) };
const people = toClassifier('personal', 'camping');

describe('an answer', () => {
  it('repeats the columns of the request, the unknown ones too, before the results', () => {
    expect(toAnswer(request, scores, toFile(people))).to.deep.equal({
      fields: ['id', 'x', 'prediction', 'probability'],
      values: [
        ['a', 1, 'camping', [0.25, 0.75]],
        [['b'], null, 'personal', [1, 0]],
      ],
      labels: ['personal', 'camping'],
    });
  });

  it('has the results alone where the deployment does not echo', () => {
    expect(toAnswer(request, scores, toFile({ ...people, echo: false }))).to.deep.equal({
      fields: ['prediction', 'probability'],
      values: [
        ['camping', [0.25, 0.75]],
        ['personal', [1, 0]],
      ],
      labels: ['personal', 'camping'],
    });
  });

  it('has numbers only of a regression, and no labels', () => {
    expect(toAnswer(request, { predictions: [1.5, -2] }, toFile({ echo: false }))).to.deep.equal({
      fields: ['prediction'],
      values: [[1.5], [-2]],
    });
  });

  it('has no rows where the request has none', () => {
    const none = { predictions: [], probabilities: [] };
    expect(toAnswer({ ...request, values: [] }, none, toFile(people)).values).to.deep.equal([]);
  });

  it('gives classes that are numbers as numbers', () => {
    const { values, labels } = toAnswer(request, scores, toFile({ ...toClassifier(3, 1), echo: false }));
    expect(values.map(([prediction]) => prediction)).to.deep.equal([1, 3]);
    expect(labels).to.deep.equal([3, 1]);
  });

  it('has no column of probabilities where the model gives none', () => {
    const answer = toAnswer(request, { predictions: [1, 0] }, toFile({ ...people, echo: false }));
    expect(answer).to.deep.include({ fields: ['prediction'], values: [['camping'], ['personal']] });
  });

  it('has the names that the deployment gives, and the number of the class where it wants it', () => {
    const result = { prediction: 'kind', probability: 'odds', class_index: 'number' };
    expect(toAnswer(request, scores, toFile({ ...people, result, echo: false }))).to.deep.include({
      fields: ['kind', 'odds', 'number'],
      values: [
        ['camping', [0.25, 0.75], 1],
        ['personal', [1, 0], 0],
      ],
    });
  });

  it('has each name once: a column of the request makes way for a result of its name', () => {
    const again = { fields: ['probability', 'x', 'prediction'], values: request.values.map(() => ['old', 1, 'old']) };
    const { fields, values } = toAnswer(again, scores, toFile(people));
    expect(fields).to.deep.equal(['x', 'prediction', 'probability']);
    expect(values[0]).to.deep.equal([1, 'camping', [0.25, 0.75]]);
  });

  it('leaves the request and the deployment as they were', () => {
    const file = toFile(people);
    const { values, labels } = toAnswer(request, scores, file);
    (values[0] as unknown[])[0] = 'changed';
    labels?.push('changed');
    expect(request.values[0]).to.deep.equal(['a', 1]);
    expect(file.label.classes).to.deep.equal(['personal', 'camping']);
  });

  it('has result columns that are known before any is given', () => {
    const file = toFile({ ...people, result: { class_index: 'number' } });
    expect(toResultFields(file, true)).to.deep.equal(['prediction', 'probability', 'number']);
    expect(toResultFields(file, false)).to.deep.equal(['prediction', 'number']);
    expect(toResultFields(toFile(), false)).to.deep.equal(['prediction']);
  });
});
