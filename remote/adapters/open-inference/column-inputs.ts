/** Writes a table as one Open Inference input per column, from which MLServer and KServe build a data frame. */
import { DeploymentError } from '../../../errors/deployment-error.ts';
import type { Column, DeploymentFile } from '../../../models/deployment-file.ts';
import type { RemoteTable } from '../../adapter.ts';
import { buildCells, toCellError, type Cell } from '../../request/cells.ts';
import { buildWriteCell, type WriteCell } from '../../request/write-cell.ts';
import { writeColumn, type WriteTable } from '../../request/write-table.ts';
import {
  isNumberDatatype,
  NUMBER_RANGES,
  toDatatype,
  type Datatype,
  type NumberDatatype,
} from '../../../models/open-inference-datatypes.ts';

export interface ColumnInputsSettings {
  readonly round: boolean;
  /** The datatypes of columns that differ from toDatatype's. */
  readonly datatypes: Readonly<Record<string, Datatype>>;
  /** The dimensions of an input: [n] or [n, 1]. */
  readonly dimensions: 1 | 2;
}

/**
 * Plans the inputs.
 * @returns a function that writes a table's inputs; it throws an EngineError for a cell that does not fit its datatype
 * @throws {DeploymentError} with every problem of the datatypes
 */
export function buildColumnInputs({ columns }: DeploymentFile, settings: ColumnInputsSettings): WriteTable {
  const problems = listProblems(columns, settings.datatypes);
  if (problems.length > 0) throw new DeploymentError(problems);
  const cells = buildCells(columns, settings);
  const datatypes = columns.map((column) =>
    Object.hasOwn(settings.datatypes, column.name) ? (settings.datatypes[column.name] as Datatype) : toDatatype(column),
  );
  const writeCells = columns.map((column, index) => buildWriteCell(column, settings, holdsWhole(datatypes[index])));
  return (writer, table) => {
    const shape = settings.dimensions === 1 ? [table.rows.length] : [table.rows.length, 1];
    columns.forEach(({ name, type }, index) => {
      const datatype = datatypes[index] as Datatype;
      const column = cells.toColumn(table, index);
      // Without it, MLServer decodes text as bytes.
      const parameters = datatype === 'BYTES' ? { parameters: { content_type: 'str' } } : {};
      const head = JSON.stringify({ name, shape, datatype, ...parameters });
      writer.write(`${index === 0 ? '[' : ','}${head.slice(0, -1)},"data":`);
      if (isNumberDatatype(datatype)) checkNumbers(column, datatype, table, index);
      if (datatype === 'BOOL') checkBooleans(column, table, index);
      if (isNumberDatatype(datatype) && type === 'boolean') writer.write(JSON.stringify(column.map(toNumber)));
      else writeColumn(writer, table, index, writeCells[index] as WriteCell);
      writer.write('}');
    });
    writer.write(']');
  };
}

function listProblems(columns: readonly Column[], datatypes: ColumnInputsSettings['datatypes']): string[] {
  return Object.entries(datatypes).flatMap(([name, datatype]) => {
    const column = columns.find((one) => one.name === name);
    const place = `deployment.json.settings.datatypes.${name}`;
    if (!column) return [`${place}: expected the name of a column`];
    const fits = isNumberDatatype(datatype) ? column.type !== 'string' : datatype === toDatatype(column);
    return fits ? [] : [`${place}: expected a datatype that holds a column of the type ${column.type}`];
  });
}

function holdsWhole(datatype: Datatype | undefined): boolean {
  return datatype !== undefined && isNumberDatatype(datatype) && NUMBER_RANGES[datatype].isWhole;
}

function toNumber(cell: Cell): number | null {
  return cell === null ? null : Number(cell);
}

/** Checks that cells fit a datatype. Integer datatypes cannot hold null: servers reject it or read it as 0. */
function checkNumbers(column: readonly Cell[], datatype: NumberDatatype, table: RemoteTable, index: number): void {
  const { min, max, isWhole } = NUMBER_RANGES[datatype];
  for (let row = 0; row < column.length; row++) {
    const number = toNumber(column[row] as Cell);
    const fits = number === null ? !isWhole : number >= min && number <= max && (!isWhole || Number.isInteger(number));
    if (!fits) {
      const expected = isWhole ? `a whole number from ${min} to ${max}, not null` : `a number from ${min} to ${max}`;
      throw toCellError(table, row, index, `${expected} (${datatype})`);
    }
  }
}

/** MLServer silently reads null as false. Nullable columns are allowed all the same, because they may never contain null. */
function checkBooleans(column: readonly Cell[], table: RemoteTable, index: number): void {
  const row = column.indexOf(null);
  if (row !== -1) throw toCellError(table, row, index, 'true or false, not null (BOOL)');
}
