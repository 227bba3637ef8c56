import { buildProgress, type Progress } from './progress.ts';

/** The progress of the phases of something, one after the other. */
export class Phases {
  #unit: string | undefined;
  #done = 0;
  #progress: Progress | undefined;

  show(unit: string, done: number, total: number): void {
    // The same may be done once more, such as learning from all rows.
    if (unit !== this.#unit || done <= this.#done) {
      this.stop();
      this.#progress = buildProgress(unit);
    }
    this.#unit = unit;
    this.#done = done;
    this.#progress?.update(done, total);
  }

  stop(): void {
    this.#progress?.stop();
  }
}
