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
  const room = new WaitingRoom(place, mostBytes);
  return (exchange, bytes) => new ExchangeCall(exchange, bytes, room);
}

/** Where all calls of an engine wait. */
class WaitingRoom {
  readonly #place: Place;
  readonly #mostBytes: number;
  #bytes = 0;

  constructor(place: Place, mostBytes: number) {
    this.#place = place;
    this.#mostBytes = mostBytes;
  }

  async waitFor<Value>(bytes: number, work: () => Promise<Value>): Promise<Value> {
    if (this.#bytes > 0 && this.#bytes + bytes > this.#mostBytes)
      throw new EngineError('too_busy', 'The engine is busy. Send the request again in a moment.');
    this.#bytes += bytes;
    this.#place.giveBack();
    try {
      return await work();
    } finally {
      this.#place.takeAgain();
      this.#bytes -= bytes;
    }
  }
}

/**
 * The call of an exchange. Of a class, for every call has one: V8 gives each object that is written with a getter a hidden class
 * of its own, which keeps the call and all that it knows until the next full garbage collection.
 */
class ExchangeCall implements ScoringCall {
  readonly #exchange: Exchange;
  readonly #bytes: number;
  readonly #room: WaitingRoom;
  #since: number | undefined;
  #targetCalls = 0;
  #targetTime = 0;

  constructor(exchange: Exchange, bytes: number, room: WaitingRoom) {
    this.#exchange = exchange;
    this.#bytes = bytes;
    this.#room = room;
  }

  get signal(): AbortSignal {
    return this.#exchange.gone;
  }

  waitFor<Value>(work: () => Promise<Value>): Promise<Value> {
    return this.#room.waitFor(this.#bytes, work);
  }

  waitsSince(): number {
    return (this.#since ??= performance.now());
  }

  note({ target_calls, target_ms }: Parameters<ScoringCall['note']>[0]): void {
    this.#targetCalls += target_calls;
    this.#targetTime = Math.round((this.#targetTime + target_ms) * 100) / 100;
    this.#exchange.note({ target_calls: this.#targetCalls, target_ms: this.#targetTime });
  }
}
