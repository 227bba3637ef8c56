/**
 * A file of the log, which several processes may write: each appends whole lines. When the file has been moved away or removed, as
 * logrotate does, it is opened again by itself; no signal is needed.
 */
import { closeSync, fstatSync, openSync, statSync, writeSync } from 'node:fs';

/** Min milliseconds between two looks whether the file is still at its path. */
const PAUSE = 1_000;
const LINE_BREAK = 10;
/** Not everyone may read addresses of callers. */
const MODE = 0o640;

export class LogFile {
  readonly #path: string;
  readonly #pause: number;
  #descriptor: number;
  #looked = performance.now();
  /** Whether the file ends in the middle of a line, because the disk was full. */
  #isTorn = false;

  /**
   * Opens the file, or makes it.
   * @param pause min milliseconds between two looks
   * @throws the error of the system
   */
  constructor(path: string, pause = PAUSE) {
    this.#path = path;
    this.#pause = pause;
    this.#descriptor = openSync(path, 'a', MODE);
  }

  /**
   * Writes lines.
   * @returns the number of bytes up to the end of the last whole line that was written
   * @throws when none was, on a full disk for example
   */
  readonly write = (lines: Buffer): number => {
    this.#reopenIfMoved();
    const start = this.#isTorn ? 1 : 0;
    const bytes = this.#isTorn ? Buffer.concat([Buffer.from([LINE_BREAK]), lines]) : lines;
    const written = writeSync(this.#descriptor, bytes) - start;
    if (written === lines.length) {
      this.#isTorn = false;
      return written;
    }
    // Others may append before the rest is written: it begins with a line of its own then.
    const whole = written <= 0 ? 0 : lines.lastIndexOf(LINE_BREAK, written - 1) + 1;
    this.#isTorn = written > whole || (written < 0 && this.#isTorn);
    if (whole === 0) throw new Error('no whole line could be written');
    return whole;
  };

  #reopenIfMoved(): void {
    const now = performance.now();
    if (now - this.#looked < this.#pause) return;
    this.#looked = now;
    const there = statSync(this.#path, { throwIfNoEntry: false });
    const { dev, ino } = fstatSync(this.#descriptor);
    if (there?.dev === dev && there.ino === ino) return;
    try {
      const next = openSync(this.#path, 'a', MODE);
      closeSync(this.#descriptor);
      this.#descriptor = next;
      this.#isTorn = false;
    } catch {
      // The file that was moved is still there: lines go on into it, and the next look tries again.
    }
  }
}
