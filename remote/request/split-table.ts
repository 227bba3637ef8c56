/** Splits a table into parts within an upstream's limits of rows and bytes, and joins their scores. */
import { EngineError } from '../../errors/engine-error.ts';
import type { Scores } from '../../models/model.ts';
import type { Table } from '../../models/table.ts';
import type { RemoteFormat } from '../adapter.ts';
import type { UpstreamRequest } from '../../upstream/request-reply.ts';

export interface PartLimits {
  readonly maxRows: number;
  /** Of the request's body. */
  readonly maxBytes: number;
}

/** A part of a table and its request. */
export interface Part {
  /** The index of its first row in the table. */
  readonly firstRow: number;
  readonly rowCount: number;
  readonly request: UpstreamRequest;
}

/**
 * The parts of a table, in order. They are built on demand, so that only those in progress are in memory.
 * @throws {EngineError} body_too_large if a single row has too many bytes, and whatever toRequest throws
 */
export async function* splitTable(
  table: Table,
  format: Pick<RemoteFormat, 'toRequest'>,
  { maxRows, maxBytes }: PartLimits,
): AsyncGenerator<Part, void> {
  for (const [from, to] of splitEvenly(0, table.rows.length, maxRows)) yield* splitRange(from, to);

  async function* splitRange(from: number, to: number): AsyncGenerator<Part, void> {
    const request = await format.toRequest({ ...table, rows: table.rows.slice(from, to), firstRow: from });
    const bytes = Buffer.byteLength(request.body);
    const rowCount = to - from;
    if (bytes <= maxBytes) {
      yield { firstRow: from, rowCount, request };
      return;
    }
    if (rowCount === 1) {
      const message = `values[${from}]: this row is too large for the system that serves this deployment (max ${maxBytes} bytes).`;
      throw new EngineError('body_too_large', message, { target: { type: 'field', name: `values[${from}]` } });
    }
    for (const [start, end] of splitEvenly(from, to, Math.floor((rowCount * maxBytes) / bytes)))
      yield* splitRange(start, end);
  }
}

/** Splits a range into parts of nearly equal length, at most `max`. */
function* splitEvenly(from: number, to: number, max: number): Generator<[number, number]> {
  const count = Math.ceil((to - from) / Math.max(1, max));
  for (let index = 0; index < count; index++) {
    const edge = (at: number) => from + Math.floor(((to - from) * at) / count);
    yield [edge(index), edge(index + 1)];
  }
}

/** Joins the scores of all parts, which are keyed by their first rows. */
export function joinScores(byFirstRow: ReadonlyMap<number, Scores>): Scores {
  const parts = [...byFirstRow].sort(([one], [other]) => one - other).map(([, scores]) => scores);
  const [first] = parts;
  if (parts.length === 1 && first) return first;
  const predictions = join(parts.map((part) => part.predictions));
  const probabilities = parts.map((part) => part.probabilities);
  return probabilities.every((part) => part !== undefined)
    ? { predictions, probabilities: join(probabilities) }
    : { predictions };
}

function join(parts: readonly ArrayLike<number>[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
