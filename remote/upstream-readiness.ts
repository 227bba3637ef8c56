/**
 * Checks in the background whether an upstream is ready; no request waits for this or is rejected because of it. A path for
 * readiness is polled. Without one, scoring the example may cost money, so it stops once the upstream is ready and the outcome of
 * regular calls counts. The example is also scored before an upstream counts as ready, and again after a failure.
 */
import type {
  OnReadinessState,
  OnUpstreamRequest,
  Readiness,
  ReadinessState,
  RequestOutcome,
  ScoreExample,
} from '../models/readiness.ts';
import { ReplyError, UpstreamError, type UpstreamFailure } from '../upstream/upstream-error.ts';
import { toEngineError } from '../upstream/to-engine-error.ts';

export interface UpstreamReadinessOptions {
  /** Requests the readiness path; undefined if the upstream has none. Throws an UpstreamError. */
  readonly ping: ((signal: AbortSignal) => Promise<unknown>) | undefined;
  /** Milliseconds between two checks. */
  readonly interval: number;
  /** Whether calls are paused at present; never by default. */
  readonly isCircuitOpen?: () => boolean;
  /** Closes the upstream. */
  readonly onClose: () => void;
}

/** Failures of a call that are about the upstream and not about the request. */
const UPSTREAM_FAILURES: readonly UpstreamFailure[] = ['refused', 'dropped', 'late', 'circuit_open', 'unauthorized'];
/** The statuses of a model that does not exist or no longer exists. */
const GONE: readonly (number | undefined)[] = [404, 410];

export class UpstreamReadiness implements Readiness {
  readonly #options: UpstreamReadinessOptions;
  #state: ReadinessState = { status: 'unknown' };
  #onState: OnReadinessState = () => undefined;
  #onRequest: OnUpstreamRequest = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #isExampleScored = false;
  readonly #closing = new AbortController();

  constructor(options: UpstreamReadinessOptions) {
    this.#options = options;
  }

  get state(): ReadinessState {
    return this.#state;
  }

  get isCircuitOpen(): boolean {
    return this.#options.isCircuitOpen?.() ?? false;
  }

  /** Starts the checks. An upstream that answers probes but cannot score the example is not ready. */
  start(scoreExample: ScoreExample, onState: OnReadinessState, onRequest: OnUpstreamRequest = () => undefined): void {
    this.#onState = onState;
    this.#onRequest = onRequest;
    void this.#check(scoreExample);
  }

  /** Stops the checks and cancels the one that is running. */
  close(): void {
    this.#closing.abort();
    clearTimeout(this.#timer);
    this.#options.onClose();
  }

  /** Passes on what a single request came to; a call may take several. */
  noteRequest(outcome: RequestOutcome): void {
    this.#onRequest(outcome);
  }

  /** Records the outcome of a call. */
  note(failure: UpstreamError | undefined): void {
    // The failure that opened the circuit is known already, and says more.
    if (failure?.failure === 'circuit_open' && this.#state.status === 'failing') return;
    if (!failure) this.#set('ready');
    else if (isAboutUpstream(failure)) this.#set('failing', failure);
  }

  async #check(scoreExample: ScoreExample): Promise<void> {
    const { ping, interval } = this.#options;
    const { signal } = this.#closing;
    try {
      if (ping) await ping(signal);
      // Regular calls may have set it to ready before the example was ever scored.
      if (!this.#isExampleScored || this.#state.status !== 'ready') {
        const isSame = await scoreExample(signal);
        this.#isExampleScored = true;
        this.#set('ready', undefined, isSame);
      }
    } catch (error) {
      const failure = toUpstreamError(error);
      this.note(failure);
      if (!isAboutUpstream(failure)) this.#set('failing', failure);
    }
    if (signal.aborted) return;
    // Jitter, so that engines that were started together do not check together.
    this.#timer = setTimeout(() => void this.#check(scoreExample), interval * (0.75 + Math.random() / 2)).unref();
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

function isAboutUpstream({ failure, status }: UpstreamError): boolean {
  return UPSTREAM_FAILURES.includes(failure) || (failure === 'status' && GONE.includes(status));
}

/** The failure of an upstream. Anything else that prevents scoring the example, such as a cell that cannot be sent, counts too. */
function toUpstreamError(error: unknown): UpstreamError {
  if (error instanceof UpstreamError) return error;
  const { cause } = error as Error;
  return cause instanceof UpstreamError ? cause : new ReplyError('the example cannot be scored', { cause: error });
}
