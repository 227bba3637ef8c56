import { expect } from 'chai';
import { z } from 'zod';
import { listOf } from '../../models/list-of.ts';

describe('a list of a schema', () => {
  const list = listOf(z.object({ name: z.string(), at: z.int() }), 1);
  const paths = (value: unknown) => list.safeParse(value).error?.issues.map(({ path }) => path.join('.'));

  it('has the items as the schema returns them', () => {
    expect(list.parse([{ name: 'a', at: 1, more: true }])).to.deep.equal([{ name: 'a', at: 1 }]);
  });

  it('has at least as many items as it must', () => {
    expect(paths([])).to.deep.equal(['']);
    expect(paths({})).to.deep.equal(['']);
    expect(listOf(z.string()).parse([])).to.deep.equal([]);
  });

  it('names the places of all problems, if they are few', () => {
    expect(paths([{ name: 'a', at: 1 }, { at: 'wallaby' }, 'wallaby'])).to.deep.equal(['1.name', '1.at', '2']);
  });

  it('names the place in a long list', () => {
    const names = Array.from({ length: 2500 }, (_, at) => (at === 2100 ? 7 : 'a'));
    expect(
      listOf(z.string())
        .safeParse(names)
        .error?.issues.map(({ path }) => path),
    ).to.deep.equal([[2100]]);
    expect(listOf(listOf(z.string())).safeParse([[], names]).error?.issues[0]?.path).to.deep.equal([1, 2100]);
    expect(listOf(z.int()).parse([...names.keys()])).to.deep.equal([...names.keys()]);
  });

  it('names ten of many, also in a list of lists', () => {
    const bad = Array.from({ length: 300_000 }, () => null);
    expect(paths(bad)).to.have.length(10);
    expect(listOf(listOf(z.string())).safeParse([bad, bad]).error?.issues).to.have.length(10);
  });
});
