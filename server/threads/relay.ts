/**
 * A table is prepared in a thread and scored from here, with a model that runs elsewhere: the thread asks for its score, is asked
 * for one part after the other, and gets the scores. Several tables of a request follow one another on the same port.
 */
import type { MessagePort } from 'node:worker_threads';
import { describeCause } from '../../errors/describe-cause.ts';
import { EngineError } from '../../errors/engine-error.ts';
import type { Scores, ScoringCall } from '../../models/model.ts';
import type { Parts, ScoreParts } from '../../models/split-model.ts';
import { fromThreadFailure, toThreadFailure, type ThreadFailure } from './thread-failure.ts';

type FromThread =
  | { readonly type: 'score'; readonly rowCount: number }
  | { readonly type: 'part'; readonly part: unknown }
  /** There are no more parts. */
  | { readonly type: 'end' }
  /** The next part cannot be prepared; the thread knows why. */
  | { readonly type: 'broken' };

type ToThread =
  | { readonly type: 'next' }
  | { readonly type: 'scores'; readonly scores: Scores }
  /** A failure that is for the caller; or, for the log, the cause of another. */
  | { readonly type: 'failed'; readonly failure: ThreadFailure | string };

/** Scores what a thread prepares, until the port is closed. */
export function serveRelay(port: MessagePort, scoreParts: ScoreParts<unknown>, call: ScoringCall): void {
  const parts = new RelayedParts(port);
  const tell = (message: ToThread) => port.postMessage(message);
  const score = async (rowCount: number) => {
    try {
      tell({ type: 'scores', scores: await scoreParts(parts, rowCount, call) });
    } catch (error) {
      tell({ type: 'failed', failure: error instanceof EngineError ? toThreadFailure(error) : describeCause(error) });
    }
  };
  port.on('message', (message: FromThread) => {
    if (message.type === 'score') void score(message.rowCount);
    else parts.receive(message);
  });
  port.on('close', () => parts.receiveNoMore());
}

/** Scores the parts of a table that this thread prepares, with the model at the other end of the port. */
export function scoreByRelay(port: MessagePort, parts: Parts<unknown>, rowCount: number): Promise<Scores> {
  return new Promise((resolve, reject) => {
    const tell = (message: FromThread) => port.postMessage(message);
    let broken: { readonly error: Error } | undefined;
    const sendNext = async () => {
      try {
        const next = await parts.next();
        tell(next.done ? { type: 'end' } : { type: 'part', part: next.value });
      } catch (error) {
        broken ??= { error: error instanceof Error ? error : new Error(String(error)) };
        tell({ type: 'broken' });
      }
    };
    const onMessage = (message: ToThread) => {
      if (message.type === 'next') return void sendNext();
      port.off('message', onMessage);
      if (message.type === 'scores') resolve(message.scores);
      else reject(broken ? broken.error : toError(message.failure));
    };
    port.on('message', onMessage);
    tell({ type: 'score', rowCount });
  });
}

function toError(failure: ThreadFailure | string): Error {
  if (typeof failure !== 'string') return fromThreadFailure(failure);
  const error = new Error();
  error.stack = failure;
  return error;
}

/** The parts of a table, which a thread prepares in the order in which they are asked for. */
class RelayedParts implements AsyncIterator<unknown, void> {
  readonly #port: MessagePort;
  readonly #asked: {
    readonly resolve: (next: IteratorResult<unknown, void>) => void;
    readonly reject: (error: Error) => void;
  }[] = [];
  #hasEnded = false;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  next(): Promise<IteratorResult<unknown, void>> {
    return new Promise((resolve, reject) => {
      if (this.#hasEnded) return reject(new Error('the thread that prepares this table has ended'));
      this.#asked.push({ resolve, reject });
      this.#port.postMessage({ type: 'next' } satisfies ToThread);
    });
  }

  receive(message: Exclude<FromThread, { type: 'score' }>): void {
    const asked = this.#asked.shift();
    if (message.type === 'part') asked?.resolve({ done: false, value: message.part });
    else if (message.type === 'end') asked?.resolve({ done: true, value: undefined });
    else asked?.reject(new Error('the thread could not prepare this table'));
  }

  receiveNoMore(): void {
    this.#hasEnded = true;
    for (const { reject } of this.#asked.splice(0)) reject(new Error('the thread that prepares this table has ended'));
  }
}
