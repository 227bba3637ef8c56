import { expect } from 'chai';
import manifest from '../../package.json' with { type: 'json' };
import { readSamples } from '../../scripts/sample-data.ts';

describe('the sample deployments', () => {
  it('are the only deployments in the package, whatever else is in the folder', async () => {
    const packed = manifest.files.filter((path) => path.startsWith('deployments'));
    expect(packed).to.deep.equal((await readSamples()).map(({ id }) => `deployments/${id}`));
  });
});
