/**
 * A token that is had once for all who wait, kept while it is valid, and renewed ahead: when most of its life is over it is
 * fetched anew in the background, while the old one still serves. Whoever gives tokens is asked at most once a second for
 * another one, however many calls there are: after a failure, when the upstream refuses fresh tokens, and where they live
 * shorter, too.
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
/** How long after a failure, or a refused token, no other token is fetched, in milliseconds. */
const PAUSE = 1000;

export class TokenCache {
  readonly #fetch: () => Promise<Token>;
  readonly #now: () => number;
  #token: { readonly value: string; readonly renewAt: number; readonly endsAt: number } | undefined;
  #fetching: Promise<string> | undefined;
  #failure: { readonly error: unknown; readonly at: number } | undefined;
  #forgottenAt = -Infinity;

  /**
   * @param fetch gets a new token; throws a UpstreamError where there is none to be had
   * @param now the time in milliseconds, from whenever
   */
  constructor(fetch: () => Promise<Token>, now = () => performance.now()) {
    this.#fetch = fetch;
    this.#now = now;
  }

  /** A token that is valid now. Throws what `fetch` throws, or threw less than a second ago. */
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
   * Forgets a token that was refused, unless there is another one by now.
   * @returns whether another one is to be had; not when one was forgotten just before, for then it is not the token
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
      const endsAt = start + Math.max(PAUSE, lifetime - Math.min(MOST_UNUSED, lifetime * UNUSED_SHARE));
      this.#token = { value, renewAt: start + Math.max(PAUSE, lifetime * RENEWED_AFTER), endsAt };
      return value;
    } catch (error) {
      this.#failure = { error, at: this.#now() };
      throw error;
    }
  }
}
