/**
 * Reads replies with one value per row: a label or number, a vector of probabilities, or an object that contains either.
 * MLflow, KServe, SageMaker, Azure ML and Vertex AI all send them, depending on the model.
 */
import type { DeploymentFile } from '../../models/deployment-file.ts';
import type { RemoteAnswer } from '../adapter.ts';
import { findNames, readNamed, type NamedLists, type ResultNames } from './read-named.ts';
import { ReplyError } from '../../upstream/upstream-error.ts';
import type { OutputSettings } from '../remote-settings.ts';

/** A table in OpenScale's format. */
interface FieldsTable {
  readonly fields: readonly unknown[];
  readonly values: readonly unknown[];
}

/** Whether a value is a table of fields and values. */
export function isFieldsTable(value: unknown): value is FieldsTable {
  return isRecord(value) && Array.isArray(value['fields']) && Array.isArray(value['values']);
}

/** The columns of a table, with undefined for missing cells. */
function toColumns({ fields, values }: FieldsTable): NamedLists {
  return {
    names: fields.filter((field) => typeof field === 'string'),
    get: (name) => {
      const position = fields.indexOf(name);
      return values.map((row) => (Array.isArray(row) ? (row[position] as unknown) : undefined));
    },
  };
}

/**
 * The answer in a list with one value per row, or in a table of fields and values.
 * @param find finds the names of the results in objects; by default, the usual ones
 * @throws {ReplyError} if the values do not match the settings
 */
export function readRows(
  rows: unknown,
  file: DeploymentFile,
  output: OutputSettings,
  find: (lists: NamedLists, file: DeploymentFile, output: OutputSettings) => ResultNames = findNames,
): RemoteAnswer {
  if (isFieldsTable(rows)) {
    const columns = toColumns(rows);
    return readNamed(columns, findNames(columns, file, output), file, output);
  }
  if (!Array.isArray(rows)) throw new ReplyError('expected an array with one value per row');
  const first: unknown = rows[0];
  if (isRecord(first)) {
    const records = toLists(rows.map(toRecord));
    return readNamed(records, find(records, file, output), file, output);
  }
  if (Array.isArray(first) && file.label.classes && first.length > 1) return { probabilities: rows };
  return output.scalar === 'positive_probability' ? { positive: rows } : { predictions: rows };
}

/** Records as named lists: every name that occurs in any of them. */
export function toLists(records: readonly Readonly<Record<string, unknown>>[]): NamedLists {
  return {
    names: [...new Set(records.flatMap(Object.keys))],
    get: (name) => records.map((record) => (Object.hasOwn(record, name) ? record[name] : undefined)),
  };
}

/** Whether a value is an object, but not an array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (isRecord(value)) return value;
  throw new ReplyError('expected an object in every row, as in the first');
}
