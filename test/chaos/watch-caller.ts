/** Another caller: what it sees while a fault is made. */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface CallerReport {
  /** Milliseconds. */
  readonly worst: number;
  readonly median: number;
  /** The number of calls by their outcome: a status, or the code of an error. */
  readonly outcomes: Readonly<Record<string, number>>;
}

export interface WatchedCall {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Milliseconds between calls; 5 by default. */
  readonly pause?: number;
  /** Whether all calls use one connection, which is the default. */
  readonly keepAlive?: boolean;
}

/** Makes a call again and again until the fault is over. */
export async function watchCaller(
  { url, method = 'GET', headers = {}, body, pause = 5, keepAlive = true }: WatchedCall,
  fault: Promise<unknown>,
): Promise<CallerReport> {
  const agent = new Agent({ keepAlive, maxSockets: 1 });
  const times: number[] = [];
  const outcomes: Record<string, number> = {};
  const ended = new AbortController();
  const over = fault.finally(() => ended.abort());
  do {
    const start = performance.now();
    const outcome = await call();
    times.push(performance.now() - start);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    await sleep(pause);
  } while (!ended.signal.aborted);
  agent.destroy();
  await over;
  times.sort((a, b) => a - b);
  return { worst: times.at(-1) as number, median: times[times.length >> 1] as number, outcomes };

  function call(): Promise<string> {
    return new Promise((resolve) => {
      const sent = request(url, { method, agent, headers }, (response) => {
        response.resume();
        response.once('end', () => resolve(String(response.statusCode)));
        response.once('error', ({ message }) => resolve(message));
      });
      sent.once('error', ({ code, message }: NodeJS.ErrnoException) => resolve(code ?? message));
      sent.end(body);
    });
  }
}
