/** The code is run: by bash and curl, by Python, and by Node.js, against a server that keeps what it gets. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { writeCurl, writeJavaScript, writePython } from '../../console/code-snippets.ts';
import type { Authentication } from '../../console/data.ts';

const run = promisify(execFile);
const HOSTILE = [
  `it's "quoted" \\ and \\u0041`,
  '$(touch /tmp/hostile) `id` ${HOME} !! %s',
  '</script><!-- {{x}} true null',
  'line\nbreak\ttab\u2028\u0000\u007f',
  '😀 \u202e \ud800 é',
  '@/etc/passwd',
];
const ENVIRONMENT = { ...process.env, ENGINE_USERNAME: 'ann', ENGINE_PASSWORD: `p'a"$x ü`, ENGINE_API_KEY: 'key' };

it('the request as code has a text of ten million escapes in every language', () => {
  const text = `${'"\\'.repeat(5_000_000)}\n`;
  const body = JSON.stringify({ fields: ['x'], values: [[text], [true]] });
  const request = { url: 'http://127.0.0.1/', body, authentication: [] };
  // Not one assertion on the texts: a difference of 20 MB is not to be printed.
  expect(writePython(request).includes(`[[${JSON.stringify(text)}],[True]]`)).to.equal(true);
  expect(writeJavaScript(request).includes(`JSON.stringify(${body})`)).to.equal(true);
  expect(writeCurl(request).includes(body)).to.equal(true);
});

it('the request as code has what its authentication needs and nothing else, and shows signs that are not seen', () => {
  const request = { url: 'http://127.0.0.1/', body: '{"fields":["\u202e\u0085"],"values":[["1234567890123456"]]}' };
  const none = { ...request, authentication: [] };
  expect(writePython(none)).to.not.contain('import os');
  expect(writePython(none)).to.contain('["\\u202e\\u0085"]');
  // No number is that long.
  expect(writeJavaScript(none)).to.contain('JSON.stringify({');
  expect(writeCurl(none)).to.contain(' --globoff ').and.not.contain('--cert');
  const certificate = { ...request, authentication: ['certificate', 'api-key'] as const };
  expect(writeCurl(certificate)).to.contain('--cert "$ENGINE_CLIENT_CERTIFICATE" --key "$ENGINE_CLIENT_KEY"');
});

describe('the request as code', () => {
  let server: Server;
  let url: string;
  const received: { body: string; authorization: string | undefined; key: unknown }[] = [];
  before(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { authorization, 'x-api-key': key } = request.headers;
        received.push({ body: Buffer.concat(chunks).toString(), authorization, key });
        response.setHeader('Content-Type', 'application/json');
        response.end('{}');
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/deployments/a/online`;
  });
  after(() => server.close());
  beforeEach(() => received.splice(0));

  const languages: Record<string, (authentication: readonly Authentication[], body: string) => Promise<unknown>> = {
    curl: (authentication, body) => run('bash', ['-c', writeCurl({ url, body, authentication })], { env: ENVIRONMENT }),
    Python: (authentication, body) =>
      run('python3', ['-c', writePython({ url, body, authentication })], { env: ENVIRONMENT }),
    JavaScript: (authentication, body) =>
      run(process.execPath, ['--input-type=module', '-e', writeJavaScript({ url, body, authentication })], {
        env: ENVIRONMENT,
      }),
  };
  for (const [language, send] of Object.entries(languages)) {
    it(`in ${language} sends names and values as they are, whatever they are`, async () => {
      const table = {
        fields: HOSTILE,
        values: [
          [...HOSTILE.slice(1), null],
          [true, 1.5, false, null, '', -1e-7],
        ],
      };
      await send([], JSON.stringify(table));
      expect(JSON.parse(received[0]?.body ?? '')).to.deep.equal(table);
    });

    it(`in ${language} keeps the digits of a long number`, async () => {
      await send([], '{"fields":["x"],"values":[[9007199254740993]]}');
      expect(received[0]?.body).to.match(/\[\[9007199254740993\]\]/);
    });

    it(`in ${language} takes the credentials from the environment`, async () => {
      await send(['basic'], '{}');
      await send(['api-key'], '{}');
      const [basic, key] = received;
      expect(Buffer.from(basic?.authorization?.slice(6) ?? '', 'base64').toString()).to.equal(`ann:p'a"$x ü`);
      expect(key?.key).to.equal('key');
    });
  }
});
