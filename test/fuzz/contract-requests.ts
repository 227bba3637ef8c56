/** Requests that fast-check makes: paths, methods, headers and bodies around the contract, as valid HTTP. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { CELL, ID } from './canaries.ts';
import { AUTHORIZATION, type FuzzRequest } from './fuzz-request.ts';

/** The columns of a deployment, by its id. */
export type Columns = Readonly<Record<string, readonly string[]>>;

type Headers = readonly (readonly [string, string])[];

const NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'length',
  '',
  ' ',
  '\0',
  'input_data',
  'prediction',
];

const visible = fc.string({
  unit: fc.constantFrom(...Array.from({ length: 94 }, (_, code) => String.fromCharCode(code + 33))),
  maxLength: 40,
});

/** A cell, usually one that is valid for a column. */
const cell = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -1e3, max: 1e3, noNaN: true }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 300 }) },
  { weight: 2, arbitrary: fc.constantFrom('Adelie', 'Biscoe', 'MALE', 'FEMALE', 'Torgersen', CELL, `${CELL}\n`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(null, true, false, -0, 1e308, 5e-324, 2 ** 53, '1', '', [CELL], { [CELL]: 1 }),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
);

/** A table for these columns, which is right or nearly right. */
function tableFor(columns: readonly string[]): fc.Arbitrary<object> {
  const fields = fc.oneof(
    { weight: 8, arbitrary: fc.constant([...columns]) },
    {
      weight: 2,
      arbitrary: fc.shuffledSubarray([...columns, 'extra', 'prediction', 'probability'], { minLength: columns.length }),
    },
    { weight: 1, arbitrary: fc.array(fc.oneof(fc.constantFrom(...columns, ...NAMES), fc.string()), { maxLength: 8 }) },
  );
  return fields.chain((names) =>
    fc.record(
      {
        fields: fc.constant(names),
        values: fc.oneof(
          { weight: 8, arbitrary: fc.array(fc.tuple(...names.map(() => cell)), { maxLength: 6 }) },
          { weight: 1, arbitrary: fc.array(fc.array(cell, { maxLength: 8 }), { maxLength: 4 }) },
          { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
        ),
        meta: fc.oneof(
          fc.record({
            fields: fc.array(fc.string({ minLength: 1 }), { maxLength: 3 }),
            values: fc.array(fc.array(cell, { maxLength: 3 }), { maxLength: 6 }),
          }),
          fc.jsonValue({ maxDepth: 2 }),
        ),
        surplus: fc.jsonValue({ maxDepth: 1 }),
      },
      { requiredKeys: ['fields', 'values'] },
    ),
  );
}

/** A body as JSON. */
function bodyFor(columns: readonly string[]): fc.Arbitrary<unknown> {
  const table = tableFor(columns);
  return fc.oneof(
    { weight: 8, arbitrary: table },
    { weight: 3, arbitrary: fc.record({ input_data: fc.array(table, { maxLength: 3 }) }) },
    {
      weight: 1,
      arbitrary: fc.record(
        { input_data: fc.jsonValue({ maxDepth: 3 }), fields: fc.jsonValue({ maxDepth: 1 }) },
        { requiredKeys: ['input_data'] },
      ),
    },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 5 }) },
    {
      weight: 1,
      arbitrary: fc.dictionary(
        fc.oneof(fc.constantFrom(...NAMES, 'fields', 'values', 'meta'), fc.string()),
        fc.jsonValue({ maxDepth: 2 }),
      ),
    },
  );
}

/** Bytes of a body: JSON, and now and then what is none. */
function bytesFor(columns: readonly string[]): fc.Arbitrary<Buffer> {
  const json = bodyFor(columns).map((body) => Buffer.from(JSON.stringify(body)));
  return fc.oneof(
    { weight: 12, arbitrary: json },
    {
      weight: 1,
      arbitrary: fc.tuple(json, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([bytes, at, byte]) => {
        const changed = Buffer.from(bytes);
        changed[at % bytes.length] = byte;
        return changed;
      }),
    },
    { weight: 1, arbitrary: fc.tuple(json, fc.nat()).map(([bytes, at]) => bytes.subarray(0, at % bytes.length)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
    {
      weight: 1,
      arbitrary: fc.integer({ min: 1, max: 30_000 }).map((depth) => Buffer.from(`{"fields":${'['.repeat(depth)}`)),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(
          '\ufeff{}',
          '{"fields":["x"],"fields":["y"],"values":[]}',
          '{"values":[[1e999]],"fields":["x"]}',
          'NaN',
          '{"__proto__":{"fields":["x"]},"values":[]}',
        )
        .map((text) => Buffer.from(text)),
    },
  );
}

const ids = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ID,
      'IRIS',
      '..',
      '%2e%2e',
      '__proto__',
      'constructor',
      'iris%00',
      'iris%2f..',
      '%',
      '%ff',
      'a'.repeat(3_000),
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .map((text) => encodeURIComponent(Buffer.from(text).toString())),
  },
  { weight: 1, arbitrary: visible.map((text) => text.replace(/[?#]/g, '')) },
);

const paths = fc.oneof(
  fc.constantFrom(
    '/v1/deployments',
    '/v1/deployments/',
    '/v1',
    '/',
    '/health/live',
    '/health/ready',
    '/v2/deployments',
    '/openapi.json',
    '/swagger.json',
    '/docs',
    '/docs/',
    '/console/main.js',
    '/console/data/deployments',
    '/console/data/deployments/iris',
    '/login',
    '/login?next=%2Fdocs%2F',
    '/logout',
    '/session',
    '/apps/iris/',
  ),
  ids.map((id) => `/v1/deployments/${id}`),
  ids.map((id) => `/v1/deployments/${id}/online`),
  visible.map((text) => `/${text}`),
  fc
    .tuple(fc.constantFrom('/v1/deployments', '/v1/deployments/iris'), fc.webQueryParameters())
    .map(([path, query]) => `${path}?${query}`),
);

const credentials = fc.oneof(
  { weight: 12, arbitrary: fc.constant(AUTHORIZATION) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      'Basic',
      'Basic =',
      'Basic ZnV6ejo=',
      'Bearer x',
      AUTHORIZATION.slice(0, -4),
      'Basic Og==',
      'Digest a="b"',
    ),
  },
  { weight: 1, arbitrary: fc.base64String({ maxLength: 40 }).map((text) => `Basic ${text}`) },
);

const mediaTypes = fc.oneof(
  { weight: 12, arbitrary: fc.constant('application/json') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'application/json; charset=utf-8',
      'application/json;charset=latin1',
      'text/plain',
      'application/JSON',
      'application/json; boundary=x',
      '',
      ';',
      'application/json; charset="utf-8',
      'application/vnd.api+json',
    ),
  },
  { weight: 1, arbitrary: visible },
);

const encodings: fc.Arbitrary<readonly [string, (bytes: Buffer) => Buffer]> = fc.oneof(
  { weight: 12, arbitrary: fc.constant(['', (bytes: Buffer) => bytes] as const) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ['gzip', gzipSync] as const,
      ['deflate', deflateSync] as const,
      ['br', brotliCompressSync] as const,
      ['gzip', (bytes: Buffer) => bytes] as const,
      ['gzip', (bytes: Buffer) => gzipSync(bytes).subarray(0, -5)] as const,
      ['br', gzipSync] as const,
      ['zstd', (bytes: Buffer) => bytes] as const,
      ['identity', (bytes: Buffer) => bytes] as const,
      ['gzip, gzip', (bytes: Buffer) => gzipSync(gzipSync(bytes))] as const,
    ),
  },
);

const extras: fc.Arbitrary<Headers> = fc.oneof(
  { weight: 6, arbitrary: fc.constant([]) },
  {
    weight: 1,
    arbitrary: fc.array(
      fc.tuple(
        fc.constantFrom(
          'Accept',
          'Accept-Encoding',
          'Origin',
          'X-Forwarded-Host',
          'X-Forwarded-Prefix',
          'X-Forwarded-Proto',
          'Forwarded',
          'If-None-Match',
          'Range',
          'Cookie',
          'X-Http-Method-Override',
          'TE',
          'Max-Forwards',
        ),
        visible,
      ),
      { maxLength: 3 },
    ),
  },
);

/** Requests of all sorts to an engine with these deployments. */
export function requestsFor(deployments: Columns): fc.Arbitrary<FuzzRequest> {
  const scoring = fc
    .constantFrom(...Object.entries(deployments))
    .chain(([id, columns]) =>
      fc.record({
        path: fc.constant(`/v1/deployments/${id}/online`),
        bytes: bytesFor(columns),
        type: mediaTypes,
        encoding: encodings,
        authorization: credentials,
        extras,
      }),
    )
    .map(({ path, bytes, type, encoding: [coding, encode], authorization, extras: others }): FuzzRequest => ({
      method: 'POST',
      path,
      headers: [
        ['Authorization', authorization],
        ['Content-Type', type],
        ...(coding ? [['Content-Encoding', coding] as const] : []),
        ...others,
      ],
      body: encode(bytes),
      isAuthorized: authorization === AUTHORIZATION,
      checkAnswer: (text) => findDifference(JSON.parse(bytes.toString()) as AnyTable, JSON.parse(text) as AnyTable),
    }));
  const others = fc
    .record({
      method: fc.constantFrom(
        'GET',
        'GET',
        'GET',
        'HEAD',
        'POST',
        'PUT',
        'PATCH',
        'DELETE',
        'OPTIONS',
        'TRACE',
        'PROPFIND',
      ),
      path: paths,
      authorization: credentials,
      extras,
      body: fc.option(bytesFor(['x'])),
    })
    .map(({ method, path, authorization, extras: more, body }): FuzzRequest => ({
      method,
      path,
      headers: [
        ['Authorization', authorization],
        ...more,
        ...(body ? [['Content-Type', 'application/json'] as const] : []),
      ],
      body: body ?? undefined,
      isAuthorized: authorization === AUTHORIZATION,
    }));
  return fc.oneof({ weight: 3, arbitrary: scoring }, { weight: 1, arbitrary: others });
}

interface AnyTable {
  readonly fields?: readonly string[];
  readonly values?: readonly unknown[];
  readonly input_data?: readonly AnyTable[];
  readonly predictions?: readonly AnyTable[];
}

/** Whether an answer has the tables, rows and columns that were asked for. */
function findDifference(asked: AnyTable, answer: AnyTable): string | undefined {
  if (asked.input_data) {
    if (answer.predictions?.length !== asked.input_data.length) return 'an answer with another number of tables';
    return asked.input_data
      .map((table, index) => findDifference(table, answer.predictions?.[index] as AnyTable))
      .find((text) => text !== undefined);
  }
  if (answer.values?.length !== asked.values?.length) return 'an answer with another number of rows';
  const kept = asked.fields?.filter((name) => name !== 'prediction' && name !== 'probability') ?? [];
  return kept.every((name) => answer.fields?.includes(name)) ? undefined : 'an answer without a column of the request';
}
