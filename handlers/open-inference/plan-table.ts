/**
 * The table in the inputs of a request: one input per column, or one matrix of all columns. It is checked against the shapes and
 * datatypes that the inputs declare; then it takes the path of every other table, whose complaints are given the places of inputs.
 */
import { EngineError, type ErrorCode } from '../../errors/engine-error.ts';
import type { DeploymentFile } from '../../models/deployment-file.ts';
import { isNumberDatatype, NUMBER_RANGES } from '../../models/open-inference-datatypes.ts';
import type { RequestTable } from '../../models/table.ts';
import type { InputTensor } from './protocol.ts';

export interface TablePlan {
  readonly rowCount: number;
  /** Makes the table. */
  toTable(): RequestTable;
  /** Does work with the table; what is wrong with a cell of it is reported with its place in the inputs. */
  explain<Value>(work: () => Promise<Value>): Promise<Value>;
}

/** The content types of MLServer whose data are the values themselves. */
export const CONTENT_TYPES: readonly unknown[] = [undefined, null, 'str', 'np', 'pd'];

/**
 * Plans the table.
 * @throws {EngineError} invalid_body, invalid_fields or invalid_value
 */
export function planTable(inputs: readonly InputTensor[], file: DeploymentFile): TablePlan {
  const [first] = inputs as [InputTensor];
  return inputs.length === 1 && isMatrix(first, file) ? planMatrix(first, file) : planColumns(inputs);
}

/** A matrix of one column cannot be told from a column by its shape, but by its name. */
function isMatrix({ name, shape }: InputTensor, { columns }: DeploymentFile): boolean {
  return shape.length === 2 && (shape[1] !== 1 || (columns.length === 1 && columns[0]?.name !== name));
}

function planMatrix(input: InputTensor, { columns }: DeploymentFile): TablePlan {
  const width = columns.length;
  const [rowCount, actual] = input.shape as [number, number];
  const text = columns.find(({ type }) => type === 'string' || type === 'boolean');
  if (text || !isNumberDatatype(input.datatype)) {
    const why = text ? `the column ${JSON.stringify(text.name)} is of the type ${text.type}` : 'a matrix has numbers';
    fail('inputs', `expected one input per column, because ${why}`);
  }
  if (actual !== width) {
    const expected = `expected [rows, ${width}], a number per column in the order of the metadata, or one input per column`;
    fail('inputs[0].shape', expected);
  }
  const { data, toPlace } = readData(input, 'inputs[0]');
  return {
    rowCount,
    toTable: () => ({
      fields: columns.map(({ name }) => name),
      values: Array.from({ length: rowCount }, (_, row) => data.slice(row * width, (row + 1) * width)),
    }),
    explain: buildExplain((row, column) => toPlace(row * width + column)),
  };
}

function planColumns(inputs: readonly InputTensor[]): TablePlan {
  const names = new Map<string, number>();
  const columns = inputs.map((input, index) => {
    const place = `inputs[${index}]`;
    const first = names.get(input.name);
    if (first !== undefined)
      fail(`${place}.name`, `expected each name once; it repeats inputs[${first}]`, 'invalid_fields');
    names.set(input.name, index);
    if (input.shape.length > 2 || (input.shape[1] ?? 1) !== 1)
      fail(`${place}.shape`, 'expected [rows] or [rows, 1], because each input is a column');
    if (input.shape[0] !== inputs[0]?.shape[0]) fail(`${place}.shape`, 'expected as many rows as inputs[0] has');
    return readData(input, place);
  });
  const rowCount = inputs[0]?.shape[0] as number;
  return {
    rowCount,
    toTable: () => ({
      fields: inputs.map(({ name }) => name),
      values: Array.from({ length: rowCount }, (_, row) => columns.map(({ data }) => data[row])),
    }),
    explain: buildExplain((row, column) => columns[column]?.toPlace(row)),
  };
}

interface Data {
  /** Row-major. */
  readonly data: readonly unknown[];
  /** The place in the body of one of the data. */
  readonly toPlace: (index: number) => string;
}

/** The data of an input, which are as many as its shape says, and of its datatype or null. */
function readData({ shape, datatype, parameters, data }: InputTensor, place: string): Data {
  const isValue = findTest(datatype, `${place}.datatype`);
  if (!CONTENT_TYPES.includes(parameters?.['content_type']))
    fail(`${place}.parameters.content_type`, 'expected str, np or pd');
  if (parameters?.['binary_data_size'] !== undefined)
    fail(`${place}.parameters.binary_data_size`, 'binary tensors are not supported; send the data as JSON');
  if (!data) fail(place, 'expected the key data');
  if (shape.some((length) => length < 0)) fail(`${place}.shape`, 'expected dimensions of 0 or more');
  const width = shape[1] ?? 1;
  // Only what was sent is counted: no memory is taken because of what a shape claims.
  const isNested = shape.length === 2 && Array.isArray(data[0]);
  if (isNested) checkNested(data, width, place);
  const flat = isNested ? (data as readonly (readonly unknown[])[]).flat() : data;
  const size = (shape[0] as number) * width;
  if (flat.length !== size)
    fail(`${place}.data`, `expected as many values as the shape says, ${size}; got ${flat.length}`);
  const toPlace = (index: number) =>
    `${place}.data${isNested ? `[${Math.floor(index / width)}][${index % width}]` : `[${index}]`}`;
  flat.forEach((value, index) => {
    if (value !== null && !isValue.test(value))
      fail(toPlace(index), `expected ${isValue.expected}, or null (${datatype})`, 'invalid_value');
  });
  return { data: flat, toPlace };
}

function checkNested(data: readonly unknown[], width: number, place: string): void {
  data.forEach((row, index) => {
    if (Array.isArray(row) && row.length === width) return;
    fail(`${place}.data[${index}]`, `expected a list of ${width}, as the shape says`);
  });
}

interface ValueTest {
  readonly expected: string;
  test(value: unknown): boolean;
}

function findTest(datatype: string, place: string): ValueTest {
  if (datatype === 'BYTES') return { expected: 'a string', test: (value) => typeof value === 'string' };
  if (datatype === 'BOOL') return { expected: 'true or false', test: (value) => typeof value === 'boolean' };
  if (!isNumberDatatype(datatype))
    return fail(place, 'expected a datatype of the protocol, such as FP64, INT64, BOOL or BYTES');
  const { min, max, isWhole } = NUMBER_RANGES[datatype];
  return {
    expected: max === Number.MAX_VALUE ? 'a finite number' : `a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}`,
    test: (value) => typeof value === 'number' && value >= min && value <= max && (!isWhole || Number.isInteger(value)),
  };
}

/** Tables call their parts `fields` and `values`. */
function buildExplain(toPlace: (row: number, column: number) => string | undefined): TablePlan['explain'] {
  return async (work) => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof EngineError) || error.target?.type !== 'field') throw error;
      const { code, message, target, cause, retryAfter } = error;
      const [, row, column] = /^values\[(\d+)\]\[(\d+)\]$/.exec(target.name) ?? [];
      const name = row === undefined ? 'inputs' : (toPlace(Number(row), Number(column)) ?? 'inputs');
      throw new EngineError(
        code,
        message.replace(target.name, () => name),
        {
          target: { ...target, name },
          ...(cause !== undefined && { cause }),
          ...(retryAfter !== undefined && { retryAfter }),
        },
      );
    }
  };
}

function fail(name: string, expectation: string, code: ErrorCode = 'invalid_body'): never {
  throw new EngineError(code, `${name}: ${expectation}.`, { target: { type: 'field', name } });
}
