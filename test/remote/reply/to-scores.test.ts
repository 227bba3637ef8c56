import { expect } from 'chai';
import type { RemoteAnswer } from '../../../remote/adapter.ts';
import { ReplyError } from '../../../upstream/upstream-error.ts';
import { remoteSettingsSchema } from '../../../remote/remote-settings.ts';
import { toScores } from '../../../remote/reply/to-scores.ts';
import { catchError, toClassifier, toFile } from '../../support/deployment.ts';

const BINARY = toClassifier('no', 'yes');
const NUMBERS = toClassifier(0, 1);
const THREE = toClassifier('a', 'b', 'c');

interface Case {
  readonly keys?: object;
  readonly output?: object;
  readonly rows?: number;
  /** Whether the deployment publishes probabilities; undefined while unknown. */
  readonly wants?: boolean | undefined;
}

function toAnswered(answer: RemoteAnswer, { keys = BINARY, output = {}, rows = 2, wants }: Case = {}) {
  const settings = remoteSettingsSchema.parse({ output });
  const { predictions, probabilities } = toScores(answer, rows, toFile(keys), settings.output, wants);
  return { predictions: Array.from(predictions), ...(probabilities && { probabilities: Array.from(probabilities) }) };
}

/** The problem of an answer. */
async function toProblem(answer: RemoteAnswer, options?: Case): Promise<string> {
  return (await catchError(ReplyError, () => toAnswered(answer, options))).message;
}

describe("the scores in an upstream's answer", () => {
  const VECTORS = [
    [0.75, 0.25],
    [0.5, 0.5],
  ];

  it('are its predictions and probabilities', () => {
    expect(toAnswered({ predictions: ['no', 'yes'], probabilities: VECTORS })).to.deep.equal({
      predictions: [0, 1],
      probabilities: [0.75, 0.25, 0.5, 0.5],
    });
  });

  it('have the most probable class, the first of several, if there are only probabilities', () => {
    expect(toAnswered({ probabilities: VECTORS }).predictions).to.deep.equal([0, 0]);
    expect(toAnswered({ probabilities: [0.75, 0.25, 0.25, 0.75] })).to.deep.equal({
      predictions: [0, 1],
      probabilities: [0.75, 0.25, 0.25, 0.75],
    });
  });

  it('have both probabilities if there is that of the second class', () => {
    expect(toAnswered({ positive: [0.25, [1]] })).to.deep.equal({
      predictions: [0, 1],
      probabilities: [0.75, 0.25, 0, 1],
    });
  });

  it('have both probabilities if there is that of the predicted class', async () => {
    expect(toAnswered({ predictions: ['no', 'yes'], confidences: [0.75, [0.5]] })).to.deep.equal({
      predictions: [0, 1],
      probabilities: [0.75, 0.25, 0.5, 0.5],
    });
    expect(await toProblem({ predictions: ['no', 'yes'], confidences: [0.75, 0.25] })).to.match(
      /^the prediction of row 1 is not its most probable class/,
    );
    expect(await toProblem({ predictions: ['no', 'yes'], confidences: [0.75] })).to.equal(
      'expected 2 probabilities, one per row; the reply has 1',
    );
  });

  it('have no probabilities if there are only labels', () => {
    expect(toAnswered({ predictions: ['yes', ['no']] })).to.deep.equal({ predictions: [1, 0] });
  });

  it('have no probabilities if none are published, whatever the answer has', () => {
    expect(toAnswered({ predictions: ['yes', 'no'], probabilities: [['wallaby']] }, { wants: false })).to.deep.equal({
      predictions: [1, 0],
    });
    expect(
      toAnswered(
        {
          probabilities: [
            [0, 1],
            [1, 0],
          ],
        },
        { wants: false },
      ),
    ).to.deep.equal({ predictions: [1, 0] });
    expect(
      toAnswered(
        {
          predictions: ['no', 'no'],
          probabilities: [
            [0, 1],
            [1, 0],
          ],
        },
        { wants: false, output: { argmax: true } },
      ),
    ).to.deep.equal({ predictions: [1, 0] });
  });

  it('ignore predictions if the settings say so (output.argmax)', async () => {
    const answer = { predictions: ['yes', 'wallaby'], probabilities: VECTORS };
    expect(toAnswered(answer, { output: { argmax: true } }).predictions).to.deep.equal([0, 0]);
    expect(await toProblem({ predictions: ['yes', 'no'] }, { output: { argmax: true } })).to.match(
      /^expected probabilities/,
    );
  });

  it('are numbers in a regression, alone or in arrays of one', async () => {
    const keys = {};
    expect(toAnswered({ predictions: [1.5, [-2]] }, { keys })).to.deep.equal({ predictions: [1.5, -2] });
    expect(toAnswered({ predictions: [1, 2], probabilities: VECTORS }, { keys, wants: true })).to.deep.equal({
      predictions: [1, 2],
    });
    // As Protobuf's JSON writes 64-bit numbers, and str() any.
    expect(toAnswered({ predictions: ['12', ['-1.5e3']] }, { keys })).to.deep.equal({ predictions: [12, -1500] });
    for (const wrong of ['1,5', '', ' ', '0x1', 'NaN', 'Infinity', '1e999', null, Infinity, NaN, [1, 2], {}, true])
      expect(await toProblem({ predictions: [1, wrong] }, { keys })).to.equal(
        'expected a finite number as the prediction of row 1',
      );
    expect(await toProblem({ probabilities: VECTORS }, { keys })).to.equal('expected predictions; the reply has none');
  });

  it('match numbers by their text, and numeric text by its number', () => {
    expect(toAnswered({ predictions: ['1', 0] }, { keys: NUMBERS })).to.deep.equal({ predictions: [1, 0] });
    expect(toAnswered({ predictions: [2, '1'] }, { keys: toClassifier('1', '2') })).to.deep.equal({
      predictions: [1, 0],
    });
    expect(toAnswered({ predictions: [true, false] }, { keys: toClassifier('false', 'true') })).to.deep.equal({
      predictions: [1, 0],
    });
  });

  it('match classes by index if the settings say so (output.scalar)', async () => {
    const options = { keys: NUMBERS, output: { scalar: 'class_index' } };
    expect(toAnswered({ predictions: [1, '0'] }, { ...options, keys: toClassifier(1, 0) })).to.deep.equal({
      predictions: [1, 0],
    });
    for (const wrong of [2, -1, 0.5, 'yes', null])
      expect(await toProblem({ predictions: [0, wrong] }, options)).to.equal(
        'expected a number from 0 to 1 as the prediction of row 1',
      );
  });

  it('match the labels of the upstream by the map in the settings (output.labels)', async () => {
    const output = { labels: { GOOD: 'yes', 'No Risk': 'no', no: 'yes' } };
    expect(toAnswered({ predictions: ['GOOD', 'No Risk'] }, { output })).to.deep.equal({ predictions: [1, 0] });
    // A label that is also the name of a class is mapped all the same.
    expect(toAnswered({ predictions: ['no', 'yes'] }, { output })).to.deep.equal({ predictions: [1, 1] });
    const swapped = { labels: { 0: '1', 1: '0' } };
    expect(toAnswered({ predictions: [0, 1] }, { keys: NUMBERS, output: swapped })).to.deep.equal({
      predictions: [1, 0],
    });
    expect(await toProblem({ predictions: ['good', 'no'] }, { output })).to.match(/^expected one of the 2 classes/);
  });

  it('reject unknown labels, and values that only look like a label', async () => {
    const deep: unknown = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`);
    for (const wrong of ['maybe', 1, null, undefined, {}, [['no']], ['no', 'yes'], { toString: 1 }, deep])
      expect(await toProblem({ predictions: ['no', wrong] })).to.equal(
        'expected one of the 2 classes as the prediction of row 1',
      );
    expect(await toProblem({ predictions: ['a', null] }, { keys: toClassifier('a', 'null') })).to.match(
      /^expected one of/,
    );
  });

  it('are as many as the rows', async () => {
    expect(await toProblem({ predictions: ['no'] })).to.equal('expected 2 predictions, one per row; the reply has 1');
    expect(await toProblem({ predictions: ['no', 'no', 'no'] })).to.equal(
      'expected 2 predictions, one per row; the reply has 3',
    );
    expect(await toProblem({ predictions: ['no'], probabilities: VECTORS })).to.match(/^expected 2 predictions/);
    expect(await toProblem({ probabilities: [[0, 1]] })).to.equal(
      'expected 2 vectors of probabilities, one per row; the reply has 1',
    );
    expect(await toProblem({ probabilities: [1, 0, 1] })).to.equal('expected 2 × 2 probabilities; the reply has 3');
    expect(await toProblem({ probabilities: [] })).to.equal('expected 2 × 2 probabilities; the reply has 0');
    expect(await toProblem({ positive: [1] })).to.equal('expected 2 probabilities, one per row; the reply has 1');
    expect(await toProblem({})).to.equal('expected predictions; the reply has none');
  });

  it('have vectors as long as the classes', async () => {
    expect(
      await toProblem({
        probabilities: [
          [0, 1],
          [0, 0, 1],
        ],
      }),
    ).to.equal('expected 2 probabilities in row 1, one per class; it has 3');
    expect(await toProblem({ probabilities: [[0, 1], 'wallaby'] })).to.equal(
      'expected 2 probabilities in row 1, one per class; it is not a vector',
    );
    expect(await toProblem({ positive: [0, 1] }, { keys: THREE })).to.equal(
      'one probability per row requires exactly two classes',
    );
  });

  it('have numbers from 0 to 1 as probabilities', async () => {
    expect(
      toAnswered({
        probabilities: [
          ['0.25', '0.75'],
          [1, '0'],
        ],
      }),
    ).to.deep.include({ probabilities: [0.25, 0.75, 1, 0] });
    for (const wrong of ['half', '', null, undefined, [0.5], {}])
      expect(
        await toProblem({
          probabilities: [
            [0, 1],
            [0.5, wrong],
          ],
        }),
      ).to.equal('expected numbers as the probabilities of row 1');
    for (const wrong of [NaN, Infinity, -0.01, 1.01])
      expect(
        await toProblem({
          probabilities: [
            [0, 1],
            [1 - wrong, wrong],
          ],
        }),
      ).to.equal('expected numbers from 0 to 1 as the probabilities of row 1');
    expect(await toProblem({ positive: [0, 1.01] })).to.match(
      /^expected numbers from 0 to 1 as the probabilities of row 1/,
    );
    expect(await toProblem({ positive: [0, NaN] })).to.match(/^expected a finite number/);
  });

  it('sum to 1 after rounding to three decimals, and are rejected if they deviate more', async () => {
    const third = toAnswered({ probabilities: [[0.333, 0.333, 0.333]] }, { keys: THREE, rows: 1 });
    expect(third.probabilities?.reduce((sum, value) => sum + value)).to.be.closeTo(1, 1e-12);
    expect(third.probabilities?.[0]).to.be.closeTo(1 / 3, 1e-12);
    const halves = toAnswered({ probabilities: [[0.5005, 0.5005]] }, { rows: 1 });
    expect(halves.probabilities).to.deep.equal([0.5, 0.5]);
    expect(toAnswered({ probabilities: [[-0.0004, 1.0004]] }, { rows: 1 }).probabilities).to.deep.equal([0, 1]);
    expect(
      await toProblem({
        probabilities: [
          [0.5, 0.5],
          [0.5, 0.498],
        ],
      }),
    ).to.equal('expected the probabilities of row 1 to sum to 1');
    const many = Array.from({ length: 100 }, (_, index) => `class ${index}`);
    const toMany = (sum: number) => [many.map(() => sum / 100)];
    expect(
      toAnswered({ probabilities: toMany(0.991) }, { keys: toClassifier(...many), rows: 1 }).predictions,
    ).to.deep.equal([0]);
    expect(await toProblem({ probabilities: toMany(0.989) }, { keys: toClassifier(...many), rows: 1 })).to.match(
      /to sum to 1$/,
    );
  });

  it('have the most probable class, or one of several, as the prediction', async () => {
    expect(
      await toProblem({
        predictions: ['no', 'yes'],
        probabilities: [
          [1, 0],
          [0.6, 0.4],
        ],
      }),
    ).to.match(/^the prediction of row 1 is not its most probable class/);
    expect(
      toAnswered(
        {
          predictions: ['b', 'c'],
          probabilities: [
            [0.4, 0.4, 0.2],
            [0, 0, 1],
          ],
        },
        { keys: THREE },
      ).predictions,
    ).to.deep.equal([1, 2]);
  });

  it('require probabilities if they are published', async () => {
    expect(await toProblem({ predictions: ['no', 'yes'] }, { wants: true })).to.match(/^expected probabilities/);
  });
});
