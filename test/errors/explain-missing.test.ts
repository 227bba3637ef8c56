import { expect } from 'chai';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { explainMissing } from '../../errors/explain-missing.ts';
import { withFolder } from '../support/training.ts';

describe('what is said about a missing path', () => {
  it('lists the files that could be meant: those with the same ending, or else all', () =>
    withFolder(async (folder) => {
      for (const name of ['b.csv', 'a.csv', 'x.txt', '.hidden.csv']) await writeFile(join(folder, name), '');
      await mkdir(join(folder, 'sub.csv'));
      expect(await explainMissing(join(folder, 'c.csv'), 'file')).to.equal(
        `there is no file "c.csv" in ${folder}, which has "a.csv", "b.csv"`,
      );
      expect(await explainMissing(join(folder, 'c.tsv'), 'file')).to.equal(
        `there is no file "c.tsv" in ${folder}, which has "a.csv", "b.csv", "x.txt"`,
      );
      expect(await explainMissing(join(folder, 'sub.csv', 'c.csv'), 'file')).to.match(/which has no files$/);
    }));

  it('names the first part that is missing, with the folders beside it, of many the first', () =>
    withFolder(async (folder) => {
      for (let index = 10; index < 25; index++) await mkdir(join(folder, `d${index}`));
      await writeFile(join(folder, 'file'), '');
      const explained = await explainMissing(join(folder, 'nowhere', 'below', 'c.csv'), 'file');
      expect(explained).to.match(/^there is no folder "nowhere" in \S+, which has "d10", "d11", .*"d19", …$/);
      expect(explained).to.not.include('"file"');
    }));
});
