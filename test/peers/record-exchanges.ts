/**
 * Records what a peer answers, for the tests of the model kinds: test/fixtures/exchanges/<kind>/<peer>-<name>.json, one
 * request and its reply each. What differs from machine to machine is left out.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import prettier from 'prettier';
import { askPeer, type PeerReply } from './ask-peer.ts';
import type { Peer, PeerRequest } from './peer.ts';
import { replaceCell, selectRows, type Truth } from './truth.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The headers that an adapter may look at. */
const HEADERS = ['content-type', 'allow', 'retry-after', 'location'];

/** Tables that are wrong in one place, or that a server may take to be. */
const ODD_TABLES: Readonly<Record<string, (truth: Truth) => Truth>> = {
  'missing-column': (truth) => ({
    ...truth,
    columns: truth.columns.filter(({ name }) => name !== 'age'),
    values: truth.values.map((row) => row.filter((_, index) => truth.columns[index]?.name !== 'age')),
  }),
  'text-in-number': (truth) => replaceCell(truth, 1, 'amount', 'a lot'),
  'fraction-in-integer': (truth) => replaceCell(truth, 1, 'age', 40.5),
  'null-in-integer': (truth) => replaceCell(truth, 1, 'age', null),
  'null-in-category': (truth) => replaceCell(truth, 1, 'housing', null),
  'null-in-boolean': (truth) => replaceCell(truth, 1, 'employed', null),
  'unknown-category': (truth) => replaceCell(truth, 1, 'housing', 'castle'),
  'no-rows': (truth) => ({ ...truth, values: [] }),
};

/** Asks a running peer for everything that is recorded of it, and writes it. */
export async function recordExchanges(peer: Peer, port: number, truth: Truth): Promise<void> {
  const rows = selectRows(truth, [0, 1, 2, truth.values.findIndex((row) => row.includes(null))]);
  const requests: Record<string, PeerRequest> = { score: peer.toRequest(rows), ...peer.toFurtherRequests(rows) };
  for (const [name, alter] of Object.entries(ODD_TABLES)) requests[name] = peer.toRequest(alter(rows));
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

/** Tracebacks name paths, some messages the port. */
function maskMachine(json: string, port: number): string {
  return json.replaceAll(ROOT, '/srv/').replaceAll(homedir(), '/home').replaceAll(`:${port}`, ':8080');
}
