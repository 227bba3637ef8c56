/**
 * Compressed copies of files in memory, made when the first client wants one. A copy is known by the digest of what it is of: files that
 * are the same share it, and a file that changes gets another. Those that have not been sent for longest make room.
 */
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Encoding } from './accept-encoding.ts';

/** Max bytes of all copies: those of text take a quarter of it, or less, and applications have 256 MiB at most. */
const MAX_BYTES = 64 * 2 ** 20;
/** Max bytes that wait to be compressed: a short file is sent as it is rather than behind long ones. */
const MAX_WAITING = 4 * 2 ** 20;
/** What an entry takes beside its bytes. */
const ENTRY_BYTES = 1024;
/** Of 11: the next ones take several times as long, and save a few per cent. */
const BROTLI_QUALITY = 5;

const COMPRESS: Readonly<Record<Encoding, (bytes: Uint8Array) => Promise<Buffer>>> = {
  br: (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
  gzip: promisify<Uint8Array, Buffer>(gzip),
};

interface Copy {
  readonly content: Promise<Buffer>;
  /** 0 until it is made. */
  bytes: number;
}

export class CompressedCopies {
  readonly #maxBytes: number;
  readonly #copies = new Map<string, Copy>();
  #bytes = 0;
  /** The bytes of files that are compressed, or wait for it. */
  #waiting = 0;
  /** Settled when nothing is being compressed: one at a time, which leaves Node's threads to the files that are written. */
  #compressing: Promise<unknown> = Promise.resolve();

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** The bytes of all copies, with what their entries take. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The compressed copy of some bytes; undefined while there is none and too much waits to be compressed.
   * @param digest of the bytes
   */
  get(digest: string, bytes: Uint8Array, encoding: Encoding): Promise<Buffer> | undefined {
    const key = `${encoding} ${digest}`;
    const known = this.#copies.get(key);
    if (!known && this.#waiting > 0 && this.#waiting + bytes.length > MAX_WAITING) return undefined;
    const copy = known ?? this.#make(key, bytes, encoding);
    this.#copies.delete(key);
    this.#copies.set(key, copy);
    return copy.content;
  }

  #make(key: string, bytes: Uint8Array, encoding: Encoding): Copy {
    this.#waiting += bytes.length;
    const content = this.#compressing.then(async () => {
      const compressed = await COMPRESS[encoding](bytes).finally(() => (this.#waiting -= bytes.length));
      // Those of zlib may be the beginning of a longer one.
      const exact = Buffer.allocUnsafeSlow(compressed.length);
      compressed.copy(exact);
      return exact;
    });
    const copy: Copy = { content, bytes: 0 };
    this.#compressing = content.then(
      ({ length }) => this.#note(copy, length + ENTRY_BYTES),
      () => this.#copies.delete(key),
    );
    return copy;
  }

  #note(copy: Copy, bytes: number): void {
    copy.bytes = bytes;
    this.#bytes += bytes;
    for (const [key, { bytes: freed }] of this.#copies) {
      if (this.#bytes <= this.#maxBytes) return;
      // One that is not made yet takes nothing yet.
      if (freed === 0) continue;
      this.#copies.delete(key);
      this.#bytes -= freed;
    }
  }
}
