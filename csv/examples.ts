/** Cells that messages name. */
import { quoteText } from '../errors/quote-text.ts';

/** A cell as it is written, with its line. */
export interface Example {
  readonly text: string;
  readonly line: number;
}

const MAX_TEXTS = 5;

/** Counts cells of a kind, and keeps the first few different ones. */
export class Examples {
  readonly #first: Example[] = [];
  #count = 0;
  #isComplete = true;

  /** How many cells were added. */
  get count(): number {
    return this.#count;
  }

  /** The first different cells. */
  get first(): readonly Example[] {
    return this.#first;
  }

  /** All different texts; undefined if there are more than are kept. */
  get texts(): readonly string[] | undefined {
    return this.#isComplete ? this.#first.map(({ text }) => text) : undefined;
  }

  /** @param count how many cells have this text, which first stands on the line */
  add(text: string, line: number, count: number): void {
    this.#count += count;
    if (!this.#isComplete || this.#first.some((example) => example.text === text)) return;
    if (this.#first.length < MAX_TEXTS) this.#first.push({ text, line });
    else this.#isComplete = false;
  }

  /** Adds the examples of another kind; the first cells are in the order of their lines. */
  merge(other: Examples): this {
    this.#count += other.#count;
    for (const { text, line } of other.#first) this.add(text, line, 0);
    this.#isComplete &&= other.#isComplete;
    this.#first.sort((a, b) => a.line - b.line);
    return this;
  }

  /** The cells as a list: `"-" (line 3), "x" (line 8) and others`. */
  format(): string {
    const named = this.#first.map(formatExample);
    if (!this.#isComplete) return `${named.join(', ')} and others`;
    return named.length > 1 ? `${named.slice(0, -1).join(', ')} and ${String(named.at(-1))}` : (named[0] ?? '');
  }
}

/** A cell with its line: `"-" (line 3)`. */
export function formatExample({ text, line }: Example): string {
  return `${quoteText(text)} (line ${line})`;
}
