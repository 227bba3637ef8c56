import { expect } from 'chai';
import { CommandError } from '../../../errors/command-error.ts';
import { buildSizeCheck, type GrownTree } from '../../../training/forest/size-check.ts';
import { catchError } from '../../support/deployment.ts';

const MIB = 2 ** 20;
const TREE: GrownTree = { json: new Uint8Array(1), bytes: MIB, nodes: 1000, values: 0, used: new Int32Array(0) };
const LIMITS = { bytes: 100 * MIB, nodes: 1e9, memory: 1e12 };

/** After how many trees a check ends learning, and what it says. */
async function findEnd(trees: number, tree: GrownTree, limits = LIMITS): Promise<[count: number, message: string]> {
  const check = buildSizeCheck(trees, limits);
  let count = 0;
  const { message } = await catchError(CommandError, () => {
    for (; count < trees; count++) check(tree);
    throw new CommandError('all fit');
  });
  return [count + 1, message];
}

describe('the size of a forest', () => {
  it('may be up to what an engine loads', async () => {
    expect((await findEnd(100, TREE))[1]).to.equal('all fit');
  });

  it('that will clearly be too large ends learning after three trees, and the message says what fits', async () => {
    expect(await findEnd(400, TREE)).to.deep.equal([
      3,
      'A forest of 400 such trees would have 400 MiB as model.json; an engine loads at most 100 MiB. Choose at most --trees 100, or smaller trees: a larger --min-leaf, or a lower --max-depth.',
    ]);
  });

  it('that may be small enough ends learning when it is too large', async () => {
    expect((await findEnd(105, TREE))[0]).to.equal(101);
  });

  it('is also that of its nodes, and of the memory that loading takes', async () => {
    expect((await findEnd(100, TREE, { ...LIMITS, nodes: 50_000 }))[1]).to.include(
      'have 100000 nodes; an engine loads at most 50000. Choose at most --trees 50,',
    );
    const wide = { ...TREE, values: 1e6 };
    expect((await findEnd(100, wide, { ...LIMITS, memory: 20 * MIB }))[1]).to.match(
      /take \d+ MiB of memory when it is loaded, of which 20 MiB are free\. Choose smaller trees/,
    );
  });
});
