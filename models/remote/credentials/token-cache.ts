/**
 * A token that is had once for all who wait, kept while it is valid, and renewed ahead: when most of its life is over it is
 * fetched anew in the background, while the old one still serves.
 */

/** A token and how long it lives, in milliseconds. */
export interface Token {
  readonly value: string;
  readonly lifetime: number;
}

/** The share of a token's life after which it is renewed. */
const RENEWED_AFTER = 0.8;
/** The part of its life, at its end, in which it is not used any more: clocks differ and requests take time; at most 30 s. */
const UNUSED_SHARE = 0.05;
const MOST_UNUSED = 30_000;
/** How long a renewal that failed is not tried again, in milliseconds. */
const PAUSE = 1000;

export class TokenCache {
  readonly #fetch: () => Promise<Token>;
  #token: { readonly value: string; readonly renewAt: number; readonly endsAt: number } | undefined;
  #fetching: Promise<string> | undefined;
  #failedAt = -Infinity;

  /** @param fetch gets a new token; throws a TargetError where there is none to be had */
  constructor(fetch: () => Promise<Token>) {
    this.#fetch = fetch;
  }

  /** A token that is valid now. Throws what `fetch` throws. */
  async get(): Promise<string> {
    const now = performance.now();
    const token = this.#token;
    if (!token || now >= token.endsAt) return this.#renew();
    if (now >= token.renewAt && now - this.#failedAt >= PAUSE) this.#renew().catch(() => undefined);
    return token.value;
  }

  /** Forgets a token that was refused, unless there is another one by now; the next one is fetched. */
  forget(value: string): void {
    if (this.#token?.value === value) this.#token = undefined;
  }

  #renew(): Promise<string> {
    this.#fetching ??= this.#fetchNow().finally(() => (this.#fetching = undefined));
    return this.#fetching;
  }

  async #fetchNow(): Promise<string> {
    const start = performance.now();
    try {
      const { value, lifetime } = await this.#fetch();
      const endsAt = start + lifetime - Math.min(MOST_UNUSED, lifetime * UNUSED_SHARE);
      this.#token = { value, renewAt: start + lifetime * RENEWED_AFTER, endsAt };
      return value;
    } catch (error) {
      this.#failedAt = performance.now();
      throw error;
    }
  }
}
