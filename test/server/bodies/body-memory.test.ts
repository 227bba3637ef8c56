import { expect } from 'chai';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { gzipSync, brotliCompressSync } from 'node:zlib';
import { sendBombs } from '../../chaos/faults/send-bombs.ts';
import { toClassifier, toJson } from '../../support/deployment.ts';
import { makeDeploymentsFolder, SAMPLES, startTestEngine, type TestEngine } from '../../support/engine.ts';
import { checkHealthy, IRIS } from '../../support/healthy.ts';
import { MetricsPage } from '../../support/metrics.ts';
import { RawConnection, toHead, toRequest } from '../../support/raw.ts';
import { until } from '../../support/until.ts';
import { BodyMemory } from '../../../server/bodies/body-memory.ts';

const PATH = '/v1/deployments/iris/online';
const MEBIBYTE = 2 ** 20;

/** A body of a size that is scored. */
const toBody = (bytes: number) => JSON.stringify(IRIS).padEnd(bytes, ' ');

describe('the memory for bodies (ENGINE_BODY_MEMORY)', () => {
  let engine: TestEngine;
  before(async () => (engine = await startTestEngine({ ENGINE_BODY_MEMORY: '4mb' })));
  after(() => engine.stop());
  afterEach(() => checkHealthy(engine));

  const score = (bytes: number, headers: Record<string, string> = {}) =>
    engine.request(PATH, {
      method: 'POST',
      body: toBody(bytes),
      headers: { 'Content-Type': 'application/json', ...headers },
    });

  /**
   * A request that uses up the memory and lacks the last byte of its body. While that arrives, a request that looks whether it
   * has can take what it needs; then it gets the 503, and another one is sent.
   */
  const useUp = async (): Promise<RawConnection> => {
    const size = 4 * MEBIBYTE - 10_000;
    const head = toHead('POST', PATH, { 'Content-Type': 'application/json', 'Content-Length': size });
    let holder: RawConnection | undefined;
    await until('the memory is used up', async () => {
      if (holder?.rest !== '') {
        holder?.close();
        holder = await RawConnection.open(engine.url);
        holder.send(head + toBody(size - 1));
      }
      for (let look = 0; look < 3; look++) if ((await score(200_000)).status !== 503) return false;
      return holder.rest === '';
    });
    return holder as unknown as RawConnection;
  };

  it('is not used up by what was announced, only by what has arrived', async () => {
    const idle = await Promise.all(Array.from({ length: 4 }, () => RawConnection.open(engine.url)));
    const head = { 'Content-Type': 'application/json', 'Content-Length': 32 * MEBIBYTE };
    for (const connection of idle) connection.send(`${toHead('POST', PATH, head)}{`);
    expect((await score(3 * MEBIBYTE)).status).to.equal(200);
    for (const connection of idle) connection.close();
  });

  it('answers long requests 503 at once while it is used up, and not short ones; and is given back', async () => {
    const holder = await useUp();
    const { status, headers, error } = await score(200_000);
    expect(status).to.equal(503);
    expect(headers.get('retry-after')).to.equal('1');
    expect(error).to.deep.equal({ code: 'too_busy', message: 'The engine is busy. Retry in a moment.' });
    expect((await score(60_000)).status, 'short').to.equal(200);
    holder.send(' ');
    expect((await holder.receive('POST', PATH)).status, 'the one that used it up').to.equal(200);
    holder.close();
    expect((await score(200_000)).status).to.equal(200);
  });

  it('is given back when a sender hangs up in the middle', async () => {
    const holder = await useUp();
    holder.close();
    await until('it is given back', async () => (await score(200_000)).status === 200);
  });

  it('may be exceeded by a body that is alone', async () => {
    expect((await score(6 * MEBIBYTE)).status).to.equal(200);
  });

  it('counts what compressed bodies become', async () => {
    const compressed = gzipSync(JSON.stringify(Array.from({ length: 200_000 }, (_, row) => row ** 0.5)));
    const post = () =>
      engine.request(PATH, { method: 'POST', body: compressed, headers: { 'Content-Encoding': 'gzip' } });
    const statuses = (await Promise.all([post(), post(), post(), post()])).map(({ status }) => status);
    // The body is JSON, and no table.
    expect(statuses).to.include(503).and.to.include(400);
  });
});

describe('a long reply', () => {
  let engine: TestEngine;
  let remove: () => Promise<void>;
  before(async () => {
    const made = await makeDeploymentsFolder(SAMPLES, []);
    remove = made.remove;
    // Each prediction is a long text.
    const classes = ['a', 'b', 'c'].map((name) => name.repeat(400));
    const probabilities = [Math.E, 1, 1].map((weight) => weight / (Math.E + 2));
    const answer = { predictions: [classes[0]], probabilities: [probabilities] };
    const example = { fields: ['x'], values: [[0]], answer };
    const file = toJson({ kind: 'logistic-regression', ...toClassifier(...classes), example });
    const model = { coefficients: [[0], [0], [0]], intercepts: [1, 0, 0] };
    await mkdir(join(made.folder, 'line'));
    await writeFile(join(made.folder, 'line', 'model.json'), JSON.stringify(model));
    await writeFile(join(made.folder, 'line', 'deployment.json'), JSON.stringify(file));
    engine = await startTestEngine({ ENGINE_DEPLOYMENTS: made.folder });
  });
  after(async () => {
    await engine.stop();
    await remove();
  });

  it('takes memory until the client has read it', async () => {
    const readBytes = async () => {
      const metrics = new MetricsPage(await (await fetch(`${engine.url}/metrics`)).text());
      return metrics.sum('body_memory_bytes') ?? NaN;
    };
    const path = '/v1/deployments/line/online';
    const body = JSON.stringify({ fields: ['x'], values: Array.from({ length: 30_000 }, () => [0]) });
    const { hostname, port } = new URL(engine.url);
    const client = connect(Number(port), hostname);
    client.write(toRequest('POST', path, body));
    // A client that reads no more than the beginning: the rest stays with the engine.
    await once(client, 'readable');
    await until('it is counted', async () => (await readBytes()) > MEBIBYTE);
    client.resume();
    await until('nothing is counted any more', async () => (await readBytes()) === 0);
    client.destroy();
  });
});

describe('a compressed body', () => {
  let engine: TestEngine;
  before(async () => (engine = await startTestEngine()));
  after(() => engine.stop());
  const post = (body: Uint8Array, encoding: string) =>
    engine.request(PATH, { method: 'POST', body, headers: { 'Content-Encoding': encoding } });

  it('is refused when it grows to more than 256 times its size (413), and not when it grows less', async () => {
    for (const [encoding, compress] of [
      ['gzip', gzipSync],
      ['br', brotliCompressSync],
    ] as const) {
      const { status, error } = await post(compress(toBody(8 * MEBIBYTE)), encoding);
      expect(status).to.equal(413);
      expect(error).to.deep.equal({
        code: 'body_too_large',
        message: 'The body grows to more than 256 times its size when it is decompressed. Send it uncompressed.',
        target: { type: 'header', name: 'Content-Encoding' },
      });
      expect((await post(compress(toBody(MEBIBYTE)), encoding)).status, 'less than 1 MiB').to.equal(200);
    }
  });

  it('that is a bomb is refused at once, and others are served, 70 at a time', async () => {
    for (const bomb of ['brotli', 'gzip'] as const) {
      const bombs = sendBombs({ url: engine.url, deployment: 'iris' }, { bomb, count: 70 });
      let served = 0;
      const others = (async () => {
        for (; served < 20; served++) expect((await engine.score('iris', IRIS)).status).to.equal(200);
      })();
      const statuses = await bombs;
      await others;
      // Some are answered 503 where more are waiting than can be decompressed.
      expect([...statuses.keys()].every((status) => status === 413 || status === 503)).to.equal(true);
      expect(statuses.get(413)).to.be.greaterThan(0);
    }
  });
});

describe('the account of bodies', () => {
  it('counts each body without its first 64 KiB, until it is released', () => {
    const memory = new BodyMemory(100);
    const [first, second] = [memory.openShare(), memory.openShare()];
    first.take(2 ** 16);
    expect(memory.bytes).to.equal(0);
    first.take(100);
    second.take(2 ** 16);
    expect(() => second.take(1)).to.throw('busy');
    expect(memory.bytes).to.equal(100);
    first.take(-60);
    second.take(60);
    expect(memory.bytes).to.equal(100);
    first.release();
    second.release();
    expect(memory.bytes).to.equal(0);
  });
});
