/**
 * Records the exchanges with a peer for the tests of the model kinds: test/fixtures/exchanges/<kind>/<peer>-<name>.json, one
 * request and its reply each, without anything that differs between machines.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import prettier from 'prettier';
import { askPeer, type PeerReply } from './ask-peer.ts';
import type { Peer, PeerRequest } from './peer.ts';
import { dropColumn, replaceCell, selectRows, type Truth } from './truth.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The headers that adapters may read. */
const HEADERS = ['content-type', 'allow', 'retry-after', 'location'];

/** Cells that are invalid, or that a server may consider invalid, by column. */
const ODD_CELLS = {
  'text-in-number': ['amount', 'a lot'],
  'fraction-in-integer': ['age', 40.5],
  'null-in-integer': ['age', null],
  'null-in-category': ['housing', null],
  'null-in-boolean': ['employed', null],
  'unknown-category': ['housing', 'castle'],
} as const;

/** Records a running peer, with one row per class and one with a null. */
export async function recordExchanges(peer: Peer, port: number, truth: Truth): Promise<void> {
  const one = truth.labels.map((label) => truth.predictions.indexOf(label));
  const rows = selectRows(truth, [...one, truth.values.findIndex((row) => row.includes(null))]);
  const requests: Record<string, PeerRequest> = { score: peer.toRequest(rows), ...peer.toFurtherRequests(rows) };
  for (const [name, [column, cell]] of Object.entries(ODD_CELLS)) {
    if (truth.columns.some(({ name: known }) => known === column)) {
      requests[name] = peer.toRequest(replaceCell(rows, 1, column, cell));
    }
  }
  requests['missing-column'] = peer.toRequest(dropColumn(rows, 'age'));
  requests['no-rows'] = peer.toRequest({ ...rows, values: [] });
  requests['malformed'] = { ...peer.toRequest(rows), body: '{"rows": [' };
  const folder = `${ROOT}test/fixtures/exchanges/${peer.kind}`;
  await mkdir(folder, { recursive: true });
  for (const [name, request] of Object.entries(requests)) {
    const reply = toRecord(await askPeer(port, request));
    const file = `${folder}/${peer.name}-${name}.json`;
    const style = { ...(await prettier.resolveConfig(file)), filepath: file };
    await writeFile(file, await prettier.format(maskMachine(JSON.stringify({ request, reply }), port), style));
  }
}

function toRecord({ status, headers, text }: PeerReply): object {
  const kept = HEADERS.filter((name) => headers.has(name)).map((name) => [name, headers.get(name)]);
  return { status, headers: Object.fromEntries(kept) as object, body: toJson(text) };
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Tracebacks contain paths, and some messages the port. */
function maskMachine(json: string, port: number): string {
  return json.replaceAll(ROOT, '/srv/').replaceAll(homedir(), '/home').replaceAll(`:${port}`, ':8080');
}
