/**
 * Wire formats of model servers, and a small model behind them: three classes, and probabilities that depend on every cell of a
 * row.
 */
import { answers } from '../support/behaviours.ts';
import type { Behaviour, ReceivedRequest } from '../support/http-double.ts';

/** The score of a row. */
export interface WireScore {
  readonly label: string;
  /** In the order of CLASSES. */
  readonly probabilities: readonly number[];
}

/** A variant of a wire format. */
export interface Wire {
  readonly settings: object;
  /** The rows in a request, with the columns in order; undefined for any other request, which is answered with 200. */
  readonly toRows: (request: ReceivedRequest) => readonly (readonly unknown[])[] | undefined;
  /** The body of the reply. */
  readonly toReply: (scores: readonly WireScore[]) => unknown;
}

export const CLASSES = ['ash', 'birch', 'cedar'] as const;

/** Scores a row; different cells usually give different probabilities. */
export function scoreRow(cells: readonly unknown[]): WireScore {
  let state = 7;
  for (const cell of cells) for (const char of String(cell)) state = (state * 31 + char.charCodeAt(0)) % 100_003;
  const weights = CLASSES.map((_, index) => 1 + ((state * (index + 3)) % 97));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const probabilities = weights.map((weight) => weight / sum);
  return { label: CLASSES[probabilities.indexOf(Math.max(...probabilities))] as string, probabilities };
}

/** A behaviour of the HTTP double: a model server with a wire format. */
export function speak({ toRows, toReply }: Pick<Wire, 'toRows' | 'toReply'>): Behaviour {
  return answers((request) => {
    const rows = toRows(request);
    const reply = rows ? toReply(rows.map(scoreRow)) : {};
    return { headers: typeof reply === 'string' ? { 'content-type': 'text/plain' } : {}, body: reply };
  });
}
