import { expect } from 'chai';
import { toRecordedCommand } from '../../cli/recorded-command.ts';

describe('the command that a deployment records', () => {
  it('has the names of the file and of --out, and no folders', () => {
    const file = '/home/me/secret/my data.csv';
    expect(toRecordedCommand(['train', file, '--label', 'risk', '--out', '/srv/models'], file)).to.equal(
      "custom-ml-engine train 'my data.csv' --label risk --out models",
    );
    expect(toRecordedCommand(['train', '--out=../up/models/', '--out', '/a/b', '-x', '../t.csv'], '../t.csv')).to.equal(
      'custom-ml-engine train --out=models --out b -x t.csv',
    );
    expect(toRecordedCommand(['train', file, '--archive', '/srv/a.tar.gz', '--archive=../b.tar.gz'], file)).to.equal(
      "custom-ml-engine train 'my data.csv' --archive a.tar.gz --archive=b.tar.gz",
    );
  });

  it('keeps everything else as it was given', () => {
    expect(toRecordedCommand(['train', 't.csv', '--label', 'a/b', '--missing', ''], 't.csv')).to.equal(
      "custom-ml-engine train t.csv --label a/b --missing ''",
    );
  });
});
