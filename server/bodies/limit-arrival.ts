/** The most turns of the event loop in which more may arrive: those that read the largest body from a full socket, and then some. */
const MAX_TURNS = 1_000;

/**
 * Limits the time in which bytes arrive. After a pause of the process, Node runs timers before it reads: what has arrived by then is read
 * first, so that a client is not taken for slow because the engine was. A client that goes on sending gains some turns of the event loop.
 * @param patience milliseconds
 * @param countBytes how many bytes have been read so far
 * @returns ends the limit
 */
export function limitArrival(patience: number, countBytes: () => number, onLate: () => void): () => void {
  let turn: NodeJS.Immediate | undefined;
  const wait = (turns: number) => {
    const seen = countBytes();
    turn = setImmediate(() => {
      if (countBytes() === seen || turns === MAX_TURNS) onLate();
      else wait(turns + 1);
    });
  };
  const timer = setTimeout(wait, patience, 1);
  timer.unref();
  return () => {
    clearTimeout(timer);
    clearImmediate(turn);
  };
}
