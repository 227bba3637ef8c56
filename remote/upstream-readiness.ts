/**
 * Whether an upstream is ready, looked at in the background: nothing waits for it, and nothing is refused because of it. An upstream
 * with a path for it is asked there every few seconds; one without, which may cost its owner money a call, is not asked while
 * it is ready: then the calls tell. The example is scored before an upstream is called ready, and again after it failed.
 */
import type { OnReadinessState, Readiness, ReadinessState, ScoreExample } from '../models/readiness.ts';
import { ReplyError, UpstreamError, type UpstreamFailure } from '../upstream/upstream-error.ts';
import { toEngineError } from '../upstream/to-engine-error.ts';

export interface UpstreamReadinessOptions {
  /** Asks the upstream whether it is ready; missing where it has no way to. Throws a UpstreamError. */
  readonly ping: ((signal: AbortSignal) => Promise<unknown>) | undefined;
  /** Milliseconds between two looks. */
  readonly interval: number;
  /** Lets go of the upstream. */
  readonly onClose: () => void;
}

/** The failures of a call that tell of the upstream, and not of what it was sent. */
const TELLING: readonly UpstreamFailure[] = ['refused', 'dropped', 'late', 'broken', 'unauthorized'];
/** The statuses of a model that is not there, or not any more. */
const GONE: readonly (number | undefined)[] = [404, 410];

export class UpstreamReadiness implements Readiness {
  readonly #options: UpstreamReadinessOptions;
  #state: ReadinessState = { status: 'unknown' };
  #onState: OnReadinessState = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #isExampleScored = false;
  readonly #closing = new AbortController();

  constructor(options: UpstreamReadinessOptions) {
    this.#options = options;
  }

  get state(): ReadinessState {
    return this.#state;
  }

  /** Begins to look. The example is scored whenever it was not ready: one that is so for probes alone is not. */
  start(scoreExample: ScoreExample, onState: OnReadinessState): void {
    this.#onState = onState;
    void this.#look(scoreExample);
  }

  /** Ends it, and gives up the look that is under way. */
  close(): void {
    this.#closing.abort();
    clearTimeout(this.#timer);
    this.#options.onClose();
  }

  /** Takes note of what came of a call. */
  note(failure: UpstreamError | undefined): void {
    // That the breaker is open follows from what is known already.
    if (failure?.failure === 'broken' && this.#state.status === 'failing') return;
    if (!failure) this.#set('ready');
    else if (isTelling(failure)) this.#set('failing', failure);
  }

  async #look(scoreExample: ScoreExample): Promise<void> {
    const { ping, interval } = this.#options;
    const { signal } = this.#closing;
    try {
      if (ping) await ping(signal);
      // Calls may have told that it is ready before its example was ever scored.
      if (!this.#isExampleScored || this.#state.status !== 'ready') {
        const isSame = await scoreExample(signal);
        this.#isExampleScored = true;
        this.#set('ready', undefined, isSame);
      }
    } catch (error) {
      const failure = toUpstreamError(error);
      this.note(failure);
      if (!isTelling(failure)) this.#set('failing', failure);
    }
    if (signal.aborted) return;
    // Engines that were started together do not ask together.
    this.#timer = setTimeout(() => void this.#look(scoreExample), interval * (0.75 + Math.random() / 2)).unref();
  }

  #set(status: 'ready' | 'failing', failure?: UpstreamError, isSame = this.#state.example === undefined): void {
    const problem = failure && toEngineError(failure).message;
    const { status: before, problem: problemBefore, example } = this.#state;
    if (
      this.#closing.signal.aborted ||
      (status === before && problem === problemBefore && isSame === (example === undefined))
    )
      return;
    this.#state = { status, ...(problem !== undefined && { problem }), ...(!isSame && { example: 'differs' }) };
    this.#onState(this.#state, failure);
  }
}

function isTelling({ failure, status }: UpstreamError): boolean {
  return TELLING.includes(failure) || (failure === 'status' && GONE.includes(status));
}

/** The failure of an upstream; what else stands in the way of scoring its example (a cell that it cannot be sent) is one, too. */
function toUpstreamError(error: unknown): UpstreamError {
  if (error instanceof UpstreamError) return error;
  const { cause } = error as Error;
  return cause instanceof UpstreamError ? cause : new ReplyError('the example cannot be scored', { cause: error });
}
