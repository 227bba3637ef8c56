/** The columns that an upstream declares, and those of a CSV file. */
import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Inspection } from '../../remote/adapter.ts';
import { loadRows } from '../../csv/load-rows.ts';
import { planColumns } from '../../wrapping/plan-columns.ts';
import { planOutcome } from '../../wrapping/plan-outcome.ts';
import { CommandError } from '../../errors/command-error.ts';
import { catchError } from '../support/deployment.ts';
import { withFolder } from '../support/training.ts';

const plan = (rows: string, declared: Inspection['columns'], choices = {}) =>
  withFolder(async (folder) => {
    const path = join(folder, 'rows.csv');
    await writeFile(path, rows);
    return planColumns(await loadRows(path), declared, { label: 'label', ...choices });
  });

describe("an upstream's declaration", () => {
  it('overrides the rows: columns, order, types and nullability', async () => {
    const { columns, table, notices } = await plan('id,flag,code\n1,true,07\n2,,8\n', [
      { name: 'code', type: 'string', nullable: true },
      { name: 'flag', type: 'string', nullable: false },
    ]);
    expect(columns).to.deep.equal([
      { name: 'code', type: 'string', nullable: true },
      { name: 'flag', type: 'string', nullable: true },
    ]);
    expect(table).to.deep.equal({
      fields: ['code', 'flag'],
      values: [
        ['07', 'true'],
        ['8', null],
      ],
    });
    expect(notices).to.deep.equal(['Not sent to the model: id.']);
  });

  it('is not needed to leave out an index that pandas wrote, unless the user names it', async () => {
    const rows = 'Unnamed: 0,a\n7,1\n3,2\n';
    const { columns, notices } = await plan(rows, undefined);
    expect(columns.map(({ name }) => name)).to.deep.equal(['a']);
    expect(notices).to.deep.equal(['Not sent to the model: "Unnamed: 0".']);
    const asked = await plan(rows, undefined, { features: ['Unnamed: 0', 'a'] });
    expect(asked.columns.map(({ name }) => name)).to.deep.equal(['Unnamed: 0', 'a']);
    const declared = await plan(rows, [{ name: 'Unnamed: 0', type: 'integer', nullable: false }]);
    expect(declared.columns.map(({ name }) => name)).to.deep.equal(['Unnamed: 0']);
  });

  it('leaves a cell of another type unchanged, so that the error can name it', async () => {
    const { table } = await plan('a,b\nx,maybe\n', [
      { name: 'a', type: 'double', nullable: false },
      { name: 'b', type: 'boolean', nullable: false },
    ]);
    expect(table.values).to.deep.equal([['x', 'maybe']]);
  });

  it('requires its columns in the rows', async () => {
    const declared = [
      { name: 'a', type: 'double', nullable: false },
      { name: 'z', type: 'double', nullable: false },
    ] as const;
    const { message } = await catchError(CommandError, () => plan('a,b\n1,2\n', declared));
    expect(message).to.equal('--rows: the model needs the columns "z"; the file has "a", "b".');
  });

  it('is overridden by names that have blanks or commas, which are quoted in messages', async () => {
    const rows = '" amount, in €",b c,plain\n1,2,3\n';
    const { columns, notices } = await plan(rows, undefined, { features: [' amount, in €', 'plain'] });
    expect(columns.map(({ name }) => name)).to.deep.equal([' amount, in €', 'plain']);
    expect(notices).to.deep.equal(['Not sent to the model: b c.']);
    expect((await plan(rows, undefined, { drop: ['b c,plain'] })).columns).to.have.lengthOf(1);
    const categories = new Map([['b c', ['1', '2']]]);
    expect((await plan(rows, undefined, { categories })).columns[1]).to.have.deep.property('categories', [1, 2]);
    const { message } = await catchError(CommandError, () => plan(rows, undefined, { drop: ['amount'] }));
    expect(message).to.equal('--drop: there is no column "amount"; the columns are " amount, in €", "b c", "plain".');
  });

  it("is overridden by the user's columns and classes", async () => {
    const declared = [{ name: 'a', type: 'double', nullable: false }] as const;
    const { columns } = await plan('a,b\n1,2\n', declared, { features: ['b', 'a'] });
    expect(columns.map(({ name, type }) => `${name} ${type}`)).to.deep.equal(['b integer', 'a double']);
    const hints = { declared: ['x', 'y', 'z'], label: undefined, output: {} };
    const vectors = { probabilities: [[1, 0]] };
    expect(planOutcome(hints, vectors).classes).to.deep.equal(['x', 'y', 'z']);
    expect(planOutcome({ ...hints, labels: [1, 0] }, vectors).classes).to.deep.equal([1, 0]);
  });
});
