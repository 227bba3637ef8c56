import { expect } from 'chai';
import type { RemoteTable } from '../../../remote/adapter.ts';
import { buildCells, toCellError } from '../../../remote/request/cells.ts';
import { parseTable } from '../../../models/table.ts';
import { toFile } from '../../support/deployment.ts';

const { columns } = toFile({
  columns: [
    { name: 'count', type: 'integer', nullable: true, impute: 3 },
    { name: 'big', type: 'long' },
    { name: 'x', type: 'double', nullable: true },
    { name: 'text', type: 'string', nullable: true, impute: 'none' },
  ],
});
const table: RemoteTable = {
  ...parseTable(
    {
      fields: ['text', 'more', 'x', 'big', 'count'],
      values: [
        ['a', 0, 1.5, 2.5, 1.25],
        [null, 0, null, 7, null],
      ],
    },
    columns,
    { unknownCategories: 'accept', place: '' },
  ),
  firstRow: 10,
};

describe('the cells that are sent to an upstream', () => {
  it("are those of the deployment's columns in order, with nulls imputed", () => {
    const cells = buildCells(columns, { round: false });
    expect(cells.toRows(table)).to.deep.equal([
      [1.25, 2.5, 1.5, 'a'],
      [3, 7, null, 'none'],
    ]);
    expect(columns.map((_, index) => cells.toColumn(table, index))).to.deep.equal([
      [1.25, 3],
      [2.5, 7],
      [1.5, null],
      ['a', 'none'],
    ]);
  });

  it('are rounded in integer and long columns if the settings say so', () => {
    const cells = buildCells(columns, { round: true });
    expect(cells.toRows(table)[0]).to.deep.equal([1, 3, 1.5, 'a']);
    expect(cells.toColumn(table, 0)).to.deep.equal([1, 3]);
  });

  it('are named by their row in the request if they cannot be sent', () => {
    const error = toCellError(table, 1, 2, 'a number');
    expect(error).to.deep.include({ code: 'invalid_value', target: { type: 'field', name: 'values[11]' } });
    expect(error.message).to.equal(
      'values[11]: column "x": expected a number, because the system that serves this deployment requires it.',
    );
  });
});
