import { expect } from 'chai';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { parseNumericJson } from '../../../models/json/parse-numeric-json.ts';

const parse = (text: string) => parseNumericJson(Buffer.from(text), 'model.json');

describe('the JSON of a model', () => {
  it('has typed arrays for numbers', () => {
    expect(parse('[1, 2.5, true, -1e-3]')).to.deep.equal(Float64Array.of(1, 2.5, 1, -0.001));
    expect(parse('[]')).to.deep.equal([]);
  });

  it('has lists where numbers are followed by something else', () => {
    expect(parse('[1, [2, 3], "a", 4]')).to.deep.equal([1, Float64Array.of(2, 3), 'a', 4]);
    expect(parse('[[1, {"a": 2}], [3]]')).to.deep.equal([[1, new Map([['a', 2]])], Float64Array.of(3)]);
  });

  it('is rejected where many numbers are followed by something else, or nothing follows a comma', () => {
    for (const text of [`[${'1,'.repeat(1002)}[]]`, '[1,]', '[1', '[1,', '[1 2]', '[1,[2]']) {
      expect(() => parse(text), text.slice(-10)).to.throw(DeploymentError, /^model\.json: expected /);
    }
  });
});
