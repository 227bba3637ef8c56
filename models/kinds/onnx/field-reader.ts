/**
 * Reads protobuf's wire format (https://protobuf.dev/programming-guides/encoding), in which ONNX files are written: field by
 * field, without copying, and never deeper than its caller asks.
 */
import { DeploymentError } from '../../../errors/deployment-error.ts';

/** How a field is written. Groups (3 and 4) are not used by ONNX. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

const decoder = new TextDecoder('utf-8', { fatal: true });

/** A part of a file. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Walks through the fields of a message. After `next` has returned true, the other properties describe the field.
 * Every method throws a DeploymentError where the bytes are not what they must be.
 */
export class FieldReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #place: string;
  #at: number;
  /** Where the field starts, with its key, and where it ends. */
  fieldStart = 0;
  end = 0;
  /** Where the content starts; of a varint, its first byte. */
  start = 0;
  number = 0;
  wireType = 0;

  constructor(bytes: Uint8Array, { start, end }: Range, place: string) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#place = place;
  }

  /** Moves to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    this.fieldStart = this.#at;
    const key = this.#readLength();
    this.number = Math.floor(key / 8);
    this.wireType = key % 8;
    if (this.number === 0) this.#fail();
    this.start = this.#at;
    if (this.wireType === BYTES) {
      const length = this.#readLength();
      this.start = this.#at;
      this.#at += length;
    } else if (this.wireType === VARINT) this.#skipVarint();
    else if (this.wireType === FIXED64) this.#at += 8;
    else if (this.wireType === FIXED32) this.#at += 4;
    else this.#fail();
    if (this.#at > this.#end) this.#fail();
    this.end = this.#at;
    return true;
  }

  /** The content of the field, which must be a message, text or bytes. */
  toRange(): Range {
    if (this.wireType !== BYTES) this.#fail();
    return { start: this.start, end: this.end };
  }

  toText(): string {
    const { start, end } = this.toRange();
    try {
      return decoder.decode(this.#bytes.subarray(start, end));
    } catch {
      return this.#fail();
    }
  }

  /** The 64-bit integer of the field. */
  toInteger(): number {
    if (this.wireType !== VARINT) this.#fail();
    return this.#readInteger(this.start, this.end);
  }

  /** The 64-bit integers of a repeated field: one, or many if they are packed. */
  toIntegers(): number[] {
    if (this.wireType === VARINT) return [this.toInteger()];
    const { start, end } = this.toRange();
    const integers: number[] = [];
    for (let at = start, first = start; at < end; at++) {
      if ((this.#bytes[at] as number) >= 0x80) continue;
      integers.push(this.#readInteger(first, at + 1));
      first = at + 1;
    }
    if (end > start && (this.#bytes[end - 1] as number) >= 0x80) this.#fail();
    return integers;
  }

  #readInteger(start: number, end: number): number {
    if (end - start > 10) this.#fail();
    let value = 0n;
    for (let at = end - 1; at >= start; at--) value = (value << 7n) | BigInt((this.#bytes[at] as number) & 0x7f);
    const integer = Number(BigInt.asIntN(64, value));
    if (!Number.isSafeInteger(integer)) this.#fail();
    return integer;
  }

  /** A key or a length: at most 32 bits. */
  #readLength(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
      if (this.#at >= this.#end) this.#fail();
      const byte = this.#bytes[this.#at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return this.#fail();
  }

  #skipVarint(): void {
    for (let length = 1; length <= 10; length++) {
      if (this.#at >= this.#end) break;
      if ((this.#bytes[this.#at++] as number) < 0x80) return;
    }
    this.#fail();
  }

  #fail(): never {
    throw new DeploymentError([
      `${this.#place}: expected an ONNX file; it is damaged at byte ${Math.min(this.#at, this.#end)}`,
    ]);
  }
}
