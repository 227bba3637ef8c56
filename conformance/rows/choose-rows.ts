/** Chooses the rows to score: the user's, or else the engine's own example, generated rows, or the example of IBM's documentation. */
import { isObject } from '../client/parse-json.ts';
import type { PublishedDeployment } from '../evidence/published-deployment.ts';
import { generateRows, isNumeric } from './generate-rows.ts';
import { CONTRACT_ROWS, type GivenRows, type Rows } from './rows.ts';

/** The rows for a deployment. A file without one of its features is assumed to be for another deployment. */
export function chooseRows(published: PublishedDeployment, given: GivenRows | undefined): Rows {
  const { features } = published;
  const names = given?.columns.map(({ name }) => name) ?? [];
  const lacking = features?.filter((name) => !names.includes(name)) ?? [];
  if (given && lacking.length === 0) return fromGiven(published, given, features ?? names);
  const rows = readExample(published) ?? generateRows(published) ?? CONTRACT_ROWS;
  return given ? { ...rows, lacking } : rows;
}

/** The cells in the published type, or else in the type of the column in the file. */
function fromGiven(published: PublishedDeployment, { count, columns }: GivenRows, fields: readonly string[]): Rows {
  const cells = fields.map((name) => {
    const column = columns.find((candidate) => candidate.name === name) as GivenRows['columns'][number];
    const type = published.findInput(name)?.type;
    if (type === 'boolean' || type === 'string') return column.toCells(type);
    return column.toCells(isNumeric(type) ? 'double' : (column.type ?? 'string'));
  });
  return {
    fields,
    values: Array.from({ length: count }, (_, row) => cells.map((column) => column[row])),
    origin: 'file',
  };
}

function readExample({ properties, entity }: PublishedDeployment): Rows | undefined {
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
