/** The engine in front of all peers answers as the pipelines do, and `check` passes on it. */
import assert from 'node:assert/strict';
import { until } from '../support/until.ts';
import type { Peer } from './peer.ts';
import { assertTrue, listParts, toTable, type Truth } from './truth.ts';
import { checkEngine, readTargets, scoreTable } from './wrapped-engine.ts';

/** A peer with the answers of its pipeline. */
export interface WrappedPeer {
  readonly peer: Peer;
  readonly truth: Truth;
}

/** Scores one row, ten with a null, and all; returns the seconds that the last call took. */
export async function proveScores(port: number, { peer, truth }: WrappedPeer): Promise<number> {
  let start = 0;
  for (const part of listParts(truth)) {
    start = performance.now();
    await proveRows(port, peer, part);
  }
  return (performance.now() - start) / 1000;
}

/** Compares the engine's scores of some rows with the truth. */
async function proveRows(port: number, { name, isLabelsOnly = false }: Peer, part: Truth): Promise<void> {
  const { status, code, answer } = await scoreTable(port, name, toTable(part));
  assert.equal(status, 200, `${name}: ${code}`);
  assert.ok(answer);
  assertTrue(answer, part);
  assert.equal(answer.probabilities === undefined, isLabelsOnly, name);
  assert.deepEqual(answer.labels, part.labels, `${name}: the classes are in order`);
}

/** Waits until the engine finds all upstreams ready and the examples answered as recorded. */
export async function proveReady(port: number, ids: readonly string[]): Promise<void> {
  await until('all targets are ready', async () => {
    const targets = await readTargets(port);
    return ids.every((id) => targets.get(id) === 'ready');
  });
}

/** Recommended checks that a classifier without probabilities cannot pass. */
const MISSED = ['published-properties', 'probability-given'];

/** Runs `check`: the engine conforms, and no recommended check fails except for missing probabilities; returns what was not run. */
export async function proveConformance(port: number, peers: readonly Peer[]): Promise<string[]> {
  const report = await checkEngine(port);
  const list = (verdict: string) =>
    report.results
      .filter(({ level }) => level !== 'informative')
      .flatMap(({ id, findings }) =>
        findings
          .filter((finding) => finding.verdict === verdict)
          .map((finding) => ({ id, deployment: finding.deployment ?? '', text: JSON.stringify(finding) })),
      );
  const missed = peers.filter(({ isLabelsOnly }) => isLabelsOnly).map(({ name }) => name);
  const expected = MISSED.flatMap((id) => missed.map((deployment) => `${id} ${deployment}`));
  const failed = list('failed');
  assert.deepEqual(
    failed.map(({ id, deployment }) => `${id} ${deployment}`).sort(),
    expected.sort(),
    failed.map(({ text }) => text).join('\n'),
  );
  assert.equal(report.conclusion, 'conforms');
  return list('not-run').map(({ id, text }) => `${id} ${text}`);
}
