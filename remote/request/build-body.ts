/** The body of a request: JSON that is the same for every table, but for some places. */
import { randomUUID } from 'node:crypto';
import { JsonWriter } from '../../models/json/json-writer.ts';
import type { RemoteTable } from '../adapter.ts';
import type { WriteTable } from './write-table.ts';

/** A place in a body that each table fills anew. */
export class Slot {
  readonly write: WriteTable;

  constructor(write: WriteTable) {
    this.write = write;
  }
}

/** How many bytes a cell takes, with what is around it; more is no harm. */
const BYTES_OF_CELL = 16;

/** Plans a body from a value that JSON can hold, with a Slot in each place that depends on the table. */
export function buildBody(value: unknown): (table: RemoteTable) => Uint8Array {
  const mark = randomUUID();
  const slots: Slot[] = [];
  const text = JSON.stringify(value, (_, member: unknown) =>
    member instanceof Slot ? slots.push(member) && mark : member,
  );
  const [first = '', ...others] = text.split(JSON.stringify(mark));
  return (table) => {
    const writer = new JsonWriter(text.length + BYTES_OF_CELL * table.rows.length * table.columns.length);
    writer.write(first);
    others.forEach((after, index) => {
      (slots[index] as Slot).write(writer, table);
      writer.write(after);
    });
    return writer.bytes;
  };
}
