import { expect } from 'chai';
import { readRows } from '../../../remote/reply/read-rows.ts';
import { ReplyError } from '../../../upstream/upstream-error.ts';
import { remoteSettingsSchema } from '../../../remote/remote-settings.ts';
import { catchError, toClassifier, toFile } from '../../support/deployment.ts';

const BINARY = toClassifier('no', 'yes');

function read(rows: unknown, output: object = {}, keys: object = BINARY) {
  const { predictions, probabilities, positive } = readRows(
    rows,
    toFile(keys),
    remoteSettingsSchema.parse({ output }).output,
  );
  return {
    ...(predictions && { predictions }),
    ...(probabilities && { probabilities }),
    ...(positive && { positive }),
  };
}

describe('a reply with one value per row', () => {
  it('has labels, numbers, or probabilities of the second class, depending on the settings', () => {
    expect(read(['no', 'yes'])).to.deep.equal({ predictions: ['no', 'yes'] });
    expect(read([[1], [0]])).to.deep.equal({ predictions: [[1], [0]] });
    expect(read([1.5, 2], {}, {})).to.deep.equal({ predictions: [1.5, 2] });
    expect(read([0.5, 1], { scalar: 'positive_probability' })).to.deep.equal({ positive: [0.5, 1] });
    expect(read([[0.5], [1]], { scalar: 'positive_probability' })).to.deep.equal({ positive: [[0.5], [1]] });
  });

  it('has vectors of probabilities', () => {
    expect(read([[0, 1]])).to.deep.equal({ probabilities: [[0, 1]] });
    // A regression has none; toScores rejects them.
    expect(read([[0, 1]], {}, {})).to.deep.equal({ predictions: [[0, 1]] });
  });

  for (const key of ['prediction', 'predicted_label', 'predicted_class', 'label', 'class', 'value', 'score']) {
    it(`has objects with \`${key}\``, () => {
      expect(read([{ [key]: 'no' }, { [key]: 'yes' }])).to.deep.equal({ predictions: ['no', 'yes'] });
      expect(read([{ [key]: 1 }, { [key]: 2 }], {}, {})).to.deep.equal({ predictions: [1, 2] });
    });
  }

  for (const key of ['probability', 'probabilities', 'predict_proba', 'scores']) {
    it(`has objects with \`${key}\``, () => {
      expect(read([{ label: 'yes', [key]: [0, 1] }])).to.deep.equal({ predictions: ['yes'], probabilities: [[0, 1]] });
      expect(read([{ [key]: [0, 1] }])).to.deep.equal({ probabilities: [[0, 1]] });
      expect(read([{ label: 3, [key]: [0, 1] }], {}, {})).to.deep.equal({ predictions: [3] });
    });
  }

  it('has objects with names from the settings', () => {
    const rows = [{ label: 'wrong', mine: 'no', its: [1, 0], p: 0.25, p0: 0.75 }];
    expect(read(rows, { prediction: 'mine', probability: 'its' })).to.deep.equal({
      predictions: ['no'],
      probabilities: [[1, 0]],
    });
    expect(read(rows, { prediction: 'mine', probability: 'p' })).to.deep.equal({
      predictions: ['no'],
      positive: [0.25],
    });
    expect(read(rows, { prediction: 'mine', probability: ['p0', 'p'] })).to.deep.equal({
      predictions: ['no'],
      probabilities: [[0.75, 0.25]],
    });
    expect(read(rows, { prediction: 'p', scalar: 'positive_probability' })).to.deep.equal({ positive: [0.25] });
    expect(read(rows, { prediction: 'p' }, {})).to.deep.equal({ predictions: [0.25] });
  });

  it('has objects with `classes` and `scores`, in an order that may change per row', () => {
    const rows = [
      { classes: ['yes', 'no'], scores: [0.25, 0.75] },
      { classes: ['no', 'yes'], scores: [0.1, 0.9] },
    ];
    expect(read(rows)).to.deep.equal({
      probabilities: [
        [0.75, 0.25],
        [0.1, 0.9],
      ],
    });
    expect(read([{ classes: ['1', '0'], scores: [0.2, 0.8] }], {}, toClassifier(0, 1))).to.deep.equal({
      probabilities: [[0.8, 0.2]],
    });
    expect(read(rows, { probability: 'scores' })).to.deep.equal({
      probabilities: [
        [0.25, 0.75],
        [0.1, 0.9],
      ],
    });
  });

  it('has a vector beside a label, even if that is called `labels`', () => {
    expect(read([{ labels: 'yes', probabilities: [0.2, 0.8] }])).to.deep.equal({ probabilities: [[0.2, 0.8]] });
    expect(read([{ classes: 2, scores: [0.2, 0.8] }])).to.deep.equal({ probabilities: [[0.2, 0.8]] });
  });

  it('has undefined for classes that it does not name, which toScores rejects', () => {
    expect(read([{ labels: ['yes'], probabilities: [1] }])).to.deep.equal({ probabilities: [[undefined, 1]] });
    // `wrap` reads replies before it knows the classes.
    expect(read([{ labels: ['a', 'b'], probabilities: [0, 1] }])).to.deep.equal({
      probabilities: [[undefined, undefined]],
    });
  });

  const WRONG: Record<string, readonly [unknown, string]> = {
    'is not an array': [{ predictions: [] }, 'expected an array with one value per row'],
    'has an object first and something else then': [
      [{ label: 1 }, 2],
      'expected an object in every row, as in the first',
    ],
    'has an object first and null then': [[{ label: 1 }, null], 'expected an object in every row, as in the first'],
    'has an object first and an array then': [[{ label: 1 }, []], 'expected an object in every row, as in the first'],
    'has `classes` in the first row alone': [
      [{ classes: ['no', 'yes'], scores: [1, 0] }, { scores: [1, 0] }],
      'expected `classes` and `scores` in each row',
    ],
    'has `classes` from the second row on': [
      [{ scores: [1, 0] }, { classes: ['no', 'yes'], scores: [1, 0] }],
      'expected `classes` and `scores` in each row',
    ],
    'has a class twice': [
      [{ classes: ['no', 'yes', 'yes'], scores: [0.5, 0.1, 0.5] }],
      'expected each class of the deployment once as the `classes` of row 0',
    ],
    'has a class that the deployment does not have': [
      [
        { classes: ['no', 'yes'], scores: [1, 0] },
        { classes: ['yes', 'maybe', 'no'], scores: [0.2, 0.5, 0.3] },
      ],
      'expected each class of the deployment once as the `classes` of row 1',
    ],
    'has a class whose name is in an array': [
      [{ classes: ['yes', ['no']], scores: [0.2, 0.8] }],
      'expected each class of the deployment once as the `classes` of row 0',
    ],
    'has `scores` in the first row alone': [
      [{ classes: ['no', 'yes'], scores: [1, 0] }, { classes: ['no', 'yes'] }],
      'expected `classes` and `scores` in each row',
    ],
  };
  for (const [what, [rows, message]] of Object.entries(WRONG)) {
    it(`is rejected if it ${what}`, async () => {
      expect((await catchError(ReplyError, () => read(rows))).message).to.equal(message);
    });
  }

  it('has no results if its objects have no known keys, which toScores rejects', () => {
    expect(read([{ answer: 'no' }])).to.deep.equal({});
    expect(read([{ label: ['no'] }])).to.deep.equal({});
    expect(read([])).to.deep.equal({ predictions: [] });
  });
});
