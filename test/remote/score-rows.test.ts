import { expect } from 'chai';
import { json } from '../../remote/adapters/json.ts';
import { readScores, requestScores } from '../../remote/score-rows.ts';
import { parseTable } from '../../models/table.ts';
import { toClassifier, toFile } from '../support/deployment.ts';
import { creditModel } from '../support/credit-model.ts';
import { HttpDouble } from '../support/http-double.ts';

describe('scoring rows unchecked', () => {
  it('joins the answers to the parts, keeping what each of them has', async () => {
    const upstream = await HttpDouble.start(creditModel);
    try {
      const example = { fields: ['x'], values: [[1000], [4000], [2000]] };
      const settings = { url: `${upstream.url}/records`, max_rows: 1 };
      const file = toFile({ kind: 'json', settings, example, ...toClassifier('a', 'b') });
      const table = parseTable(example, file.columns, { unknownCategories: 'accept', place: '' });
      const replies = await requestScores(json, file, table);
      expect(replies.map(({ rowCount }) => rowCount)).to.deep.equal([1, 1, 1]);
      const answer = await readScores(json, file, replies);
      expect(answer.predictions).to.deep.equal(['good', 'bad', 'good']);
      expect(answer.probabilities).to.have.lengthOf(3);
      let part = 0;
      // One of three parts has only labels.
      const forgetful = {
        ...json,
        build: (...of: Parameters<typeof json.build>) => ({
          ...json.build(...of),
          toAnswer: () => ({ predictions: ['a'], ...(part++ !== 1 && { probabilities: [[1, 0]] }) }),
        }),
      };
      expect(await readScores(forgetful, file, replies)).to.deep.equal({ predictions: ['a', 'a', 'a'] });
    } finally {
      await upstream.close();
    }
  });
});
