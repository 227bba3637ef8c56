/**
 * A token that is fetched once and shared, cached while valid, and renewed in the background near the end of its life while
 * the old one is still used. The token endpoint is called at most once per second, however many calls there are: also after a
 * failure, when the upstream rejects fresh tokens, and when tokens live for less than a second.
 */

/** A token and its lifetime in milliseconds. */
export interface Token {
  readonly value: string;
  readonly lifetime: number;
}

/** The share of a token's lifetime after which it is renewed. */
const RENEW_AFTER = 0.8;
/** The share at the end of its lifetime in which it is no longer used, at most 30 s: clocks differ and requests take time. */
const UNUSED_SHARE = 0.05;
const MAX_UNUSED = 30_000;
/** The minimum time between two fetches after a failure or a rejected token, in milliseconds. */
const PAUSE = 1000;

export class TokenCache {
  readonly #fetch: () => Promise<Token>;
  readonly #now: () => number;
  #token: { readonly value: string; readonly renewAt: number; readonly endsAt: number } | undefined;
  #fetching: Promise<string> | undefined;
  #failure: { readonly error: unknown; readonly at: number } | undefined;
  #forgottenAt = -Infinity;

  /**
   * @param fetch fetches a new token; throws an UpstreamError
   * @param now a monotonic clock in milliseconds
   */
  constructor(fetch: () => Promise<Token>, now = () => performance.now()) {
    this.#fetch = fetch;
    this.#now = now;
  }

  /** A valid token. Throws what `fetch` throws, or threw less than a second ago. */
  async get(): Promise<string> {
    const now = this.#now();
    const token = this.#token;
    const failure = this.#failure && now - this.#failure.at < PAUSE ? this.#failure : undefined;
    if (token && now < token.endsAt) {
      if (now >= token.renewAt && !failure) this.#renew().catch(() => undefined);
      return token.value;
    }
    if (failure) throw failure.error;
    return this.#renew();
  }

  /**
   * Drops a token that was rejected, unless it has been replaced already.
   * @returns whether another token is worth trying; not if one was dropped just before, because then tokens are not the problem
   */
  forget(value: string): boolean {
    if (this.#token?.value !== value) return true;
    const now = this.#now();
    if (now - this.#forgottenAt < PAUSE) return false;
    this.#token = undefined;
    this.#forgottenAt = now;
    return true;
  }

  #renew(): Promise<string> {
    this.#fetching ??= this.#fetchNow().finally(() => (this.#fetching = undefined));
    return this.#fetching;
  }

  async #fetchNow(): Promise<string> {
    const start = this.#now();
    try {
      const { value, lifetime } = await this.#fetch();
      const endsAt = start + Math.max(PAUSE, lifetime - Math.min(MAX_UNUSED, lifetime * UNUSED_SHARE));
      this.#token = { value, renewAt: start + Math.max(PAUSE, lifetime * RENEW_AFTER), endsAt };
      return value;
    } catch (error) {
      this.#failure = { error, at: this.#now() };
      throw error;
    }
  }
}
