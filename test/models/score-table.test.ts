import { expect } from 'chai';
import { EngineError } from '../../errors/engine-error.ts';
import type { Scores } from '../../models/model.ts';
import { scoreTable } from '../../models/score-table.ts';
import type { Table } from '../../models/table.ts';
import { readAnswer } from '../support/answer.ts';
import { catchError, toFile } from '../support/deployment.ts';

const file = toFile();
const request = { fields: ['x'], values: [[1], [2]] };

function scoreWith(score: (table: Table) => Scores | Promise<Scores>, place?: string) {
  return readAnswer(scoreTable({ file, model: { score } }, request, place));
}

describe('scoring a table', () => {
  it('answers what the model scores', async () => {
    const answer = await scoreWith(({ rows }) => ({ predictions: rows.map(([x]) => (x as number) * 2) }));
    expect(answer).to.deep.equal({
      fields: ['x', 'prediction'],
      values: [
        [1, 2],
        [2, 4],
      ],
    });
  });

  it('fails with the cause for the log where the model throws or rejects', async () => {
    const cause = new Error('secret of the model');
    for (const score of [
      () => {
        throw cause;
      },
      () => Promise.reject(cause),
    ]) {
      const error = await catchError(EngineError, () => scoreWith(score));
      expect(error).to.deep.include({
        code: 'model_failed',
        message: 'The model of this deployment failed to score the request.',
      });
      expect(error.cause).to.equal(cause);
    }
  });

  it('fails as the model says where it throws an error for the caller', async () => {
    const busy = new EngineError('too_busy', 'Later.');
    expect(await catchError(EngineError, () => scoreWith(() => Promise.reject(busy)))).to.equal(busy);
  });

  it('fails where the scores are not valid', async () => {
    expect(await catchError(EngineError, () => scoreWith(() => ({ predictions: [1] })))).to.include({
      code: 'model_failed',
    });
  });

  it('checks the table before the model sees it, and says where it stands', async () => {
    const fail = () => expect.fail('the model was asked');
    const narrow = { file: toFile({ columns: [{ name: 'z', type: 'double' }] }), model: { score: fail } };
    const error = await catchError(EngineError, () => scoreTable({ ...narrow }, request, 'input_data[1].'));
    expect(error.target?.name).to.equal('input_data[1].fields');
  });

  it('lets unknown categories through, or not, as the deployment says', async () => {
    const columns = [{ name: 'x', type: 'double', categories: [1] }];
    const model = { score: () => ({ predictions: [0, 0] }) };
    const scoreAs = (unknown_categories: string) =>
      readAnswer(scoreTable({ file: toFile({ columns, unknown_categories }), model }, request));
    expect((await scoreAs('accept')).values).to.have.length(2);
    expect((await catchError(EngineError, () => scoreAs('refuse'))).target?.name).to.equal('values[1][0]');
  });

  it('knows a category with blanks around it', async () => {
    const columns = [{ name: 'x', type: 'string', categories: ['red'] }];
    const file = toFile({ columns, unknown_categories: 'refuse' });
    const model = { score: () => ({ predictions: [0] }) };
    const answer = scoreTable({ file, model }, { fields: ['x'], values: [[' red ']] });
    expect((await readAnswer(answer)).values).to.have.length(1);
  });
});
