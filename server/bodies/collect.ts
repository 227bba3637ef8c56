import type { Readable } from 'node:stream';

/**
 * All bytes of a stream, in one piece.
 * @param length the number of bytes, where it is known: then they are put together as they arrive, not all at the end
 * @param check is called with each chunk; what it throws ends the reading, and no chunk is kept
 * @throws the error of the stream, or one without a cause if it closes before its end
 */
export function collect(stream: Readable, length: number | undefined, check: (chunk: Buffer) => void): Promise<Buffer> {
  let pieces = length === undefined ? new Chunks() : new Piece(length);
  return new Promise<Buffer>((resolve, reject) => {
    const settle = (act: () => void) => {
      stream.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
      // An error after that concerns nobody, and would end the process.
      stream.on('error', () => undefined);
      act();
      pieces = new Chunks();
    };
    const onData = (chunk: Buffer) => {
      try {
        check(chunk);
        pieces.add(chunk);
      } catch (error) {
        const failure: Error = error as Error;
        settle(() => reject(failure));
      }
    };
    const onEnd = () => settle(() => resolve(pieces.join()));
    const onError = (error: Error) => settle(() => reject(error));
    const onClose = () => settle(() => reject(new Error('the stream closed before its end')));
    stream.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
  });
}

class Chunks {
  readonly #chunks: Buffer[] = [];

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  join(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

class Piece {
  readonly #length: number;
  #bytes: Buffer | undefined;
  #end = 0;

  constructor(length: number) {
    this.#length = length;
  }

  add(chunk: Buffer): void {
    // Of its own, not from Node's pool, so that it can be moved to a thread. Its pages take no memory until they are written.
    this.#bytes ??= Buffer.allocUnsafeSlow(this.#length);
    this.#end += chunk.copy(this.#bytes, this.#end);
  }

  join(): Buffer {
    return this.#bytes ?? Buffer.alloc(0);
  }
}
