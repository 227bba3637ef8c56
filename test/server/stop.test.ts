import { expect } from 'chai';
import { once } from 'node:events';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { LOOK_INTERVAL, LOOKS } from '../../server/connections/connections.ts';
import { FIXTURES, startTestEngine, type TestEngine } from '../support/engine.ts';
import { toModeTable } from '../support/healthy.ts';
import { RawConnection, toHead, toRequest } from '../support/raw.ts';
import { until } from '../support/until.ts';

const PATH = '/v1/deployments/misbehaving/online';
const LIST = '/v1/deployments';
const TABLE = JSON.stringify(toModeTable('well'));

describe('an engine that stops', () => {
  let engine: TestEngine;
  beforeEach(async () => {
    engine = await startTestEngine({ ENGINE_DEPLOYMENTS: FIXTURES, ENGINE_ALLOW_MODULES: 'true' });
  });
  afterEach(() => engine.stop());

  const open = () => RawConnection.open(engine.url);

  /** A request under way: its headers are accepted, its body is still to come. */
  const begin = async (body: string) => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length, Expect: '100-continue' };
    const connection = (await open()).send(toHead('POST', PATH, headers));
    expect((await connection.receive('POST', PATH)).status).to.equal(100);
    return connection;
  };
  /** A connection that is kept after a request. */
  const openIdle = async () => {
    const connection = (await open()).send(toHead('GET', LIST));
    expect((await connection.receive('GET', LIST)).headers.get('connection')).to.equal('keep-alive');
    return connection;
  };
  /** Begins to stop the engine, and waits until nobody can connect any more. */
  const beginToStop = async () => {
    const stopped = engine.stop();
    await until('nobody can connect', async () => {
      const connection = await open().catch((reason: unknown) => reason);
      if (!(connection instanceof RawConnection)) {
        expect(connection).to.have.property('code', 'ECONNREFUSED');
        return true;
      }
      connection.close();
      return false;
    });
    return { stopped };
  };
  /** The last request of a connection is answered, and the connection ends. */
  const expectLast = async (connection: RawConnection, status = 200) => {
    const reply = await connection.send(toHead('GET', LIST)).receive('GET', LIST);
    expect(reply.status).to.equal(status);
    expect(reply.headers.get('connection')).to.equal('close');
    await connection.ended;
    return reply;
  };

  it('answers the request under way, says that its connection closes, and ends it', async () => {
    const connection = await begin(TABLE);
    const { stopped } = await beginToStop();
    const { status, headers, body } = await connection.send(TABLE).receive('POST', PATH);
    expect(status).to.equal(200);
    expect(headers.get('connection')).to.equal('close');
    expect(body.values).to.deep.equal([['well', 0.25, 'no', [0.75, 0.25]]]);
    await connection.ended;
    await stopped;
  });

  it('answers what comes on connections that were kept, and on those that have sent nothing', async () => {
    const connections = [await openIdle(), await open()];
    const { stopped } = await beginToStop();
    for (const connection of connections) await expectLast(connection);
    await stopped;
  });

  it('answers what comes while it closes its port when that is closed', async () => {
    const connection = (await openIdle()).send(toHead('GET', LIST));
    const stopped = engine.stop();
    const { status, headers } = await connection.receive('GET', LIST);
    expect(status).to.equal(200);
    expect(headers.get('connection')).to.equal('close');
    await stopped;
  });

  it('answers those that have connected without its knowing', async () => {
    const connections = Array.from({ length: 20 }, open);
    const stopped = engine.stop();
    for (const connection of await Promise.all(connections)) await expectLast(connection);
    await stopped;
  });

  it('answers those, too, where it waits for a core for as long as it would look for them', async () => {
    const now = performance.now.bind(performance);
    let waits = 0;
    performance.now = () => now() + 2_000 * waits++;
    try {
      const connections = Array.from({ length: 20 }, open);
      const stopped = engine.stop();
      for (const connection of await Promise.all(connections)) await expectLast(connection);
      await stopped;
    } finally {
      Reflect.deleteProperty(performance, 'now');
    }
  });

  it('answers whatever came before it lets go of a connection, although it could not look at it until then', async () => {
    const connections = await Promise.all(Array.from({ length: 2 * LOOKS }, openIdle));
    const { stopped } = await beginToStop();
    const answered: RawConnection[] = [];
    for (const connection of connections) {
      // Enough turns of the event loop for the end of the connection to be seen, where the engine has ended it.
      for (let turn = 0; turn < 10; turn++) await setImmediate();
      if (connection.isOver) break;
      answered.push(connection.send(toHead('GET', LIST)));
      const end = performance.now() + LOOK_INTERVAL;
      while (performance.now() < end) continue;
    }
    // At least one check falls into each round, and several where a round takes long.
    expect(answered).to.have.length.within(1, 2 * LOOKS - 1);
    for (const connection of answered) expect((await connection.receive('GET', LIST)).status).to.equal(200);
    await stopped;
  });

  it('answers all that was sent at once on a connection, and only the last reply says that it closes', async () => {
    const slow = JSON.stringify(toModeTable('slow'));
    const connection = await begin(slow);
    const { stopped } = await beginToStop();
    connection.send(slow + toHead('GET', LIST));
    const { status, headers } = await connection.receive('POST', PATH);
    expect(status).to.equal(200);
    expect(headers.get('connection')).to.equal('keep-alive');
    const last = await connection.receive('GET', LIST);
    expect(last.status).to.equal(200);
    expect(last.headers.get('connection')).to.equal('close');
    await connection.ended;
    await stopped;
  });

  it('writes a long reply to its end, however slowly it is read, and answers what comes after it', async () => {
    // More than the buffers of a connection hold.
    const text = 'x'.repeat(24 * 2 ** 20);
    const { fields, values } = toModeTable('well');
    const body = JSON.stringify({ fields: [...fields, 'note'], values: [[...(values[0] as unknown[]), text]] });
    const connection = (await open()).send(toRequest('POST', PATH, body));
    await once(connection.socket, 'data');
    connection.socket.pause();
    const { stopped } = await beginToStop();
    await sleep((LOOKS + 2) * LOOK_INTERVAL);
    const reply = connection.receive('POST', PATH);
    connection.socket.resume();
    const { headers, body: answer } = await reply;
    expect(answer.values[0]?.[2] === text).to.equal(true);
    expect(headers.get('connection')).to.equal('keep-alive');
    await sleep(2 * LOOK_INTERVAL);
    await expectLast(connection);
    await stopped;
  });

  it('lets go of connections without a request after a while, and answers 503 to what comes still later', async () => {
    const [underWay, late, idle, fresh] = [await begin(TABLE), await open(), await openIdle(), await open()];
    const { stopped } = await beginToStop();
    const head = toHead('GET', LIST);
    late.send(head.slice(0, 5));
    await Promise.all([idle.ended, fresh.ended]);
    const { status, headers, error } = await late.send(head.slice(5)).receive('GET', LIST);
    expect(status).to.equal(503);
    expect(headers.get('retry-after')).to.equal('1');
    expect(headers.get('connection')).to.equal('close');
    expect(error).to.deep.equal({
      code: 'stopping',
      message: 'The engine is stopping. Retry later, or with another instance.',
    });
    await late.ended;
    expect((await underWay.send(TABLE).receive('POST', PATH)).status).to.equal(200);
    await stopped;
  });

  it('is live and not ready', async () => {
    const [live, ready] = [await openIdle(), await openIdle()];
    const { stopped } = await beginToStop();
    for (const [connection, path, expected] of [
      [live, '/health/live', 200],
      [ready, '/health/ready', 503],
    ] as const) {
      const { status, body } = await connection.send(toHead('GET', path)).receive('GET', path);
      expect(status).to.equal(expected);
      expect(body.status).to.equal(expected === 200 ? 'live' : 'stopping');
    }
    await stopped;
  });

  it('can be stopped twice', async () => {
    await Promise.all([engine.stop(), engine.stop()]);
    await engine.stop();
    expect(engine.log.filter(({ msg }) => msg === 'stopped')).to.have.length(1);
    expect(engine.log.at(-1)?.msg).to.equal('stopped');
  });

  it('frees its port', async () => {
    const { port } = new URL(engine.url);
    const connection = await begin(TABLE);
    const { stopped } = await beginToStop();
    await connection.send(TABLE).receive('POST', PATH);
    await stopped;
    const next = await startTestEngine({ ENGINE_DEPLOYMENTS: FIXTURES, ENGINE_PORT: port });
    expect(next.url).to.equal(engine.url);
    await next.stop();
  });
});
