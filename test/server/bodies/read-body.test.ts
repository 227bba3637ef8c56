import { expect } from 'chai';
import { once } from 'node:events';
import { connect } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { startTestEngine, type TestEngine } from '../../support/engine.ts';
import { checkHealthy, IRIS } from '../../support/healthy.ts';
import { findLogLine } from '../../support/log-line.ts';
import { RawConnection, sendRaw, toHead } from '../../support/raw.ts';

const PATH = '/v1/deployments/iris/online';
const JSON_TYPE = { 'Content-Type': 'application/json' };
const CHUNKED = { ...JSON_TYPE, 'Transfer-Encoding': 'chunked' };
const MEBIBYTE = 2 ** 20;
const TABLE = JSON.stringify(IRIS);

/** One table that is a little larger than `size`. */
const toTableOf = (size: number) => JSON.stringify({ ...IRIS, meta: { fields: ['x'.repeat(size)] } });
const toChunk = (bytes: Buffer) =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);

describe('the body of a request', () => {
  let engine: TestEngine;
  before(async () => (engine = await startTestEngine({ ENGINE_MAX_BODY: '1mb' })));
  after(() => engine.stop());
  afterEach(() => checkHealthy(engine));

  const post = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
    engine.request(PATH, { method: 'POST', body, headers });
  const open = () => RawConnection.open(engine.url);

  describe('by its media type', () => {
    for (const type of ['application/json', 'Application/JSON; charset="UTF-8"', 'application/json;charset=utf8']) {
      it(`is accepted as ${type}`, async () => {
        expect((await post(TABLE, { 'Content-Type': type })).status).to.equal(200);
      });
    }

    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonp',
      'application/vnd.api+json',
      'application/json; charset=latin1',
      'application/json; charset=utf-16',
      'json',
      ';',
    ]) {
      it(`is refused as ${type} (415)`, async () => {
        const { status, error } = await post(TABLE, { 'Content-Type': type });
        expect(status).to.equal(415);
        expect(error).to.deep.equal({
          code: 'unsupported_media_type',
          message: 'Content-Type: expected application/json in UTF-8.',
          target: { type: 'header', name: 'Content-Type' },
        });
      });
    }

    it('is refused without one (415)', async () => {
      const head = toHead('POST', PATH, { 'Content-Length': TABLE.length });
      const { status, error } = await sendRaw(engine.url, head + TABLE, 'POST', PATH);
      expect(status).to.equal(415);
      expect(error?.code).to.equal('unsupported_media_type');
    });
  });

  describe('when it is compressed', () => {
    const random = JSON.stringify(Array.from({ length: 20_000 }, () => Math.random()));
    const large = JSON.stringify({ ...IRIS, meta: { fields: [random] } });

    for (const [encoding, compress] of Object.entries({
      gzip: gzipSync,
      'x-gzip': gzipSync,
      GZIP: gzipSync,
      deflate: deflateSync,
      br: brotliCompressSync,
      identity: (text: string) => Buffer.from(text),
    }) as [string, (text: string) => Uint8Array][]) {
      it(`is inflated from ${encoding}, large and small`, async () => {
        for (const text of [TABLE, large]) {
          const { status, body } = await post(compress(text), { 'Content-Encoding': encoding });
          expect(status).to.equal(200);
          expect(body.values[0]).to.include('setosa');
        }
      });
    }

    it('is refused in an encoding that is not known (415), with those that are', async () => {
      for (const encoding of ['zstd', 'compress', 'gzip, gzip', 'constructor']) {
        const { status, error, headers } = await post(gzipSync(TABLE), { 'Content-Encoding': encoding });
        expect(status).to.equal(415);
        expect(headers.get('accept-encoding')).to.equal('gzip, deflate, br');
        expect(error).to.deep.equal({
          code: 'unsupported_encoding',
          message: 'Content-Encoding: expected gzip, deflate, br or none.',
          target: { type: 'header', name: 'Content-Encoding' },
        });
      }
    });

    const gzipped = gzipSync(TABLE);
    for (const [name, bytes, encoding] of [
      ['cut short', gzipped.subarray(0, gzipped.length - 9), 'gzip'],
      ['empty', Buffer.alloc(0), 'gzip'],
      ['garbage', Buffer.from('canary8675309'), 'gzip'],
      ['garbage', Buffer.from('canary8675309'), 'deflate'],
      ['garbage', Buffer.from('canary8675309'), 'br'],
      ['damaged', Buffer.from(gzipped).fill(0, 20, 40), 'gzip'],
      ['followed by garbage', Buffer.concat([gzipped, Buffer.from('canary8675309')]), 'gzip'],
    ] as const) {
      it(`is refused as ${encoding} that is ${name} (400)`, async () => {
        const { status, error } = await post(bytes, { 'Content-Encoding': encoding });
        expect(status).to.equal(400);
        expect(error).to.deep.equal({
          code: 'malformed_request',
          message: 'The body could not be decompressed with its Content-Encoding.',
          target: { type: 'header', name: 'Content-Encoding' },
        });
      });
    }

    it('is refused beyond the limit after inflating (413)', async () => {
      for (const [encoding, compress] of [
        ['gzip', gzipSync],
        ['deflate', deflateSync],
        ['br', brotliCompressSync],
      ] as const) {
        const { status, error } = await post(compress(toTableOf(MEBIBYTE)), { 'Content-Encoding': encoding });
        expect(status).to.equal(413);
        expect(error?.code).to.equal('body_too_large');
      }
    });

    it('does not fill the memory as a bomb of 950 MB in 950 kB (413)', async () => {
      const bomb = Buffer.concat(new Array<Buffer>(60).fill(gzipSync(Buffer.alloc(16 * MEBIBYTE, ' '))));
      expect(bomb.length).to.be.lessThan(MEBIBYTE);
      const before = process.memoryUsage().arrayBuffers;
      let most = before;
      const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 1);
      const { status } = await post(bomb, { 'Content-Encoding': 'gzip' });
      clearInterval(timer);
      expect(status).to.equal(413);
      expect(most - before).to.be.lessThan(16 * MEBIBYTE);
    });
  });

  describe('when it is large', () => {
    const message = 'The body is larger than this engine accepts (1048576 bytes).';

    it('is refused beyond the limit (413), and accepted up to it', async () => {
      const { status, error } = await post(toTableOf(MEBIBYTE));
      expect(status).to.equal(413);
      expect(error).to.deep.equal({ code: 'body_too_large', message });
      const most = TABLE.padEnd(MEBIBYTE, ' ');
      expect((await post(most)).status, 'as large as it may be').to.equal(200);
      expect((await post(`${most} `)).status, 'a byte more').to.equal(413);
    });

    it('is refused beyond the limit where its length is not told and it comes at once', async () => {
      const small = await startTestEngine({ ENGINE_MAX_BODY: '100' });
      try {
        for (const [length, status] of [
          [101, 413],
          [100, 400],
        ] as const) {
          const chunks = `${toChunk(Buffer.alloc(length, ' ')).toString()}0\r\n\r\n`;
          const reply = await sendRaw(small.url, toHead('POST', PATH, CHUNKED) + chunks, 'POST', PATH);
          expect(reply.status, `${length} bytes`).to.equal(status);
        }
      } finally {
        await small.stop();
      }
    });

    it('is refused by its Content-Length before any of it arrives', async () => {
      for (const headers of [JSON_TYPE, { ...JSON_TYPE, 'Content-Encoding': 'gzip' }]) {
        const head = toHead('POST', PATH, { ...headers, 'Content-Length': 2 ** 30 });
        const { status, error } = await sendRaw(engine.url, head, 'POST', PATH);
        expect(status).to.equal(413);
        expect(error).to.deep.equal({ code: 'body_too_large', message });
      }
    });

    for (const [how, head, chunk] of [
      ['declares 1 GB', toHead('POST', PATH, { ...JSON_TYPE, 'Content-Length': 2 ** 30 }), Buffer.alloc(65_536, ' ')],
      ['sends endless chunks', toHead('POST', PATH, CHUNKED), toChunk(Buffer.alloc(65_536, ' '))],
    ] as const) {
      it(`is answered 413, and its sender cut off, when it ${how} and does not stop`, async () => {
        const connection = await open();
        connection.send(head);
        const [reply, sent] = await Promise.all([connection.receive('POST', PATH), connection.sendEndlessly(chunk)]);
        expect(reply.status).to.equal(413);
        expect(reply.error).to.deep.equal({ code: 'body_too_large', message });
        expect(sent).to.be.lessThan(100 * MEBIBYTE);
      });
    }
  });

  it('is read to its end though it is refused, also where the reply is the last one on its connection', async () => {
    const { hostname, port } = new URL(engine.url);
    // Half open: it sends on when the engine has ended its side.
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const bytes = Buffer.alloc(3 * MEBIBYTE, ' ');
    const headers = { 'Content-Type': 'text/csv', 'Content-Length': bytes.length, Connection: 'close' };
    socket.write(toHead('POST', PATH, headers));
    let reply = '';
    socket.setEncoding('utf8').on('data', (text: string) => (reply += text));
    await once(socket, 'end');
    expect(reply).to.match(/^HTTP\/1\.1 415 /);
    socket.end(bytes);
    // An error would reject: what is sent to a connection that was cut is answered with a reset.
    await once(socket, 'close');
  });

  describe('when it is slow, or stops', () => {
    it('is answered 408, and its sender cut off, when it comes a byte at a time', async () => {
      const hasty = await startTestEngine({ ENGINE_BODY_TIMEOUT: '1' });
      const crawl = async (encoding: string, bytes: Buffer) => {
        const connection = await RawConnection.open(hasty.url);
        const headers = { 'Content-Encoding': encoding, 'Content-Length': bytes.length };
        connection.send(toHead('POST', PATH, { ...JSON_TYPE, ...headers }));
        let at = 0;
        const timer = setInterval(() => connection.send(bytes.subarray(at, (at += 1))), 100);
        const { status, error } = await connection.receive('POST', PATH).finally(() => clearInterval(timer));
        expect(status).to.equal(408);
        expect(error).to.deep.equal({
          code: 'request_timeout',
          message: 'The body did not arrive within 1 seconds.',
        });
        await connection.ended;
      };
      await Promise.all([crawl('identity', Buffer.from(TABLE)), crawl('gzip', gzipSync(TABLE))]);
      await hasty.stop();
    });

    it('ends the request when its sender hangs up in the middle', async () => {
      const gzipped = gzipSync(TABLE);
      for (const [id, encoding, bytes] of [
        ['hangs-up', 'identity', Buffer.from(TABLE)],
        ['hangs-up-compressed', 'gzip', gzipped],
      ] as const) {
        const connection = await open();
        const headers = { 'X-Request-Id': id, 'Content-Encoding': encoding, 'Content-Length': bytes.length };
        const expecting = { Expect: '100-continue' };
        connection.send(toHead('POST', PATH, { ...JSON_TYPE, ...headers, ...expecting }));
        expect((await connection.receive('POST', PATH)).status).to.equal(100);
        connection.send(bytes.subarray(0, 10)).close();
        expect(await findLogLine(engine, id))
          .to.include({ aborted: true, operation: 'scoreDeployment' })
          .and.not.have.property('status');
      }
    });

    it('is answered 400 when its chunks are malformed', async () => {
      for (const bytes of [
        'zz\r\n',
        `5\r\n{"fie\r\nzz\r\n`,
        '5\r\n{"fields"\r\n',
        '-1\r\n',
        'ffffffffffffffffff\r\n',
      ]) {
        const reply = await sendRaw(engine.url, toHead('POST', PATH, CHUNKED) + bytes);
        expect(reply.status).to.equal(400);
        expect(reply.error?.code).to.equal('malformed_request');
      }
    });

    it('is answered 400 when it has two lengths', async () => {
      const head = toHead('POST', PATH, { ...CHUNKED, 'Content-Length': 5 });
      expect((await sendRaw(engine.url, `${head}0\r\n\r\n`)).status).to.equal(400);
    });
  });

  describe('when its sender asks first (Expect: 100-continue)', () => {
    const ask = (headers: Record<string, string | number>) =>
      toHead('POST', PATH, { ...JSON_TYPE, Expect: '100-continue', 'Content-Length': TABLE.length, ...headers });

    it('is sent for, and scored', async () => {
      const connection = await open();
      expect((await connection.send(ask({})).receive('POST', PATH)).status).to.equal(100);
      expect((await connection.send(TABLE).receive('POST', PATH)).status).to.equal(200);
      connection.close();
    });

    it('is refused before it is sent when it is too large or no JSON, and the connection ends', async () => {
      for (const [headers, status] of [
        [{ 'Content-Length': 2 ** 30 }, 413],
        [{ 'Content-Type': 'text/csv' }, 415],
        [{ 'Content-Encoding': 'zstd' }, 415],
      ] as const) {
        const connection = await open();
        expect((await connection.send(ask(headers)).receive('POST', PATH)).status).to.equal(status);
        await connection.ended;
      }
    });

    it('is sent for whatever else is expected, too', async () => {
      const { status } = await sendRaw(engine.url, ask({ Expect: 'a miracle' }) + TABLE, 'POST', PATH);
      expect(status).to.equal(200);
    });
  });
});
