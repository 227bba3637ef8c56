/** Scores the row of the form whenever it changes: one request at a time, of which the last row wins. */
import { RequestError, score } from './api.ts';
import { writeBody } from './cells.ts';
import type { DeploymentDetails } from './data.ts';
import { useEffect, useRef, useState } from './html.ts';
import type { RowAnswer } from './variations.ts';

/** Milliseconds from which an answer is too slow to be asked for at each movement. */
const SLOW = 700;

/** The answer to the row, and how it is asked for. */
export interface AnswerState {
  readonly answer: RowAnswer | undefined;
  readonly error: RequestError | undefined;
  readonly isBusy: boolean;
  /** Whether the answer is to an earlier row, or of an earlier version of the deployment. */
  readonly isStale: boolean;
  /** Whether a changed row is scored by itself. */
  readonly isLive: boolean;
  readonly isSlow: boolean;
  setLive(isLive: boolean): void;
  scoreNow(): void;
}

/** @param json the row as JSON; undefined while it cannot be scored */
export function useAnswer(details: DeploymentDetails, json: string | undefined): AnswerState {
  const [answer, setAnswer] = useState<RowAnswer | undefined>(undefined);
  const [error, setError] = useState<RequestError | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const [answered, setAnswered] = useState<{ readonly row: string; readonly version: string } | undefined>(undefined);
  const [isLive, setLive] = useState(!details.isRemote);
  const [isSlow, setSlow] = useState(false);
  const { version } = details.summary;
  const isAsking = useRef(false);
  // With the deployment as it is then: it may be replaced while an answer is awaited.
  const wanted = useRef<{ readonly row: string; readonly details: DeploymentDetails } | undefined>(undefined);

  const run = async (): Promise<void> => {
    while (!isAsking.current && wanted.current !== undefined) {
      const { row, details: asked } = wanted.current;
      const { version } = asked.summary;
      wanted.current = undefined;
      isAsking.current = true;
      setBusy(true);
      const start = performance.now();
      try {
        const [one] = await score(asked, writeBody(asked.columns, [row]));
        setAnswer(one);
        setError(undefined);
        setAnswered({ row, version });
        if (performance.now() - start > SLOW) {
          setSlow(true);
          setLive(false);
          wanted.current = undefined;
        }
      } catch (failure) {
        setError(
          failure instanceof RequestError ? failure : new RequestError('The answer could not be read.', 'failed'),
        );
        setAnswered({ row, version });
      }
      isAsking.current = false;
    }
    setBusy(isAsking.current);
  };
  const request = (row: string | undefined) => {
    wanted.current = row === undefined ? undefined : { row, details };
    void run();
  };
  useEffect(() => {
    if (isLive && json !== undefined) request(json);
  }, [json, isLive, version]);
  return {
    answer,
    error,
    isBusy,
    isStale: answer !== undefined && (answered?.row !== json || answered?.version !== version),
    isLive,
    isSlow,
    setLive,
    scoreNow: () => request(json),
  };
}
