/** A live engine for tests, on a free port, and a client for it that checks every reply against the contract. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Agent, fetch } from 'undici';
import manifest from '../../package.json' with { type: 'json' };
import type { components } from '../../generated/api.ts';
import type { InvalidDeployment } from '../../catalogue/catalogue.ts';
import { parseConfiguration, type Configuration } from '../../server/configuration.ts';
import { startEngine, type Engine, type EngineOptions } from '../../server/engine.ts';
import { buildLog } from '../../server/log/log.ts';
import { checkReply, type Reply } from './contract.ts';

/** The ids of the sample deployments, in order: those that the package contains. */
export const SAMPLE_IDS: readonly string[] = manifest.files
  .filter((path) => path.startsWith('deployments/'))
  .map((path) => path.slice('deployments/'.length));
/** A copy of the sample deployments, without those that someone keeps beside them in a clone. */
export const SAMPLES = copySamples();
/** Deployments of the kind `module` that behave badly on purpose, and models small enough to compute by hand. */
export const FIXTURES = fileURLToPath(new URL('../fixtures/deployments', import.meta.url));

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [key: string]: unknown;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  /** A string or bytes are sent as they are, all else as JSON. */
  readonly body?: unknown;
}

type Schemas = components['schemas'];

/** A deployment with all that this engine publishes of one. */
export interface Resource {
  readonly metadata: Readonly<Record<'guid' | 'url' | 'created_at' | 'modified_at' | 'version', string>>;
  readonly entity: Readonly<Record<'name' | 'description' | 'type' | 'scoring_url', string>> & {
    readonly scoring_endpoint: { readonly url: string };
    readonly asset: Readonly<Record<'guid' | 'asset_id' | 'name' | 'asset_type' | 'url' | 'created_at', string>>;
    readonly asset_properties: Schemas['AssetProperties'];
  };
}

/** All that a body may hold, of whatever reply; tests know what they look for in it. */
export type ReplyBody = { readonly count: number; readonly resources: readonly Resource[] } & Resource &
  Schemas['ScoredTable'] &
  Schemas['ScoredEnvelope'] &
  Schemas['Errors'] & { status: string; deployments: number; broken: readonly InvalidDeployment[] };

export interface JsonReply extends Reply {
  readonly body: ReplyBody;
  /** The error of an error reply; there is never more than one. */
  readonly error: Schemas['Error'] | undefined;
}

/** A checked reply with its body parsed. */
export function toJsonReply(reply: Reply): JsonReply {
  const body = JSON.parse(reply.text || '{}') as ReplyBody;
  return { ...reply, body, error: (body as Partial<ReplyBody>).errors?.[0] };
}

export interface TestEngine {
  readonly url: string;
  readonly engine: Engine;
  /** What was logged so far. */
  readonly log: readonly LogLine[];
  /** Sends a request, checks the reply against the contract, and gives it. */
  request(path: string, options?: RequestOptions): Promise<JsonReply>;
  /** Scores a table or envelope. */
  score(id: string, body: unknown): Promise<JsonReply>;
  stop(): Promise<void>;
}

/**
 * Starts an engine on the sample deployments, or on another folder.
 * @param environment settings on top of a free port
 * @param overrides values that no setting can have
 */
export async function startTestEngine(
  environment: Record<string, string> = {},
  options: EngineOptions = {},
  overrides: Partial<Configuration> = {},
): Promise<TestEngine> {
  const settings = { ENGINE_PORT: '0', ENGINE_DEPLOYMENTS: SAMPLES, ...environment };
  const configuration = { ...parseConfiguration(settings), ...overrides };
  const log: LogLine[] = [];
  const destination = { write: (line: string) => void log.push(JSON.parse(line) as LogLine) };
  const engine = await startEngine(configuration, buildLog('debug', undefined, destination), options);
  const client = new Agent();
  const request = (path: string, options: RequestOptions = {}) => send(client, `${engine.url}${path}`, path, options);
  // An engine gives the connections that are kept some time, which nobody here needs.
  const stop = () => Promise.all([engine.stop(), client.close()]);
  let stopped: ReturnType<typeof stop> | undefined;
  return {
    url: engine.url,
    engine,
    log,
    request,
    score: (id, body) => request(`/v1/deployments/${id}/online`, { method: 'POST', body }),
    stop: async () => {
      await (stopped ??= stop());
    },
  };
}

async function send(
  dispatcher: Agent,
  url: string,
  path: string,
  { method = 'GET', headers = {}, body }: RequestOptions,
): Promise<JsonReply> {
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(url, {
    dispatcher,
    method,
    headers: { ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: raw ? (body as string | Uint8Array<ArrayBuffer>) : JSON.stringify(body) }),
  });
  const reply = { status: response.status, headers: response.headers, text: await response.text() };
  checkReply(method, path, reply);
  return toJsonReply(reply);
}

/**
 * A temporary folder with copies of some fixtures, `misbehaving` among them, and `hasty`: the same module with a short time limit. It runs in
 * the event loop, where no answer that comes at once can be late, however busy the machine is.
 */
export async function makeHastyFolder(...ids: readonly string[]) {
  const deployments = await makeDeploymentsFolder(FIXTURES, ['misbehaving', ...ids]);
  await copyMisbehaving(deployments.folder, 'hasty', { thread: false, timeout: 100 });
  return deployments;
}

/** Copies the fixture `misbehaving` into a folder, with another id and some settings. */
export async function copyMisbehaving(folder: string, id: string, settings: object): Promise<void> {
  await cp(join(FIXTURES, 'misbehaving'), join(folder, id), { recursive: true });
  const path = join(folder, id, 'deployment.json');
  const json = JSON.parse(await readFile(path, 'utf8')) as { settings: object };
  await writeFile(path, JSON.stringify({ ...json, id, settings: { ...json.settings, ...settings } }));
}

/** A temporary folder, with copies of some deployments in it; `remove` deletes it. */
export async function makeDeploymentsFolder(from: string, ids: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'engine-'));
  for (const id of ids) await cp(join(from, id), join(folder, id), { recursive: true });
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

function copySamples(): string {
  const folder = mkdtempSync(join(tmpdir(), 'samples-'));
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  const from = fileURLToPath(new URL('../../deployments', import.meta.url));
  for (const id of SAMPLE_IDS) cpSync(join(from, id), join(folder, id), { recursive: true });
  return folder;
}
