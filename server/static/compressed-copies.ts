/**
 * Compressed copies of files in memory, made when the first client wants one. A copy is known by the digest of what it is of: files that
 * are the same share it, and a file that changes gets another. Where there is no room, those make it that have not been sent for a while;
 * while all are in use, other files are sent as they are. Were the copies in use replaced, files that are asked for in turn would be
 * compressed for each request.
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
/** Milliseconds for which a copy is kept after it was sent: so 64 MiB of copies are made per minute at most. */
const KEPT_FOR = 60_000;
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
  /** When it was last asked for, in milliseconds. */
  sent: number;
}

export class CompressedCopies {
  readonly #maxBytes: number;
  readonly #now: () => number;
  /** Those first that have not been sent for longest. */
  readonly #copies = new Map<string, Copy>();
  #bytes = 0;
  /** The bytes of files that are compressed, or wait for it. */
  #waiting = 0;
  /** Settled when nothing is being compressed: one at a time, which leaves Node's threads to the files that are written. */
  #compressing: Promise<unknown> = Promise.resolve();

  /** @param now a clock, in milliseconds */
  constructor(maxBytes = MAX_BYTES, now = () => performance.now()) {
    this.#maxBytes = maxBytes;
    this.#now = now;
  }

  /** The bytes of all copies, with what their entries take. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Returns the compressed copy of a file, or undefined if there is none yet, and either the queue is full or there is no room for it.
   * @param digest of the bytes
   */
  get(digest: string, bytes: Uint8Array, encoding: Encoding): Promise<Buffer> | undefined {
    const key = `${encoding} ${digest}`;
    const known = this.#copies.get(key);
    if (!known && this.#waiting > 0 && this.#waiting + bytes.length > MAX_WAITING) return undefined;
    if (!known && !this.#makeRoom(bytes.length)) return undefined;
    const copy = known ?? this.#make(key, bytes, encoding);
    copy.sent = this.#now();
    this.#copies.delete(key);
    this.#copies.set(key, copy);
    return copy.content;
  }

  /** Whether there is room for a copy that is as long as what it is of. */
  #makeRoom(length: number): boolean {
    const isRoom = () => this.#bytes + this.#waiting + length + ENTRY_BYTES <= this.#maxBytes;
    for (const [key, { bytes, sent }] of this.#copies) {
      if (isRoom() || this.#now() - sent < KEPT_FOR) break;
      // One that is not made yet takes nothing yet.
      if (bytes === 0) continue;
      this.#copies.delete(key);
      this.#bytes -= bytes;
    }
    return isRoom();
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
    const copy: Copy = { content, bytes: 0, sent: 0 };
    this.#compressing = content.then(
      ({ length }) => (this.#bytes += copy.bytes = length + ENTRY_BYTES),
      () => this.#copies.delete(key),
    );
    return copy;
  }
}
