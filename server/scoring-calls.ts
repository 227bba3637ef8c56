/**
 * Calls as models see them. One that waits for another system works on nothing: it gives its place back, which would only keep
 * those out that could be answered. What bounds such calls is the memory of their bodies.
 */
import { EngineError } from '../errors/engine-error.ts';
import type { ScoringCall } from '../models/model.ts';
import type { Exchange } from './exchange.ts';

/** The bytes of the bodies whose calls may wait at once; parsed, they take several times as much. */
export const MOST_WAITING_BYTES = 2 ** 26;

/** The place of a call among those under way. */
interface Place {
  giveBack(): void;
  takeAgain(): void;
}

/** Makes the call of an exchange, whose body has so many bytes. */
export type ToScoringCall = (exchange: Exchange, bytes: number) => ScoringCall;

/**
 * Builds what makes the calls of an engine.
 * @param mostBytes the least that is bounded: one body that the engine takes may always wait
 */
export function buildToScoringCall(place: Place, mostBytes: number): ToScoringCall {
  let waiting = 0;
  return (exchange, bytes) => {
    let since: number | undefined;
    const sum = { target_calls: 0, target_ms: 0 };
    const waitFor = async <Value>(work: () => Promise<Value>): Promise<Value> => {
      if (waiting > 0 && waiting + bytes > mostBytes)
        throw new EngineError('too_busy', 'The engine is busy. Send the request again in a moment.');
      waiting += bytes;
      place.giveBack();
      try {
        return await work();
      } finally {
        place.takeAgain();
        waiting -= bytes;
      }
    };
    return {
      get signal() {
        return exchange.gone;
      },
      waitFor,
      waitsSince: () => (since ??= performance.now()),
      note: ({ target_calls, target_ms }) => {
        sum.target_calls += target_calls;
        sum.target_ms = Math.round((sum.target_ms + target_ms) * 100) / 100;
        exchange.note(sum);
      },
    };
  };
}
