/**
 * AWS signatures equal those of botocore, an independent implementation: for many random requests with escapes and colons in
 * paths, queries, empty and large bodies, with and without sessions.
 *
 * node --import ./scripts/register-typescript.js test/peers/sigv4.ts <python>
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { buildAwsAuthenticator } from '../../upstream/credentials/aws.ts';

const COUNT = 500;

/** AWS escapes everything except letters, digits, `-`, `_`, `.` and `~`. */
const escape = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
/** An escaped segment, or one with a colon as in the paths of methods. */
const segment = fc.oneof(word.map(escape), fc.stringMatching(/^[a-z0-9~_]{1,6}:[a-zA-Z-]{1,8}$/));
const query = fc
  .array(fc.tuple(word, fc.string({ unit: 'grapheme', maxLength: 8 })), { maxLength: 4 })
  .map((pairs) => pairs.map(([name, value]) => `${escape(name)}=${escape(value)}`).join('&'));
const key = fc.stringMatching(/^[A-Z0-9]{16,20}$/);
const secret = fc.stringMatching(/^[A-Za-z0-9/+=]{20,40}$/);

const requests = fc.record({
  method: fc.constantFrom('GET' as const, 'POST' as const),
  host: fc.constantFrom('runtime.sagemaker.eu-central-1.amazonaws.com', '127.0.0.1:8080'),
  path: fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.join('/')}`),
  slash: fc.constantFrom('', '/'),
  query,
  headers: fc.record(
    {
      'content-type': fc.constantFrom('application/json', 'text/csv', 'text/csv;  charset=utf-8'),
      'x-amzn-sagemaker-target-variant': fc.stringMatching(/^[A-Za-z0-9-]{1,20}$/),
      'x-amz-some': fc.constantFrom('a', 'two  spaces', ''),
    },
    { requiredKeys: [] },
  ),
  body: fc.oneof(
    { weight: 5, arbitrary: fc.constant('') },
    { weight: 14, arbitrary: fc.string({ unit: 'grapheme', maxLength: 200 }) },
    { weight: 1, arbitrary: fc.constantFrom('ä', '1,').map((text) => text.repeat(2 ** 19)) },
  ),
  key,
  secret,
  token: fc.option(secret),
  region: fc.constantFrom('us-east-1', 'eu-central-1', 'cn-north-1', 'us-gov-west-1'),
  service: fc.constantFrom('sagemaker', 'execute-api'),
  date: fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
});

// A profile would override the variables that are set below.
delete process.env['AWS_PROFILE'];
const python = process.argv[2];
assert.ok(python, 'the interpreter of a Python with botocore');
const child = spawn(python, [fileURLToPath(new URL('sigv4.py', import.meta.url))], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
try {
  const signatures = new Set<string>();
  for (const sample of fc.sample(requests, { seed: 1, numRuns: COUNT })) {
    const { method, host, path, slash, headers, body, region, service, date } = sample;
    const url = new URL(`https://${host}${path === '/' ? path : path + slash}${sample.query && '?'}${sample.query}`);
    child.stdin.write(`${JSON.stringify({ ...sample, url: url.href, body: Buffer.from(body).toString('base64') })}\n`);
    process.env['AWS_ACCESS_KEY_ID'] = sample.key;
    process.env['AWS_SECRET_ACCESS_KEY'] = sample.secret;
    if (sample.token === null) delete process.env['AWS_SESSION_TOKEN'];
    else process.env['AWS_SESSION_TOKEN'] = sample.token;
    const given = await buildAwsAuthenticator(
      { type: 'aws', region, service },
      { timeout: 10_000, now: () => date },
    ).authorize({ method, url, headers, body });
    const expected = await lines.next();
    assert.equal(expected.done, false, 'botocore gave up');
    assert.equal(given['authorization'], expected.value, JSON.stringify({ ...sample, body: body.length }));
    signatures.add(expected.value);
  }
  assert.equal(signatures.size, COUNT, 'all requests differ');
  console.log(`sigv4: ${COUNT} signatures equal botocore's`);
} finally {
  child.stdin.end();
}
