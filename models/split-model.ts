/**
 * Models that run elsewhere: in another thread or process, or on another server. What they are sent is prepared from a table,
 * part by part, which can be done in any thread; one thread has the connection, and sends the parts.
 */
import type { Scores, ScoringCall } from './model.ts';
import type { Table } from './table.ts';

/** The parts of a table that a model is sent, in order and on demand. */
export type Parts<Part> = Iterator<Part, void> | AsyncIterator<Part, void>;

/** Makes the parts of a table. */
export type Prepare<Part> = (table: Table) => Parts<Part>;

/**
 * Scores the parts of a table.
 * @param parts may be asked for several before the first is there
 * @param rowCount of the table
 */
export type ScoreParts<Part> = (parts: Parts<Part>, rowCount: number, call: ScoringCall) => Promise<Scores>;

/** How another thread can prepare what a model that runs elsewhere is sent. */
export interface Elsewhere {
  readonly data: unknown;
  /** Whether preparing takes long, however short a table is. */
  readonly isSlow: boolean;
  readonly scoreParts: ScoreParts<unknown>;
}
