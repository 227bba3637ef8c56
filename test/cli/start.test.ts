import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import manifest from '../../package.json' with { type: 'json' };

// test/package runs the entry with versions of Node that are too old.
describe('the entry of the command', () => {
  it('asks for the version of Node that the manifest asks for', async () => {
    const text = await readFile(new URL('../../cli/start.cts', import.meta.url), 'utf8');
    const [, major, minor] = /const minimum = \[(\d+), (\d+)\]/.exec(text) ?? [];
    expect(manifest.engines.node).to.equal(`>=${major}.${minor}.0`);
  });
});
