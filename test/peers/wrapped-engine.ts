/** The engine as users run it: `wrap`, `serve` and `check` on the command line. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startServer, type ServerProcess } from '../../bench/server-process.ts';
import type { Report } from '../../conformance/report/report.ts';
import { checkReply } from '../support/contract.ts';
import type { Peer } from './peer.ts';
import { selectRows, type PeerAnswer, type Truth } from './truth.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const COMMAND = ['--import', './scripts/register-typescript.js', 'cli/main.ts'];
/** A deployment whose model is in the engine itself. */
export const LOCAL = 'penguins';
/** Max milliseconds per call of a wrapped model. */
export const TIMEOUT = 10_000;

const run = promisify(execFile);

/** A reply of the engine. */
export interface Score {
  readonly status: number;
  /** The engine's error code. */
  readonly code?: string;
  readonly answer?: PeerAnswer & { readonly labels?: readonly unknown[] };
}

/** Wraps a peer as a deployment with the peer's name as its id; returns the command's output. */
export async function wrapPeer(peer: Peer, port: number, truth: Truth, folder: string): Promise<string> {
  const rows = join(folder, `${peer.name}.csv`);
  await writeFile(rows, toCsv(selectRows(truth, [...Array(100).keys()])));
  const { path = '', options = [] } = peer.wrapping;
  const { stdout } = await runCommand([
    ...['wrap', peer.kind, `http://127.0.0.1:${port}${path}`, '--id', peer.name, '--rows', rows, '--label', 'risk'],
    ...[...options, '--out', join(folder, 'deployments')],
    ...['--set', `timeout=${TIMEOUT}`, '--set', 'ready_interval=1000'],
  ]);
  return stdout;
}

/** Starts an engine on a folder of deployments, to which it adds a local one. */
export async function startEngine(folder: string): Promise<ServerProcess> {
  const deployments = join(folder, 'deployments');
  await cp(join(ROOT, 'deployments', LOCAL), join(deployments, LOCAL), { recursive: true });
  return startServer({
    name: 'the engine',
    command: (port) => [process.execPath, ...COMMAND, 'serve', '--port', String(port), '--deployments', deployments],
    readyPath: '/health/ready',
    folder,
    cwd: ROOT,
  });
}

/** Runs `check` on the engine. */
export async function checkEngine(port: number): Promise<Report> {
  const { stdout } = await runCommand(['check', `http://127.0.0.1:${port}`, '--format', 'json']);
  return JSON.parse(stdout) as Report;
}

/** Scores a table and checks the reply against the contract. @throws if there is no reply in time */
export async function scoreTable(port: number, id: string, table: object): Promise<Score> {
  const path = `/v1/deployments/${id}/online`;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(table),
    signal: AbortSignal.timeout(3 * TIMEOUT),
  });
  const { status, headers } = response;
  const text = await response.text();
  checkReply('POST', path, { status, headers, text });
  return status === 200
    ? { status, answer: readAnswer(JSON.parse(text) as ScoredTable) }
    : { status, code: (JSON.parse(text) as { errors: [{ code: string }] }).errors[0].code };
}

/** The upstreams' states in /health/ready, by deployment id. */
export async function readTargets(port: number): Promise<ReadonlyMap<string, string>> {
  const response = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(5000) });
  assert.equal(response.status, 200, 'an engine is ready, whatever the state of its upstreams');
  const { targets } = (await response.json()) as { targets: { id: string; status: string; example?: string }[] };
  return new Map(targets.map(({ id, status, example }) => [id, example ?? status]));
}

interface ScoredTable {
  readonly fields: readonly string[];
  readonly values: readonly (readonly unknown[])[];
  readonly labels?: readonly unknown[];
}

function readAnswer({ fields, values, labels }: ScoredTable): NonNullable<Score['answer']> {
  const read = (field: string) => {
    const column = fields.indexOf(field);
    return column < 0 ? undefined : values.map((row) => row[column]);
  };
  const probabilities = read('probability') as number[][] | undefined;
  return { predictions: read('prediction') ?? [], ...(probabilities && { probabilities }), ...(labels && { labels }) };
}

/** The rows with the pipeline's predictions, like a file of training data with its label. */
function toCsv({ columns, values, predictions }: Truth): string {
  const lines = [
    [...columns.map(({ name }) => name), 'risk'],
    ...values.map((row, index) => [...row.map((cell) => cell ?? ''), predictions[index]]),
  ];
  return lines.map((line) => `${line.join(',')}\n`).join('');
}

async function runCommand(parameters: readonly string[]): Promise<{ stdout: string }> {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('ENGINE_'));
  const options = { cwd: ROOT, env: Object.fromEntries(own), timeout: 180_000, maxBuffer: 2 ** 26 };
  try {
    return await run(process.execPath, [...COMMAND, ...parameters], options);
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    // The report says more than the exit code.
    if (parameters[0] === 'check' && stdout !== '') return { stdout };
    throw new Error(`${parameters.join(' ')}\n${stdout}${stderr}`, { cause: error });
  }
}
