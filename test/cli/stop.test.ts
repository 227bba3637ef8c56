/** Engines are stopped while clients send them requests, and not one request may be lost. */
import { expect } from 'chai';
import { Agent, request } from 'node:http';
import { FIXTURES } from '../support/engine.ts';
import { Run } from '../support/run.ts';

/** How often each is stopped; the gate sets 20. */
const STOPS = Number(process.env['STOPS'] ?? 3);
const REQUESTS = 500;
const CLIENTS = 16;
const TABLE = JSON.stringify({ fields: ['a', 'b'], values: [[1, 2.5]] });
const SCORED = JSON.stringify({ fields: ['prediction'], values: [[3.5]] });

/** Scores a row; gives what the reply was, or the error. */
function score(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': TABLE.length };
    const sent = request(`${url}/v1/deployments/sum/online`, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => resolve(`${response.statusCode} ${text}`));
      response.once('error', ({ message }) => resolve(message));
    });
    sent.once('error', ({ code, syscall, message }: NodeJS.ErrnoException) =>
      resolve(syscall === 'connect' && code === 'ECONNREFUSED' ? 'refused' : message),
    );
    sent.end(TABLE);
  });
}

/**
 * Sends requests to an engine on connections that are kept, and stops it when half of them have been answered. Clients send a
 * request again only where their connection was refused, to the next engine.
 */
async function stopUnderLoad(engine: Run, urls: { readonly first: string; readonly next: string }): Promise<string[]> {
  const agent = new Agent({ keepAlive: true });
  const replies: string[] = [];
  let url = urls.first;
  let toSend = REQUESTS;
  const send = async () => {
    while (toSend > 0) {
      toSend -= 1;
      let reply = await score(url, agent);
      if (reply === 'refused') {
        url = urls.next;
        reply = await score(url, agent);
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
      FIXTURES,
      '--allow-modules',
      'true',
      '--log-level',
      'warn',
      ...args,
    ]);
    running.add(engine);
    return { engine, url: engine.listen() };
  };

  for (const [how, args] of [
    ['one process', []],
    ['two workers', ['--workers', '2']],
  ] as const) {
    it(`loses none of ${STOPS * REQUESTS} requests in ${STOPS} stops of ${how}`, async () => {
      const tally: Record<string, number> = {};
      let current = start(args);
      for (let stop = 0; stop < STOPS; stop++) {
        const next = start(args);
        const urls = { first: await current.url, next: await next.url };
        for (const reply of await stopUnderLoad(current.engine, urls)) tally[reply] = (tally[reply] ?? 0) + 1;
        expect(await current.engine.code).to.equal(0);
        running.delete(current.engine);
        current = next;
      }
      expect(tally).to.deep.equal({ [`200 ${SCORED}`]: STOPS * REQUESTS });
    }).timeout(600_000);
  }
});
