import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { startTestEngine, type TestEngine } from '../../support/engine.ts';
import { IRIS } from '../../support/healthy.ts';
import { RawConnection, toRequest } from '../../support/raw.ts';
import { until } from '../../support/until.ts';
import { watchPauses } from '../../support/watch-pauses.ts';

const PATH = '/v1/deployments/iris/online';
const toBody = (rows: number) =>
  JSON.stringify({ fields: IRIS.fields, values: Array.from({ length: rows }, () => IRIS.values[0]) });
/** Its reply has 14 MB, far more than the system keeps for a connection. */
const LONG = toBody(200_000);

describe('a reply that is not read', () => {
  let engine: TestEngine;
  afterEach(() => engine.stop());
  const start = async (environment: Record<string, string>) => {
    engine = await startTestEngine({ ENGINE_MAX_ROWS: '1000000', ENGINE_BODY_MEMORY: '1mb', ...environment });
  };
  const ask = async (): Promise<RawConnection> => {
    const connection = await RawConnection.open(engine.url);
    connection.send(toRequest('POST', PATH, LONG));
    await once(connection.socket, 'data');
    connection.socket.pause();
    return connection;
  };
  const isFull = async () => (await engine.request(PATH, { method: 'POST', body: toBody(10_000) })).status === 503;

  /** Reads a reply for longer than an engine would wait for a client that reads nothing. */
  const readSlowly = async () => {
    const connection = await ask();
    const { socket } = connection;
    const begun = performance.now();
    const slow = (async () => {
      while (performance.now() - begun < 2_500 && !connection.isOver) {
        socket.resume();
        await Promise.race([once(socket, 'data'), connection.ended]);
        socket.pause();
        await sleep(20);
      }
      socket.resume();
    })();
    try {
      const { status, body } = await connection.receive('POST', PATH);
      expect(status).to.equal(200);
      expect(body.values).to.have.length(200_000);
    } finally {
      await slow;
      connection.close();
    }
  };

  it('takes memory in place of its body until its client is gone', async () => {
    await start({});
    const connection = await ask();
    await until('the reply has been sent as far as it is read', isFull);
    for (let look = 0; look < 5; look++) expect(await isFull()).to.equal(true);
    expect((await engine.score('iris', IRIS)).status, 'a short call').to.equal(200);
    connection.close();
    await until('the memory is given back', async () => !(await isFull()));
  });

  it('is given up after ENGINE_BODY_TIMEOUT without progress', async () => {
    await start({ ENGINE_BODY_TIMEOUT: '1' });
    const connection = await ask();
    await until('the memory is given back', async () => !(await isFull()));
    connection.socket.resume();
    await connection.ended;
    expect(connection.rest.length).to.be.lessThan(14_000_000);
  });

  it('may be read slowly', async () => {
    await start({ ENGINE_BODY_TIMEOUT: '1' });
    // While this process does not run, nothing is read, and the engine is right to give up: then it is tried once more.
    for (let isDone = false; !isDone;) {
      const pauses = watchPauses();
      try {
        await readSlowly();
        isDone = true;
      } catch (error) {
        if (pauses.longest < 500) throw error;
      } finally {
        pauses.end();
      }
    }
  });
});
