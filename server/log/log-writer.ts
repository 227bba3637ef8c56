/**
 * Writes the lines of the log without ever waiting for their reader: a pipe that nobody empties, a terminal that is stopped or a full
 * disk holds up nothing but the log. What cannot be written is kept, up to a limit; beyond it, lines are dropped and counted.
 */

/** Max bytes kept while nothing can be written. */
const MAX_KEPT = 2 ** 18;
/** Milliseconds that a line waits for others: a system call per line would take a tenth of the time of a one-row request. */
const PATIENCE = 10;
/** Milliseconds after which writing is tried again. */
const PAUSE = 100;
/** How often, and after how many milliseconds, writing is tried again when the process ends. */
const LAST_TRIES = 20;
const LAST_PAUSE = 10;

export interface LogWriterOptions {
  /** Writes bytes and returns how many were written. Throws, with the code EAGAIN or another, when nothing can be. */
  readonly writeSome: (bytes: Buffer) => number;
  /** Max bytes that are written at once. */
  readonly maxPiece: number;
  /** The line, with its line break, that reports how many lines were dropped. */
  readonly toNotice: (dropped: number) => string;
}

export class LogWriter {
  readonly #options: LogWriterOptions;
  /** Whole lines that were not given to `writeSome` yet, joined to pieces. */
  readonly #pieces: { text: string; bytes: number }[] = [];
  #kept = 0;
  /** The rest of a piece of which a part has been written. */
  #rest: Buffer | undefined;
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #allDropped = 0;

  constructor(options: LogWriterOptions) {
    this.#options = options;
  }

  /** How many lines have been dropped since the start. */
  get dropped(): number {
    return this.#allDropped;
  }

  /** Takes a line. */
  write(line: string): void {
    if (this.#kept + Buffer.byteLength(line) > MAX_KEPT) {
      this.#dropped += 1;
      this.#allDropped += 1;
    } else this.#add(line);
    this.#schedule(PATIENCE);
  }

  /** Writes what can be written at once; the rest is tried again later. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#writeAll()) this.#schedule(PAUSE);
  }

  /** Writes what can be written within a fifth of a second: to be called when the process ends. */
  end(): void {
    clearTimeout(this.#timer);
    const cell = new Int32Array(new SharedArrayBuffer(4));
    for (let time = 0; !this.#writeAll() && time < LAST_TRIES; time++) Atomics.wait(cell, 0, 0, LAST_PAUSE);
  }

  #schedule(pause: number): void {
    this.#timer ??= setTimeout(() => this.flush(), pause).unref();
  }

  /** Adds a line to the last piece, or begins another. */
  #add(line: string): void {
    const bytes = Buffer.byteLength(line);
    const last = this.#pieces.at(-1);
    if (!last || last.bytes + bytes > this.#options.maxPiece) this.#pieces.push({ text: line, bytes });
    else {
      last.text += line;
      last.bytes += bytes;
    }
    this.#kept += bytes;
  }

  /** Whether everything could be written. */
  #writeAll(): boolean {
    for (;;) {
      if (!this.#writeRest()) return false;
      const piece = this.#pieces.shift();
      if (piece !== undefined) {
        this.#kept -= piece.bytes;
        this.#rest = Buffer.from(piece.text);
      } else if (this.#dropped > 0) {
        this.#add(this.#options.toNotice(this.#dropped));
        this.#dropped = 0;
      } else return true;
    }
  }

  #writeRest(): boolean {
    try {
      while (this.#rest) {
        const written = this.#options.writeSome(this.#rest);
        this.#rest = written < this.#rest.length ? this.#rest.subarray(written) : undefined;
      }
      return true;
    } catch {
      return false;
    }
  }
}
