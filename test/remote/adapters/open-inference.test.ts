import { expect } from 'chai';
import { EngineError } from '../../../errors/engine-error.ts';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { findTables } from '../../../models/json/written-cells.ts';
import { openInference } from '../../../remote/adapters/open-inference.ts';
import { ReplyError, UpstreamError } from '../../../upstream/upstream-error.ts';
import { LOANS, LOAN_ANSWER, LOAN_ROWS, readExchange, replaceCell } from '../../support/recorded-loans.ts';
import { tryAdapter } from '../../support/try-adapter.ts';
import type { RequestTable } from '../../../models/table.ts';
import { catchError, toClassifier } from '../../support/deployment.ts';

/** The integer datatypes of the recorded exchanges. */
const datatypes = { age: 'INT64', duration: 'INT64' };
const BOTH = ['predict', 'predict_proba'];
const PAIR = {
  ...toClassifier('no', 'yes'),
  columns: [
    { name: 'x', type: 'double' },
    { name: 'y', type: 'double' },
  ],
};

const tryLoans = (settings: object = {}) => tryAdapter(openInference, { model: 'loans', ...settings }, LOANS);
const tryPair = (settings: object = {}) => tryAdapter(openInference, { model: 'm', ...settings }, PAIR);
const tryMatrix = (settings: object = {}, keys: object = {}) =>
  tryAdapter(openInference, { model: 'm', format: 'matrix', ...settings }, { ...PAIR, ...keys });
const toTensors = (...outputs: readonly (readonly [string, number[], unknown])[]) => ({
  outputs: outputs.map(([name, shape, data]) => ({ name, shape, datatype: 'FP64', data })),
});
const toProblems = async (run: () => unknown) => (await catchError(DeploymentError, run)).problems;

/** The body of a recorded request, without its optional id. */
async function readBody(name: string): Promise<unknown> {
  const { id, ...body } = (await readExchange('open-inference', name)).request.body as { id: string };
  expect(id).to.equal('a-call');
  return body;
}

describe('the adapter open-inference', () => {
  describe('with columns', () => {
    it("sends MLServer's recorded request, and reads labels and probabilities", async () => {
      const { request, reply } = await readExchange('open-inference', 'mlserver-score');
      const loans = tryLoans({ datatypes, outputs: BOTH });
      expect(await loans.request(LOAN_ROWS)).to.deep.equal({
        path: request.path,
        body: await readBody('mlserver-score'),
      });
      const { predictions, probabilities } = await loans.read(reply.body, 4);
      expect(predictions).to.deep.equal(LOAN_ANSWER.predictions);
      expect(probabilities?.[0]?.[2]).to.be.closeTo(0.10192582787071161, 1e-12);
    });

    it('sends whole numbers without a decimal point for integer datatypes, whatever the column', async () => {
      const body = '{"fields":["x","y"],"values":[[1.0,2.0],[3e0,4]]}';
      const table = { ...(JSON.parse(body) as RequestTable), toWritten: () => findTables(Buffer.from(body)).own };
      const { body: text } = await tryPair({ datatypes: { x: 'INT32' } }).toRequest(table);
      expect(text).to.include('"data":[1,3]').and.to.include('"data":[2.0,4]');
    });

    it('sends whole numbers as doubles by default, so that fractions and nulls can be sent as well', async () => {
      const table = replaceCell(replaceCell(LOAN_ROWS, 0, 'age', 40.5), 1, 'age', null);
      const { body } = await tryLoans().request(table);
      expect((body as { inputs: unknown[] }).inputs[2]).to.deep.equal({
        name: 'age',
        shape: [4],
        datatype: 'FP64',
        data: [40.5, null, 25, 39],
      });
    });

    it('sends null text in the way that MLServer accepts', async () => {
      const { request, reply } = await readExchange('open-inference', 'mlserver-null-in-category');
      expect(reply.status).to.equal(200);
      const table = replaceCell(LOAN_ROWS, 1, 'housing', null);
      const { path, body } = await tryLoans({ datatypes, outputs: BOTH }).request(table);
      expect({ path, body }).to.deep.equal({ path: request.path, body: await readBody('mlserver-null-in-category') });
    });

    it('rejects a null boolean, which MLServer would read as false, unless it is imputed', async () => {
      // MLServer reports no error that the caller could see.
      expect((await readExchange('open-inference', 'mlserver-null-in-boolean')).reply.status).to.equal(200);
      const table = replaceCell(LOAN_ROWS, 1, 'employed', null);
      const { code, message } = await catchError(EngineError, () => tryLoans().request(table, 100));
      expect(code).to.equal('invalid_value');
      expect(message).to.equal(
        'values[101]: column "employed": expected true or false, not null (BOOL), because the system that serves this deployment requires it.',
      );
      const columns = LOANS.columns.map((column) =>
        column.name === 'employed' ? { ...column, impute: true } : column,
      );
      const { body } = await tryAdapter(openInference, { model: 'loans' }, { ...LOANS, columns }).request(table);
      const { inputs } = body as { inputs: { name: string; data: unknown[] }[] };
      expect(inputs.find(({ name }) => name === 'employed')?.data).to.deep.equal([true, true, true, false]);
    });

    it("reads labels without probabilities, and KServe's probabilities without labels", async () => {
      const labels = await readExchange('open-inference', 'mlserver-labels-alone');
      expect(await tryLoans().request(LOAN_ROWS)).to.not.have.nested.property('body.outputs');
      expect(await tryLoans().read(labels.reply.body, 4)).to.deep.equal({
        predictions: LOAN_ANSWER.predictions,
      });
      const vectors = await readExchange('open-inference', 'kserve-score');
      const { predictions, probabilities } = await tryLoans().read(vectors.reply.body, 4);
      expect(predictions).to.deep.equal(LOAN_ANSWER.predictions);
      expect(probabilities).to.have.length(4);
    });

    it('rejects a cell that does not fit its datatype, with its row in the call', async () => {
      const reject = async (column: string, cell: unknown, settings: object) => {
        const { code, message } = await catchError(EngineError, () =>
          tryLoans(settings).request(replaceCell(LOAN_ROWS, 1, column, cell), 100),
        );
        expect(code).to.equal('invalid_value');
        return message;
      };
      expect(await reject('age', 40.5, { datatypes })).to.equal(
        'values[101]: column "age": expected a whole number from -9223372036854775000 to 9223372036854775000, not null (INT64), ' +
          'because the system that serves this deployment requires it.',
      );
      for (const [cell, datatype] of [
        [null, 'INT64'],
        [2 ** 63, 'INT64'],
        [-(2 ** 63), 'INT64'],
        [128, 'INT8'],
        [-129, 'INT8'],
        [-1, 'UINT8'],
        [256, 'UINT8'],
        [65505, 'FP16'],
        [3.4028236e38, 'FP32'],
        [-3.5e38, 'FP32'],
      ] as const) {
        expect(await reject('age', cell, { datatypes: { age: datatype } }), datatype).to.include(`(${datatype})`);
      }
    });

    it('sends values that just fit their datatype, booleans as numbers, and rounded fractions if the settings say so', async () => {
      const send = async (column: string, cell: unknown, settings: object) => {
        const { body } = await tryLoans(settings).request(replaceCell(LOAN_ROWS, 1, column, cell));
        const { inputs } = body as { inputs: { name: string; data: unknown[] }[] };
        return inputs.find(({ name }) => name === column)?.data[1];
      };
      expect(await send('age', 40.5, { datatypes, round: true })).to.equal(41);
      // As text 2 ** 63 would be 9223372036854776000, and out of range.
      expect(await send('age', 2 ** 63 - 1024, { datatypes })).to.equal(2 ** 63 - 1024);
      expect(await send('age', 1024 - 2 ** 63, { datatypes })).to.equal(1024 - 2 ** 63);
      expect(await send('age', -128, { datatypes: { age: 'INT8' } })).to.equal(-128);
      expect(await send('age', 255, { datatypes: { age: 'UINT8' } })).to.equal(255);
      expect(await send('amount', 3.4028234663852886e38, { datatypes: { amount: 'FP32' } })).to.equal(
        3.4028234663852886e38,
      );
      expect(await send('income', null, { datatypes: { income: 'FP32' } })).to.equal(null);
      expect(await send('employed', true, { datatypes: { employed: 'INT8' } })).to.equal(1);
    });

    it('sends two-dimensional inputs if the settings say so', async () => {
      const { body } = await tryPair({ dimensions: 2 }).request({
        fields: ['x', 'y'],
        values: [
          [1, 2],
          [3, 4],
        ],
      });
      expect(body).to.deep.include({
        inputs: [
          { name: 'x', shape: [2, 1], datatype: 'FP64', data: [1, 3] },
          { name: 'y', shape: [2, 1], datatype: 'FP64', data: [2, 4] },
        ],
      });
    });

    it('rejects a model or version whose name leads to another path', async () => {
      const place = 'deployment.json.settings';
      expect(await toProblems(() => tryLoans({ model: '..', version: '.' }))).to.deep.equal([
        `${place}.model: expected a name other than "." and ".."`,
        `${place}.version: expected a name other than "." and ".."`,
      ]);
    });

    it('rejects datatypes that do not fit, and names all of them', async () => {
      const wrong = { purpose: 'FP64', amount: 'BYTES', employed: 'BYTES', colour: 'BOOL' };
      const place = 'deployment.json.settings.datatypes';
      expect(await toProblems(() => tryLoans({ datatypes: wrong }))).to.deep.equal([
        `${place}.purpose: expected a datatype that holds a column of the type string`,
        `${place}.amount: expected a datatype that holds a column of the type double`,
        `${place}.employed: expected a datatype that holds a column of the type boolean`,
        `${place}.colour: expected the name of a column`,
      ]);
    });
  });

  describe('with a matrix', () => {
    const rows = {
      fields: ['y', 'x'],
      values: [
        [2, 1],
        [4.25, 1e21],
        [-6, 5],
      ],
    };

    it("sends MLServer's recorded matrix, and reads labels and probabilities", async () => {
      const { request, reply } = await readExchange('open-inference', 'mlserver-matrix-score');
      const columns = LOANS.columns.slice(0, 4);
      const settings = { model: 'loans', datatype: 'FP64', missing: 'null', outputs: BOTH };
      const loans = tryMatrix(settings, { ...toClassifier(0, 1), columns });
      const { fields, values } = LOAN_ROWS;
      const sent = { fields, values: [2, 0, 3].map((row) => values[row] as unknown[]) };
      expect(await loans.request(sent)).to.deep.equal({
        path: request.path,
        body: await readBody('mlserver-matrix-score'),
      });
      const { predictions, probabilities } = await loans.read(reply.body, 3);
      expect(predictions).to.deep.equal([0, 1, 0]);
      expect(probabilities?.[2]?.[1]).to.be.closeTo(0.006807264309876827, 1e-12);
    });

    it('sends one input of rows × features', async () => {
      expect(await tryMatrix().request(rows)).to.deep.equal({
        path: '/v2/models/m/infer',
        body: { inputs: [{ name: 'input-0', shape: [3, 2], datatype: 'FP32', data: [1, 2, 1e21, 4.25, 5, -6] }] },
      });
      const { body } = await tryMatrix({ input: 'input__0', datatype: 'FP64', outputs: ['a'] }).request(rows);
      expect(body).to.have.nested.property('inputs[0].name', 'input__0');
      expect(body).to.have.nested.property('inputs[0].datatype', 'FP64');
      expect(body).to.have.deep.property('outputs', [{ name: 'a' }]);
    });

    it('encodes categories as the settings say, and does not guess', async () => {
      const columns = [
        { name: 'x', type: 'double' },
        { name: 'soil', type: 'string', categories: ['clay', 'sand'] },
      ];
      const encoding = [{ column: 'soil', one_hot: true }, { column: 'x' }];
      const { body } = await tryMatrix({ encoding }, { columns }).request({
        fields: ['x', 'soil'],
        values: [
          [3, 'sand'],
          [4, 'loam'],
        ],
      });
      expect(body).to.have.deep.nested.property('inputs[0].data', [0, 1, 3, 0, 0, 4]);
      expect(await toProblems(() => tryMatrix({ round: true }, { columns }))).to.deep.equal([
        'deployment.json.settings.encoding: expected the features, because some columns have categories',
        'deployment.json.settings.round: expected no value, because encoded numbers may have fractions',
      ]);
    });

    it('sends nulls only if the settings say how', async () => {
      const columns = [
        { name: 'x', type: 'double', nullable: true },
        { name: 'y', type: 'double' },
      ];
      expect(await toProblems(() => tryMatrix({}, { columns }))).to.deep.equal([
        'deployment.json.columns[0]: expected impute: the column is nullable, and this kind does not accept nulls',
      ]);
      const table = { fields: ['x', 'y'], values: [[null, 2]] };
      const { body } = await tryMatrix({ missing: 'null' }, { columns }).request(table);
      expect(body).to.have.deep.nested.property('inputs[0].data', [null, 2]);
      // Triton reads this although it is not JSON.
      const failure = await catchError(SyntaxError, () => tryMatrix({ missing: 'NaN' }, { columns }).request(table));
      expect(failure.message).to.include('[NaN,2]');
    });

    it('rejects a number that exceeds single precision', async () => {
      const reject = (settings: object) =>
        tryMatrix(settings).request(
          {
            fields: ['x', 'y'],
            values: [
              [1, 1],
              [1, -1e39],
            ],
          },
          7,
        );
      expect((await catchError(EngineError, () => reject({}))).message).to.include(
        'values[8]: column "y": expected a number',
      );
      expect(await reject({ datatype: 'FP64' })).to.have.deep.nested.property('body.inputs[0].data', [1, 1, 1, -1e39]);
    });

    it('rejects settings of the other format', async () => {
      expect(await toProblems(() => tryMatrix({ datatypes: {} }))).to.deep.equal([
        'deployment.json.settings: unknown key "datatypes"',
      ]);
      expect(await toProblems(() => tryPair({ input: 'a' }))).to.deep.equal([
        'deployment.json.settings: unknown key "input"',
      ]);
    });
  });

  it('names a version, and escapes names', async () => {
    const versioned = tryPair({ model: 'a/b c', version: '2/x' });
    expect((await versioned.request({ fields: ['x', 'y'], values: [[1, 2]] })).path).to.equal(
      '/v2/models/a%2Fb%20c/versions/2%2Fx/infer',
    );
    expect(versioned.readyPath).to.equal('/v2/models/a%2Fb%20c/versions/2%2Fx/ready');
    expect(tryPair().readyPath).to.equal('/v2/models/m/ready');
  });

  describe('reads outputs', () => {
    const scored = {
      predictions: ['no', 'yes'],
      probabilities: [
        [0.75, 0.25],
        [0.5, 0.5],
      ],
    };
    const derived = { ...scored, predictions: ['no', 'no'] };

    it('flat and nested, by their shape', async () => {
      expect(await tryPair().read(toTensors(['output__0', [2, 2], [0.75, 0.25, 0.5, 0.5]]), 2)).to.deep.equal(derived);
      const nested = toTensors(['label', [2, 1], [['no'], ['yes']]], ['probabilities', [2, 2], scored.probabilities]);
      expect(await tryPair().read(nested, 2)).to.deep.equal(scored);
    });

    it('by the names in the settings, ignoring others', async () => {
      const reply = toTensors(
        ['label', [2], ['wrong', 'wrong']],
        ['verdict', [2], ['no', 'yes']],
        ['raw', [2, 2], [1, 0, 0, 1]],
        ['soft', [2, 2], [0.75, 0.25, 0.5, 0.5]],
      );
      expect(await tryPair({ output: { prediction: 'verdict', probability: 'soft' } }).read(reply, 2)).to.deep.equal(
        scored,
      );
    });

    it('with one output per class, or only that of the second class', async () => {
      const reply = toTensors(['p0', [2], [0.75, 0.5]], ['p1', [2, 1], [0.25, 0.5]]);
      expect(await tryPair({ output: { probability: ['p0', 'p1'], argmax: true } }).read(reply, 2)).to.deep.equal(
        derived,
      );
      const more = { outputs: [...reply.outputs, ...toTensors(['raw', [2, 2], [1, 0, 0, 1]]).outputs] };
      expect(await tryPair({ output: { probability: ['p0', 'p1'], argmax: true } }).read(more, 2)).to.deep.equal(
        derived,
      );
      const one = toTensors(['output__0', [2], [0.25, 0.5]]);
      expect(await tryPair({ output: { scalar: 'positive_probability' } }).read(one, 2)).to.deep.equal(derived);
    });

    it('and ignores those that are not about these rows', async () => {
      const reply = toTensors(['label', [2], ['no', 'yes']], ['version', [1], [3]]);
      expect(await tryPair().read(reply, 2)).to.deep.equal({ predictions: ['no', 'yes'] });
      const { message } = await catchError(ReplyError, () => tryPair().read(reply, 3));
      expect(message).to.equal('expected 3 predictions, one per row; the reply has 2');
      // A list of so many empty rows would exhaust the memory.
      const endless = toTensors(['none', [4_000_000_000, 0], []], ['label', [2], ['no', 'yes']]);
      expect(await tryPair().read(endless, 2)).to.deep.equal({ predictions: ['no', 'yes'] });
    });

    it('and rejects those that contradict themselves', async () => {
      const reject = async (reply: unknown) => (await catchError(ReplyError, () => tryPair().read(reply, 2))).message;
      expect(await reject(toTensors(['p', [2, 2], [0.75, 0.25, 0.5]]))).to.equal(
        'expected 4 values in outputs[0], as its shape says; it has 3',
      );
      expect(await reject({ outputs: [{ name: 'p', shape: [2], data: 'yes' }] })).to.equal(
        'the reply.outputs[0].data: expected an array',
      );
      expect(await reject(toTensors(['p', [2, -1], []]))).to.equal(
        'the reply.outputs[0].shape[1]: expected a number >= 0',
      );
      for (const shape of [[], [2, 1, 1, 1, 1, 1, 1, 1, 1]])
        expect(await reject(toTensors(['p', shape, ['no', 'yes']]))).to.match(
          /outputs\[0\].shape: expected at \w+ \d items?$/,
        );
      expect(await reject({ outputs: [] })).to.equal('expected outputs with one value per row; there are none');
      const lacking = () => tryPair({ outputs: ['p', 'q'] }).read(toTensors(['p', [2], ['no', 'yes']]), 2);
      expect((await catchError(ReplyError, lacking)).message).to.equal(
        'expected the output "q", which settings.outputs requests',
      );
      expect(await reject({ error: 'no' })).to.equal('the reply.outputs: expected array');
      expect(await reject('{"outputs": [{"name": "p", "shape": [1], "data": [NaN]}]}')).to.equal(
        'expected JSON, which does not allow NaN and Infinity',
      );
    });
  });

  describe('inspects', () => {
    const inspect = (settings: object, replies: Readonly<Record<string, unknown>>) =>
      openInference.inspect?.(settings as Record<string, unknown>, (path) =>
        Object.hasOwn(replies, path)
          ? Promise.resolve(replies[path])
          : Promise.reject(new UpstreamError('status', 'status 404', { status: 404 })),
      );
    const toMetadata = (inputs: readonly (readonly [string, string, number[]])[]) => ({
      '/v2/models/m': { inputs: inputs.map(([name, datatype, shape]) => ({ name, datatype, shape })), outputs: [] },
    });

    it('MLServer: its only model, columns, datatypes and outputs', async () => {
      const index = (await readExchange('open-inference', 'mlserver-index')).reply.body;
      const metadata = (await readExchange('open-inference', 'mlserver-metadata')).reply.body;
      const inspection = await inspect({}, { '/v2/repository/index': index, '/v2/models/loans': metadata });
      expect(inspection?.settings).to.deep.equal({
        model: 'loans',
        format: 'columns',
        datatypes,
        round: true,
        outputs: BOTH,
      });
      expect(inspection?.columns).to.deep.equal(
        LOANS.columns.map(({ name, type }) => ({ name, type, nullable: false })),
      );
      expect(inspection?.notes).to.have.length(1);
      expect(inspection?.notes?.[0]).to.include('age, duration');
    });

    it('KServe, which reports only that the model exists', async () => {
      const metadata = (await readExchange('open-inference', 'kserve-metadata')).reply.body;
      const inspection = await inspect(
        {},
        { '/v2/models': { models: ['loans-proba'] }, '/v2/models/loans-proba': metadata },
      );
      expect(inspection?.settings).to.deep.equal({ model: 'loans-proba' });
      expect(inspection?.columns).to.equal(undefined);
      const matrix = { format: 'matrix', datatype: 'FP64', missing: 'null' };
      expect(inspection?.trials).to.deep.equal([
        { format: 'columns', outputs: BOTH },
        { format: 'columns' },
        { ...matrix, outputs: BOTH },
        matrix,
      ]);
      expect(inspection?.notes?.[0]).to.equal("The server does not report the model's inputs.");
    });

    it('a matrix, and two-dimensional inputs', async () => {
      const matrix = await inspect({ model: 'm' }, toMetadata([['input__0', 'FP32', [-1, 4]]]));
      expect(matrix?.settings).to.deep.equal({ model: 'm', format: 'matrix', input: 'input__0', datatype: 'FP32' });
      expect(matrix?.notes?.[0]).to.include('4 numbers per row');
      const columns = await inspect(
        { model: 'm' },
        toMetadata([
          ['x', 'FP64', [-1, 1]],
          ['on', 'BOOL', [-1, 1]],
        ]),
      );
      expect(columns?.settings).to.deep.equal({ model: 'm', format: 'columns', dimensions: 2 });
      expect(columns?.columns).to.deep.equal([
        { name: 'x', type: 'double', nullable: false },
        { name: 'on', type: 'boolean', nullable: false },
      ]);
      const numbers = toMetadata([
        ['small', 'UINT16', [-1]],
        ['large', 'UINT32', [-1]],
      ]);
      const types = (await inspect({ model: 'm' }, numbers))?.columns?.map(({ type }) => type);
      expect(types).to.deep.equal(['integer', 'long']);
      const single = await inspect({ model: 'm' }, toMetadata([['x', 'FP64', [-1, 1]]]));
      expect(single?.settings).to.deep.equal({ model: 'm', format: 'columns', dimensions: 2 });
      const strange = await inspect({ model: 'm' }, toMetadata([['x', 'BF16', [-1]]]));
      expect(strange?.columns).to.equal(undefined);
      const image = await inspect({ model: 'm' }, toMetadata([['image', 'FP32', [-1, 3, 224, 224]]]));
      expect(image?.settings).to.deep.equal({ model: 'm' });
    });

    it('several models, which it names, and servers that do not list them', async () => {
      const several = {
        '/v2/repository/index': [{ name: 'a', version: '1' }, { name: 'a', version: '2' }, { name: 'b' }],
      };
      expect((await catchError(UpstreamError, () => inspect({}, several))).message).to.equal(
        'expected settings.model, because the server has several models: a, b',
      );
      expect((await catchError(UpstreamError, () => inspect({}, {}))).message).to.equal(
        'expected settings.model, because the server does not list its models',
      );
      await catchError(ReplyError, () => inspect({ model: 'm' }, { '/v2/models/m': [] }));
    });

    it('the version of the settings', async () => {
      const replies = { '/v2/models/m/versions/7': toMetadata([])['/v2/models/m'] };
      expect((await inspect({ model: 'm', version: 7 }, replies))?.settings).to.deep.equal({ model: 'm' });
    });
  });

  it('splits URLs', () => {
    const split = (url: string) => openInference.fromUrl?.(new URL(url));
    expect(split('http://h:8080/v2/models/a%20b/versions/3/infer')).to.deep.equal({
      url: 'http://h:8080',
      model: 'a b',
      version: '3',
    });
    expect(split('http://h/base/v2/models/m/infer')).to.deep.equal({ url: 'http://h/base', model: 'm' });
    expect(split('http://h/v2/models/m')).to.deep.equal({ url: 'http://h', model: 'm' });
    expect(split('http://h/v2/models/%zz')).to.deep.equal({ url: 'http://h', model: '%zz' });
    for (const url of ['http://h', 'http://h/', 'http://h/v2', 'http://h/v2/', 'http://h/v2/models/'])
      expect(split(url), url).to.deep.equal({ url: 'http://h' });
    expect(split('http://h/deep/base/')).to.deep.equal({ url: 'http://h/deep/base' });
  });
});
