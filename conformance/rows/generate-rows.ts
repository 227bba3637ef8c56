/** Generates rows from what discovery publishes: the types of the columns, and categories and ranges if there are any. */
import type { PublishedDeployment, PublishedField } from '../evidence/published-deployment.ts';
import type { Rows } from './rows.ts';

const ROWS = 40;
/** For more, no rows are generated; OpenScale accepts at most 1012. */
const MAX_FIELDS = 5000;
const WHOLE = [0, 1, 2, 3, 5, 10, 40, 100];
const TEXTS = ['a', 'b', 'c', 'd'];
const CATEGORY_KEYS = ['categories', 'values', 'enum', 'allowed_values'];

/** Rows with every feature; undefined if the type of one is not published, or cannot be generated. */
export function generateRows(published: PublishedDeployment): Rows | undefined {
  const fields = published.features;
  if (!fields || fields.length === 0 || fields.length > MAX_FIELDS) return undefined;
  const choices = fields.map((name) => toChoices(published.findInput(name)));
  if (!choices.every((choice) => choice !== undefined)) return undefined;
  const values = Array.from({ length: ROWS }, (_, row) =>
    // Every column cycles through its values from a different start, so that a mixed-up row or column is noticed.
    choices.map((choice, column) => choice[(row + 3 * column + (row >> 3) * column) % choice.length]),
  );
  return { fields, values, origin: 'schema' };
}

function toChoices(field: PublishedField | undefined): readonly unknown[] | undefined {
  if (!field) return undefined;
  const { type, metadata } = field;
  const categories = CATEGORY_KEYS.map((key) => metadata[key]).find(Array.isArray) as unknown[] | undefined;
  if (categories && categories.length > 0) return categories;
  if (type === 'string') return TEXTS;
  if (type === 'boolean') return [false, true];
  if (!isNumeric(type)) return undefined;
  const [low, high] = toRange(metadata);
  if (low === undefined || high === undefined) return isWhole(type) ? WHOLE : WHOLE.map((value) => value + 0.5);
  const steps = WHOLE.map((_, step) => low + ((high - low) * step) / (WHOLE.length - 1));
  return isWhole(type) ? steps.map(Math.round) : steps;
}

function toRange(metadata: PublishedField['metadata']): (number | undefined)[] {
  const { range } = metadata;
  const ends = Array.isArray(range) ? (range as unknown[]) : [metadata['min'], metadata['max']];
  return ends.map((end) => (typeof end === 'number' ? end : undefined));
}

/** Whether a Spark type is numeric. */
export function isNumeric(type: unknown): boolean {
  return isWhole(type) || (typeof type === 'string' && /^(double|float|decimal(\(\d+,-?\d+\))?)$/.test(type));
}

/** Whether a Spark type holds integers only. */
export function isWhole(type: unknown): boolean {
  return typeof type === 'string' && /^(integer|int|long|bigint|short|smallint|byte|tinyint)$/.test(type);
}
