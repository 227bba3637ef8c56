/** Faults of the server of a wrapped model. */
import * as behaviours from '../../support/behaviours.ts';
import type { Behaviour } from '../../support/http-double.ts';
import type { Fault } from '../fault.ts';
import { awaitRecovery, callInRounds, callWrapped } from '../faults/call-wrapped.ts';
import { hostileReplies } from '../faults/hostile-replies.ts';
import { expectOnly } from './connection-faults.ts';

/** Rounds of calls while the upstream behaves like this. */
const behaves =
  (behaviour: Behaviour, calls = 30, rounds = 3, ...expected: string[]): Fault['make'] =>
  async (situation) => {
    situation.upstream.behave(behaviour);
    const tally = await callInRounds(situation, rounds, calls);
    situation.upstream.behave(behaviours.good);
    await awaitRecovery(situation);
    return expectOnly(tally, ...expected, '502', '503', '504');
  };

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
      const tally = await callInRounds(situation, 20, 10);
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
