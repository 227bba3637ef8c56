import { expect } from 'chai';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { startTestEngine, type TestEngine } from '../support/engine.ts';
import { IRIS } from '../support/healthy.ts';
import { RawConnection, toHead, toRequest } from '../support/raw.ts';

const PATH = '/v1/deployments/iris/online';
const TABLE = JSON.stringify(IRIS);

/** Nothing runs in this process meanwhile, nor in the engine in it; the system takes what arrives. */
function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

describe('an engine that has paused for longer than a time limit', () => {
  let engine: TestEngine;
  let connection: RawConnection;
  before(async () => (engine = await startTestEngine({ ENGINE_BODY_TIMEOUT: '1' })));
  beforeEach(async () => (connection = await RawConnection.open(engine.url)));
  afterEach(() => connection.close());
  after(() => engine.stop());

  it('answers a request whose body arrived meanwhile', async () => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': TABLE.length, Expect: '100-continue' };
    connection.send(toHead('POST', PATH, headers));
    expect((await connection.receive('POST', PATH)).status).to.equal(100);
    connection.send(TABLE);
    pause(1_200);
    expect((await connection.receive('POST', PATH)).status).to.equal(200);
  });

  it('answers a request whose headers arrived meanwhile', async () => {
    const request = toRequest('POST', PATH, TABLE);
    connection.send(toHead('GET', '/health/live') + request.slice(0, 40));
    await connection.receive('GET', '/health/live');
    // It has read the rest of what was sent when it answers on another connection.
    await engine.request('/health/live');
    connection.send(request.slice(40));
    pause(2_200);
    expect((await connection.receive('POST', PATH)).status).to.equal(200);
    connection.send(toHead('GET', '/health/live'));
    expect((await connection.receive('GET', '/health/live')).status).to.equal(200);
  });

  it('answers what follows a rejected request whose body arrived meanwhile', async () => {
    connection.send(toHead('POST', '/nothing', { 'Content-Length': 10 }));
    expect((await connection.receive('POST', '/nothing')).status).to.equal(404);
    connection.send('0123456789').send(toHead('GET', '/health/live'));
    pause(2_200);
    expect((await connection.receive('GET', '/health/live')).status).to.equal(200);
  });

  it('answers 408 where a body goes on arriving, a byte in each turn of the event loop', async () => {
    connection.send(toHead('POST', PATH, { 'Content-Type': 'application/json', 'Content-Length': 1_000_000 }));
    let status: number | undefined;
    const reply = connection.receive('POST', PATH).then((received) => (status = received.status));
    const start = performance.now();
    let late = 0;
    while (status === undefined) {
      connection.send(' ');
      await setImmediate();
      if (performance.now() > start + 1_000) late += 1;
    }
    await reply;
    expect(status).to.equal(408);
    // The limit begins a little later than this clock.
    expect(late, 'turns after the limit').to.be.below(20_000);
  });

  it('answers 408 where nothing arrived meanwhile', async () => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': TABLE.length, Expect: '100-continue' };
    connection.send(toHead('POST', PATH, headers));
    expect((await connection.receive('POST', PATH)).status).to.equal(100);
    connection.send(TABLE.slice(1));
    pause(1_200);
    expect((await connection.receive('POST', PATH)).status).to.equal(408);
    await once(connection.socket, 'close');
  });
});
