/**
 * Limits retries, so that they do not multiply the load on a failing upstream. Follows gRPC's retry throttling (gRFC A6): a
 * failure takes a token, a success returns a tenth of one, and there are no retries while half of the tokens or fewer are left.
 */
const MAX_TOKENS = 20;
const TOKENS_PER_SUCCESS = 0.1;

export class RetryBudget {
  #tokens = MAX_TOKENS;

  /** Records a request that succeeded. */
  succeed(): void {
    this.#tokens = Math.min(MAX_TOKENS, this.#tokens + TOKENS_PER_SUCCESS);
  }

  /** Records a request that failed; returns whether it may be retried. */
  fail(): boolean {
    this.#tokens = Math.max(0, this.#tokens - 1);
    return this.#tokens > MAX_TOKENS / 2;
  }
}
