/**
 * How many requests may be sent again: an upstream that fails is not asked several times as often for it. After gRPC's retry
 * throttling (gRFC A6): a failure takes a token, a success gives a tenth of one back, and while no more than half of them
 * are left nothing is sent again.
 */
const MOST = 20;
const GIVEN_BACK = 0.1;

export class RetryBudget {
  #tokens = MOST;

  /** Notes a request that succeeded. */
  succeed(): void {
    this.#tokens = Math.min(MOST, this.#tokens + GIVEN_BACK);
  }

  /** Notes a request that failed; whether it may be sent again. */
  fail(): boolean {
    this.#tokens = Math.max(0, this.#tokens - 1);
    return this.#tokens > MOST / 2;
  }
}
