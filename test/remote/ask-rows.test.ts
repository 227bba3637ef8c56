import { expect } from 'chai';
import { json } from '../../remote/adapters/json.ts';
import { askRows } from '../../remote/ask-rows.ts';
import { parseTable } from '../../models/table.ts';
import { toClassifier, toFile } from '../support/deployment.ts';
import { startModelServer } from '../support/model-server.ts';

describe('asking an upstream for rows', () => {
  it('joins the answers of the parts, and has what each of them has', async () => {
    const upstream = await startModelServer();
    try {
      const example = { fields: ['x'], values: [[1000], [4000], [2000]] };
      const settings = { url: `${upstream.url}/records`, max_rows: 1 };
      const file = toFile({ kind: 'json', settings, example, ...toClassifier('a', 'b') });
      const table = parseTable(example, file.columns, { unknownCategories: 'accept', place: '' });
      const answer = await askRows(json, file, table);
      expect(answer.predictions).to.deep.equal(['good', 'bad', 'good']);
      expect(answer.probabilities).to.have.lengthOf(3);
      let part = 0;
      // One part of three has labels alone.
      const forgetful = {
        ...json,
        build: (...of: Parameters<typeof json.build>) => ({
          ...json.build(...of),
          toAnswer: () => ({ predictions: ['a'], ...(part++ !== 1 && { probabilities: [[1, 0]] }) }),
        }),
      };
      expect(await askRows(forgetful, file, table)).to.deep.equal({ predictions: ['a', 'a', 'a'] });
    } finally {
      await upstream.stop();
    }
  });
});
