import { setTimeout as sleep } from 'node:timers/promises';
import type { Situation } from '../fault.ts';
import { attackBySockets, toBytes } from './attack-by-sockets.ts';

/**
 * Calls a wrapped model several times at once.
 * @returns the number of replies per status
 */
export function callWrapped({ target }: Situation, calls: number, id = 'wrapped'): Promise<Record<string, number>> {
  const request = toBytes('POST', `/v1/deployments/${id}/online`, {
    headers: [
      ['Content-Type', 'application/json'],
      ['Connection', 'close'],
    ],
    body: '{"fields":["x"],"values":[[0.25]]}',
  });
  return attackBySockets(target, { connections: calls, patience: 30_000, begin: (socket) => socket.write(request) });
}

/** The number of replies per status to several rounds of such calls. */
export async function callInRounds(
  situation: Situation,
  rounds: number,
  calls: number,
  id?: string,
): Promise<Record<string, number>> {
  const tally: Record<string, number> = {};
  for (let round = 0; round < rounds; round++)
    for (const [outcome, count] of Object.entries(await callWrapped(situation, calls, id)))
      tally[outcome] = (tally[outcome] ?? 0) + count;
  return tally;
}

/** Waits until a wrapped model answers, because its server has recovered, or because it is new. */
export async function awaitRecovery(situation: Situation, id?: string): Promise<void> {
  const end = Date.now() + 15_000;
  while (!('200' in (await callWrapped(situation, 1, id)))) {
    if (Date.now() > end) throw new Error('the wrapped model does not answer 15 s after its server has recovered');
    await sleep(100);
  }
}
