/** Reads the records of a data set, page by page, the newest first, within limits on rows and bytes. */
import { z } from 'zod';
import { listOf } from '../../models/list-of.ts';
import { parseReply, type OpenScaleClient, type OpenScaleResource, type Query } from '../client/openscale-client.ts';
import type { RecordTable } from './record-table.ts';

/** Lists of rows, as `format=list` asks for them, or one object per record, as without it. */
const pageSchema = z.looseObject({
  records: listOf(
    z.union([
      z.looseObject({ fields: listOf(z.string()), values: listOf(z.array(z.unknown())) }),
      z.looseObject({ entity: z.looseObject({ values: z.record(z.string(), z.unknown()) }) }),
    ]),
  ),
});

const fieldsSchema = z.looseObject({
  data_schema: z.looseObject({
    fields: listOf(
      z.looseObject({ name: z.string(), metadata: z.looseObject({ modeling_role: z.string().optional() }).optional() }),
    ),
  }),
});

/** Limits on what is read of one data set. */
export interface RecordLimits {
  /** Max records. */
  readonly rows: number;
  /** Max bytes of the replies. */
  readonly bytes: number;
  /** Records per request; OpenScale gives at most 1000. */
  readonly page: number;
}

/** Which records are read: those from a time, inclusive, to another one, exclusive. */
export interface RecordWindow {
  readonly start?: string | undefined;
  readonly end: string;
}

export interface ReadOptions extends RecordWindow {
  readonly limits: RecordLimits;
  /** The space or project of the data set. */
  readonly scope: Query;
  readonly signal: AbortSignal;
}

/**
 * Reads the newest records of a time, at most as many as the limits allow. Records that were moved from one page to the next one
 * while they were read are there once, where the data set has ids.
 * @throws {UpstreamError} when OpenScale does not give them
 */
export async function readRecords(
  client: OpenScaleClient,
  { metadata, entity }: OpenScaleResource,
  { limits, start, end, scope, signal }: ReadOptions,
): Promise<RecordTable> {
  const schema = fieldsSchema.safeParse(entity).data?.data_schema.fields ?? [];
  const findRole = (role: string) => schema.find(({ metadata: more }) => more?.modeling_role === role)?.name;
  const time = findRole('record-timestamp');
  const builder = new TableBuilder(findRole('record-id'));
  const path = `/v2/data_sets/${encodeURIComponent(metadata.id)}/records`;
  const page = Math.min(limits.page, limits.rows);
  let bytes = 0;
  for (let offset = 0; builder.rowCount < limits.rows && bytes < limits.bytes; offset += page) {
    const query = {
      ...scope,
      start,
      end,
      limit: String(page),
      offset: String(offset),
      format: 'list',
      exclude_annotations: 'true',
      order: time === undefined ? undefined : `${time}:desc`,
    };
    const reply = await client.send({ method: 'GET', path, query }, signal);
    const { records } = parseReply(pageSchema, reply, 'records');
    bytes += Buffer.byteLength(reply.text);
    let rows = 0;
    for (const one of records) {
      if ('entity' in one) {
        const values = (one.entity as { values: Record<string, unknown> }).values;
        rows += builder.add(Object.keys(values), [Object.values(values)], limits.rows);
      } else {
        const { fields, values } = one as { fields: string[]; values: unknown[][] };
        rows += builder.add(fields, values, limits.rows);
      }
    }
    if (rows < page) break;
  }
  return builder.table;
}

class TableBuilder {
  readonly #idColumn: string | undefined;
  readonly #ids = new Set<unknown>();
  readonly #columns = new Map<string, unknown[]>();
  rowCount = 0;

  constructor(idColumn: string | undefined) {
    this.#idColumn = idColumn;
  }

  get table(): RecordTable {
    return { rowCount: this.rowCount, columns: this.#columns };
  }

  /** Adds rows up to a number of rows in all; gives how many came. */
  add(fields: readonly string[], values: readonly (readonly unknown[])[], max: number): number {
    const columns = fields.map((field) => this.#openColumn(field));
    const idPlace = this.#idColumn === undefined ? -1 : fields.indexOf(this.#idColumn);
    for (const row of values) {
      if (this.rowCount >= max) break;
      const id = row[idPlace];
      if (id !== undefined && id !== null) {
        if (this.#ids.has(id)) continue;
        this.#ids.add(id);
      }
      columns.forEach((column, place) => column.push(row[place] ?? null));
      this.rowCount += 1;
      // Of records that came one by one, a column may be missing in some.
      for (const column of this.#columns.values()) if (column.length < this.rowCount) column.push(null);
    }
    return values.length;
  }

  #openColumn(name: string): unknown[] {
    let column = this.#columns.get(name);
    if (!column) this.#columns.set(name, (column = new Array<unknown>(this.rowCount).fill(null)));
    return column;
  }
}
