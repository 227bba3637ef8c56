/** Engines are stopped while clients send them requests, and not one request may be lost. */
import { expect } from 'chai';
import { Agent as PlainAgent, request as requestPlainly } from 'node:http';
import { Agent as SecureAgent, request as requestSecurely } from 'node:https';
import type { Socket } from 'node:net';
import { SAMPLES } from '../support/engine.ts';
import { Run } from '../support/run.ts';
import { makeTlsFolder } from '../support/tls-client.ts';
import { until } from '../support/until.ts';

/** How often each is stopped, and how many requests each stop gets; the gate sets 20 and 2500. */
const STOPS = Number(process.env['STOPS'] ?? 3);
const REQUESTS = Number(process.env['REQUESTS'] ?? 500);
/** With TLS, the same happens behind the encryption. */
const TLS_STOPS = Math.ceil(STOPS / 4);
/** How often the workers are replaced, which takes a few seconds. */
const RESTARTS = process.env['STOPS'] === undefined ? 1 : STOPS;
const CLIENTS = 16;
/** Every 16th request has 3000 rows, which a thread scores. */
const LONG_EVERY = 16;
const toTable = (rows: number) =>
  `{"fields":["sepal_length","sepal_width","petal_length","petal_width"],"values":[${Array.from({ length: rows }, () => '[5.1000,3.5000,1.4000,0.2000]').join(',')}]}`;
const SHORT = toTable(1);
const LONG = toTable(3000);

/** How long an engine that stops keeps a connection that is not used, in milliseconds. */
const GRACE = 1_000;
/** When the last request on a connection was sent. */
const lastSent = new WeakMap<Socket, number>();

/**
 * Scores a table; gives what the reply was, or the error: `refused` where there is no engine any more, and `idle` where the connection had
 * not been used for so long that it may have been closed, because this process did not run.
 */
function score(url: string, agent: PlainAgent, table: string): Promise<string> {
  return new Promise((resolve) => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': table.length };
    const request = url.startsWith('https:') ? requestSecurely : requestPlainly;
    const sent = request(`${url}/v1/deployments/iris/online`, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => resolve(`${response.statusCode}: ${text.split('[5.1').length - 1} rows`));
      response.once('error', ({ message }) => resolve(message));
    });
    let isIdle = false;
    sent.once('socket', (socket) => {
      const now = performance.now();
      isIdle = sent.reusedSocket && now - (lastSent.get(socket) ?? now) > GRACE / 2;
      lastSent.set(socket, now);
    });
    sent.once('error', ({ code, syscall, message }: NodeJS.ErrnoException) => {
      if (syscall === 'connect' && code === 'ECONNREFUSED') resolve('refused');
      else resolve(isIdle ? 'idle' : message);
    });
    sent.end(table);
  });
}

const TLS = makeTlsFolder();
const TLS_OPTIONS = ['--tls-cert', TLS.environment.ENGINE_TLS_CERT, '--tls-key', TLS.environment.ENGINE_TLS_KEY];

/** A client that keeps its connections; of TLS, it shakes hands in each of them. */
function makeAgent(url: string): PlainAgent {
  if (!url.startsWith('https:')) return new PlainAgent({ keepAlive: true });
  return new SecureAgent({ keepAlive: true, ca: TLS.authority.cert, servername: 'localhost', maxCachedSessions: 0 });
}

/** The table of a request, by its number. */
const toRequested = (number: number) => (number % LONG_EVERY === 0 ? LONG : SHORT);
/** The replies that are expected during some stops. */
const toExpected = (stops: number) => {
  const long = Math.floor((REQUESTS - 1) / LONG_EVERY) + 1;
  return { '200: 1 rows': stops * (REQUESTS - long), '200: 3000 rows': stops * long };
};

/** Scores a table, once more for each connection that was not used for long. */
async function scoreOnce(url: string, agent: PlainAgent, table: string): Promise<string> {
  for (;;) {
    const reply = await score(url, agent, table);
    if (reply !== 'idle') return reply;
  }
}

/**
 * Sends requests to an engine on connections that are kept, and stops it when half of them have been answered. Clients send a
 * request again only where their connection was refused, to the next engine, or was not used for long.
 */
async function stopUnderLoad(engine: Run, urls: { readonly first: string; readonly next: string }): Promise<string[]> {
  const agent = makeAgent(urls.first);
  const replies: string[] = [];
  let url = urls.first;
  let toSend = REQUESTS;
  const send = async () => {
    while (toSend > 0) {
      toSend -= 1;
      const table = toRequested(toSend);
      let reply = await scoreOnce(url, agent, table);
      if (reply === 'refused') {
        url = urls.next;
        reply = await scoreOnce(url, agent, table);
      }
      if (replies.push(reply) === REQUESTS / 2) engine.process.kill('SIGTERM');
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, send));
  agent.destroy();
  return replies;
}

describe('a stop', () => {
  const running = new Set<Run>();
  afterEach(async () => {
    for (const engine of running) {
      engine.process.kill('SIGKILL');
      await engine.code;
    }
    running.clear();
  });
  const start = (args: readonly string[]) => {
    const engine = new Run([
      'serve',
      '--port',
      '0',
      '--deployments',
      SAMPLES,
      '--max-queue',
      '1000',
      '--log-level',
      'info',
      ...args,
    ]);
    running.add(engine);
    return { engine, url: engine.listen() };
  };

  for (const [how, args, stops] of [
    ['one process', [], STOPS],
    ['two workers', ['--workers', '2'], STOPS],
    ['one process with TLS', TLS_OPTIONS, TLS_STOPS],
    ['two workers with TLS', ['--workers', '2', ...TLS_OPTIONS], TLS_STOPS],
  ] as const) {
    it(`loses none of ${stops * REQUESTS} requests in ${stops} stops of ${how}`, async () => {
      const tally: Record<string, number> = {};
      let current = start(args);
      for (let stop = 0; stop < stops; stop++) {
        const next = start(args);
        const urls = { first: await current.url, next: await next.url };
        for (const reply of await stopUnderLoad(current.engine, urls)) tally[reply] = (tally[reply] ?? 0) + 1;
        expect(await current.engine.code).to.equal(0);
        running.delete(current.engine);
        current = next;
      }
      expect(tally).to.deep.equal(toExpected(stops));
    }).timeout(1_200_000);
  }

  it(`loses no request in ${RESTARTS} restarts of two workers (SIGHUP)`, async () => {
    const { engine, url } = start(['--workers', '2']);
    const agent = new PlainAgent({ keepAlive: true });
    const lost: string[] = [];
    let answered = 0;
    const countRestarts = () => engine.stderr.split('"msg":"restarted"').length - 1;
    const send = async () => {
      while (countRestarts() < RESTARTS || answered < RESTARTS * REQUESTS) {
        const isLong = (answered += 1) % LONG_EVERY === 0;
        const reply = await scoreOnce(await url, agent, isLong ? LONG : SHORT);
        if (reply !== `200: ${isLong ? 3000 : 1} rows`) lost.push(reply);
      }
    };
    await url;
    const sent = Promise.all(Array.from({ length: 4 }, send));
    for (let restart = 1; restart <= RESTARTS; restart++) {
      engine.process.kill('SIGHUP');
      await until('the workers are replaced', () => countRestarts() === restart);
    }
    await sent;
    agent.destroy();
    engine.process.kill('SIGTERM');
    expect(await engine.code).to.equal(0);
    expect(lost).to.deep.equal([]);
    expect(answered).to.be.at.least(RESTARTS * REQUESTS);
  }).timeout(1_200_000);

  it('is what a single process does when its terminal is closed (SIGHUP)', async () => {
    const { engine, url } = start([]);
    await url;
    engine.process.kill('SIGHUP');
    expect(await engine.code).to.equal(0);
    expect(engine.stderr).to.contain('"msg":"stopped"');
  });
});
