import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { train } from '../../../training/train.ts';
import { toCsv, toOptions, withFolder } from '../../support/training.ts';

describe('the report', () => {
  it('of 300 classes, and all that is recorded of them, stays small', () =>
    withFolder(async (folder) => {
      const rows = Array.from({ length: 1800 }, (_, row) => [
        row % 300,
        (row * 7) % 11,
        `class ${(row % 300) - (row % 13 === 0 ? 1 : 0)}`,
      ]);
      await writeFile(join(folder, 'customers.csv'), toCsv(['x', 'y', 'risk'], rows));
      const { folder: made } = await train(
        toOptions(folder, { choices: { label: 'risk', problemType: 'multiclass' } }),
      );
      const html = await readFile(join(made, 'report.html'), 'utf8');
      expect(html.length).to.be.below(1_000_000);
      expect(html)
        .to.match(/The largest confusions: 50 of \d+ pairs of classes/)
        .and.to.include('A matrix of 3');
      const text = await readFile(join(made, 'deployment.json'), 'utf8');
      expect(text.length).to.be.below(300_000);
      expect(JSON.parse(text)).to.have.nested.property('training.metrics.largest_confusions[0].rows');
    }));

  it('needs no network and escapes names and categories', () =>
    withFolder(async (folder) => {
      const evil = '</script><script>alert(1)</script>';
      const rows = Array.from({ length: 60 }, (_, row) => [
        row % 7,
        [evil, 'b'][row % 2],
        [evil, 'ok'][(row >> 1) % 2],
      ]);
      await writeFile(join(folder, 'customers.csv'), toCsv(['<b>x</b>', 'kind', 'risk'], rows));
      const deployment = { id: 'customers', name: evil, description: evil, echo: true };
      const options = toOptions(folder, { kind: 'logistic-regression', deployment, command: evil });
      const { folder: made } = await train(options);
      const html = await readFile(join(made, 'report.html'), 'utf8');
      expect(html).not.to.include('<script').and.not.to.include('<b>x</b>');
      expect(html).not.to.match(/\b(src|href)=["']?(https?:)?\/\//);
      expect(html).to.include('&#60;b&#62;x');
    }));
});
