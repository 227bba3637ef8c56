/** Builds request bodies: fixed JSON with slots that are filled per table. */
import { randomUUID } from 'node:crypto';
import { JsonWriter } from '../../models/json/json-writer.ts';
import type { RemoteTable } from '../adapter.ts';
import type { WriteTable } from './write-table.ts';

/** A slot in a body that is filled per table. */
export class Slot {
  readonly write: WriteTable;

  constructor(write: WriteTable) {
    this.write = write;
  }
}

/** An estimate of the bytes per cell, for the initial size of the buffer. */
const BYTES_OF_CELL = 16;

/** Plans a body from a JSON value with a Slot wherever it depends on the table. */
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
