/** Which rows a deployment is scored with: the user's, else the engine's own example, else made up, else the contract's. */
import { isObject } from '../client/parse-json.ts';
import type { Published } from '../published.ts';
import { generateRows, isNumeric } from './generate-rows.ts';
import type { RowsFile } from './load-rows.ts';
import { CONTRACT_ROWS, type Rows } from './rows.ts';

/** The rows for a deployment. A file that lacks one of its features is a file for another deployment. */
export function chooseRows(published: Published, file: RowsFile | undefined): Rows {
  const features = published.features;
  if (file && (!features || features.every((name) => file.fields.includes(name)))) {
    return fromFile(published, file, features ?? file.fields);
  }
  return readExample(published) ?? generateRows(published) ?? CONTRACT_ROWS;
}

function fromFile(published: Published, file: RowsFile, fields: readonly string[]): Rows {
  const positions = fields.map((name) => file.fields.indexOf(name));
  const columns = fields.map((name, index) => {
    const cells = file.values.map((row) => row[positions[index] as number]);
    return file.typed ? cells : toTyped(cells as string[], published.findInput(name)?.type);
  });
  return { fields, values: file.values.map((_, row) => columns.map((cells) => cells[row])), origin: 'file' };
}

/** The texts of a CSV column as the type that is published, or else as what all of them are. Empty ones are missing. */
function toTyped(cells: readonly string[], type: unknown): unknown[] {
  const filled = cells.filter((cell) => cell !== '');
  const isNumbers = filled.every((cell) => cell.trim() !== '' && Number.isFinite(Number(cell)));
  const isBooleans = filled.every((cell) => /^(true|false)$/i.test(cell));
  const asNumbers = type === undefined ? isNumbers : isNumeric(type) && isNumbers;
  const asBooleans = type === undefined ? isBooleans : type === 'boolean' && isBooleans;
  return cells.map((cell) => {
    if (cell === '') return null;
    if (asNumbers) return Number(cell);
    return asBooleans ? cell.toLowerCase() === 'true' : cell;
  });
}

function readExample({ properties, entity }: Published): Rows | undefined {
  for (const example of [properties['example'], entity['example']]) {
    const { fields, values } = isObject(example) ? example : {};
    const isTable =
      Array.isArray(fields) &&
      fields.every((name) => typeof name === 'string') &&
      Array.isArray(values) &&
      values.length > 0 &&
      values.every((row) => Array.isArray(row) && row.length === fields.length);
    if (isTable) return { fields: fields, values: values as unknown[][], origin: 'example' };
  }
  return undefined;
}
