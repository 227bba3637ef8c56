import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import express from 'express';
import { request } from 'undici';
import { Exchange } from '../../../server/exchange/exchange.ts';
import { sendFile, toServedFile } from '../../../server/static/send-file.ts';
import { writeLine } from '../../support/deployment.ts';
import { makeDeploymentsFolder, SAMPLES, startTestEngine, type TestEngine } from '../../support/engine.ts';

const SCRIPT = `/* ${'A script of some length. '.repeat(400)}*/`;

describe('a file that is sent', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let engine: TestEngine;
  before(async () => {
    ({ folder, remove } = await makeDeploymentsFolder(SAMPLES, []));
    await writeLine(join(folder, 'line'), 'line', 0);
    await mkdir(join(folder, 'line', 'app'));
    const files = {
      'index.html': 'short',
      'app.js': SCRIPT,
      'image.png': SCRIPT,
      'model.wasm': SCRIPT,
      '1023.js': SCRIPT.slice(0, 1023),
      '1024.js': SCRIPT.slice(0, 1024),
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, 'line', 'app', name), text);
    engine = await startTestEngine({
      ENGINE_DEPLOYMENTS: folder,
      ENGINE_ALLOW_APPS: 'true',
      ENGINE_CORS_ORIGINS: 'https://page.example',
    });
  });
  after(async () => {
    await engine.stop();
    await remove();
  });

  /** Unlike with `fetch`, nothing is decompressed, and no header is added. */
  const get = async (path: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') => {
    const reply = await request(`${engine.url}${path}`, { headers, method });
    const bytes = Buffer.from(await reply.body.arrayBuffer());
    return { status: reply.statusCode, headers: reply.headers, bytes };
  };
  const APP = '/apps/line/app.js';

  it('is compressed as the client prefers, with an ETag per encoding', async () => {
    const [plain, gzip, br] = [
      await get(APP),
      await get(APP, { 'Accept-Encoding': 'gzip' }),
      await get(APP, { 'Accept-Encoding': 'gzip, deflate, br' }),
    ];
    expect([plain, gzip, br].map(({ headers }) => headers['content-encoding'])).to.deep.equal([
      undefined,
      'gzip',
      'br',
    ]);
    for (const bytes of [plain.bytes, gunzipSync(gzip.bytes), brotliDecompressSync(br.bytes)])
      expect(bytes.toString()).to.equal(SCRIPT);
    const tags = [plain, gzip, br].map(({ headers }) => String(headers.etag));
    expect(tags[0]).to.match(/^"[\w-]{22}"$/);
    expect(tags).to.deep.equal([tags[0], tags[0]?.replace(/"$/, '-gzip"'), tags[0]?.replace(/"$/, '-br"')]);
    for (const { headers } of [plain, gzip, br]) expect(headers.vary).to.deep.equal(['Origin', 'Accept-Encoding']);
    for (const [tag, accepted, status] of [
      [tags[2], 'br', 304],
      [tags[1], 'br', 200],
      [tags[0], 'br', 200],
      [tags[2], 'identity', 200],
      [`"x", W/${tags[1]}`, 'gzip', 304],
      ['*', 'gzip', 304],
    ] as const) {
      const reply = await get(APP, { 'If-None-Match': tag as string, 'Accept-Encoding': accepted });
      expect([reply.status, reply.headers['vary']], `${tag} ${accepted}`).to.deep.equal([
        status,
        ['Origin', 'Accept-Encoding'],
      ]);
    }
    const head = await get(APP, { 'Accept-Encoding': 'br' }, 'HEAD');
    expect([head.headers['content-length'], head.bytes.length]).to.deep.equal([String(br.bytes.length), 0]);
  });

  it('is not compressed if it is short, or so already', async () => {
    for (const path of ['/apps/line/', '/apps/line/image.png', '/apps/line/1023.js']) {
      const { headers } = await get(path, { 'Accept-Encoding': 'br, gzip' });
      expect([headers['content-encoding'], headers.vary], path).to.deep.equal([undefined, 'Origin']);
    }
    expect((await get('/apps/line/1024.js', { 'Accept-Encoding': 'br' })).headers['content-encoding']).to.equal('br');
    expect((await get('/apps/line/model.wasm', { 'Accept-Encoding': 'gzip' })).headers).to.include({
      'content-type': 'application/wasm',
      'content-encoding': 'gzip',
    });
  });

  it('has ranges of its own bytes, which do not fit to a compressed copy', async () => {
    const Range = 'bytes=3-9';
    const [part, { headers: compressed }] = [
      await get(APP, { Range, 'Accept-Encoding': 'br' }),
      await get(APP, { 'Accept-Encoding': 'br' }),
    ];
    expect([part.status, part.bytes.toString(), part.headers['content-encoding']]).to.deep.equal([
      206,
      SCRIPT.slice(3, 10),
      undefined,
    ]);
    const etag = String(part.headers.etag);
    expect((await get(APP, { Range, 'If-Range': etag, 'Accept-Encoding': 'br' })).status).to.equal(206);
    const whole = await get(APP, { Range, 'If-Range': String(compressed.etag), 'Accept-Encoding': 'br' });
    expect([whole.status, whole.headers['content-encoding']]).to.deep.equal([200, 'br']);
    expect((await get(APP, { Range, 'If-None-Match': etag })).status).to.equal(304);
  });

  it('is sent in part where the range is one, and as a whole where it is none', async () => {
    const size = SCRIPT.length;
    for (const [Range, expected] of [
      ['bytes=0-0', [0, 0]],
      ['BYTES=5-5', [5, 5]],
      ['bytes= 1-2', [1, 2]],
      ['bytes=7-', [7, size - 1]],
      ['bytes=-3', [size - 3, size - 1]],
      ['bytes=3-99999999999999999999', [3, size - 1]],
      [`bytes=-${size + 1}`, [0, size - 1]],
      ['bytes=-99999999999999999999', [0, size - 1]],
      [`bytes=${size - 1}-`, [size - 1, size - 1]],
      [`bytes=${size}-`, undefined],
      ['bytes=-0', undefined],
    ] as const) {
      const { status, headers, bytes } = await get(APP, { Range });
      const range = expected ? `bytes ${expected.join('-')}/${size}` : `bytes */${size}`;
      expect([status, headers['content-range']], Range).to.deep.equal([expected ? 206 : 416, range]);
      if (expected) expect(bytes.toString(), Range).to.equal(SCRIPT.slice(expected[0], expected[1] + 1));
    }
    for (const Range of [
      'bytes=5-2',
      `bytes=${size + 40}-${size + 10}`,
      'bytes=',
      'bytes=-',
      'bytes=1-2,4-5',
      'items=1-2',
      'bytes=1--2',
      'bytes=1e1-2e1',
      '',
    ])
      expect((await get(APP, { Range })).status, Range).to.equal(200);
    const head = await get(APP, { Range: 'bytes=0-0' }, 'HEAD');
    expect([head.status, head.headers['accept-ranges']]).to.deep.equal([200, 'bytes']);
  });

  it('is sent as it is, with the ETag of that, while long ones wait to be compressed', async () => {
    const type = 'text/plain; charset=utf-8';
    // A text that nobody has asked for before.
    const short = toServedFile(type, Buffer.from(`${SCRIPT} once`));
    const long = toServedFile(type, randomBytes(2 ** 23));
    const waiting: Exchange[] = [];
    const server = express()
      .use((incoming, outgoing) => {
        waiting.push(new Exchange(incoming, outgoing, () => undefined));
        if (waiting.length < 2) return;
        // In one turn, so that the long one is being compressed when the short one is asked for.
        for (const [index, exchange] of waiting.entries()) void sendFile(exchange, index === 0 ? long : short, {});
      })
      .listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ask = async () => {
      const { headers, body } = await request(url, { headers: { 'Accept-Encoding': 'gzip', Connection: 'close' } });
      await body.dump();
      return [headers['content-encoding'], headers.etag];
    };
    const replies = await Promise.all([ask(), ask()]);
    server.close();
    expect(replies).to.have.deep.members([
      ['gzip', `"${long.digest}-gzip"`],
      [undefined, `"${short.digest}"`],
    ]);
  });

  it('is the contract, too', async () => {
    const { headers, bytes } = await get('/openapi.json', { 'Accept-Encoding': 'gzip' });
    expect([headers['content-encoding'], headers['content-type']]).to.deep.equal(['gzip', 'application/json']);
    expect(JSON.parse(gunzipSync(bytes).toString())).to.have.nested.property('servers[0].url', engine.url);
    expect(bytes.length).to.be.below(20_000);
  });

  it('is read with GET and HEAD, like health and metrics', async () => {
    for (const path of [APP, '/openapi.json', '/health/live', '/health/ready', '/metrics', '/v2/health/live']) {
      const reply = await fetch(`${engine.url}${path}`, { method: 'POST' });
      expect([reply.status, reply.headers.get('allow')], path).to.deep.equal([405, 'GET, HEAD']);
      expect(await reply.text(), path).to.contain('This path supports GET and HEAD.');
    }
  });

  it('leaves what the data of the console depends on as it is', async () => {
    const { headers } = await get('/console/data/deployments');
    expect(headers.vary).to.deep.equal(['Origin', 'Accept-Encoding']);
  });
});
