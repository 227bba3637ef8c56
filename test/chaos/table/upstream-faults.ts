/** Faults of the server of a wrapped model. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as behaviours from '../../support/behaviours.ts';
import type { Behaviour } from '../../support/http-double.ts';
import type { Fault, Situation } from '../fault.ts';
import { attackBySockets, toBytes } from '../faults/attack-by-sockets.ts';
import { hostileReplies } from '../faults/hostile-replies.ts';
import { expectOnly } from './connection-faults.ts';

const REQUEST = toBytes('POST', '/v1/deployments/wrapped/online', {
  headers: [
    ['Content-Type', 'application/json'],
    ['Connection', 'close'],
  ],
  body: '{"fields":["x"],"values":[[0.25]]}',
});

/** Calls the wrapped model several times at once. */
async function callWrapped({ target }: Situation, calls: number): Promise<Record<string, number>> {
  return attackBySockets(target, { connections: calls, patience: 30_000, begin: (socket) => socket.write(REQUEST) });
}

/** Rounds of calls while the upstream behaves like this. */
const behaves =
  (behaviour: Behaviour, calls = 30, rounds = 3, ...expected: string[]): Fault['make'] =>
  async (situation) => {
    situation.upstream.behave(behaviour);
    const tally: Record<string, number> = {};
    for (let round = 0; round < rounds; round++)
      for (const [outcome, count] of Object.entries(await callWrapped(situation, calls)))
        tally[outcome] = (tally[outcome] ?? 0) + count;
    situation.upstream.behave(behaviours.good);
    await awaitRecovery(situation);
    return expectOnly(tally, ...expected, '502', '503', '504');
  };

/** Waits until the wrapped model answers again. */
async function awaitRecovery(situation: Situation): Promise<void> {
  const end = Date.now() + 15_000;
  while (!('200' in (await callWrapped(situation, 1)))) {
    if (Date.now() > end) throw new Error('the wrapped model does not answer 15 s after its server has recovered');
    await sleep(100);
  }
}

export const upstreamFaults: readonly Fault[] = [
  {
    name: 'dead target: its port is closed',
    make: async (situation) => {
      await situation.upstream.close();
      const tally = await callWrapped(situation, 100);
      return expectOnly(tally, '502', '503', '504');
    },
  },
  { name: 'slow target: it never answers', make: behaves(behaviours.silent, 200, 1) },
  { name: 'slow target: it sends a byte now and then', make: behaves(behaviours.trickles, 50, 1) },
  { name: 'endless target: replies without an end', make: behaves(behaviours.endless(), 16, 1) },
  { name: 'lying target: no score at all', make: behaves(behaviours.says('[]')) },
  { name: 'lying target: NaN', make: behaves(behaviours.says('[[NaN,1]]')) },
  { name: 'lying target: probabilities above 1', make: behaves(behaviours.says('[[7,-6]]')) },
  { name: 'lying target: a length of a terabyte', make: behaves(behaviours.claimsHuge) },
  { name: 'lying target: a redirect to the engine', make: behaves(behaviours.redirects('/v1/deployments')) },
  { name: 'lying target: compressed without being asked', make: behaves(behaviours.gzips) },
  { name: 'lying target: it cuts its replies', make: behaves(behaviours.dropsInBody) },
  {
    name: 'flapping target: good and bad by turns',
    make: async (situation) => {
      const turns = [behaviours.good, behaviours.resets, behaviours.good, behaviours.fails(500), behaviours.silent];
      let turn = 0;
      const timer = setInterval(() => situation.upstream.behave(turns[turn++ % turns.length] as Behaviour), 150);
      const tally: Record<string, number> = {};
      for (let round = 0; round < 20; round++)
        for (const [outcome, count] of Object.entries(await callWrapped(situation, 10)))
          tally[outcome] = (tally[outcome] ?? 0) + count;
      clearInterval(timer);
      situation.upstream.behave(behaviours.good);
      await awaitRecovery(situation);
      return expectOnly(tally, '200', '502', '503', '504');
    },
  },
  ...Object.entries(hostileReplies).map(([name, toText]): Fault => {
    return {
      name: `hostile target: eight replies of 8 MB, ${name}`,
      make: (situation) => behaves(behaviours.says(toText(8_000_000)), 8, 1)(situation),
    };
  }),
];
