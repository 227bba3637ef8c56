/**
 * Sessions that people have ended before their time, in bounded memory: each is forgotten when it would have ended anyway. The workers of
 * an engine tell each other, through the first process.
 */

/** Max sessions: of more, those are forgotten that would end first. */
const MAX_SESSIONS = 10_000;

/** A session that was ended. */
export interface EndedSession {
  /** The signature of its cookie. */
  readonly id: string;
  /** When it would have ended, in milliseconds since 1970. */
  readonly until: number;
}

export class EndedSessions {
  readonly #tell: (session: EndedSession) => void;
  readonly #max: number;
  readonly #untilOf = new Map<string, number>();

  /** @param tell called with each session that is ended here */
  constructor(tell: (session: EndedSession) => void = () => undefined, max = MAX_SESSIONS) {
    this.#tell = tell;
    this.#max = max;
  }

  /** All of them. */
  get all(): EndedSession[] {
    return [...this.#untilOf].map(([id, until]) => ({ id, until }));
  }

  /** Whether a session was ended. */
  has(id: string): boolean {
    return this.#untilOf.has(id);
  }

  /** Ends a session here. */
  end(session: EndedSession, now = Date.now()): void {
    if (this.has(session.id)) return;
    this.add(session, now);
    this.#tell({ id: session.id, until: session.until });
  }

  /** Adds one that was ended elsewhere. */
  add({ id, until }: EndedSession, now = Date.now()): void {
    this.#untilOf.set(id, until);
    let first: EndedSession | undefined;
    for (const [other, end] of this.#untilOf) {
      if (end <= now) this.#untilOf.delete(other);
      else if (!first || end < first.until) first = { id: other, until: end };
    }
    if (first && this.#untilOf.size > this.#max) this.#untilOf.delete(first.id);
  }
}
