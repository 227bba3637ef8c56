/** Replies with several lists or keys: which of them have the results. */
import { expect } from 'chai';
import type { WrapOptions } from '../../wrapping/wrap.ts';
import { answers } from '../support/behaviours.ts';
import { startTestEngine } from '../support/engine.ts';
import { readAmounts, ROWS, toRisk, withDouble } from '../support/wrap-double.ts';

describe('a reply with named lists', () => {
  /** Lists of a server whose model knows two classes; one list is as long as a batch of two rows. */
  const toLists = (amounts: readonly number[]) => ({
    classes: ['bad', 'good'],
    probabilities: amounts.map(toRisk).map((risk) => [risk, 1 - risk]),
    version: [7],
  });
  const KINDS: Readonly<Record<string, readonly [WrapOptions['settings'], (amounts: readonly number[]) => object]>> = {
    mlflow: [{}, (amounts) => ({ predictions: toLists(amounts) })],
    'kserve-v1': [{ model: 'm', format: 'columns' }, (amounts) => ({ outputs: toLists(amounts) })],
    'open-inference': [
      { model: 'm', format: 'columns' },
      (amounts) => ({
        outputs: Object.entries(toLists(amounts)).map(([name, list]) => ({
          ...{ name, datatype: 'FP64', data: list.flat() },
          shape: Array.isArray(list[0]) ? [list.length, list[0].length] : [list.length],
        })),
      }),
    ],
  };

  for (const [kind, [settings, toReply]] of Object.entries(KINDS)) {
    const behaviour = answers(({ method, body }) => {
      if (method === 'GET') return { body: { name: 'm', ready: true } };
      return { body: toReply(readAmounts(body)) };
    });
    const rows = ROWS.split('\n');

    for (const count of [1, 2, 3, 6]) {
      it(`of the kind ${kind} is read by the list with a value per row, found with ${count} rows`, () =>
        withDouble(behaviour, async (run) => {
          const { file } = await run('/', { kind, settings }, rows.slice(0, count + 1).join('\n'));
          expect(file.settings).to.have.deep.property('output', { probability: 'probabilities' });
          // The list that is the same in every reply names the classes.
          expect(file.label.classes).to.deep.equal(['bad', 'good']);
          const answer = file.example.answer;
          expect(answer?.predictions).to.deep.equal(['good', 'bad', 'good', 'bad', 'good'].slice(0, count));
          expect(answer?.probabilities?.[0]?.[0]).to.be.closeTo(toRisk(2000), 1e-12);
        }));
    }

    it(`of the kind ${kind} is then served alike for any number of rows`, () =>
      withDouble(behaviour, async (run, _fail, out) => {
        await run('/', { kind, settings });
        const engine = await startTestEngine({ ENGINE_DEPLOYMENTS: out });
        try {
          for (const amounts of [[4800], [4800, 900], [900, 4800], [900, 4800, 900]]) {
            const { status, body } = await engine.score('credit', {
              fields: ['amount'],
              values: amounts.map((x) => [x]),
            });
            expect(status).to.equal(200);
            expect(body.values.map((row) => row[1])).to.deep.equal(amounts.map((x) => (x > 2500 ? 'bad' : 'good')));
          }
        } finally {
          await engine.stop();
        }
      }));
  }

  it('names the prediction and the probabilities, and ignores lists of other things', () => {
    const toReply = (amounts: readonly number[]) => ({
      predictions: {
        ...{ thresholds: [0.5, 0.5, 0.5, 0.5, 0.5, 0.5], verdict: amounts.map((x) => (x > 2500 ? 'bad' : 'good')) },
        p: amounts.map(toRisk).map((risk) => [risk, 1 - risk]),
      },
    });
    const behaviour = answers(({ body }) => ({
      body: toReply(readAmounts(body)),
    }));
    return withDouble(behaviour, async (run) => {
      const { file } = await run('/', { kind: 'mlflow' });
      expect(file.settings).to.have.deep.property('output', { prediction: 'verdict', probability: 'p' });
      expect(file.label.classes).to.deep.equal(['bad', 'good']);
    });
  });

  it('raises a question if several lists have a value per row', () => {
    const behaviour = answers(({ body }) => {
      const amounts = readAmounts(body);
      return { body: { predictions: { low: amounts, high: amounts.map((x) => x + 0.5) } } };
    });
    return withDouble(behaviour, async (run, fail) => {
      const rows = 'amount,risk\n1000,0.5\n2000,0.25\n';
      expect(await fail('/', { kind: 'mlflow' }, rows)).to.equal(
        'Several outputs of the server have one value per row. Name the prediction with --set output.prediction=… ("low", "high").',
      );
      const { file } = await run('/', { kind: 'mlflow', settings: { output: { prediction: 'high' } } }, rows);
      expect(file.example.answer?.predictions).to.deep.equal([1000.5, 2000.5]);
    });
  });
});

describe('a reply with an object per row', () => {
  it('has the probabilities of any number of classes under a name of its own', () => {
    const classes = ['high', 'low', 'mid'];
    const behaviour = answers(({ body }) => ({
      body: {
        predictions: [...body.matchAll(/\d{3,}/g)].map((_, row) => ({
          ...{ verdict: classes[row % 3], id: row },
          p: classes.map((_name, index) => (index === row % 3 ? 0.75 : 0.125)),
        })),
      },
    }));
    return withDouble(behaviour, async (run) => {
      const settings = { output: { prediction: 'verdict' } };
      const { file, notices } = await run('/', { kind: 'mlflow', drop: ['risk'], settings });
      expect(file.label.classes).to.deep.equal(classes);
      expect(file.example.answer?.probabilities?.[1]).to.deep.equal([0.125, 0.75, 0.125]);
      expect(notices[0]).to.equal('The order of the probabilities follows from the rows: high, low, mid.');
    });
  });
});
