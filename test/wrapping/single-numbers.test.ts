/** Numbers in replies: probabilities or amounts, with or without labels. */
import { expect } from 'chai';
import type { WrapOptions } from '../../wrapping/wrap.ts';
import { answers } from '../support/behaviours.ts';
import { creditModel } from '../support/credit-model.ts';
import { NUMBERED, readAmounts, setOutput, toRisk, UNLABELLED, withDouble } from '../support/wrap-double.ts';

describe('a reply with one number from 0 to 1 per row', () => {
  const POSITIVE = setOutput({ scalar: 'positive_probability' });

  for (const path of ['/sigmoid', '/probability']) {
    it(`is never a regression by itself, but a question with both answers: ${path}`, () =>
      withDouble(creditModel, async (_run, fail) => {
        expect(await fail(path)).to.equal(
          'The reply has one number from 0 to 1 per row. If it is a probability: ' +
            '--set output.scalar=positive_probability --labels bad,good reads it as that of good (then 1 of 6 predictions match column `risk`); ' +
            '--set output.scalar=positive_probability --labels good,bad reads it as that of bad (then 5 of 6 predictions match column `risk`). ' +
            'If it is an amount: --problem-type regression.',
        );
        expect(await fail(path, {}, NUMBERED)).to.include('--labels 0,1 reads it as that of 1 (then 5 of 6');
        expect(await fail(path, {}, UNLABELLED)).to.match(
          /^The reply has one number .* of the second of two classes, which --labels names\. If it is an amount/,
        );
        expect(await fail(path, { labels: ['good', 'bad'] })).to.match(
          /: --set output\.scalar=positive_probability reads it as that of bad \(then 5 of 6 predictions match/,
        );
        expect(await fail(path, { problemType: 'binary' })).to.match(/^The reply has one number from 0 to 1 per row/);
      }));

    it(`is a binary classifier, or a regression, as the answer says: ${path}`, () =>
      withDouble(creditModel, async (run) => {
        const { file } = await run(path, { ...POSITIVE, labels: ['good', 'bad'] });
        expect([file.problem_type, file.label.classes]).to.deep.equal(['binary', ['good', 'bad']]);
        expect(file.example.answer?.predictions).to.deep.equal(['good', 'bad', 'good', 'bad', 'good']);
        const [vector] = file.example.answer?.probabilities as [number[]];
        expect(vector[1]).to.be.closeTo(toRisk(2000), 1e-12);
        expect((await run(path, { problemType: 'regression' })).file.problem_type).to.equal('regression');
        const amounts = 'amount,risk\n1000,0.25\n2000,0.5\n';
        expect((await run(path, {}, amounts)).file.problem_type).to.equal('regression');
      }));
  }

  it('is the same question if the numbers are written as text, and the same answers work', () => {
    const behaviour = answers(({ body }) => ({ body: readAmounts(body).map((amount) => String(toRisk(amount))) }));
    return withDouble(behaviour, async (run, fail) => {
      expect(await fail('/')).to.match(/^The reply has one number from 0 to 1 per row\. .* 5 of 6 predictions match/);
      const { file } = await run('/', { ...POSITIVE, labels: ['good', 'bad'] });
      expect(file.example.answer?.predictions).to.deep.equal(['good', 'bad', 'good', 'bad', 'good']);
      expect((await run('/', { problemType: 'regression' })).file.example.answer?.predictions[0]).to.equal(
        toRisk(2000),
      );
    });
  });

  it('asks for both settings if only the meaning is known', () =>
    withDouble(creditModel, async (_run, fail) => {
      expect(await fail('/sigmoid', POSITIVE)).to.match(
        /^The reply has one probability per row, that of the second of two classes: name the 2 classes \(the rows have bad, good\)/,
      );
    }));

  const FORMATS: Readonly<Record<string, readonly [WrapOptions['settings'], (risks: number[]) => object | string]>> = {
    mlflow: [{}, (risks) => ({ predictions: risks.map((risk) => [risk]) })],
    'kserve-v1': [{ model: 'm', format: 'rows' }, (risks) => ({ predictions: risks })],
    'open-inference': [
      { model: 'm', format: 'columns' },
      (risks) => ({ outputs: [{ name: 'dense', shape: [risks.length, 1], datatype: 'FP32', data: risks }] }),
    ],
    sagemaker: [
      {
        endpoint: 'e',
        region: 'eu-central-1',
        format: 'csv',
        authentication: { type: 'header', name: 'X-Key', value: { variable: 'PATH' } },
      },
      (risks) => risks.join('\n'),
    ],
  };
  for (const [kind, [settings, toReply]] of Object.entries(FORMATS)) {
    it(`raises the same question with the kind ${kind}`, () => {
      const behaviour = answers(({ method, body }) => {
        if (method === 'GET') return { body: { name: 'm', ready: true } };
        const amounts = readAmounts(body);
        const reply = toReply(amounts.map(toRisk));
        return { headers: typeof reply === 'string' ? { 'content-type': 'text/csv' } : {}, body: reply };
      });
      return withDouble(behaviour, async (run, fail) => {
        expect(await fail('/', { kind, settings })).to.match(
          /^The reply has one number from 0 to 1 per row\. If it is a/,
        );
        const answer = { ...settings, output: { scalar: 'positive_probability' } };
        const { file } = await run('/', { kind, settings: answer, labels: ['good', 'bad'] });
        expect(file.example.answer?.predictions).to.deep.equal(['good', 'bad', 'good', 'bad', 'good']);
      });
    });
  }
});

describe('amounts as predictions', () => {
  it('contradict true labels that are text, or only two numbers', () =>
    withDouble(creditModel, async (_run, fail) => {
      expect(await fail('/margins')).to.match(
        /^The server predicts amounts, but column "risk" has bad, good\. If this is a regression, --problem-type regression/,
      );
      expect(await fail('/margins', {}, NUMBERED)).to.match(
        /^The server predicts amounts, but column "risk" has 0, 1\./,
      );
    }));
});

describe('a number beside the label', () => {
  it('is the probability of the predicted class if the rows prove that', () =>
    withDouble(creditModel, async (run) => {
      const { file, notices } = await run('/confident');
      expect(file.settings).to.have.deep.property('output', { confidence: 'score' });
      expect(file.example.answer?.probabilities?.[0]?.[file.label.classes?.indexOf('bad') ?? -1]).to.be.closeTo(
        toRisk(2000),
        1e-12,
      );
      expect(notices.join(' ')).to.include('the probability of the predicted class, as the rows show');
    }));

  it('is the probability of a fixed class if the rows prove that', () =>
    withDouble(creditModel, async (run) => {
      const { file } = await run('/risky');
      expect(file.settings).to.have.deep.property('output', { probability: 'score' });
      expect(file.label.classes).to.deep.equal(['good', 'bad']);
      expect(file.example.answer?.probabilities?.[1]?.[1]).to.be.closeTo(toRisk(4800), 1e-12);
    }));

  it('is not published otherwise, and the notice says how to', () =>
    withDouble(creditModel, async (run) => {
      const { file, notices } = await run('/unclear');
      expect(file.settings).not.to.have.property('output');
      expect(file.example.answer).not.to.have.property('probabilities');
      expect(notices.at(-1)).to.match(
        /^The meaning of the number beside the label \(score\) is unknown\. .* --set output\.confidence=score; .* --set output\.probability=score --labels /,
      );
    }));
});
