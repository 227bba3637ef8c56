import { expect } from 'chai';
import { filterDeployments } from '../../console/filter-deployments.ts';

const toOne = (name: string, at: number) => ({ name, id: `id-${at}`, kind: 'onnx', problemType: 'binary' as const });
const find = (filter: string) =>
  filterDeployments(['Line 1', 'Line 19', 'Line 119'].map(toOne), filter).map((one) => one.name);

describe('filterDeployments', () => {
  it('finds what contains the text, in any case', () => expect(find(' LINE 19')).to.deep.equal(['Line 19']));
  it('finds all words where the text is nowhere', () => expect(find('onnx 19')).to.deep.equal(['Line 19', 'Line 119']));
  it('finds all without a text, and none for another', () => {
    expect(find('  ')).to.have.length(3);
    expect(find('no such')).to.deep.equal([]);
  });
});
