/**
 * Real model servers answer what the pipelines say that they serve: a few rows, rows with a null, and 5000 in one call; also
 * when they were killed and are started again. With --record, their exchanges are written to test/fixtures/exchanges/.
 *
 * node --import ts-blank-space/register test/peers/accept.ts [--record] [<peer>…]
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { askPeer } from './ask-peer.ts';
import type { Peer, PeerHome } from './peer.ts';
import { PEERS } from './peers.ts';
import { recordExchanges } from './record-exchanges.ts';
import { assertTrue, readTruth, selectRows, type Truth } from './truth.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const { values: options, positionals: names } = parseArgs({
  options: { record: { type: 'boolean', default: false } },
  allowPositionals: true,
});

const folder = await mkdtemp(join(tmpdir(), 'engine-peers-'));
try {
  const trained = join(folder, 'trained');
  execFileSync(toPython('peers-mlserver'), [at('train.py'), trained], { stdio: 'inherit' });
  for (const peer of PEERS.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const own = join(folder, peer.name);
    await mkdir(own);
    await provePeer(peer, {
      python: toPython(peer.environment),
      pipeline: join(trained, peer.pipeline, 'pipeline.joblib'),
      truth: await readTruth(join(trained, peer.pipeline, 'truth.json')),
      folder: own,
    });
  }
} finally {
  // What was killed may still be writing.
  await rm(folder, { recursive: true, maxRetries: 10 });
}

/** Starts a peer, holds its answers against the truth, kills it, and does so again on the same port. */
async function provePeer(peer: Peer, home: PeerHome): Promise<void> {
  let server = await peer.start(home);
  try {
    const { port, startTime } = server;
    const seconds = await proveAnswers(peer, port, home.truth);
    if (options.record) await recordExchanges(peer, port, home.truth);
    await server.kill();
    await assert.rejects(askPeer(port, peer.toRequest(selectRows(home.truth, [0]))), `${peer.name} was killed`);
    server = await peer.start(home, port);
    await proveAnswers(peer, port, home.truth);
    const figures = `ready after ${startTime.toFixed(1)} s, 5000 rows in ${seconds.toFixed(2)} s`;
    console.log(`peers: ${peer.name} answers what the pipeline says, also after it was killed (${figures})`);
  } finally {
    await server.stop();
  }
}

/** Asks for one row, for ten with a null among them, and for all; gives the seconds that the last took. */
async function proveAnswers(peer: Peer, port: number, truth: Truth): Promise<number> {
  const gap = truth.values.findIndex((row) => row.includes(null));
  const ten = [gap, ...truth.values.keys()].slice(0, 10);
  let start = 0;
  for (const part of [selectRows(truth, [0]), selectRows(truth, ten), truth]) {
    start = performance.now();
    const { status, text } = await askPeer(port, peer.toRequest(part));
    assert.equal(status, 200, text);
    assertTrue(peer.toAnswer(JSON.parse(text) as never, part), part);
  }
  return (performance.now() - start) / 1000;
}

function toPython(environment: Peer['environment']): string {
  return at(`../../.venv/${environment}/bin/python`);
}
