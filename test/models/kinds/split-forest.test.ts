import { expect } from 'chai';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { splitForest } from '../../../models/kinds/random-forest/split-forest.ts';
import { catchError } from '../../support/deployment.ts';

const split = (text: string) => splitForest(Buffer.from(text));

describe('the file of a forest', () => {
  it('is split into its trees, whatever the order of the keys, the blanks and the texts in it', () => {
    const text = String.raw`{ "estimators": [1, 2],
      "name": "a \"] { [,",
      "baseModel" : { "other": {"estimators": [[3], {"x": 4}]}, "estimators" :
        [ {"root": {"a": [1, {"b": "],\\"}]}} , {"root":2,"x":[ ]},{"root":"é"}
        ], "indexes": [[0], [1], [2]] } }`;
    const { json, parseEstimator } = split(text) ?? expect.fail('not split');
    const whole = JSON.parse(text) as { baseModel: { estimators: unknown[] } };
    const stand = whole.baseModel.estimators.map(() => ({ root: null }));
    expect(json).to.deep.equal({ ...whole, baseModel: { ...whole.baseModel, estimators: stand } });
    expect([0, 1, 2].map(parseEstimator)).to.deep.equal(whole.baseModel.estimators);
  });

  it('without trees has none', () => {
    expect(split('{"baseModel":{"estimators":[ ]}}')?.json).to.deep.equal({ baseModel: { estimators: [] } });
  });

  for (const [what, text] of [
    ['of another sort', '{"baseModel":{"trees":[1]}}'],
    ['with its trees elsewhere', '{"estimators":[1],"x":[{"estimators":[1]}]}'],
    ['with its trees twice', '{"baseModel":{"estimators":[1]},"baseModel":{"estimators":[2]}}'],
    ['that is cut off', '{"baseModel":{"estimators":[1,{"root":'],
    ['in UTF-16', Buffer.from('{"baseModel":{"estimators":[1]}}', 'utf16le').toString('latin1')],
  ] as const) {
    it(`${what} is not split`, () => {
      expect(split(text)).to.equal(undefined);
    });
  }

  for (const text of ['{"baseModel":{"estimators":[1,,2]}}', '{"baseModel":{"estimators":[{"a" 1}]}}']) {
    it(`that is no JSON among its trees is rejected: ${text}`, async () => {
      const { parseEstimator } = split(text) ?? expect.fail('not split');
      const { problems } = await catchError(DeploymentError, () => [0, 1].map(parseEstimator));
      expect(problems).to.deep.equal(['model.json: expected JSON']);
    });
  }

  it('may have a byte order mark, and is not split where its texts are no UTF-8', () => {
    const text = '{"baseModel":{"estimators":[1]},"name":"é"}';
    expect(split(`\uFEFF${text}`)?.parseEstimator(0)).to.equal(1);
    expect(splitForest(Buffer.from(text, 'latin1'))).to.equal(undefined);
  });

  it('that is no JSON around its trees is rejected', async () => {
    const { problems } = await catchError(DeploymentError, () => split('{"baseModel":{"estimators":[1]},}'));
    expect(problems).to.deep.equal(['model.json: expected JSON']);
  });
});
