import { expect } from 'chai';
import { watsonMl } from '../../../remote/adapters/watson-ml.ts';
import { UpstreamError } from '../../../upstream/upstream-error.ts';
import { answers } from '../../support/behaviours.ts';
import { HttpDouble } from '../../support/http-double.ts';
import { setVariables } from '../../support/set-variables.ts';
import { toClassifier } from '../../support/deployment.ts';
import { startRemoteEngine } from '../../support/remote.ts';
import { checkHostileReplies } from '../../support/try-adapter.ts';
import { listLoanProblems, LOAN_FIELDS, LOAN_KEYS, TWO_LOANS, tryLoans } from '../../support/two-loans.ts';

const settings = { url: 'https://eu-de.ml.cloud.ibm.com', deployment: 'b1c2-d3', version: '2024-01-25' };
const classifier = toClassifier('no', 'yes');
const SCHEMA = '/ml/v4/models/m-1?version=2024-01-25&space_id=s-1';

describe('the adapter watson-ml', () => {
  it('sends the table unchanged to the deployment of the settings', async () => {
    const { path, body } = await tryLoans(watsonMl, settings).writeLoans();
    expect(path).to.equal('/ml/v4/deployments/b1c2-d3/predictions?version=2024-01-25');
    expect(JSON.parse(body)).to.deep.equal({ input_data: [{ fields: LOAN_FIELDS, values: TWO_LOANS }] });
    const inSpace = tryLoans(watsonMl, { ...settings, space_id: 's-1' });
    expect((await inSpace.writeLoans()).path).to.equal(
      '/ml/v4/deployments/b1c2-d3/predictions?version=2024-01-25&space_id=s-1',
    );
  });

  it('has a readiness path if the space is known', () => {
    expect(tryLoans(watsonMl, settings).readyPath).to.equal(undefined);
    expect(tryLoans(watsonMl, { ...settings, space_id: 's-1' }).readyPath).to.equal(
      '/ml/v4/deployments/b1c2-d3?version=2024-01-25&space_id=s-1',
    );
  });

  it('finds columns by name, at any position', async () => {
    const { read } = tryLoans(watsonMl, settings, classifier);
    const fields = ['prediction', 'probability'];
    const values = [
      ['yes', [0.25, 0.75]],
      ['no', [0.875, 0.125]],
    ];
    const expected = { predictions: ['yes', 'no'], probabilities: values.map(([, vector]) => vector) };
    expect(await read({ predictions: [{ fields, values }] })).to.deep.equal(expected);
    const turned = {
      fields: ['probability', 'rawPrediction', 'prediction'],
      values: values.map(([a, b]) => [b, 0, a]),
    };
    expect(await read({ predictions: [turned] })).to.deep.equal(expected);
    const alone = { fields: ['prediction'], values: values.map(([label]) => [label]) };
    expect(await read({ predictions: [alone] })).to.deep.equal({ predictions: ['yes', 'no'] });
    const vectors = { fields: ['probability'], values: values.map(([, vector]) => [vector]) };
    expect(await read({ predictions: [vectors] })).to.deep.equal(expected);
  });

  it('reads the columns that the settings name, including one per class', async () => {
    const output = { prediction: 'predictedLabel', probability: ['P(no)', 'P(yes)'] };
    const { read, findProblem } = tryLoans(watsonMl, { ...settings, output }, classifier);
    const fields = ['P(yes)', 'prediction', 'predictedLabel', 'P(no)'];
    const values = [
      [0.75, 1, 'yes', 0.25],
      [0.125, 0, 'no', 0.875],
    ];
    expect(await read({ predictions: [{ fields, values }] })).to.deep.equal({
      predictions: ['yes', 'no'],
      probabilities: [
        [0.25, 0.75],
        [0.875, 0.125],
      ],
    });
    const fewer = { fields: fields.slice(1), values: values.map((row) => row.slice(1)) };
    expect(await findProblem({ predictions: [fewer] })).to.equal(
      'expected the field "P(yes)" (settings.output.probability) in predictions',
    );
    expect(await findProblem({ predictions: [{ fields: ['prediction'], values: [[1], [0]] }] })).to.equal(
      'expected the field "predictedLabel" (settings.output.prediction) in predictions',
    );
  });

  it('reads class indices, probabilities of the second class, and regressions', async () => {
    const predictions = [{ fields: ['prediction'], values: [[1.0], [0.0]] }];
    const byIndex = { ...settings, output: { scalar: 'class_index' } };
    expect(await tryLoans(watsonMl, byIndex, classifier).read({ predictions })).to.deep.equal({
      predictions: ['yes', 'no'],
    });
    const positive = { ...settings, output: { scalar: 'positive_probability' } };
    const expected = {
      predictions: ['yes', 'no'],
      probabilities: [
        [0, 1],
        [1, 0],
      ],
    };
    expect(await tryLoans(watsonMl, positive, classifier).read({ predictions })).to.deep.equal(expected);
    const second = [{ fields: ['probability'], values: [[1], [0]] }];
    expect(await tryLoans(watsonMl, settings, classifier).read({ predictions: second })).to.deep.equal(expected);
    expect(await tryLoans(watsonMl, settings).read({ predictions })).to.deep.equal({ predictions: [1, 0] });
  });

  it('rejects other replies', async () => {
    const { findProblem } = tryLoans(watsonMl, settings, classifier);
    const expected = 'expected predictions: [{fields: […], values: [[…]]}]';
    for (const reply of [{}, { predictions: [] }, { predictions: [{ fields: ['prediction'], values: ['yes'] }] }]) {
      expect(await findProblem(reply)).to.equal(expected);
    }
    expect(await findProblem({ predictions: [{ fields: ['other'], values: [[1], [2]] }] })).to.equal(
      'expected predictions; the reply has none',
    );
    await checkHostileReplies(tryLoans(watsonMl, settings, classifier));
    await checkHostileReplies(tryLoans(watsonMl, settings));
  });

  it('rejects settings that would lead to another path', async () => {
    expect(await listLoanProblems(watsonMl, { url: settings.url, deployment: '../x', version: 'today' })).to.deep.equal(
      [
        'deployment.json.settings.deployment: expected an id or a serving name',
        'deployment.json.settings.version: expected a date, such as 2024-01-25',
      ],
    );
    expect(await listLoanProblems(watsonMl, { ...settings, space_id: 'a&b=c', colour: 'red' })).to.deep.equal([
      'deployment.json.settings.space_id: expected an id or a serving name',
      'deployment.json.settings: unknown key "colour"',
    ]);
  });

  it('splits the URL of a deployment', () => {
    const url = new URL(
      'https://eu-de.ml.cloud.ibm.com/ml/v4/deployments/b1c2-d3/predictions?version=2024-01-25&space_id=s-1',
    );
    expect(watsonMl.fromUrl?.(url)).to.deep.equal({ ...settings, space_id: 's-1' });
    expect(watsonMl.fromUrl?.(new URL('https://eu-de.ml.cloud.ibm.com/'))).to.deep.equal({ url: settings.url });
  });

  describe('inspects', () => {
    const inspect = async (model: unknown, keys: object = { space_id: 's-1' }) => {
      const paths: string[] = [];
      const inspection = await watsonMl.inspect?.({ ...settings, ...keys }, (path) => {
        paths.push(path);
        if (path !== SCHEMA) return Promise.resolve({ entity: { asset: { id: 'm-1' } } });
        return model instanceof Error ? Promise.reject(model) : Promise.resolve(model);
      });
      return { paths, inspection };
    };

    it('the columns of the model without its label, and the classes that it declares', async () => {
      const field = (name: string, type: string, metadata?: object) => ({ name, type, ...(metadata && { metadata }) });
      const { paths, inspection } = await inspect({
        entity: {
          label_column: 'RISK',
          schemas: {
            input: [
              {
                id: '1',
                fields: [
                  field('job', 'string'),
                  field('age', 'integer'),
                  field('id', 'int64'),
                  field('income', 'Double'),
                  field('owner', 'boolean'),
                  field('RISK', 'string'),
                ],
              },
            ],
            output: [
              {
                fields: [
                  field('p', 'vector', { modeling_role: 'probability' }),
                  field('predictedLabel', 'string', { modeling_role: 'decoded-target', values: ['no', 'yes'] }),
                ],
              },
            ],
          },
        },
      });
      expect(paths).to.deep.equal(['/ml/v4/deployments/b1c2-d3?version=2024-01-25&space_id=s-1', SCHEMA]);
      const column = (name: string, type: string) => ({ name, type, nullable: false });
      expect(inspection).to.deep.equal({
        columns: [
          column('job', 'string'),
          column('age', 'integer'),
          column('id', 'long'),
          column('income', 'double'),
          column('owner', 'boolean'),
        ],
        settings: { output: { prediction: 'predictedLabel', probability: 'p' } },
        classes: ['no', 'yes'],
      });
    });

    it('no classes if some are neither text nor numbers', async () => {
      const metadata = { modeling_role: 'decoded-target', values: ['no', 'yes', null] };
      const output = [{ fields: [{ name: 'predictedLabel', type: 'string', metadata }] }];
      expect((await inspect({ entity: { schemas: { output } } })).inspection).to.deep.equal({
        settings: { output: { prediction: 'predictedLabel' } },
      });
    });

    it('no columns if one has a type that tables cannot have', async () => {
      const fields = [
        { name: 'a', type: 'double' },
        { name: 'b', type: { type: 'array' } },
      ];
      expect((await inspect({ entity: { schemas: { input: [{ fields }] } } })).inspection).to.deep.equal({});
      expect((await inspect({ entity: {} })).inspection).to.deep.equal({});
    });

    it('nothing without a model or a space, and says so', async () => {
      const notes = ['The server does not report its model: columns and classes are taken from the rows.'];
      expect((await inspect(new UpstreamError('status', 'status 404'))).inspection).to.deep.equal({ notes });
      expect((await inspect({ entity: { schemas: 'none' } })).inspection).to.deep.equal({ notes });
      const { paths, inspection } = await inspect({}, {});
      expect(paths).to.be.empty;
      expect(inspection).to.deep.equal({
        notes: ['To look up the columns of the model, set deployment, version and space_id.'],
      });
    });
  });

  it('serves a deployment behind IAM', async () => {
    const reset = setVariables({ WATSON_KEY_OF_TEST: 'the key' });
    const cloud = await HttpDouble.start(
      answers(({ path, headers, body }) => {
        if (path === '/identity/token') return { body: { access_token: 'iam-token', expires_in: 3600 } };
        if (headers.authorization !== 'Bearer iam-token') return { status: 401 };
        if (path.startsWith('/ml/v4/deployments/b1c2-d3?')) return { body: {} };
        const { input_data } = JSON.parse(body) as { input_data: [{ values: [number, number][] }] };
        const values = input_data[0].values.map(([, age]) =>
          age > 40 ? ['yes', [0.25, 0.75]] : ['no', [0.875, 0.125]],
        );
        return { body: { predictions: [{ fields: ['prediction', 'probability'], values }] } };
      }),
    );
    const engine = await startRemoteEngine({
      ...LOAN_KEYS,
      kind: 'watson-ml',
      settings: {
        ...settings,
        url: cloud.url,
        space_id: 's-1',
        authentication: {
          type: 'iam',
          api_key: { variable: 'WATSON_KEY_OF_TEST' },
          url: `${cloud.url}/identity/token`,
        },
      },
      ...classifier,
      example: {
        fields: LOAN_FIELDS,
        values: TWO_LOANS,
        answer: {
          predictions: ['no', 'yes'],
          probabilities: [
            [0.875, 0.125],
            [0.25, 0.75],
          ],
        },
      },
    });
    try {
      const { status, body } = await engine.score('loan', { fields: LOAN_FIELDS, values: TWO_LOANS });
      expect(status).to.equal(200);
      expect(body.values.map((row) => row.slice(4))).to.deep.equal([
        ['no', [0.875, 0.125]],
        ['yes', [0.25, 0.75]],
      ]);
      expect(cloud.requests.filter(({ path }) => path === '/identity/token')).to.have.length(1);
    } finally {
      await engine.stop();
      await cloud.close();
      reset();
    }
  });
});
