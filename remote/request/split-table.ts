/** A table in parts that an upstream takes: so many rows and bytes at most. Joining their scores gives those of the table. */
import { EngineError } from '../../errors/engine-error.ts';
import type { Scores } from '../../models/model.ts';
import type { Table } from '../../models/table.ts';
import type { RemoteFormat } from '../adapter.ts';
import type { UpstreamRequest } from '../../upstream/request-reply.ts';

export interface PartLimits {
  readonly maxRows: number;
  /** Of a request's body. */
  readonly maxBytes: number;
}

/** A part of a table, as it is sent. */
export interface Part {
  /** The first of its rows. */
  readonly firstRow: number;
  readonly rowCount: number;
  readonly request: UpstreamRequest;
}

/**
 * The parts of a table, in its order. Each is made when it is asked for: of a large table only those under way are in memory.
 * @throws {EngineError} body_too_large where one row alone has too many bytes; what toRequest throws
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
      const message = `values[${from}]: this row is larger than the system that serves this deployment takes (${maxBytes} bytes).`;
      throw new EngineError('body_too_large', message, { target: { type: 'field', name: `values[${from}]` } });
    }
    for (const [start, end] of splitEvenly(from, to, Math.floor((rowCount * maxBytes) / bytes)))
      yield* splitRange(start, end);
  }
}

/** Ranges of at most so many rows, as equal as can be. */
function* splitEvenly(from: number, to: number, most: number): Generator<[number, number]> {
  const count = Math.ceil((to - from) / Math.max(1, most));
  for (let index = 0; index < count; index++) {
    const edge = (at: number) => from + Math.floor(((to - from) * at) / count);
    yield [edge(index), edge(index + 1)];
  }
}

/** The scores of all parts, which are given by their first rows. */
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
