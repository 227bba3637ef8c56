import { expect } from 'chai';
import { isSlowAnswer } from '../../remote/template.ts';

describe('a setting `answer`', () => {
  it('is not slow if it is made of names and indices', () => {
    for (const rows of ['$', 'predictions', 'a.b[0].`c d`', '"x y".z', 'a-b . c[12]'])
      expect(isSlowAnswer({ rows }), rows).to.equal(false);
    expect(isSlowAnswer({})).to.equal(false);
  });

  it('is slow if any of its expressions is more than that', () => {
    for (const rows of ['a[x]', '$map(a, b)', 'a + b', '"a', '`a', 'a[0', 'a.{"b": c}', 'a*'])
      expect(isSlowAnswer({ rows }), rows).to.equal(true);
    expect(isSlowAnswer({ predictions: 'a', probabilities: '$sum(b)' })).to.equal(true);
  });

  it('may be as long as a deployment.json', () => {
    expect(isSlowAnswer({ rows: 'a[0].'.repeat(4_000_000) })).to.equal(false);
    expect(isSlowAnswer({ rows: `${'"a"'.repeat(4_000_000)}+` })).to.equal(true);
  });
});
