import { expect } from 'chai';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { splitForest } from '../../../models/kinds/random-forest/split-forest.ts';
import { catchError } from '../../support/deployment.ts';

/** Splits a file that is read in pieces of a size, and reads its trees. */
async function split(text: string | Buffer, size = 2 ** 20) {
  const file = Buffer.from(text);
  const read = () =>
    Array.from({ length: Math.ceil(file.length / size) }, (_, index) =>
      file.subarray(index * size, (index + 1) * size),
    );
  const forest = await splitForest(read);
  return (
    forest && {
      json: forest.json,
      parse: async () => {
        const trees: unknown[] = [];
        for await (const tree of forest.parseEstimators()) trees.push(tree);
        return trees;
      },
    }
  );
}

describe('the file of a forest', () => {
  it('is split into its trees, whatever the order of the keys, the blanks, the texts and the pieces', async () => {
    const text = String.raw`{ "estimators": [1, 2],
      "name": "a \"] { [,",
      "baseModel" : { "other": {"estimators": [[3], {"x": 4}]}, "estimators" :
        [ {"root": {"a": [1, {"b": "],\\"}]}} , {"root":2,"x":[ ]},{"root":"é"}
        ], "indexes": [[0], [1], [2]] } }`;
    const whole = JSON.parse(text) as { baseModel: { estimators: unknown[] } };
    const stand = whole.baseModel.estimators.map(() => ({ root: null }));
    for (const size of [1, 2, 3, 5, 7, 16, 100, 1000]) {
      const { json, parse } = (await split(text, size)) ?? expect.fail('not split');
      expect(json).to.deep.equal({ ...whole, baseModel: { ...whole.baseModel, estimators: stand } });
      expect(await parse()).to.deep.equal(whole.baseModel.estimators);
    }
  });

  it('without trees has none', async () => {
    const { json, parse } = (await split('{"baseModel":{"estimators":[ ]}}')) ?? expect.fail('not split');
    expect(json).to.deep.equal({ baseModel: { estimators: [] } });
    expect(await parse()).to.deep.equal([]);
  });

  for (const [what, text] of [
    ['of another sort', '{"baseModel":{"trees":[1]}}'],
    ['with its trees elsewhere', '{"estimators":[1],"x":[{"estimators":[1]}]}'],
    ['with its trees twice', '{"baseModel":{"estimators":[1]},"baseModel":{"estimators":[2]}}'],
    ['that is cut off', '{"baseModel":{"estimators":[1,{"root":'],
    ['in UTF-16', Buffer.from('{"baseModel":{"estimators":[1]}}', 'utf16le').toString('latin1')],
  ] as const) {
    it(`${what} is not split`, async () => {
      expect(await split(text)).to.equal(undefined);
    });
  }

  for (const text of ['{"baseModel":{"estimators":[1,,2]}}', '{"baseModel":{"estimators":[{"a" 1}]}}']) {
    it(`that is no JSON among its trees is rejected: ${text}`, async () => {
      const { parse } = (await split(text)) ?? expect.fail('not split');
      const { problems } = await catchError(DeploymentError, parse);
      expect(problems).to.deep.equal(['model.json: expected JSON']);
    });
  }

  it('may have a byte order mark, and is not split where its texts are no UTF-8', async () => {
    const text = '{"baseModel":{"estimators":[1]},"name":"é"}';
    expect(await (await split(`\uFEFF${text}`))?.parse()).to.deep.equal([1]);
    expect(await split(Buffer.from(text, 'latin1'))).to.equal(undefined);
  });

  it('that is no JSON around its trees is rejected', async () => {
    const { problems } = await catchError(DeploymentError, () => split('{"baseModel":{"estimators":[1]},}'));
    expect(problems).to.deep.equal(['model.json: expected JSON']);
  });
});
