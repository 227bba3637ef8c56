/**
 * Runs Dredd against a live engine and the Swagger file: every response that the contract declares is provoked and
 * validated, with and without authentication. The counts are asserted because Dredd reports skipped tests as success.
 */
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, request, type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { load } from 'js-yaml';
import type { Deployments } from '../../catalogue/catalogue.ts';
import openapi from '../../generated/openapi.json' with { type: 'json' };
import type { MetricsProviders } from '../../handlers/metrics-providers.ts';
import { parseConfiguration } from '../../server/configuration.ts';
import { buildLog } from '../../server/log/log.ts';
import {
  startMetricsProviders,
  type RunningMetricsProviders,
} from '../../server/metrics-providers/metrics-providers.ts';
import { toProviderCall } from '../openscale-double/call-provider.ts';
import { OpenScaleDouble } from '../openscale-double/openscale-double.ts';
import { checkReply, type Reply } from '../support/contract.ts';
import {
  findInstance,
  load as loadSample,
  logRows,
  registerMonitors,
  toProvider,
  writeProviders,
} from '../support/custom-monitor.ts';
import { makeDeploymentsFolder, SAMPLES, startTestEngine, type TestEngine } from '../support/engine.ts';
import { openClient, SECRETS } from '../support/openscale.ts';
import { setVariables } from '../support/set-variables.ts';

interface Transaction {
  readonly name: string;
  skip: boolean;
  fail?: string;
  fullPath: string;
  port: string;
  readonly request: { method: string; uri: string; body: string; headers: Record<string, string> };
}

/** What World.provoke() can provoke. */
const PROVOKED = ['200', '400', '401', '404', '405', '408', '413', '415', '500', '502', '503', '504'];

interface Statistics {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
  readonly passes: number;
}

type Run = (callback: (error: Error | null, statistics: Statistics) => void) => void;
const require = createRequire(import.meta.url);
const Dredd = require('dredd') as new (configuration: object) => { run: Run };

interface Swagger {
  readonly paths: Record<string, Record<string, { readonly responses: Record<string, unknown> }>>;
}

const specFile = fileURLToPath(new URL('../../spec/openscale-engine.yaml', import.meta.url));
const hookFile = fileURLToPath(new URL('dredd-hooks.cjs', import.meta.url));
const CREDENTIALS = { ENGINE_USERNAME: 'openscale', ENGINE_PASSWORD: 'correct horse' };
const AUTHORIZATION = `Basic ${Buffer.from('openscale:correct horse').toString('base64')}`;

describe('the contract, by Dredd', function () {
  it('holds with Basic authentication, in every response that it declares', async () => {
    await checkContract(CREDENTIALS, () => true);
  });

  it('holds without authentication, in every response but 401', async () => {
    await checkContract({}, (status) => status !== '401');
  });
});

describe('an operation of the contract', () => {
  it('answers with no status that it does not declare, whatever is provoked', async () => {
    const swagger = load(await readFile(specFile, 'utf8')) as Swagger;
    const operations = Object.entries(swagger.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ path, method })),
    );
    const world = await World.open(CREDENTIALS);
    const answered = new Set<string>();
    try {
      for (const { path, method } of operations) {
        for (const status of PROVOKED) {
          const transaction = toTransaction(method, path, world.engine);
          world.provoke(transaction, path, status);
          const reply = await send(transaction);
          checkReply(transaction.request.method, transaction.fullPath, reply);
          answered.add(String(reply.status));
          world.recover();
        }
      }
    } finally {
      await world.close();
    }
    expect([...answered].sort()).to.deep.equal(PROVOKED);
  });
});

/** The request of an operation with the examples of the contract. */
function toTransaction(method: string, path: string, { url }: TestEngine): Transaction {
  const { ScoringRequest, FeedbackRequest, MetricsRequest } = openapi.components.schemas;
  const ofDeployment = path.endsWith('/feedback') ? FeedbackRequest.example : ScoringRequest.example;
  const example = path.includes('metrics-providers') ? MetricsRequest.example : ofDeployment;
  const body = method === 'get' ? '' : JSON.stringify(example);
  const fullPath = path.replace('{deployment_id}', 'iris').replace('{name}', 'data-quality');
  const headers: Record<string, string> = body === '' ? {} : { 'Content-Type': 'application/json' };
  return {
    name: '',
    skip: false,
    fullPath,
    port: new URL(url).port,
    request: { method: method.toUpperCase(), uri: '', body, headers },
  };
}

async function send({ fullPath, port, request: { method, body, headers } }: Transaction): Promise<Reply> {
  const length = { 'Content-Length': Buffer.byteLength(body) };
  const sent = request({
    host: '127.0.0.1',
    port,
    path: fullPath,
    method,
    headers: { ...headers, ...length },
    agent: false,
  });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk as string;
  return { status: response.statusCode ?? 0, headers: new Headers(response.headers as Record<string, string>), text };
}

async function checkContract(
  environment: Record<string, string>,
  declared: (status: string) => boolean,
): Promise<void> {
  const swagger = load(await readFile(specFile, 'utf8')) as Swagger;
  const expected: string[] = [];
  for (const [path, operations] of Object.entries(swagger.paths)) {
    for (const { responses } of Object.values(operations)) {
      for (const status of Object.keys(responses)) {
        if (declared(status)) expected.push(`${path} ${status}`);
        // Without authentication the engine never answers 401, so the contract under test must not declare it.
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
        else delete responses[status];
      }
    }
  }
  expect(expected.length).to.be.greaterThan(20);

  const world = await World.open(environment);
  const seen: string[] = [];
  try {
    const dredd = new Dredd({
      endpoint: world.engine.url,
      apiDescriptions: [{ location: specFile, content: JSON.stringify(swagger) }],
      hookfiles: [hookFile],
      loglevel: 'silent',
      custom: {
        before: (transaction: Transaction) => {
          const [, path, , status] = transaction.name.split(' > ') as [string, string, string, string];
          seen.push(`${path} ${status}`);
          transaction.skip = false;
          world.provoke(transaction, path, status);
        },
        after: () => world.recover(),
      },
    });
    const statistics = await new Promise<Statistics>((resolve, reject) => {
      dredd.run((error, result) => (error ? reject(error) : resolve(result)));
    });
    expect(seen.sort()).to.deep.equal(expected.sort());
    expect(statistics).to.include({
      tests: expected.length,
      passes: expected.length,
      failures: 0,
      errors: 0,
      skipped: 0,
    });
  } finally {
    await world.close();
  }
}

/** A live engine, and the means to make it answer with each declared status. */
class World {
  readonly engine: TestEngine;
  /** Like the other one, but it waits no more than a second for a body. */
  readonly #hasty: TestEngine;
  /** Like the other one, but it has no slots. */
  readonly #busy: TestEngine;
  readonly #slowLine: Server;
  readonly #state: { failing: boolean };
  readonly #upstream: RemoteDeployment;
  readonly #openScale: MonitoringOpenScale;

  private constructor(
    [engine, hasty, busy]: readonly [TestEngine, TestEngine, TestEngine],
    slowLine: Server,
    state: { failing: boolean },
    upstream: RemoteDeployment,
    openScale: MonitoringOpenScale,
  ) {
    this.#openScale = openScale;
    this.engine = engine;
    this.#hasty = hasty;
    this.#busy = busy;
    this.#slowLine = slowLine;
    this.#state = state;
    this.#upstream = upstream;
  }

  static async open(environment: Record<string, string>): Promise<World> {
    const state = { failing: false };
    const upstream = await addRemoteDeployment();
    const payloadLog = join(upstream.folder, 'payload-log.json');
    await writeFile(payloadLog, JSON.stringify({ folder: join(upstream.folder, '.payload-log') }));
    const openScale = await startMonitoringOpenScale();
    const toFile = (name: string, more: object) =>
      writeProviders(join(upstream.folder, name), openScale.double, { 'data-quality': { type: 'data-quality' } }, more);
    const metricsFile = await toFile('metrics.json', {});
    const settings = {
      ENGINE_METRICS_PROVIDERS: metricsFile,
      ENGINE_MAX_BODY: '16kb',
      ...environment,
      ENGINE_DEPLOYMENTS: upstream.folder,
      ENGINE_PAYLOAD_LOG: payloadLog,
    };
    const { metricsProviders } = parseConfiguration(settings);
    if (!metricsProviders) throw new TypeError('there are metrics providers');
    const metrics = startMetricsProviders(
      { settings: metricsProviders, deployments: upstream.folder, allowModules: false },
      buildLog('silent'),
    );
    openScale.metrics = metrics;
    const engine = await startTestEngine(settings, {
      wrap: (deployments) => toFailing(deployments, state),
      metricsProviders: toFailingMetrics(metrics, state),
    });
    const impatient = await toFile('impatient.json', { openscale: { ...metricsProviders.openscale, timeout: 100 } });
    const hasty = await startTestEngine({ ...settings, ENGINE_METRICS_PROVIDERS: impatient, ENGINE_BODY_TIMEOUT: '1' });
    const busy = await startTestEngine(settings, {}, { maxConcurrency: 0 });
    const slowLine = createServer((socket) => forwardHeaders(socket, Number(new URL(hasty.url).port)));
    slowLine.listen(0, '127.0.0.1');
    await once(slowLine, 'listening');
    return new World([engine, hasty, busy], slowLine, state, upstream, openScale);
  }

  provoke(transaction: Transaction, path: string, status: string): void {
    const { request } = transaction;
    const isMetrics = path.includes('metrics-providers');
    if (status !== '401') request.headers['Authorization'] = AUTHORIZATION;
    if (isMetrics) request.body = this.#openScale.addRun();
    switch (status) {
      case '200':
      case '401':
        break;
      case '400':
        if (isMetrics || /\/(online|predictions|feedback)$/.test(path)) request.body = '{"fields": [';
        else request.headers['Host'] = 'not a host';
        break;
      case '404':
        transaction.fullPath = transaction.fullPath.replace(/\/(iris|data-quality)/, '/nothing');
        break;
      case '405':
        request.method = 'DELETE';
        break;
      case '408':
        // Dredd would send the next such request on the same connection.
        request.headers['Connection'] = 'close';
        transaction.port = String((this.#slowLine.address() as AddressInfo).port);
        break;
      case '413':
        request.body = JSON.stringify({ fields: ['sepal_length'], values: new Array(10_000).fill([1]) });
        break;
      case '415':
        request.headers['Content-Type'] = 'text/csv';
        break;
      case '500':
        this.#state.failing = true;
        break;
      case '502':
      case '504':
        if (isMetrics) {
          const failure =
            status === '504' ? ({ kind: 'silence' } as const) : ({ kind: 'status', status: 403 } as const);
          this.#openScale.double.fail(failure, { times: 1000 });
          // The other engine waits long for OpenScale.
          if (status === '504') transaction.port = new URL(this.#hasty.url).port;
          break;
        }
        transaction.fullPath = transaction.fullPath.replace('/iris', '/remote');
        this.#upstream.isSilent = status === '504';
        break;
      case '503':
        transaction.port = new URL(this.#busy.url).port;
        break;
      default:
        throw new Error(`nothing provokes ${status}`);
    }
  }

  recover(): void {
    this.#state.failing = false;
    this.#openScale.double.recover();
  }

  async close(): Promise<void> {
    await Promise.all([this.engine.stop(), this.#hasty.stop(), this.#busy.stop()]);
    this.#slowLine.close();
    await this.#openScale.close();
    await this.#upstream.remove();
  }
}

interface RemoteDeployment {
  /** The folder of the deployments, with the samples in it. */
  readonly folder: string;
  /** Whether the upstream never replies; otherwise it replies with 500. */
  isSilent: boolean;
  remove(): Promise<void>;
}

/** The samples, plus a deployment like iris whose remote model fails. */
async function addRemoteDeployment(): Promise<RemoteDeployment> {
  const upstream = createHttpServer((request, response) => {
    request.resume();
    if (!deployment.isSilent) response.writeHead(500).end();
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const { folder, remove } = await makeDeploymentsFolder(SAMPLES, ['iris']);
  const file = JSON.parse(await readFile(join(folder, 'iris', 'deployment.json'), 'utf8')) as object;
  const settings = { url: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`, timeout: 1000 };
  await mkdir(join(folder, 'remote'));
  await writeFile(
    join(folder, 'remote', 'deployment.json'),
    JSON.stringify({ ...file, id: 'remote', kind: 'json', settings }),
  );
  const deployment: RemoteDeployment = {
    folder,
    isSilent: false,
    remove: async () => {
      upstream.close();
      upstream.closeAllConnections();
      await remove();
    },
  };
  return deployment;
}

/** A double of OpenScale with a custom monitor of the sample iris. */
interface MonitoringOpenScale {
  readonly double: OpenScaleDouble;
  metrics: RunningMetricsProviders | undefined;
  /** Adds a run; gives the body of the call for it. */
  addRun(): string;
  close(): Promise<void>;
}

async function startMonitoringOpenScale(): Promise<MonitoringOpenScale> {
  const reset = setVariables(SECRETS);
  const double = await OpenScaleDouble.start();
  const client = await openClient(double);
  const deployment = await loadSample(join(SAMPLES, 'iris'));
  const provider = toProvider('data-quality', { type: 'data-quality' });
  await registerMonitors(client, deployment, [provider], 'http://127.0.0.1:1');
  client.close();
  const fields = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width', 'prediction', 'probability'];
  await logRows(double, deployment, 'payload_logging', fields, [[5.1, 3.5, 1.4, 0.2, 'setosa', [1, 0, 0]]]);
  const own: MonitoringOpenScale = {
    double,
    metrics: undefined,
    addRun: () => {
      const instance = findInstance(double, 'data-quality');
      const run = double.store.addRun(instance, {}).metadata.id;
      return JSON.stringify(toProviderCall(double.store, instance, run)?.body);
    },
    close: async () => {
      await own.metrics?.stop();
      await double.close();
      reset();
    },
  };
  return own;
}

/** Metrics providers that fail while `state.failing` is set. */
function toFailingMetrics(metrics: MetricsProviders, state: { readonly failing: boolean }): MetricsProviders {
  return {
    run: (name, request) =>
      state.failing ? Promise.reject(new Error('the providers failed')) : metrics.run(name, request),
  };
}

/** Deployments that fail while `state.failing` is set. */
function toFailing(deployments: Deployments, state: { readonly failing: boolean }): Deployments {
  const orFail = <Value>(value: Value): Value => {
    if (state.failing) throw new Error('the catalogue failed');
    return value;
  };
  return { list: () => orFail(deployments.list()), get: (id) => orFail(deployments.get(id)) };
}

/** Forwards the headers of a request but never its body, as an extremely slow connection would. */
function forwardHeaders(client: Socket, port: number): void {
  const engine = connect(port, '127.0.0.1');
  let received = '';
  let forwarded = false;
  client.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    const end = received.indexOf('\r\n\r\n');
    if (forwarded || end < 0) return;
    forwarded = true;
    engine.write(received.slice(0, end + 4), 'latin1');
  });
  engine.pipe(client);
  client.on('close', () => engine.destroy());
  client.on('error', () => engine.destroy());
  engine.on('error', () => client.destroy());
}
