/** Cells as people write them, and as a request has them: JSON text, so that long whole numbers keep their digits. */
import type { ColumnData, DeploymentDetails } from './data.ts';

/** What a field of the form or a cell of a file holds; null is no value. */
export type CellText = string | null;

/** A cell as JSON, or what is expected instead. */
export type WrittenCell = { readonly json: string } | { readonly problem: string };

const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** Writes a cell by the type of its column. An empty text is no value, but for a category of that name. */
export function writeCell(column: ColumnData, text: CellText, decimalComma = false): WrittenCell {
  const trimmed = text?.trim() ?? '';
  if (text === null || (trimmed === '' && !column.categories?.includes(text))) {
    if (column.nullable) return { json: 'null' };
    return { problem: `expected ${describeType(column)}; there is no value` };
  }
  if (column.type === 'string') return { json: JSON.stringify(text) };
  if (column.type === 'boolean') {
    const lower = trimmed.toLowerCase();
    if (lower === 'true' || lower === 'false') return { json: lower };
    return { problem: 'expected true or false' };
  }
  const number = decimalComma && /^[+-]?\d+,\d+$/.test(trimmed) ? trimmed.replace(',', '.') : trimmed;
  const isFinite = NUMBER.test(number) && Number.isFinite(Number(number));
  if (!isFinite) return { problem: 'expected a number, such as 12.5' };
  return { json: JSON_NUMBER.test(number) ? number : toPlainNumber(number) };
}

/** +5, .5, 5. and 007 are no JSON, but they are numbers. */
function toPlainNumber(text: string): string {
  return text
    .replace(/^\+/, '')
    .replace(/^(-?)0+(?=\d)/, '$1')
    .replace(/^(-?)\./, '$10.')
    .replace(/\.(?=$|[eE])/, '');
}

/** The category of the column that a text is, as the column writes it; of numbers, whatever their spelling. */
export function findCategory({ type, categories }: ColumnData, text: CellText): string | undefined {
  if (text === null) return undefined;
  const isSame = (one: string) =>
    one === text || (type !== 'string' && text.trim() !== '' && Number(one) === Number(text));
  return categories?.map(String).find(isSame);
}

/** What a cell of the column must be, in words. */
function describeType({ type }: ColumnData): string {
  return type === 'string' ? 'a text' : type === 'boolean' ? 'true or false' : 'a number';
}

/** The cells of the form by column name. */
export type Row = Readonly<Record<string, CellText>>;

/** A value of the engine as a field shows it. */
export function toCellText(value: unknown): CellText {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The row that the form starts with: the first of the example, or the middle of what the model has learned. */
export function toStartRow({ columns, example }: Pick<DeploymentDetails, 'columns' | 'example'>): Row {
  const row: [string, CellText][] = columns.map((column) => {
    const at = example.fields.indexOf(column.name);
    return [column.name, at < 0 ? toMiddle(column) : toCellText(example.values[0]?.[at])];
  });
  // A column may have the name __proto__.
  return Object.fromEntries(row);
}

function toMiddle({ type, categories, range, nullable }: ColumnData): CellText {
  if (categories) return String(categories[0]);
  if (range) return String(type === 'double' ? (range[0] + range[1]) / 2 : Math.round((range[0] + range[1]) / 2));
  if (nullable) return null;
  return type === 'boolean' ? 'false' : type === 'string' ? '' : '0';
}

/** A row as JSON; problems by column, if there are any. */
export function writeFormRow(
  columns: readonly ColumnData[],
  row: Row,
): { readonly json: string; readonly problems: ReadonlyMap<string, string> } {
  const problems = new Map<string, string>();
  const cells = columns.map((column) => {
    const text = row[column.name] ?? null;
    // An empty text of the form is a text; no value is chosen.
    const written =
      column.type === 'string' && text !== null ? { json: JSON.stringify(text) } : writeCell(column, text);
    if ('json' in written) return written.json;
    problems.set(column.name, written.problem);
    return 'null';
  });
  return { json: `[${cells.join(',')}]`, problems };
}

/** The body of a request with rows that are JSON already. */
export function writeBody(columns: readonly ColumnData[], rows: readonly string[]): string {
  return `{"fields":${JSON.stringify(columns.map(({ name }) => name))},"values":[${rows.join(',')}]}`;
}
