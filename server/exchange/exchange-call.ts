import type { Context } from '@opentelemetry/api';
import type { ScoringCall } from '../../models/model.ts';
import type { Admission } from '../admission.ts';
import type { Exchange } from './exchange.ts';

/**
 * The view of an exchange for models that call other systems. A class, because V8 gives every object literal with a getter a hidden
 * class of its own, which would keep the exchange in memory until the next full garbage collection.
 */
export class ExchangeCall implements ScoringCall {
  readonly #exchange: Exchange;
  readonly #admission: Admission;
  readonly #bytes: number;
  readonly trace: Context | undefined;
  #since: number | undefined;
  #upstreamCalls = 0;
  #upstreamTime = 0;

  /**
   * @param bytes the size of the request's body
   * @param trace what requests to other systems continue
   */
  constructor(exchange: Exchange, admission: Admission, bytes: number, trace?: Context) {
    this.#exchange = exchange;
    this.#admission = admission;
    this.#bytes = bytes;
    this.trace = trace;
  }

  get signal(): AbortSignal {
    return this.#exchange.gone;
  }

  waitFor<Value>(work: () => Promise<Value>): Promise<Value> {
    return this.#admission.waitFor(this.#bytes, work);
  }

  waitsSince(): number {
    return (this.#since ??= performance.now());
  }

  note({ target_calls, target_ms }: Parameters<ScoringCall['note']>[0]): void {
    this.#upstreamCalls += target_calls;
    this.#upstreamTime = Math.round((this.#upstreamTime + target_ms) * 100) / 100;
    this.#exchange.note({ target_calls: this.#upstreamCalls, target_ms: this.#upstreamTime });
  }
}
