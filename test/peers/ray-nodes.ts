/** Loses a node of Ray Serve's cluster, and waits until its replica runs on another. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { askPeer } from './ask-peer.ts';
import type { Outage } from './prove-recovery.ts';

/** Enough requests to reach every replica. */
const QUESTIONS = 12;
const PATIENCE = 60_000;

/** A crash of the node without HTTP, and Ray's own recovery. */
export async function planNodeLoss({
  port,
  pid,
}: {
  readonly port: number;
  readonly pid: number;
}): Promise<Pick<Outage, 'strike' | 'heal'>> {
  const before = await listNodes(port);
  assert.equal(before.size, 2, 'the replicas are on two nodes');
  return {
    strike: () => {
      process.kill(pid, 'SIGUSR1');
      return Promise.resolve();
    },
    heal: async () => {
      const end = performance.now() + PATIENCE;
      const hasRecovered = (nodes: ReadonlySet<string>) =>
        nodes.size === 2 && [...nodes].some((node) => !before.has(node));
      while (!hasRecovered(await listNodes(port))) {
        assert.ok(performance.now() < end, 'Ray has a replica on the new node');
        await sleep(200);
      }
    },
  };
}

/** The nodes of the replicas that answer. */
async function listNodes(port: number): Promise<Set<string>> {
  const nodes = new Set<string>();
  for (let question = 0; question < QUESTIONS; question++) {
    const { status, text } = await askPeer(port, { method: 'GET', path: '/loans/node' });
    if (status === 200) nodes.add((JSON.parse(text) as { node: string }).node);
  }
  return nodes;
}
