import { expect } from 'chai';
import { isDeep } from '../../files/is-deep.ts';

describe('the depth of JSON', () => {
  const nest = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

  it('is that of its brackets, and may be 100', () => {
    expect(isDeep(nest(100))).to.equal(false);
    expect(isDeep(nest(101))).to.equal(true);
    expect(isDeep('[],'.repeat(1000))).to.equal(false);
  });

  it('has nothing to do with its strings, whatever is escaped in them, and whether or not they end', () => {
    expect(isDeep(`["\\\\",${nest(100)}]`)).to.equal(true);
    expect(isDeep(`["\\"${nest(100)}"]`)).to.equal(false);
    expect(isDeep(`"${'['.repeat(200)}`)).to.equal(false);
  });
});
