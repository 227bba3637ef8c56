import { expect } from 'chai';
import { once } from 'node:events';
import { FIXTURES, startTestEngine, type TestEngine } from '../support/engine.ts';
import { toModeTable } from '../support/healthy.ts';
import { RawConnection, toHead, toRequest } from '../support/raw.ts';

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
  const measure = async (stopped: Promise<void>) => {
    const start = performance.now();
    await stopped;
    return performance.now() - start;
  };

  it('answers the request under way, and ends its connection', async () => {
    const connection = await begin(TABLE);
    const stopped = engine.stop();
    const { status, body } = await connection.send(TABLE).receive('POST', PATH);
    expect(status).to.equal(200);
    expect(body.values).to.deep.equal([['well', 0.25, 'no', [0.75, 0.25]]]);
    await connection.ended;
    await stopped;
  });

  it('writes a long reply to its end, however slowly it is read', async () => {
    // More than the buffers of a connection hold.
    const text = 'x'.repeat(24 * 2 ** 20);
    const { fields, values } = toModeTable('well');
    const body = JSON.stringify({ fields: [...fields, 'note'], values: [[...(values[0] as unknown[]), text]] });
    const connection = (await open()).send(toRequest('POST', PATH, body));
    await once(connection.socket, 'data');
    connection.socket.pause();
    const stopped = engine.stop();
    const reply = connection.receive('POST', PATH);
    connection.socket.resume();
    expect((await reply).body.values[0]?.[2] === text).to.equal(true);
    await stopped;
  });

  it('takes no new connections', async () => {
    const connection = await begin(TABLE);
    const stopped = engine.stop();
    const error: unknown = await open().catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'ECONNREFUSED');
    await connection.send(TABLE).receive('POST', PATH);
    await stopped;
  });

  it('answers 503 to a request that comes later on the connection of one under way, and ends it', async () => {
    const slow = JSON.stringify(toModeTable('slow'));
    const connection = await begin(slow);
    const stopped = engine.stop();
    connection.send(slow + toHead('GET', LIST));
    expect((await connection.receive('POST', PATH)).status).to.equal(200);
    const { status, headers, error } = await connection.receive('GET', LIST);
    expect(status).to.equal(503);
    expect(headers.get('retry-after')).to.equal('1');
    expect(headers.get('connection')).to.equal('close');
    expect(error).to.deep.equal({
      code: 'stopping',
      message: 'The engine is stopping. Send the request again, to another one or later.',
    });
    await connection.ended;
    await stopped;
  });

  it('is live and not ready', async () => {
    const slow = JSON.stringify(toModeTable('slow'));
    const [live, ready] = [await begin(slow), await begin(slow)];
    const stopped = engine.stop();
    for (const [connection, path, expected] of [
      [live, '/health/live', 200],
      [ready, '/health/ready', 503],
    ] as const) {
      connection.send(slow + toHead('GET', path));
      await connection.receive('POST', PATH);
      const { status, body } = await connection.receive('GET', path);
      expect(status).to.equal(expected);
      expect(body.status).to.equal(expected === 200 ? 'live' : 'stopping');
    }
    await stopped;
  });

  it('does not wait for connections that are kept alive, nor for those that have sent nothing', async () => {
    const idle = await Promise.all([open(), open(), open()]);
    for (const connection of idle.slice(1)) {
      expect((await connection.send(toHead('GET', LIST)).receive('GET', LIST)).headers.get('connection')).to.equal(
        'keep-alive',
      );
    }
    expect(await measure(engine.stop())).to.be.lessThan(1_000);
    await Promise.all(idle.map(({ ended }) => ended));
  });

  it('does not wait for connections that become idle while it stops', async () => {
    const connection = await begin(TABLE);
    const stopped = engine.stop();
    await connection.send(TABLE).receive('POST', PATH);
    expect(await measure(stopped)).to.be.lessThan(1_000);
  });

  it('can be stopped twice', async () => {
    await Promise.all([engine.stop(), engine.stop()]);
    await engine.stop();
    expect(engine.log.at(-1)?.msg).to.equal('stopped');
  });

  it('frees its port', async () => {
    const { port } = new URL(engine.url);
    await (await open()).send(toRequest('POST', PATH, TABLE)).receive('POST', PATH);
    await engine.stop();
    const next = await startTestEngine({ ENGINE_DEPLOYMENTS: FIXTURES, ENGINE_PORT: port });
    expect(next.url).to.equal(engine.url);
    await next.stop();
  });
});
