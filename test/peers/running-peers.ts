/** The running servers of the peers; peers that differ only in their requests share a server. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerProcess } from '../../bench/server-process.ts';
import type { Peer, PeerHome } from './peer.ts';

/** A server with its peers. */
export interface RunningServer {
  readonly peers: readonly Peer[];
  readonly home: PeerHome;
  process: ServerProcess;
}

/** Servers that start at once: starting is slow, and the machines that run this are small. */
const AT_ONCE = 3;

/** Starts all servers. They end with this process, or by `stop`. */
export async function startServers(
  peers: readonly Peer[],
  toHome: (peer: Peer, folder: string) => Promise<PeerHome>,
  folder: string,
): Promise<RunningServer[]> {
  const servers: RunningServer[] = [];
  const waiting = groupByServer(peers)[Symbol.iterator]();
  const startNext = async (): Promise<void> => {
    for (const group of waiting) {
      const [first] = group as [Peer];
      const own = join(folder, first.name);
      await mkdir(own);
      const home = await toHome(first, own);
      servers.push({ peers: group, home, process: await first.start(home) });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, startNext));
  return servers;
}

function groupByServer(peers: readonly Peer[]): Peer[][] {
  const groups: Peer[][] = [];
  for (const peer of peers) {
    const group = groups.find(([one]) => one?.start === peer.start && one.pipeline === peer.pipeline);
    if (group) group.push(peer);
    else groups.push([peer]);
  }
  return groups;
}

/** Restarts a killed server on the same port. */
export async function restart(server: RunningServer): Promise<void> {
  const [first] = server.peers as [Peer];
  server.process = await first.start(server.home, server.process.port);
}
