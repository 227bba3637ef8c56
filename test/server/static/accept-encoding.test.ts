import { expect } from 'chai';
import { chooseEncoding } from '../../../server/static/accept-encoding.ts';

describe('chooseEncoding', () => {
  it('chooses what the client likes best, and the better encoding of those that it likes as well', () => {
    for (const [accepted, expected] of [
      [undefined, undefined],
      ['', undefined],
      ['gzip, deflate, br, zstd', 'br'],
      ['GZIP', 'gzip'],
      ['br;q=0.5, gzip;q=0.9', 'gzip'],
      ['br ; q=0.9 , gzip', 'gzip'],
      ['br;q=0, gzip;q=0.001', 'gzip'],
      ['gzip;q=0', undefined],
      ['gzip;q=0.000', undefined],
      ['*', 'br'],
      ['br;q=0, *', 'gzip'],
      ['*;q=0', undefined],
      ['identity, gzip;q=0.5', undefined],
      ['identity;q=0, gzip', 'gzip'],
      ['identity;q=0.5, gzip;q=0.5', 'gzip'],
      ['identity;q=1, *;q=0', undefined],
      ['gzip;q=none, br;q=2, *;q=0', undefined],
      ['br;q=1., gzip;q=0.9', 'br'],
      ['identity;q=1x, gzip', 'gzip'],
      ['gzip;seq=0', 'gzip'],
      ['xgzip, abr', undefined],
      [',;,=;q=,'.repeat(1000), undefined],
    ] as const)
      expect(chooseEncoding(accepted), accepted).to.equal(expected);
    expect(chooseEncoding('br, gzip;q=0.1', ['gzip'])).to.equal('gzip');
    expect(chooseEncoding('br', [])).to.equal(undefined);
  });
});
