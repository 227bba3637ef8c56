/** A table as inputs of the Open Inference Protocol, an input a column: what MLServer and KServe make a data frame of. */
import { DeploymentError } from '../../../deployment-error.ts';
import type { Column, DeploymentFile } from '../../../deployment-file.ts';
import type { RemoteTable } from '../../adapter.ts';
import { buildCells, toCellError, type Cell } from '../../request/cells.ts';
import { isNumberDatatype, NUMBER_RANGES, toDatatype, type Datatype, type NumberDatatype } from './datatypes.ts';

export interface ColumnInputsSettings {
  readonly round: boolean;
  /** The datatypes of columns that have another than toDatatype's. */
  readonly datatypes: Readonly<Record<string, Datatype>>;
  /** The dimensions of an input: [n] or [n, 1]. */
  readonly dimensions: 1 | 2;
}

/**
 * Plans the inputs.
 * @returns what gives the JSON of a table's inputs; it throws an EngineError where a cell does not fit its datatype
 * @throws {DeploymentError} with every problem of the datatypes
 */
export function buildColumnInputs(
  { columns }: DeploymentFile,
  settings: ColumnInputsSettings,
): (table: RemoteTable) => string {
  const problems = listProblems(columns, settings.datatypes);
  if (problems.length > 0) throw new DeploymentError(problems);
  const cells = buildCells(columns, settings);
  const datatypes = columns.map((column) =>
    Object.hasOwn(settings.datatypes, column.name) ? (settings.datatypes[column.name] as Datatype) : toDatatype(column),
  );
  return (table) => {
    const shape = settings.dimensions === 1 ? [table.rows.length] : [table.rows.length, 1];
    const inputs = columns.map(({ name }, index) => {
      const datatype = datatypes[index] as Datatype;
      const column = cells.toColumn(table, index);
      const data = isNumberDatatype(datatype) ? toNumbers(column, datatype, table, index) : column;
      if (datatype === 'BOOL') checkBooleans(column, table, index);
      // Without it, MLServer takes text for bytes.
      const parameters = datatype === 'BYTES' ? { parameters: { content_type: 'str' } } : {};
      return { name, shape, datatype, ...parameters, data };
    });
    return JSON.stringify(inputs);
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

/** The cells as numbers that the datatype holds. A null goes into no datatype of whole numbers, for servers refuse it or take it for 0. */
function toNumbers(column: readonly Cell[], datatype: NumberDatatype, table: RemoteTable, index: number): Cell[] {
  const { least, most, isWhole } = NUMBER_RANGES[datatype];
  const numbers: Cell[] = new Array<Cell>(column.length);
  for (let row = 0; row < column.length; row++) {
    const cell = column[row] as Cell;
    const number = cell === null ? null : Number(cell);
    const fits =
      number === null ? !isWhole : number >= least && number <= most && (!isWhole || Number.isInteger(number));
    if (!fits) {
      const expected = isWhole
        ? `a whole number from ${least} to ${most}, not null`
        : `a number from ${least} to ${most}`;
      throw toCellError(table, row, index, `${expected} (${datatype})`);
    }
    numbers[row] = number;
  }
  return numbers;
}

/** MLServer takes a null for false without a word. A nullable column is taken all the same: it may never have one. */
function checkBooleans(column: readonly Cell[], table: RemoteTable, index: number): void {
  const row = column.indexOf(null);
  if (row !== -1) throw toCellError(table, row, index, 'true or false, not null (BOOL)');
}
