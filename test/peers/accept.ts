/**
 * Real model servers answer as the pipelines that they serve do, both directly and through an engine that wraps all of them:
 * `wrap` makes the deployments, `check` passes on them, and a server that is killed under load affects no other deployment and is
 * called again when it is back. With --record, the servers' exchanges are written to test/fixtures/exchanges/.
 *
 * node --import ./scripts/register-typescript.js test/peers/accept.ts [--record] [<peer>…]
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { askPeer } from './ask-peer.ts';
import type { Peer } from './peer.ts';
import { PEERS } from './peers.ts';
import { proveConformance, proveReady, proveScores, type WrappedPeer } from './prove-engine.ts';
import { proveRecovery } from './prove-recovery.ts';
import { planNodeLoss } from './ray-nodes.ts';
import { rayServe } from './ray-serve.ts';
import { recordExchanges } from './record-exchanges.ts';
import { restart, startServers, type RunningServer } from './running-peers.ts';
import { assertTrue, listParts, readTruth, type Truth } from './truth.ts';
import { startEngine, wrapPeer } from './wrapped-engine.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const { values: options, positionals: names } = parseArgs({
  options: { record: { type: 'boolean', default: false } },
  allowPositionals: true,
});

const folder = await mkdtemp(join(tmpdir(), 'engine-peers-'));
const running: { stop(): Promise<void> }[] = [];
try {
  const trained = join(folder, 'trained');
  execFileSync(toPython('peers-mlserver'), [at('train.py'), trained], { stdio: 'inherit' });
  const chosen = PEERS.filter(({ name }) => names.length === 0 || names.includes(name));
  const servers = await startServers(chosen, (peer, own) => toHome(peer, trained, own), folder);
  running.push(...servers.map((server) => ({ stop: () => server.process.stop() })));
  report(`${servers.length} servers run`);
  for (const server of servers) for (const peer of server.peers) await provePeer(peer, server);
  await proveEngine(servers);
} finally {
  await Promise.all(running.map((one) => one.stop()));
  // Killed servers may still be writing.
  await rm(folder, { recursive: true, maxRetries: 10 });
}

/** Compares a peer's own answers with the truth. */
async function provePeer(peer: Peer, { home: { truth }, process: { port, startTime } }: RunningServer): Promise<void> {
  const seconds = await proveAnswers(peer, port, truth);
  if (options.record) await recordExchanges(peer, port, truth);
  const figures = `ready after ${startTime.toFixed(1)} s, 5000 rows in ${seconds.toFixed(2)} s`;
  report(`${peer.name} answers as the pipeline does (${figures})`);
}

/** Scores one row, ten with a null, and all; returns the seconds that the last call took. */
async function proveAnswers(peer: Peer, port: number, truth: Truth): Promise<number> {
  let start = 0;
  for (const part of listParts(truth)) {
    start = performance.now();
    const { status, text } = await askPeer(port, peer.toRequest(part));
    assert.equal(status, 200, text);
    assertTrue(peer.toAnswer(JSON.parse(text) as never, part), part);
  }
  return (performance.now() - start) / 1000;
}

/** Wraps all peers, and proves the engine in front of them. */
async function proveEngine(servers: readonly RunningServer[]): Promise<void> {
  const toWrapped = ({ peers, home: { truth } }: RunningServer) => peers.map((peer) => ({ peer, truth }));
  for (const { peers, home, process } of servers)
    for (const peer of peers) await wrapPeer(peer, process.port, home.truth, folder);
  report('wrap has made a deployment from each');
  const engine = await startEngine(folder);
  running.unshift(engine);
  const { port } = engine;
  const wrapped = servers.flatMap(toWrapped);
  await proveReady(
    port,
    wrapped.map(({ peer }) => peer.name),
  );
  for (const one of wrapped) {
    const seconds = await proveScores(port, one);
    report(`${one.peer.name} gives the pipeline's scores through the engine (5000 rows in ${seconds.toFixed(2)} s)`);
  }
  const unrun = await proveConformance(
    port,
    wrapped.map(({ peer }) => peer),
  );
  report(`check passes on the engine (${unrun.length} findings not run)`);
  for (const line of unrun) report(`  not run: ${line}`);
  for (const server of servers) {
    const victims = toWrapped(server);
    const bystander = wrapped.find(({ peer }) => !server.peers.includes(peer)) as WrappedPeer;
    if (server.peers.includes(rayServe)) {
      const loss = await planNodeLoss(server.process);
      report(`a node is lost: ${await proveRecovery(port, { victims, bystander, ...loss, isGone: false })}`);
    }
    const strike = () => server.process.kill();
    const outage = { victims, bystander, strike, heal: () => restart(server), isGone: true };
    report(`a server is killed: ${await proveRecovery(port, outage)}`);
  }
}

async function toHome({ environment, pipeline }: Peer, trained: string, own: string) {
  return {
    python: toPython(environment),
    pipeline: join(trained, pipeline, 'pipeline.joblib'),
    truth: await readTruth(join(trained, pipeline, 'truth.json')),
    folder: own,
  };
}

function toPython(environment: Peer['environment']): string {
  return at(`../../.venv/${environment}/bin/python`);
}

function report(line: string): void {
  console.log(`peers: ${performance.now().toFixed(0).padStart(6)} ms  ${line}`);
}
