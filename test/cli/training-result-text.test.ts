import { expect } from 'chai';
import { toResultText } from '../../cli/training-result-text.ts';
import { toTrainingSummary, type TrainingResult } from '../../training/training-result.ts';
import { evaluateMade, type MadeTraining } from '../support/made-training.ts';

/** Forty held-out rows, of which a model finds eight of ten positive ones, with two false alarms. */
const MADE: MadeTraining = {
  header: ['n', 'shop', 'risk'],
  rows: Array.from({ length: 160 }, (_, row) => [row * 1.5, 'ab'[row % 2], row % 4 === 0 ? 'bad' : 'good']),
  heldOut: 40,
  choices: { label: 'risk' },
  toScore: ({ n }) => {
    const row = (n as number) / 1.5;
    const isBad = row % 20 === 0 ? row % 40 !== 0 : row % 4 === 0 || row % 19 === 1;
    return isBad ? [0.9, 0.1] : [0.1, 0.9];
  },
};

async function build(made: MadeTraining): Promise<TrainingResult> {
  return { ...(await evaluateMade(made)).result, folder: '/somewhere/made' };
}

/** The numbers after a name at the beginning of a line. */
function readLine(text: string, name: string): string[] {
  const line = text.split('\n').find((one) => one.trim().startsWith(name));
  return line?.trim().slice(name.length).trim().split(/ {2,}/) ?? [];
}

describe('the text of a result', () => {
  it('has the metrics with their intervals, and precision, recall, F1 and rows of each class', async () => {
    const result = await build(MADE);
    const text = toResultText(result, 'deployments');
    expect(text).to.include('Trained on 120 rows in 1.00 s. On 40 held-out rows:');
    expect(readLine(text, 'model')).to.deep.equal(['95 % from', 'to', 'majority']);
    const accuracy = readLine(text, 'Accuracy');
    expect(accuracy).to.have.length(4);
    expect(accuracy[0]).to.equal('0.9250');
    expect(Number(accuracy[1])).to.be.below(0.925);
    expect(Number(accuracy[2])).to.be.above(0.925);
    expect(readLine(text, 'class')).to.deep.equal(['precision', 'recall', 'F1', 'rows']);
    expect(readLine(text, 'bad (positive)')).to.deep.equal(['0.8182', '0.9000', '0.8571', '10']);
    expect(readLine(text, 'good')).to.deep.equal(['0.9655', '0.9333', '0.9492', '30']);
    for (const absent of ['Cross-validated', 'learned once more', 'out of bag', 'disparate', 'Warning'])
      expect(text).not.to.include(absent);
  });

  it('compares the kinds, with the one that was chosen, and why one was not measured', async () => {
    const metrics = { log_loss: { mean: 0.25, std: 0.0123456 }, accuracy: { mean: 0.9, std: 0.1 } };
    const result = {
      ...(await build(MADE)),
      isRefitted: true,
      outOfBag: { accuracy: 0.91, log_loss: 0.3 },
      crossValidation: {
        metric: 'log_loss' as const,
        folds: 5,
        rows: 100,
        chosen: 'random-forest' as const,
        candidates: [
          { kind: 'random-forest' as const, metrics, folds: 3, seconds: 1.26 },
          { kind: 'logistic-regression' as const, metrics: {}, folds: 0, seconds: 0, note: 'The time was over.' },
        ],
      },
    };
    const text = toResultText(result, 'deployments');
    expect(text).to.match(/^Cross-validated on 5 folds of 100 training rows:\n/);
    expect(readLine(text, 'kind')).to.deep.equal(['Log loss', '±', 'folds', 'seconds']);
    expect(readLine(text, 'random-forest')).to.deep.equal(['0.2500', '0.0123', '3', '1.3', 'chosen']);
    expect(readLine(text, 'logistic-regression')).to.deep.equal(['–', '–', '0', '0.0', 'The time was over.']);
    expect(readLine(text, 'Accuracy').at(-1)).to.equal('0.9100');
    expect(readLine(text, 'ROC AUC').at(-1)).to.equal('–');
    expect(text).to.include(
      'The served model was then learned once more, from all 160 rows; the figures are those of the model that learned from 120.',
    );
    const summary = toTrainingSummary(result);
    expect(summary).to.deep.include({ refitted: true, out_of_bag: result.outOfBag, positive_class: 'bad' });
    expect(summary.cross_validation).to.equal(result.crossValidation);
    expect(summary.intervals).to.include({ confidence: 0.95, samples: 1000 });
    expect(summary.intervals?.accuracy?.[0]).to.be.within(0.8, 0.925);
  });

  it('lists forty of many classes, and says how many there are', async () => {
    const many = await build({
      header: ['n', 'kind'],
      rows: Array.from({ length: 180 }, (_, row) => [row * 1.5, `class ${row % 45}`]),
      heldOut: 90,
      choices: { label: 'kind' },
      toScore: ({ n }) => Array.from({ length: 45 }, (_, index) => (index === ((n as number) / 1.5) % 45 ? 1 : 0)),
    });
    const text = toResultText(many, 'deployments');
    expect(text.match(/^ {2}class \d+ /gm)).to.have.length(40);
    expect(text).to.include('  … and 5 more classes');
    expect(toTrainingSummary(many)).not.to.have.property('positive_class');
  });

  it('names groups with a low disparate impact, and the summary has them with null for no ratio', async () => {
    const unfair = await build({
      ...MADE,
      rows: Array.from({ length: 200 }, (_, row) => [row * 1.5, 'ab'[row % 2], row % 4 < 2 ? 'bad' : 'good']),
      heldOut: 100,
      toScore: ({ shop }) => (shop === 'a' ? [0.9, 0.1] : [0.1, 0.9]),
    });
    expect(toResultText(unfair, 'deployments')).to.include(
      '2 groups have a disparate impact below 0.8, in one direction or the other, by more than chance explains.',
    );
    expect(toTrainingSummary(unfair).low_disparate_impacts[0]).to.deep.equal({
      attribute: 'shop',
      group: 'a',
      favourable: 'bad',
      rows: 50,
      on_group: null,
      on_others: 0,
      may_be_chance: false,
    });
  });

  it('of a regression has errors with four decimals, and more of very small ones', async () => {
    const toText = async (unit: number) => {
      const made = await build({
        header: ['n', 'y'],
        rows: Array.from({ length: 60 }, (_, row) => [row + 0.5, unit * (row + (row % 2))]),
        heldOut: 30,
        choices: { label: 'y', problemType: 'regression' },
        toScore: ({ n }) => unit * (n as number),
      });
      return toResultText(made, 'deployments');
    };
    expect(readLine(await toText(1), 'RMSE')[0]).to.equal('0.5000');
    expect(readLine(await toText(1e-6), 'RMSE')[0]).to.equal('0.00000050');
    expect(readLine(await toText(1e-20), 'RMSE')[0]).to.equal('5.000e-21');
  });
});
