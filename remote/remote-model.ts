/** A model that is called over the network: scores several parts of a table at once, and joins the scores. */
import type { DeploymentFile } from '../models/deployment-file.ts';
import type { Parts, ScoreParts } from '../models/split-model.ts';
import type { Scores, ScoringCall } from '../models/model.ts';
import type { RemoteFormat } from './adapter.ts';
import { withDeadline, type Deadline } from '../upstream/deadline.ts';
import { joinScores, type Part } from './request/split-table.ts';
import { UpstreamError } from '../upstream/upstream-error.ts';
import { toEngineError } from '../upstream/to-engine-error.ts';
import type { OutputSettings } from './remote-settings.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { readScores } from './reply/read-scores.ts';
import { ReplyThreads } from './reply-threads.ts';

/** Max concurrent parts of one call, so that one call does not take all connections. */
const MAX_CONCURRENT_PARTS = 4;

export interface RemoteModelOptions {
  readonly file: DeploymentFile;
  readonly format: RemoteFormat;
  readonly upstream: Upstream;
  readonly output: OutputSettings;
  /** Max milliseconds per call. */
  readonly timeout: number;
  /** Max concurrent calls, including waiting ones. */
  readonly maxPending: number;
  /** Whether reading a reply may take long however short it is. */
  readonly isSlow: boolean;
  /** Is notified of the outcome of each call. */
  readonly onCall: (failure?: UpstreamError) => void;
}

/** A model, and how to release its thread. */
export interface RemoteModel {
  /** A failed call throws the EngineError that toEngineError makes of it. */
  readonly scoreParts: ScoreParts<Part>;
  /** Calls that have started are still answered. */
  readonly close: () => void;
}

/** Builds the model. */
export function buildRemoteModel(options: RemoteModelOptions): RemoteModel {
  const { file, format, upstream, output } = options;
  const { answer } = file.example;
  // Until an answer is recorded, the replies decide.
  const hasProbabilities = answer === undefined ? undefined : answer.probabilities !== undefined;

  const threads = new ReplyThreads(file, hasProbabilities, options.isSlow);

  const scorePart = async ({ request, rowCount }: Part, deadline: Deadline, call: ScoringCall): Promise<Scores> => {
    const reply = await upstream.post(request, deadline, call.trace);
    if (threads.isFor(reply)) return threads.read(reply, rowCount, deadline.signal);
    return readScores(reply, rowCount, { file, format, output, hasProbabilities });
  };

  /** All tables of a call share one time limit. */
  const toTimeLeft = (call: ScoringCall) => Math.ceil(options.timeout - (performance.now() - call.waitsSince()));

  const scoreInTime = (parts: Parts<Part>, call: ScoringCall): Promise<Scores> =>
    withDeadline(toTimeLeft(call), call.signal, async (deadline) => {
      const start = performance.now();
      const scores = new Map<number, Scores>();
      let count = 0;
      const scoreNext = async (): Promise<void> => {
        for (let next = await parts.next(); !next.done; next = await parts.next()) {
          count += 1;
          scores.set(next.value.firstRow, await scorePart(next.value, deadline, call));
        }
      };
      try {
        await Promise.all(Array.from({ length: MAX_CONCURRENT_PARTS }, scoreNext));
      } finally {
        call.note({ target_calls: count, target_ms: Math.round((performance.now() - start) * 100) / 100 });
      }
      return joinScores(scores);
    });

  let pending = 0;
  const score = async (parts: Parts<Part>, call: ScoringCall): Promise<Scores> => {
    if (pending >= options.maxPending)
      throw toEngineError(new UpstreamError('busy', 'too many calls are pending (settings.max_pending)'));
    pending += 1;
    try {
      const scores = await scoreInTime(parts, call);
      options.onCall();
      return scores;
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      options.onCall(error);
      throw toEngineError(error);
    } finally {
      pending -= 1;
    }
  };

  return {
    scoreParts: async (parts, rowCount, call) => {
      if (rowCount === 0) return { predictions: [], ...(hasProbabilities && { probabilities: [] }) };
      return call.waitFor(() => score(parts, call));
    },
    close: () => threads.close(),
  };
}
