/** From scores to the table that a caller reads. */
import type { DeploymentFile, Scalar } from './deployment-file.ts';
import type { WrittenCells } from './json/written-cells.ts';
import { JsonText } from './json/json-text.ts';
import { JsonWriter } from './json/json-writer.ts';
import { writeDouble } from './json/write-double.ts';
import type { Scores } from './model.ts';
import type { Table } from './table.ts';

/** A scored table: as many rows as the request had, in their order; `labels` in the order of the probability vectors. */
export interface Answer {
  fields: string[];
  values: unknown[][];
  labels?: Scalar[];
}

const COMMA = 0x2c;
const OPEN_LIST = 0x5b;

/** About how many bytes a result takes, with its comma. */
const BYTES_OF_RESULT = 20;

/**
 * Appends the result columns to the columns of the request, and to the attributes beside it, whose cells stay as they were
 * written; without echo there are only the result columns. Of columns with one name, a result column comes before all others,
 * and a column of the table before an attribute.
 */
export function toAnswer(table: Table, scores: Scores, file: DeploymentFile): JsonText<Answer> {
  const { kept, keptMeta, head, tail, width } = findLayout(table, scores.probabilities !== undefined, file);
  const cells = kept.length > 0 ? table.toJson() : undefined;
  const meta = keptMeta.length > 0 ? table.meta : undefined;
  const metaCells = meta?.toJson();
  const toResults = buildToResults(scores, file);
  const rowCount = table.rows.length;
  const writer = new JsonWriter(
    head.length + tail.length + toLength(cells) + toLength(metaCells) + BYTES_OF_RESULT * (rowCount + 1) * width,
  );
  writer.copy(head);
  if (rowCount > 0) writer.writeByte(OPEN_LIST);
  for (let row = 0; row < rowCount; row++) {
    if (cells) writeKept(writer, cells, row, table.fields.length, kept);
    if (meta && metaCells) writeKept(writer, metaCells, row, meta.fields.length, keptMeta);
    writer.write(row === rowCount - 1 ? `${toResults(row)}]` : `${toResults(row)}],[`);
  }
  writer.copy(tail);
  return new JsonText(writer.toText());
}

/** What is the same in all answers to requests with the same fields. */
interface Layout {
  readonly file: DeploymentFile;
  readonly hasProbabilities: boolean;
  /** The positions of the fields that are echoed. */
  readonly kept: readonly number[];
  /** The positions of the attributes that are echoed. */
  readonly keptMeta: readonly number[];
  /** Before the rows, and behind them. */
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  /** How many values are appended to a row, each of a vector counted. */
  readonly width: number;
}

/** The last layout for each list of fields: a client sends the same again and again. */
const lastLayouts = new WeakMap<readonly string[], Layout>();

function findLayout({ fields, meta }: Table, hasProbabilities: boolean, file: DeploymentFile): Layout {
  if (meta) return toLayout(fields, meta.fields, hasProbabilities, file);
  const last = lastLayouts.get(fields);
  if (last?.file === file && last.hasProbabilities === hasProbabilities) return last;
  const layout = toLayout(fields, [], hasProbabilities, file);
  lastLayouts.set(fields, layout);
  return layout;
}

function toLayout(
  fields: readonly string[],
  metaFields: readonly string[],
  hasProbabilities: boolean,
  file: DeploymentFile,
): Layout {
  const { classes } = file.label;
  const results = toResultFields(file, hasProbabilities);
  const find = (names: readonly string[], others: readonly string[]) =>
    file.echo ? [...names.keys()].filter((index) => !others.includes(names[index] as string)) : [];
  const kept = find(fields, results);
  const keptMeta = find(metaFields, [...fields, ...results]);
  const names = [...kept.map((index) => fields[index]), ...keptMeta.map((index) => metaFields[index]), ...results];
  return {
    file,
    hasProbabilities,
    kept,
    keptMeta,
    head: Buffer.from(`{"fields":${JSON.stringify(names)},"values":[`),
    tail: Buffer.from(classes ? `],"labels":[${writeLabels(classes, file).join()}]}` : ']}'),
    width: results.length + (hasProbabilities ? (classes?.length ?? 0) : 0),
  };
}

/** How many bytes the cells take, with what is between them. */
function toLength(cells: WrittenCells | undefined): number {
  return (cells?.bounds.at(-1) ?? 0) - (cells?.bounds[0] ?? 0);
}

/** Writes the cells of a row that are echoed, each with a comma behind it. */
function writeKept(
  writer: JsonWriter,
  { bytes, bounds }: WrittenCells,
  row: number,
  width: number,
  kept: readonly number[],
): void {
  const first = row * width;
  if (kept.length === width) {
    writer.copy(bytes, bounds[2 * first], bounds[2 * (first + width) - 1]);
    writer.writeByte(COMMA);
    return;
  }
  for (const position of kept) {
    const place = 2 * (first + position);
    writer.copy(bytes, bounds[place], bounds[place + 1]);
    writer.writeByte(COMMA);
  }
}

/** Plans what gives the results of a row as JSON, separated by commas. */
function buildToResults({ predictions, probabilities }: Scores, file: DeploymentFile): (row: number) => string {
  const { classes } = file.label;
  if (!classes) return (row) => writeDouble(predictions[row] as number);
  const labels = writeLabels(classes, file);
  return (row) => {
    const prediction = predictions[row] as number;
    let results = labels[prediction] as string;
    if (probabilities) {
      const start = row * labels.length;
      results += `,[${writeDouble(probabilities[start] as number)}`;
      for (let at = start + 1; at < start + labels.length; at++)
        results += `,${writeDouble(probabilities[at] as number)}`;
      results += ']';
    }
    return file.result.class_index ? `${results},${prediction}` : results;
  };
}

/** The classes as JSON, in the way that the type of the label has them. */
function writeLabels(classes: readonly Scalar[], { label }: DeploymentFile): string[] {
  return classes.map((value) =>
    typeof value === 'number' && label.type === 'double' ? writeDouble(value) : JSON.stringify(value),
  );
}

/** The names of a deployment's result columns, in the order of the answer. */
export function toResultFields({ result, label }: DeploymentFile, hasProbabilities: boolean): string[] {
  const fields = [result.prediction];
  if (label.classes && hasProbabilities) fields.push(result.probability);
  if (label.classes && result.class_index) fields.push(result.class_index);
  return fields;
}
