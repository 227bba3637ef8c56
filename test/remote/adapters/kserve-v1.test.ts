import { expect } from 'chai';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { kserveV1 } from '../../../remote/adapters/kserve-v1.ts';
import { ReplyError, UpstreamError } from '../../../upstream/upstream-error.ts';
import { LOANS, LOAN_ANSWER, LOAN_ROWS, readExchange } from '../../support/recorded-loans.ts';
import { tryAdapter } from '../../support/try-adapter.ts';
import { catchError, toClassifier } from '../../support/deployment.ts';

const { predictions: LABELS } = LOAN_ANSWER;
const tryLoans = (settings: object = {}) => tryAdapter(kserveV1, { model: 'loans', ...settings }, LOANS);
const COLUMNS = [
  { name: 'x', type: 'double' },
  { name: '__proto__', type: 'string' },
];
const PAIR = { ...toClassifier('no', 'yes'), columns: COLUMNS };
const tryPair = (settings: object = {}, keys: object = {}) =>
  tryAdapter(kserveV1, { model: 'm', ...settings }, { ...PAIR, ...keys });
const rows = {
  fields: ['x', '__proto__'],
  values: [
    [1, 'a'],
    [2, 'b'],
  ],
};
const scored = {
  predictions: ['no', 'yes'],
  probabilities: [
    [0.75, 0.25],
    [0.25, 0.75],
  ],
};

describe('the adapter kserve-v1', () => {
  for (const [format, name] of [
    ['object_lists', 'kserve-labels-score'],
    ['objects', 'kserve-labels-flat-objects'],
    ['rows', 'kserve-labels-arrays'],
  ] as const) {
    it(`sends the recorded ${format}`, async () => {
      const { request, reply } = await readExchange('kserve-v1', name);
      const loans = tryLoans({ format });
      expect(await loans.request(LOAN_ROWS)).to.deep.equal({ path: request.path, body: request.body });
      // KServe's own scikit-learn server accepts only the first.
      if (reply.status === 200) expect(await loans.read(reply.body, 4)).to.deep.equal({ predictions: LABELS });
      expect(reply.status).to.equal(format === 'object_lists' ? 200 : 500);
    });
  }

  it('reads the vectors of a model with probabilities', async () => {
    const { request, reply } = await readExchange('kserve-v1', 'kserve-probabilities-score');
    const loans = tryLoans({ model: 'loans-proba', format: 'object_lists' });
    expect(await loans.request(LOAN_ROWS)).to.deep.equal({ path: request.path, body: request.body });
    const { predictions, probabilities } = await loans.read(reply.body, 4);
    expect(predictions).to.deep.equal(LABELS);
    expect(probabilities?.[0]?.[0]).to.be.closeTo(0.8972754687530644, 1e-12);
  });

  it('sends every format, whatever the columns are called', async () => {
    const send = async (format: string) => JSON.stringify((await tryPair({ format }).request(rows)).body);
    expect(await send('rows')).to.equal('{"instances":[[1,"a"],[2,"b"]]}');
    expect(await send('objects')).to.equal('{"instances":[{"x":1,"__proto__":"a"},{"x":2,"__proto__":"b"}]}');
    expect(await send('object_lists')).to.equal(
      '{"instances":[{"x":[1],"__proto__":["a"]},{"x":[2],"__proto__":["b"]}]}',
    );
    expect(await send('columns')).to.equal('{"inputs":{"x":[1,2],"__proto__":["a","b"]}}');
    expect(await send('column_lists')).to.equal('{"inputs":{"x":[[1],[2]],"__proto__":[["a"],["b"]]}}');
  });

  it('sends rows as numbers if the settings say how', async () => {
    const columns = [COLUMNS[0], { name: 'soil', type: 'string', categories: ['clay', 'sand'] }];
    const encoding = [{ column: 'soil', codes: [10, 20] }, { column: 'x' }];
    const { body } = await tryPair({ encoding }, { columns }).request({
      fields: ['x', 'soil'],
      values: [[1.5, 'sand']],
    });
    expect(body).to.deep.equal({ instances: [[20, 1.5]] });
    const { problems } = await catchError(DeploymentError, () => tryPair({ encoding, format: 'objects' }, { columns }));
    expect(problems).to.deep.equal(['deployment.json.settings: unknown key "encoding"']);
  });

  it('names a version and a signature, and escapes names', async () => {
    const versioned = tryPair({ model: 'a:b', version: 3, signature_name: 'score' });
    expect(await versioned.request(rows)).to.deep.equal({
      path: '/v1/models/a%3Ab/versions/3:predict',
      body: { signature_name: 'score', instances: rows.values },
    });
    expect(versioned.readyPath).to.equal('/v1/models/a%3Ab/versions/3');
    expect(tryLoans().readyPath).to.equal('/v1/models/loans');
    // A lone surrogate, which JSON may contain.
    expect(tryPair({ model: 'a\ud800' }).readyPath).to.equal('/v1/models/a%EF%BF%BD');
  });

  it('reads the outputs of a request by column: one list, or named lists', async () => {
    const pair = tryPair({ format: 'columns' });
    expect(await pair.read({ outputs: scored.probabilities }, 2)).to.deep.equal(scored);
    expect(await pair.read({ outputs: { dense: scored.probabilities } }, 2)).to.deep.equal(scored);
    const classes = [
      ['yes', 'no'],
      ['yes', 'no'],
    ];
    const scores = [
      [0.25, 0.75],
      [0.75, 0.25],
    ];
    expect(await pair.read({ outputs: { classes, scores } }, 2)).to.deep.equal(scored);
    const positive = tryPair({ format: 'columns', output: { scalar: 'positive_probability' } });
    expect(await positive.read({ outputs: [[0.25], [0.75]] }, 2)).to.deep.equal(scored);
    expect(await positive.read({ outputs: { sigmoid: [[0.25], [0.75]] } }, 2)).to.deep.equal(scored);
    await catchError(ReplyError, () => pair.read({ predictions: scored.probabilities }, 2));
    await catchError(ReplyError, () => tryPair().read({ outputs: scored.probabilities }, 2));
  });

  it('rejects NaN, which is not JSON', async () => {
    const { message } = await catchError(ReplyError, () => tryPair().read('{"predictions": [[NaN, NaN]]}', 1));
    expect(message).to.equal('expected JSON, which does not allow NaN and Infinity');
  });

  describe('with the verb classify', () => {
    const classifier = tryPair({ verb: 'classify' });

    it('sends examples, and sorts the scores in the order of the classes', async () => {
      expect(await classifier.request(rows)).to.deep.equal({
        path: '/v1/models/m:classify',
        body: {
          examples: [
            Object.fromEntries([
              ['x', 1],
              ['__proto__', 'a'],
            ]),
            Object.fromEntries([
              ['x', 2],
              ['__proto__', 'b'],
            ]),
          ],
        },
      });
      const results = [
        [
          ['yes', 0.25],
          ['no', 0.75],
        ],
        [
          ['no', 0.25],
          ['yes', 0.75],
        ],
      ];
      expect(await classifier.read({ results }, 2)).to.deep.equal(scored);
      const numbered = tryPair({ verb: 'classify', output: { scalar: 'class_index' } });
      expect(
        await numbered.read(
          {
            results: [
              [
                ['1', 0.25],
                ['0', 0.75],
              ],
            ],
          },
          1,
        ),
      ).to.deep.equal({
        predictions: ['no'],
        probabilities: [[0.75, 0.25]],
      });
    });

    it('rejects a row with a missing, repeated or unknown class', async () => {
      for (const pairs of [
        [['yes', 1]],
        [
          ['yes', 0.5],
          ['yes', 0.5],
        ],
        [
          ['yes', 0.5],
          ['no', 0.5],
          ['maybe', 0],
        ],
        [
          ['yes', 0.5],
          ['', 0.5],
        ],
      ]) {
        const { message } = await catchError(ReplyError, () => classifier.read({ results: [pairs] }, 1));
        expect(message).to.equal('expected each of the 2 classes once in row 0, with its score');
      }
      const { message } = await catchError(ReplyError, () => classifier.read({ results: [[{ label: 'yes' }]] }, 1));
      expect(message).to.equal('the reply.results[0][0]: expected tuple');
    });

    it('is rejected with nullable columns, in a regression, and with a format', async () => {
      const columns = [
        { ...COLUMNS[0], nullable: true },
        { ...COLUMNS[1], nullable: true, impute: 'a' },
      ];
      const nullable = await catchError(DeploymentError, () => tryPair({ verb: 'classify' }, { columns }));
      expect(nullable.problems).to.deep.equal([
        "deployment.json.columns[0]: expected impute: the column is nullable, and TensorFlow's examples cannot contain null",
      ]);
      const regression = await catchError(DeploymentError, () =>
        tryAdapter(kserveV1, { model: 'm', verb: 'classify' }, {}),
      );
      expect(regression.problems).to.deep.equal([
        'deployment.json.settings.verb: expected "predict", because this is a regression',
      ]);
      const formatted = await catchError(DeploymentError, () => tryPair({ verb: 'classify', format: 'rows' }));
      expect(formatted.problems).to.deep.equal(['deployment.json.settings: unknown key "format"']);
    });
  });

  describe('inspects', () => {
    const inspect = (settings: object, replies: Readonly<Record<string, unknown>>) =>
      kserveV1.inspect?.(settings as Record<string, unknown>, (path) =>
        Object.hasOwn(replies, path)
          ? Promise.resolve(replies[path])
          : Promise.reject(new UpstreamError('status', 'status 404', { status: 404 })),
      );
    const STATUS = { model_version_status: [{ version: '1', state: 'AVAILABLE' }] };
    const toMetadata = (inputs: Readonly<Record<string, readonly [string, string[]]>>, more: object = {}) => ({
      '/v1/models/m': STATUS,
      '/v1/models/m/metadata': {
        model_spec: { name: 'm', signature_name: '', version: '1' },
        metadata: {
          signature_def: {
            signature_def: {
              ...more,
              serving_default: {
                inputs: Object.fromEntries(
                  Object.entries(inputs).map(([name, [dtype, sizes]]) => [
                    name,
                    {
                      dtype,
                      tensor_shape: { dim: sizes.map((size) => ({ size, name: '' })), unknown_rank: false },
                      name: `${name}:0`,
                    },
                  ]),
                ),
                outputs: {},
                method_name: 'tensorflow/serving/predict',
              },
            },
          },
        },
      },
    });

    it('KServe, which reports only that the model exists', async () => {
      const ready = (await readExchange('kserve-v1', 'kserve-labels-ready')).reply.body;
      const inspection = await inspect({ model: 'loans' }, { '/v1/models/loans': ready });
      expect(inspection?.settings).to.deep.equal({ model: 'loans' });
      expect(inspection?.trials).to.deep.equal(
        ['rows', 'object_lists', 'objects', 'columns', 'column_lists'].map((format) => ({ format })),
      );
    });

    it("a server's only model, or names its models if there are several", async () => {
      const inspection = await inspect(
        {},
        { '/v1/models': { models: ['m'] }, '/v1/models/m': { name: 'm', ready: true } },
      );
      expect(inspection?.settings).to.deep.equal({ model: 'm' });
      const models = (await readExchange('kserve-v1', 'kserve-labels-models')).reply.body;
      const several = await catchError(UpstreamError, () => inspect({}, { '/v1/models': models }));
      expect(several.message).to.equal(
        'expected settings.model, because the server has several models: loans, loans-proba',
      );
      const silent = await catchError(UpstreamError, () => inspect({}, {}));
      expect(silent.message).to.equal('expected settings.model, because the server does not list its models');
      const failing = new UpstreamError('late', 'no answer in time');
      expect(await catchError(UpstreamError, () => kserveV1.inspect?.({}, () => Promise.reject(failing)))).to.equal(
        failing,
      );
    });

    it("TensorFlow's signature: columns, or a matrix", async () => {
      const columns = await inspect(
        { model: 'm' },
        toMetadata({ a: ['DT_FLOAT', ['-1', '1']], b: ['DT_STRING', ['-1', '1']] }),
      );
      expect(columns).to.deep.equal({
        settings: { model: 'm', format: 'column_lists' },
        columns: [
          { name: 'a', type: 'double', nullable: false },
          { name: 'b', type: 'string', nullable: false },
        ],
      });
      const flat = await inspect({ model: 'm' }, toMetadata({ a: ['DT_INT64', ['-1']], b: ['DT_BOOL', ['-1']] }));
      expect(flat?.settings).to.deep.equal({ model: 'm', format: 'columns' });
      const matrix = await inspect({ model: 'm' }, toMetadata({ dense_input: ['DT_FLOAT', ['-1', '4']] }));
      expect(matrix?.settings).to.deep.equal({ model: 'm', format: 'rows' });
      expect(matrix?.notes?.[0]).to.include('4 numbers per row');
      const pieces = await inspect(
        { model: 'm' },
        toMetadata({ a: ['DT_FLOAT', ['-1', '4']], b: ['DT_FLOAT', ['-1', '4']] }),
      );
      expect(pieces?.columns).to.equal(undefined);
      const image = await inspect({ model: 'm' }, toMetadata({ image: ['DT_FLOAT', ['-1', '28', '28']] }));
      expect(image?.columns).to.equal(undefined);
    });

    it('the signature of the settings, or names those that exist', async () => {
      const score = {
        inputs: { examples: { dtype: 'DT_STRING', tensor_shape: { dim: [{ size: '-1' }] } } },
        method_name: 'tensorflow/serving/classify',
      };
      const replies = toMetadata({ a: ['DT_FLOAT', ['-1']] }, { score });
      expect((await inspect({ model: 'm', signature_name: 'score' }, replies))?.settings).to.deep.equal({
        model: 'm',
        verb: 'classify',
      });
      const { message } = await catchError(ReplyError, () =>
        inspect({ model: 'm', signature_name: 'toString' }, replies),
      );
      expect(message).to.equal(
        "expected settings.signature_name to be one of the model's signatures: score, serving_default",
      );
      await catchError(ReplyError, () => inspect({ model: 'm' }, { ...replies, '/v1/models/m/metadata': {} }));
    });
  });

  it('splits URLs', () => {
    const split = (url: string) => kserveV1.fromUrl?.(new URL(url));
    expect(split('http://h:8501/v1/models/m:predict')).to.deep.equal({ url: 'http://h:8501', model: 'm' });
    expect(split('http://h/v1/models/a%3Ab/versions/2:classify')).to.deep.equal({
      url: 'http://h',
      model: 'a:b',
      version: '2',
      verb: 'classify',
    });
    expect(split('http://h/v1/models/')).to.deep.equal({ url: 'http://h' });
  });
});
