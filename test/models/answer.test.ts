import { expect } from 'chai';
import fc from 'fast-check';
import { toAnswer, toResultFields, type Answer } from '../../models/answer.ts';
import type { DeploymentFile } from '../../models/deployment-file.ts';
import { findTables } from '../../models/json/written-cells.ts';
import type { Scores } from '../../models/model.ts';
import { parseTable, type RequestTable } from '../../models/table.ts';
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

/** One list, for the fields of a table are kept with it. */
const columns: DeploymentFile['columns'] = [];

/** The text of an answer. */
function write(table: RequestTable, scores: Scores, file: DeploymentFile): string {
  const parsed = parseTable(table, columns, { unknownCategories: 'accept', place: '' });
  return Buffer.from(toAnswer(parsed, scores, file).text).toString();
}

/** What a caller reads. */
function answer(table: RequestTable, scores: Scores, file: DeploymentFile): Answer {
  return JSON.parse(write(table, scores, file)) as Answer;
}

describe('an answer', () => {
  it('repeats the columns of the request, the unknown ones too, before the results', () => {
    expect(answer(request, scores, toFile(people))).to.deep.equal({
      fields: ['id', 'x', 'prediction', 'probability'],
      values: [
        ['a', 1, 'camping', [0.25, 0.75]],
        [['b'], null, 'personal', [1, 0]],
      ],
      labels: ['personal', 'camping'],
    });
  });

  it('has the results alone where the deployment does not echo', () => {
    expect(answer(request, scores, toFile({ ...people, echo: false }))).to.deep.equal({
      fields: ['prediction', 'probability'],
      values: [
        ['camping', [0.25, 0.75]],
        ['personal', [1, 0]],
      ],
      labels: ['personal', 'camping'],
    });
  });

  it('has numbers only of a regression, and no labels', () => {
    expect(answer(request, { predictions: [1.5, -2] }, toFile({ echo: false }))).to.deep.equal({
      fields: ['prediction'],
      values: [[1.5], [-2]],
    });
  });

  it('has no rows where the request has none', () => {
    const none = { predictions: [], probabilities: [] };
    expect(answer({ ...request, values: [] }, none, toFile(people)).values).to.deep.equal([]);
  });

  it('gives classes that are numbers as numbers', () => {
    const { values, labels } = answer(request, scores, toFile({ ...toClassifier(3, 1), echo: false }));
    expect(values.map(([prediction]) => prediction)).to.deep.equal([1, 3]);
    expect(labels).to.deep.equal([3, 1]);
  });

  it('has no column of probabilities where the model gives none', () => {
    const bare = answer(request, { predictions: [1, 0] }, toFile({ ...people, echo: false }));
    expect(bare).to.deep.include({ fields: ['prediction'], values: [['camping'], ['personal']] });
  });

  it('has the names that the deployment gives, and the number of the class where it wants it', () => {
    const result = { prediction: 'kind', probability: 'odds', class_index: 'number' };
    expect(answer(request, scores, toFile({ ...people, result, echo: false }))).to.deep.include({
      fields: ['kind', 'odds', 'number'],
      values: [
        ['camping', [0.25, 0.75], 1],
        ['personal', [1, 0], 0],
      ],
    });
  });

  it('has each name once: a column of the request makes way for a result of its name', () => {
    const again = { fields: ['probability', 'x', 'prediction'], values: request.values.map(() => ['old', 1, 'old']) };
    const { fields, values } = answer(again, scores, toFile(people));
    expect(fields).to.deep.equal(['x', 'prediction', 'probability']);
    expect(values[0]).to.deep.equal([1, 'camping', [0.25, 0.75]]);
  });

  it('has the cells as they were written, to the letter', () => {
    const values = String.raw`[ [1.0, -0,"\u00e9\"]" , [1e2,null]],[12345678901234567890,0.10, "ü", []]  ]`;
    const text = `{"fields":["x","y","z","w"],"values":${values}}`;
    const { own } = findTables(Buffer.from(text));
    const table = { ...(JSON.parse(text) as RequestTable), toWritten: () => own };
    expect(write(table, { predictions: [1, 0.5] }, toFile())).to.equal(
      String.raw`{"fields":["x","y","z","w","prediction"],"values":[[1.0, -0,"\u00e9\"]" , [1e2,null],1.0],` +
        String.raw`[12345678901234567890,0.10, "ü", [],0.5]]}`,
    );
  });

  it('writes doubles with a decimal point or an exponent, whatever their value', () => {
    const written = (table: number[], keys: object = {}) => {
      const text = write({ ...request, values: table.map(() => ['a', 1]) }, { predictions: table }, toFile(keys));
      return text.slice(text.indexOf('[[') + 1, text.lastIndexOf(']]') + 1);
    };
    expect(written([0, -0, 1, -1, 2 ** 53, 1e21, -1e300, 1.5, 5e-324], { echo: false })).to.equal(
      '[0.0],[0.0],[1.0],[-1.0],[9007199254740992.0],[1e+21],[-1e+300],[1.5],[5e-324]',
    );
    expect(written([3])).to.equal('["a",1,3.0]');
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), (number, integer) => {
        for (const value of [number, integer])
          expect(written([value], { echo: false })).to.match(/^\[-?\d+(\.\d+|(\.\d+)?e[+-]\d+)\]$/);
      }),
    );
  });

  it('writes probabilities as doubles, and classes and their numbers as the type of the label has them', () => {
    const result = { class_index: 'number' };
    const values = (label: object) =>
      write(request, scores, toFile({ ...people, ...label, result, echo: false })).replace(/^.*"values":/, '');
    const numbers = (type: string) => ({ label: { name: 'target', type, classes: [3, 1] } });
    expect(values({})).to.equal(
      '[["camping",[0.25,0.75],1],["personal",[1.0,0.0],0]],"labels":["personal","camping"]}',
    );
    expect(values(numbers('integer'))).to.equal('[[1,[0.25,0.75],1],[3,[1.0,0.0],0]],"labels":[3,1]}');
    expect(values(numbers('double'))).to.equal('[[1.0,[0.25,0.75],1],[3.0,[1.0,0.0],0]],"labels":[3.0,1.0]}');
  });

  it('has the cells of each of its fields where one makes way, and however long they are', () => {
    const long = 'ü'.repeat(20_000);
    const again = {
      fields: ['a', 'prediction', 'b'],
      values: [
        [long, 1, 'x'],
        ['', 2, long],
      ],
    };
    expect(answer(again, { predictions: [5, 6] }, toFile()).values).to.deep.equal([
      [long, 'x', 5],
      ['', long, 6],
    ]);
  });

  it('is of its own fields and deployment, whatever was answered before', () => {
    const other = toFile({ ...people, result: { prediction: 'kind' } });
    for (const [file, name] of [
      [toFile(people), 'prediction'],
      [other, 'kind'],
      [toFile(people), 'prediction'],
    ] as const) {
      expect(answer(request, scores, file).fields).to.deep.equal(['id', 'x', name, 'probability']);
      expect(answer(request, { predictions: [1, 0] }, file).fields).to.deep.equal(['id', 'x', name]);
    }
  });

  it('is JSON of any numbers and classes', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string(), (number, label) => {
        expect(answer(request, { predictions: [number, -number] }, toFile({ echo: false })).values).to.deep.equal([
          [number + 0],
          [-number + 0],
        ]);
        const file = toFile({ ...toClassifier(label, `${label}!`), echo: false });
        const probabilities = [Math.abs(number), 5e-324, 1e-7, 1];
        expect(answer(request, { predictions: [0, 1], probabilities }, file)).to.deep.include({
          values: [
            [label, probabilities.slice(0, 2)],
            [`${label}!`, probabilities.slice(2)],
          ],
          labels: [label, `${label}!`],
        });
      }),
    );
  });

  it('has result columns that are known before any is given', () => {
    const file = toFile({ ...people, result: { class_index: 'number' } });
    expect(toResultFields(file, true)).to.deep.equal(['prediction', 'probability', 'number']);
    expect(toResultFields(file, false)).to.deep.equal(['prediction', 'number']);
    expect(toResultFields(toFile(), false)).to.deep.equal(['prediction']);
  });
});
