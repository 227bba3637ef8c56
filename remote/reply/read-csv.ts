/**
 * Reads replies in text/csv: one value per row, a vector per row, or a label with what belongs to it. Columns have no names, so
 * settings refer to them by number: 0 is the first.
 */
import type { DeploymentFile } from '../../models/deployment-file.ts';
import type { RemoteAnswer } from '../adapter.ts';
import type { OutputSettings } from '../remote-settings.ts';
import { parseNumbers, parseRecords, type CsvCell } from './parse-csv.ts';
import { readNamed, type NamedLists, type ResultNames } from './read-named.ts';
import { readRows, toLists } from './read-rows.ts';

/**
 * The answer in text for n rows.
 * @throws {ReplyError} if the values do not match the settings
 */
export function readCsv(text: string, rowCount: number, file: DeploymentFile, output: OutputSettings): RemoteAnswer {
  const numbers = parseNumbers(text);
  if (numbers) return readNumbers(numbers, rowCount, file, output);
  const records = parseRecords(text);
  const values = toValues(records, rowCount);
  if (values) return readRows(values, file, output);
  const columns = toLists(records.map((record) => Object.fromEntries(record.entries())));
  return readNamed(columns, findColumns(columns, file, output), file, output);
}

/** More numbers than rows are vectors, wherever the line breaks are. */
function readNumbers(
  numbers: readonly number[],
  rowCount: number,
  file: DeploymentFile,
  output: OutputSettings,
): RemoteAnswer {
  const width = numbers.length / rowCount;
  if (!file.label.classes || width < 2 || !Number.isInteger(width)) return readRows(numbers, file, output);
  const toVector = (_: unknown, row: number) => numbers.slice(row * width, (row + 1) * width);
  return { probabilities: Array.from({ length: rowCount }, toVector) };
}

/** One value per row, on a line each or all on one line; undefined for anything else. */
function toValues(records: readonly (readonly CsvCell[])[], rowCount: number): readonly CsvCell[] | undefined {
  const [first = []] = records;
  const line = first.length === 1 && typeof first[0] === 'object' ? first[0] : first;
  if (records.length === 1 && line.length === rowCount) return line;
  return records.every(({ length }) => length === 1) ? records.flat(1) : undefined;
}

/** The only text is the label; several numbers are probabilities in the order of the classes, or they are lists with names. */
function findColumns({ names, get }: NamedLists, { label }: DeploymentFile, output: OutputSettings): ResultNames {
  const select = (fits: (cell: unknown) => boolean) => names.filter((name) => fits(get(name)[0]));
  const texts = select((cell) => typeof cell === 'string');
  const numbers = select((cell) => typeof cell === 'number').filter((name) => name !== output.prediction);
  const lists = select(Array.isArray);
  const prediction = output.prediction ?? texts[0] ?? (label.classes ? undefined : numbers[0]);
  const { probability, confidence } = output;
  if (!label.classes || probability !== undefined || confidence !== undefined)
    return { prediction, probability, confidence };
  const labels = lists.find((name) => (get(name)[0] as readonly unknown[]).every((item) => typeof item === 'string'));
  const vectors = lists.find((name) => name !== labels);
  if (labels !== undefined && vectors !== undefined) return { prediction, pair: [labels, vectors] };
  if (vectors !== undefined) return { prediction, probability: vectors };
  if (numbers.length > 1) return { prediction, probability: numbers };
  return output.scalar === 'positive_probability'
    ? { prediction, probability: numbers[0] }
    : { prediction, number: numbers[0] };
}
