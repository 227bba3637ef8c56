/**
 * Limits the time in which bytes arrive. After a pause of the process, Node runs timers before it reads: what has arrived by then is read
 * first, so that a client is not taken for slow because the engine was.
 * @param patience milliseconds
 * @param countBytes how many bytes have been read so far
 * @returns ends the limit
 */
export function limitArrival(patience: number, countBytes: () => number, onLate: () => void): () => void {
  let turn: NodeJS.Immediate | undefined;
  let seen: number;
  const look = () => {
    const count = countBytes();
    if (count === seen) {
      onLate();
      return;
    }
    seen = count;
    turn = setImmediate(look);
  };
  const timer = setTimeout(() => {
    seen = countBytes();
    turn = setImmediate(look);
  }, patience);
  timer.unref();
  return () => {
    clearTimeout(timer);
    clearImmediate(turn);
  };
}
