/** The ways in which the double fails when it is told to. */
export type Failure =
  /** The token has expired: all tokens are revoked. */
  | { readonly kind: 'expired' }
  | { readonly kind: 'rate-limit'; readonly retryAfter?: number }
  | { readonly kind: 'status'; readonly status: number }
  /** No answer, ever. */
  | { readonly kind: 'silence' }
  /** The connection breaks, before or after the request is processed. */
  | { readonly kind: 'drop'; readonly isProcessed?: boolean }
  /** Records are accepted with 202, and the first half of them is stored; the request then ends with an error. */
  | { readonly kind: 'half' }
  /** Records are accepted with 202, but none is stored; the request then ends with an error. */
  | { readonly kind: 'poll-error' };

/** Which requests fail, and how often. */
export interface FailureRule {
  readonly failure: Failure;
  readonly method?: string;
  /** A part of the path. */
  readonly path?: string;
  /** A part of the body. */
  readonly body?: string;
  /** How many requests fail; by default one. */
  readonly times?: number;
  /** Only every so many-th matching request fails. */
  readonly every?: number;
}

/** Decides request by request what fails, in the order of the rules. */
export class Failures {
  #rules: { readonly rule: FailureRule; left: number; seen: number }[] = [];

  add(rule: FailureRule): void {
    this.#rules.push({ rule, left: rule.times ?? 1, seen: 0 });
  }

  clear(): void {
    this.#rules = [];
  }

  /** The failure of this request, if it fails. */
  next(method: string, path: string, body: string): Failure | undefined {
    for (const state of this.#rules) {
      const { rule } = state;
      const isMatch =
        (rule.method ?? method) === method && path.includes(rule.path ?? '') && body.includes(rule.body ?? '');
      if (!isMatch || state.left === 0) continue;
      state.seen += 1;
      if (state.seen % (rule.every ?? 1) !== 0) continue;
      state.left -= 1;
      return rule.failure;
    }
    return undefined;
  }
}
