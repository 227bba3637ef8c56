/** Up to so many bytes a loop copies faster than what Buffer has for it. */
const SHORT = 256;

/** Under so many bytes a text is written to a socket faster than its bytes. */
const SHORT_TEXT = 2 ** 14;

/** Writes JSON as bytes in UTF-8, piece by piece; the pieces are JSON already. */
export class JsonWriter {
  #bytes: Buffer;
  #length = 0;

  /** @param expected about how many bytes there will be; where there are more, they are moved as often as it takes */
  constructor(expected: number) {
    this.#bytes = Buffer.allocUnsafe(Math.max(expected, 64));
  }

  /** Adds a text. */
  write(text: string): void {
    // A unit of UTF-16 takes three bytes at most.
    this.#makeRoom(3 * text.length);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** Adds a byte, which is ASCII. */
  writeByte(byte: number): void {
    this.#makeRoom(1);
    this.#bytes[this.#length++] = byte;
  }

  /** Adds the bytes of another text from `from` to before `to`. */
  copy(bytes: Uint8Array, from = 0, to = bytes.length): void {
    this.#makeRoom(to - from);
    const target = this.#bytes;
    let length = this.#length;
    if (to - from > SHORT) {
      target.set(bytes.subarray(from, to), length);
      length += to - from;
    } else for (let at = from; at < to; at++) target[length++] = bytes[at] as number;
    this.#length = length;
  }

  /** What was written. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** The same as a text, where it is short: Node writes a short text sooner than its bytes. */
  toText(): string | Uint8Array {
    return this.#length < SHORT_TEXT ? this.#bytes.toString('utf8', 0, this.#length) : this.bytes;
  }

  #makeRoom(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
