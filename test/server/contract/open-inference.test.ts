/** The Open Inference Protocol beside the contract: the same scores, limits, errors and observations. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Deployments } from '../../../catalogue/catalogue.ts';
import type { InferReply, ModelMetadata } from '../../../handlers/open-inference/protocol.ts';
import { countRows } from '../../../models/request-tables.ts';
import { Random } from '../../../training/forest/random.ts';
import { fails, good } from '../../support/behaviours.ts';
import {
  FIXTURES,
  makeDeploymentsFolder,
  SAMPLE_IDS,
  SAMPLES,
  startTestEngine,
  type JsonReply,
  type TestEngine,
} from '../../support/engine.ts';
import { checkHealthy, IRIS, toModeTable } from '../../support/healthy.ts';
import { HttpDouble } from '../../support/http-double.ts';
import { findLogLine } from '../../support/log-line.ts';
import { readRows, toInputs, toMatrix } from '../../support/open-inference.ts';
import { toXs, writeRemote } from '../../support/remote.ts';
import { makeSampleTable, readDeploymentFile } from '../../support/sample-rows.ts';
import { until } from '../../support/until.ts';
import { wrap } from '../../../wrapping/wrap.ts';

const NUMBERS = { name: 'input-0', datatype: 'FP64' };
const MATRIX = toMatrix(IRIS);
const IRIS_FILE = readDeploymentFile(join(SAMPLES, 'iris'));
const IRIS_INPUTS = toInputs(IRIS, IRIS_FILE.columns);

const infer = (engine: TestEngine, id: string, body: unknown, headers?: Record<string, string>) =>
  engine.request(`/v2/models/${id}/infer`, { method: 'POST', body, ...(headers && { headers }) });
const read = ({ status, body, text }: JsonReply): InferReply => {
  expect(status, text).to.equal(200);
  return body as unknown as InferReply;
};
const readError = ({ status, body }: JsonReply) => [status, (body as unknown as { error: string }).error];

describe('the Open Inference Protocol', () => {
  let engine: TestEngine;
  before(async () => (engine = await startTestEngine({ ENGINE_MAX_ROWS: '6000', ENGINE_MAX_BODY: '2mb' })));
  after(() => engine.stop());

  for (const id of SAMPLE_IDS) {
    it(`scores as the contract does, a row and thousands: ${id}`, async () => {
      const file = readDeploymentFile(join(SAMPLES, id));
      const isNumeric = file.columns.every(({ type }) => type !== 'string' && type !== 'boolean');
      for (const rows of [0, 1, 5000]) {
        const table = makeSampleTable(file, rows, new Random(rows));
        const expected = (await engine.score(id, table)).body;
        const results = expected.values.map((row) => row.slice(file.columns.length));
        const inputs = toInputs(table, file.columns);
        for (const body of [
          { inputs },
          { inputs: inputs.toReversed() },
          ...(isNumeric ? [{ inputs: [toMatrix(table)] }] : []),
        ]) {
          const reply = await infer(engine, id, body);
          const { outputs, ...others } = read(reply);
          const version = reply.headers.get('x-deployment-version');
          expect(others).to.deep.equal({ model_name: id, model_version: version });
          expect(outputs.map(({ name }) => name)).to.deep.equal(expected.fields.slice(file.columns.length));
          expect(readRows({ outputs, ...others })).to.deep.equal(results);
        }
      }
    });
  }

  it('says what its outputs are, and gives the id back', async () => {
    const reply = await infer(engine, 'iris', { id: 'a-call', parameters: { content_type: 'pd' }, inputs: [MATRIX] });
    const model_version = reply.headers.get('x-deployment-version');
    expect(reply.body).to.deep.equal({
      model_name: 'iris',
      model_version,
      id: 'a-call',
      outputs: [
        { name: 'prediction', datatype: 'BYTES', shape: [1], parameters: { content_type: 'str' }, data: ['setosa'] },
        { name: 'probability', datatype: 'FP64', shape: [1, 3], parameters: { content_type: 'np' }, data: [1, 0, 0] },
      ],
    });
    // As doubles, for readers that infer types.
    expect(reply.text).to.contain('"data":[1.0,0.0,0.0]');
  });

  it('takes flat and nested data, columns with one dimension or two, and all content types that are values', async () => {
    const expected = readRows(read(await infer(engine, 'iris', { inputs: [MATRIX] })));
    const nested = { ...MATRIX, data: IRIS.values };
    const columns = IRIS_INPUTS.map((input) => ({ ...input, shape: [1, 1], data: [input.data] }));
    const flat = IRIS_INPUTS.map((input) => ({ ...input, shape: [1, 1] }));
    const typed = IRIS_INPUTS.map((input) => ({ ...input, datatype: 'FP32', parameters: { content_type: 'np' } }));
    const more = [...IRIS_INPUTS, { name: 'unknown', shape: [1], datatype: 'BYTES', data: ['x'] }];
    for (const inputs of [[nested], columns, flat, typed, more]) {
      expect(readRows(read(await infer(engine, 'iris', { inputs })))).to.deep.equal(expected);
    }
  });

  it('gives the outputs that are asked for, in their order', async () => {
    const ask = async (...names: string[]) =>
      read(await infer(engine, 'iris', { inputs: [MATRIX], outputs: names.map((name) => ({ name })) })).outputs.map(
        ({ name }) => name,
      );
    expect(await ask()).to.deep.equal(['prediction', 'probability']);
    expect(await ask('probability')).to.deep.equal(['probability']);
    expect(await ask('probability', 'prediction')).to.deep.equal(['probability', 'prediction']);
  });

  it('describes the server and its models, with the version that scores', async () => {
    const { body: server } = await engine.request('/v2');
    expect(server).to.deep.equal({ name: 'custom-ml-engine', version: '0.1.0', extensions: [] });
    expect((await engine.request('/v2/models')).body).to.deep.equal({ models: SAMPLE_IDS });
    const reply = await infer(engine, 'penguins', {
      inputs: toInputs(
        readDeploymentFile(join(SAMPLES, 'penguins')).example,
        readDeploymentFile(join(SAMPLES, 'penguins')).columns,
      ),
    });
    const version = reply.headers.get('x-deployment-version') as string;
    const str = { content_type: 'str' };
    const np = { content_type: 'np' };
    const { inputs, ...metadata } = (await engine.request('/v2/models/penguins')).body as unknown as ModelMetadata;
    expect(metadata).to.deep.equal({
      name: 'penguins',
      versions: [version],
      platform: 'custom-ml-engine_random-forest',
      outputs: [
        { name: 'prediction', datatype: 'BYTES', shape: [-1], parameters: str },
        { name: 'probability', datatype: 'FP64', shape: [-1, 3], parameters: np },
      ],
    });
    expect(inputs.slice(0, 2)).to.deep.equal([
      { name: 'island', datatype: 'BYTES', shape: [-1], parameters: str },
      { name: 'beak_length', datatype: 'FP64', shape: [-1], parameters: np },
    ]);
    const path = `/v2/models/penguins/versions/${version}`;
    expect((await engine.request(path)).body).to.deep.equal({ ...metadata, inputs });
    expect((await engine.request(`${path}/ready`)).body).to.deep.equal({ name: 'penguins', ready: true });
  });

  it('answers with the version that a path names, and 404 for any other', async () => {
    const { versions } = (await engine.request('/v2/models/iris')).body as unknown as ModelMetadata;
    const options = { method: 'POST', body: { inputs: [MATRIX] } };
    const scored = await engine.request(`/v2/models/iris/versions/${versions[0]}/infer`, options);
    expect(readRows(read(scored))).to.deep.equal([['setosa', [1, 0, 0]]]);
    expect((await engine.request('/v2/models/iris/versions/000000000000/infer', options)).status).to.equal(404);
    for (const path of [
      '/v2/models/iris/versions/1',
      '/v2/models/iris/versions/1/ready',
      '/v2/models/x',
      '/v2/models/x/ready',
    ])
      expect((await engine.request(path)).status, path).to.equal(404);
    expect((await infer(engine, 'x', { inputs: [MATRIX] })).status).to.equal(404);
  });

  it('answers HEAD like GET, and nothing else on those paths', async () => {
    for (const path of [
      '/v2',
      '/v2/models',
      '/v2/models/iris',
      '/v2/health/live',
      '/v2/health/ready',
      '/v2/models/iris/ready',
    ]) {
      expect((await engine.request(path, { method: 'HEAD' })).status, path).to.equal(200);
      const { status, headers } = await engine.request(path, { method: 'DELETE' });
      expect([status, headers.get('allow')], path).to.deep.equal([405, 'GET, HEAD']);
    }
    const { status, headers } = await engine.request('/v2/models/iris/infer');
    expect([status, headers.get('allow')]).to.deep.equal([405, 'POST']);
    for (const path of ['/v2/model', '/v2/deployments', '/v2/health', '/v2/models/iris/infer/x'])
      expect((await engine.request(path)).status, path).to.equal(404);
  });

  const column = (name: string, more: object = {}) => ({
    name,
    shape: [1],
    datatype: 'FP64',
    data: [1],
    ...more,
  });
  const withColumn = (more: object) => ({ inputs: [...IRIS_INPUTS.slice(1), column('sepal_length', more)] });
  const FP64_ROW = 'expected a finite number, or null (FP64)';
  const faults: Record<string, [body: unknown, message: string]> = {
    'no object': [[], 'body: expected an object.'],
    'no inputs': [{}, 'body: expected the key inputs.'],
    'empty inputs': [{ inputs: [] }, 'inputs: expected at least 1.'],
    'no name': [{ inputs: [{ shape: [1], datatype: 'FP64', data: [1] }] }, 'inputs[0]: expected the key name.'],
    'no shape': [{ inputs: [{ ...column('x'), shape: undefined }] }, 'inputs[0]: expected the key shape.'],
    'a fraction in a shape': [{ inputs: [{ ...MATRIX, shape: [1.5, 4] }] }, 'inputs[0].shape[0]: expected an integer.'],
    'a negative shape': [
      withColumn({ shape: [-1], data: [] }),
      'inputs[3].shape: expected as many rows as inputs[0] has.',
    ],
    'negative shapes': [
      { inputs: [{ ...MATRIX, shape: [-1, 4], data: [] }] },
      'inputs[0].shape: expected dimensions of 0 or more.',
    ],
    'no data': [withColumn({ data: undefined }), 'inputs[3]: expected the key data.'],
    'binary data': [
      withColumn({ data: undefined, parameters: { binary_data_size: 8 } }),
      'inputs[3].parameters.binary_data_size: binary tensors are not supported; send the data as JSON.',
    ],
    'binary outputs': [
      { inputs: [MATRIX], parameters: { binary_data_output: true } },
      'parameters.binary_data_output: binary tensors are not supported; the outputs are JSON.',
    ],
    'a binary output': [
      { inputs: [MATRIX], outputs: [{ name: 'prediction', parameters: { binary_data: true } }] },
      'outputs[0].parameters.binary_data: binary tensors are not supported; the outputs are JSON.',
    ],
    'an unknown output': [
      { inputs: [MATRIX], outputs: [{ name: 'predict' }] },
      'outputs[0].name: expected an output of the model: "prediction", "probability".',
    ],
    'an output twice': [
      { inputs: [MATRIX], outputs: [{ name: 'prediction' }, { name: 'prediction' }] },
      'outputs[1].name: expected each name once.',
    ],
    'a content type of the request': [
      { inputs: [MATRIX], parameters: { content_type: 'base64' } },
      'parameters.content_type: expected str, np or pd.',
    ],
    'a content type of an input': [
      withColumn({ parameters: { content_type: 'base64' } }),
      'inputs[3].parameters.content_type: expected str, np or pd.',
    ],
    'an unknown datatype': [
      withColumn({ datatype: 'FP65' }),
      'inputs[3].datatype: expected a datatype of the protocol, such as FP64, INT64, BOOL or BYTES.',
    ],
    'too much data': [
      withColumn({ data: [1, 2] }),
      'inputs[3].data: expected as many values as the shape says, 1; got 2.',
    ],
    'a huge shape': [
      { inputs: [{ ...MATRIX, shape: [1e15, 4] }] },
      'inputs[0].data: expected as many values as the shape says, 4000000000000000; got 4.',
    ],
    'another number of rows': [
      withColumn({ shape: [2], data: [1, 2] }),
      'inputs[3].shape: expected as many rows as inputs[0] has.',
    ],
    'a column with two values per row': [
      withColumn({ shape: [1, 2], data: [1, 2] }),
      'inputs[3].shape: expected [rows] or [rows, 1], because each input is a column.',
    ],
    'a third dimension': [
      withColumn({ shape: [1, 1, 1] }),
      'inputs[3].shape: expected [rows] or [rows, 1], because each input is a column.',
    ],
    'a matrix that is too narrow': [
      { inputs: [{ ...NUMBERS, shape: [1, 3], data: [1, 2, 3] }] },
      'inputs[0].shape: expected [rows, 4], a number per column in the order of the metadata, or one input per column.',
    ],
    'a matrix of text': [
      { inputs: [{ ...MATRIX, datatype: 'BYTES' }] },
      'inputs: expected one input per column, because a matrix has numbers.',
    ],
    'rows of other lengths': [
      {
        inputs: [
          {
            ...NUMBERS,
            shape: [2, 4],
            data: [
              [1, 2, 3, 4],
              [1, 2, 3],
            ],
          },
        ],
      },
      'inputs[0].data[1]: expected a list of 4, as the shape says.',
    ],
    'nested data in a flat shape': [withColumn({ data: [[1]] }), `inputs[3].data[0]: ${FP64_ROW}.`],
    'a missing column': [
      { inputs: IRIS_INPUTS.slice(2) },
      'inputs: the model needs the columns "sepal_length", "sepal_width".',
    ],
    'a column twice': [
      { inputs: [...IRIS_INPUTS, column('petal_width')] },
      'inputs[4].name: expected each name once; it repeats inputs[3].',
    ],
    'text in a column of numbers': [
      withColumn({ datatype: 'BYTES', data: ['1'] }),
      'inputs[3].data[0]: column "sepal_length": expected a finite number; got a string.',
    ],
    'null where there is none': [
      withColumn({ data: [null] }),
      'inputs[3].data[0]: column "sepal_length": expected a finite number; got null.',
    ],
    'null in a flat matrix': [
      { inputs: [{ ...NUMBERS, shape: [2, 4], data: [1, 2, 3, 4, 5, 6, null, 8] }] },
      'inputs[0].data[6]: column "petal_length": expected a finite number; got null.',
    ],
    'null in a nested matrix': [
      {
        inputs: [
          {
            ...NUMBERS,
            shape: [2, 4],
            data: [
              [1, 2, 3, 4],
              [5, 6, null, 8],
            ],
          },
        ],
      },
      'inputs[0].data[1][2]: column "petal_length": expected a finite number; got null.',
    ],
    'a fraction as a whole number': [
      withColumn({ datatype: 'INT8', data: [1.5] }),
      'inputs[3].data[0]: expected a whole number from -128 to 127, or null (INT8).',
    ],
    'a number beyond its datatype': [
      withColumn({ datatype: 'UINT8', data: [256] }),
      'inputs[3].data[0]: expected a whole number from 0 to 255, or null (UINT8).',
    ],
    'a number as text': [withColumn({ datatype: 'BYTES' }), 'inputs[3].data[0]: expected a string, or null (BYTES).'],
    'a number as a flag': [
      withColumn({ datatype: 'BOOL' }),
      'inputs[3].data[0]: expected true or false, or null (BOOL).',
    ],
    infinity: [
      '{"inputs":[{"name":"x","shape":[1],"datatype":"FP64","data":[1e999]}]}',
      `inputs[0].data[0]: ${FP64_ROW}.`,
    ],
  };
  for (const [name, [body, message]] of Object.entries(faults)) {
    it(`rejects ${name}`, async () => {
      expect(readError(await infer(engine, 'iris', body))).to.deep.equal([400, message]);
    });
  }

  it('rejects a matrix where a column is text', async () => {
    const [status, message] = readError(await infer(engine, 'penguins', { inputs: [MATRIX] }));
    expect(status).to.equal(400);
    expect(message).to.equal(
      'inputs: expected one input per column, because the column "island" is of the type string.',
    );
  });

  it('rejects NaN, text that is no JSON, and other media types, binary tensors among them', async () => {
    const text = JSON.stringify({ inputs: [MATRIX] });
    expect((await infer(engine, 'iris', text.replace('5.1', 'NaN'))).status).to.equal(400);
    expect((await infer(engine, 'iris', text.slice(0, -1))).status).to.equal(400);
    const binary = { 'Content-Type': 'application/octet-stream', 'Inference-Header-Content-Length': '10' };
    expect((await infer(engine, 'iris', text, binary)).status).to.equal(415);
  });

  it('has the limits of the contract on rows and bytes', async () => {
    const many = { ...NUMBERS, shape: [6001, 4], data: new Array<number>(6001 * 4).fill(1) };
    expect(readError(await infer(engine, 'iris', { inputs: [many] }))).to.deep.equal([
      413,
      'The request has 6001 rows; this engine accepts at most 6000 per request.',
    ]);
    expect((await infer(engine, 'iris', `{"id":"${'x'.repeat(2 ** 21)}"}`)).status).to.equal(413);
  });

  it('explains the cells of a long body, which a thread reads, in the same way', async () => {
    const data = new Array<number | null>(5000 * 4).fill(1);
    data[4 * 4000 + 1] = null;
    expect(data.length * 2).to.be.lessThan(2 ** 16);
    const long = { ...NUMBERS, shape: [5000, 4], data, parameters: { padding: 'x'.repeat(2 ** 16) } };
    const reply = await infer(engine, 'iris', { inputs: [long] });
    const expected = 'inputs[0].data[16001]: column "sepal_width": expected a finite number; got null.';
    expect(readError(reply)).to.deep.equal([400, expected]);
    expect(engine.engine.threads?.scoring.threads.length).to.be.greaterThan(0);
  });

  it('answers the requests of the documentation as that says', async () => {
    const page = await readFile(new URL('../../../docs/open-inference-protocol.md', import.meta.url), 'utf8');
    const shown = [...page.matchAll(/^\$ curl -s http:\/\/127\.0\.0\.1:8080(\S+) [^']*'[^']*' -d '([^']*)'\n(.*)$/gm)];
    expect(shown).to.have.length(3);
    for (const [, path = '', body, expected = ''] of shown) {
      const { text } = await engine.request(path, { method: 'POST', body });
      const hide = (reply: string) => reply.replace(/"model_version":"\w{12}"/, '');
      expect(hide(text)).to.equal(hide(expected));
    }
  });

  it('is logged and measured as the contract’s operations are', async () => {
    const reply = await infer(engine, 'iris', { inputs: [MATRIX] }, { 'X-Request-Id': 'a-request' });
    expect(reply.headers.get('x-request-id')).to.equal('a-request');
    const line = await findLogLine(engine, reply);
    expect(line).to.include({ operation: 'inferModel', deployment: 'iris', rows: 1, status: 200 });
    expect(line).to.include.keys('version', 'ms');
    const metrics = await (await fetch(`${engine.url}/metrics`)).text();
    expect(metrics).to.match(
      /custom_ml_engine_requests_total\{operation="inferModel",deployment="iris",status="200"\} \d/,
    );
    expect(metrics).to.match(/custom_ml_engine_rows_total\{[^}]*deployment="iris"[^}]*\} [1-9]/);
  });
});

describe('the rows of a body of the Open Inference Protocol', () => {
  it('are those that were sent, whatever shapes claim', () => {
    const count = (...inputs: unknown[]) => countRows({ inputs });
    expect(count({ shape: [2, 4], data: [1, 2, 3, 4, 5, 6, 7, 8] })).to.equal(2);
    expect(count({ shape: [1e9], data: [1] }, { shape: [2], data: [1, 2] })).to.equal(2);
    expect(count(null, {}, { shape: 1, data: [1] }, { shape: [1] }, { shape: [-3], data: [1] })).to.equal(0);
    expect(countRows({ inputs: [], values: [[1]] })).to.equal(1);
  });
});

describe('the Open Inference Protocol of an engine', () => {
  let engine: TestEngine | undefined;
  let remove: (() => Promise<void>) | undefined;
  afterEach(async () => {
    await engine?.stop();
    await remove?.();
    engine = remove = undefined;
  });

  it('with credentials is behind the guard, except for its probes', async () => {
    engine = await startTestEngine({ ENGINE_USERNAME: 'u', ENGINE_PASSWORD: 'p' });
    const own = { Authorization: `Basic ${Buffer.from('u:p').toString('base64')}` };
    for (const path of ['/v2', '/v2/models', '/v2/models/iris', '/v2/models/iris/ready']) {
      const { status, headers } = await engine.request(path);
      expect([status, headers.get('www-authenticate')], path).to.deep.equal([
        401,
        'Basic realm="custom-ml-engine", charset="UTF-8"',
      ]);
      expect((await engine.request(path, { headers: own })).status, path).to.equal(200);
    }
    for (const path of ['/v2/health/live', '/v2/health/ready'])
      expect((await engine.request(path)).status, path).to.equal(200);
    expect((await infer(engine, 'iris', { inputs: [MATRIX] })).status).to.equal(401);
    expect((await infer(engine, 'iris', { inputs: [MATRIX] }, own)).status).to.equal(200);
  });

  it('is below the path of the public URL, or not', async () => {
    engine = await startTestEngine({ ENGINE_PUBLIC_URL: 'https://example.com/engines/one' });
    for (const path of ['/v2/models/iris', '/engines/one/v2/models/iris'])
      expect((await engine.request(path)).status, path).to.equal(200);
    const reply = await (await fetch(`${engine.url}/engines/one/v2/models/x`)).json();
    expect(reply).to.have.keys('error');
  });

  it('answers 503 under load, but its probes do not', async () => {
    engine = await startTestEngine({}, {}, { maxConcurrency: 0 });
    for (const reply of [
      await infer(engine, 'iris', { inputs: [MATRIX] }),
      await engine.request('/v2/models/iris/ready'),
    ]) {
      expect(readError(reply)).to.deep.equal([503, 'The engine is busy. Retry in a moment.']);
      expect(reply.headers.get('retry-after')).to.equal('1');
    }
    expect((await engine.request('/v2/health/ready')).body).to.deep.equal({ ready: true });
    expect((await engine.request('/v2/health/live')).body).to.deep.equal({ live: true });
  });

  it('is not ready where no deployment is valid; a model that is not valid is unknown', async () => {
    const made = await makeDeploymentsFolder(FIXTURES, ['sum']);
    remove = made.remove;
    engine = await startTestEngine({ ENGINE_DEPLOYMENTS: made.folder });
    const { status, body } = await engine.request('/v2/health/ready');
    expect([status, body]).to.deep.equal([503, { ready: false }]);
    expect((await engine.request('/v2/models/sum/ready')).status).to.equal(404);
  });

  it('scores with modules, and tells nothing of how they fail', async () => {
    engine = await startTestEngine({ ENGINE_DEPLOYMENTS: FIXTURES, ENGINE_ALLOW_MODULES: 'true' });
    const { columns } = readDeploymentFile(join(FIXTURES, 'misbehaving'));
    const run = (mode: string) =>
      infer(engine as TestEngine, 'misbehaving', { inputs: toInputs(toModeTable(mode), columns) });
    expect(readRows(read(await run('well')))).to.deep.equal([['no', [0.75, 0.25]]]);
    expect(readError(await run('throw'))).to.deep.equal([
      500,
      'The model of this deployment failed to score the request.',
    ]);
    const sum = {
      inputs: [
        { name: 'a', shape: [2], datatype: 'FP64', data: [1.5, 2] },
        { name: 'b', shape: [2], datatype: 'INT64', data: [null, 3] },
      ],
    };
    expect(read(await infer(engine, 'sum', sum)).outputs).to.deep.equal([
      { name: 'prediction', datatype: 'FP64', shape: [2], parameters: { content_type: 'np' }, data: [1.5, 5] },
    ]);
    const { inputs } = (await engine.request('/v2/models/sum')).body as unknown as ModelMetadata;
    expect(inputs.map(({ datatype }) => datatype)).to.deep.equal(['FP64', 'FP64']);
    await checkHealthy(engine);
  });

  it('scores with models elsewhere, and knows when they fail', async () => {
    const double = await HttpDouble.start(good);
    const { folder, remove: removeFolder } = await makeDeploymentsFolder('', []);
    remove = async () => {
      await double.close();
      await removeFolder();
    };
    await writeRemote(folder, 'remote', { url: double.url, ready_interval: 600_000 });
    const start = async () => {
      await engine?.stop();
      engine = await startTestEngine({ ENGINE_DEPLOYMENTS: folder });
      const { catalogue } = engine.engine;
      await until('the upstream was checked', () =>
        catalogue.listUpstreams().every(({ status }) => status !== 'unknown'),
      );
      return engine;
    };
    const columns = readDeploymentFile(join(folder, 'remote')).columns;
    const toBody = (xs: readonly number[]) => ({ inputs: toInputs(toXs(...xs), columns) });
    const first = await start();
    expect((await first.request('/v2/models/remote/ready')).body).to.deep.equal({ name: 'remote', ready: true });
    expect(readRows(read(await infer(first, 'remote', toBody([0.25, 0.75]))))).to.deep.equal([
      ['no', [0.75, 0.25]],
      ['yes', [0.25, 0.75]],
    ]);
    // Long enough for the thread that prepares.
    const many = Array.from({ length: 20_000 }, (_, index) => (index % 4) / 4);
    const expected = (await first.score('remote', toXs(...many))).body.values.map((row) => row.slice(1));
    expect(readRows(read(await infer(first, 'remote', toBody(many))))).to.deep.equal(expected);
    double.behave(fails(500));
    const second = await start();
    expect(readError(await second.request('/v2/models/remote/ready'))).to.deep.equal([
      503,
      'The system that serves this deployment is not ready.',
    ]);
    expect((await infer(second, 'remote', toBody([0.25]))).status).to.equal(502);
    expect((await second.request('/v2/health/ready')).status).to.equal(200);
  });

  it('can be wrapped by another engine, from its metadata alone', async () => {
    const upstream = await startTestEngine();
    const made = await makeDeploymentsFolder('', []);
    remove = async () => {
      await upstream.stop();
      await made.remove();
    };
    const ids = ['iris', 'penguins', 'car-mileage'];
    for (const id of ids) {
      const file = readDeploymentFile(join(SAMPLES, id));
      const label = file.label.name;
      const table = makeSampleTable(file, 40, new Random(3));
      const scored = (await upstream.score(id, table)).body;
      const at = scored.fields.indexOf(file.result.prediction);
      const lines = scored.values.map((row) => [...row.slice(0, file.columns.length), row[at]]);
      const rows = join(made.folder, `${id}.csv`);
      const csv = [[...table.fields, label], ...lines].map((line) =>
        line.map((cell) => (cell === null ? '' : String(cell as string | number))).join(),
      );
      await writeFile(rows, csv.join('\n'));
      const deployment = { id, name: id, description: '', echo: true };
      const url = new URL(`${upstream.url}/v2/models/${id}`);
      const out = join(made.folder, 'out');
      await wrap({ kind: 'open-inference', settings: {}, label, deployment, out, force: true, rows, url });
    }
    engine = await startTestEngine({ ENGINE_DEPLOYMENTS: join(made.folder, 'out') });
    for (const id of ids) {
      const table = makeSampleTable(readDeploymentFile(join(SAMPLES, id)), 30, new Random(4));
      const [ours, theirs] = [await engine.score(id, table), await upstream.score(id, table)];
      expect(ours.status, ours.text).to.equal(200);
      const read = ({ body }: JsonReply, name: string) => body.values.map((row) => row[body.fields.indexOf(name)]);
      expect(read(ours, 'prediction')).to.deep.equal(read(theirs, 'prediction'));
      if (id === 'car-mileage') continue;
      const [one, other] = [ours, theirs].map((reply) => read(reply, 'probability').flat() as number[]);
      expect(one?.length).to.be.greaterThan(0).and.equal(other?.length);
      // Vectors of models elsewhere are normalized.
      one?.forEach((probability, index) => expect(probability).to.be.closeTo(other?.[index] as number, 1e-12));
    }
  });

  it('writes labels that are whole numbers as INT64, others as FP64, and the index of the class', async () => {
    const made = await makeDeploymentsFolder(FIXTURES, ['misbehaving']);
    remove = made.remove;
    const path = join(made.folder, 'misbehaving', 'deployment.json');
    const file = readDeploymentFile(join(FIXTURES, 'misbehaving'));
    for (const [type, datatype, written] of [
      ['integer', 'INT64', '[0]'],
      ['double', 'FP64', '[0.0]'],
    ]) {
      const label = { name: 'label', type, classes: [0, 1] };
      const answer = file.example.answer && {
        ...file.example.answer,
        predictions: file.example.answer.predictions.map((name) => Number(name === 'yes')),
      };
      const changed = {
        ...file,
        label,
        result: { ...file.result, class_index: 'index' },
        example: { ...file.example, answer },
      };
      await writeFile(path, JSON.stringify(changed));
      engine = await startTestEngine({ ENGINE_DEPLOYMENTS: made.folder, ENGINE_ALLOW_MODULES: 'true' });
      const reply = await infer(engine, 'misbehaving', { inputs: toInputs(toModeTable('well'), file.columns) });
      expect(read(reply).outputs.map((output) => [output.name, output.datatype, output.data])).to.deep.equal([
        ['prediction', datatype, [0]],
        ['probability', 'FP64', [0.75, 0.25]],
        ['index', 'INT64', [0]],
      ]);
      expect(reply.text).to.contain(`"data":${written}`);
      await engine.stop();
    }
    await rm(path);
  });

  it('answers 500 where a model that has given probabilities gives none', async () => {
    const wrapped = (deployments: Deployments): Deployments => ({
      list: () => deployments.list(),
      get: (id) => {
        const deployment = deployments.get(id);
        return deployment && { ...deployment, model: { score: ({ rows }) => ({ predictions: rows.map(() => 0) }) } };
      },
    });
    engine = await startTestEngine({}, { wrap: wrapped });
    expect((await infer(engine, 'iris', { inputs: [MATRIX] })).status).to.equal(500);
    const outputs = [{ name: 'prediction' }];
    expect(readRows(read(await infer(engine, 'iris', { inputs: [MATRIX], outputs })))).to.deep.equal([['setosa']]);
  });
});
