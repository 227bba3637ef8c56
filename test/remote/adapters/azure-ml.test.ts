import { expect } from 'chai';
import { azureMl } from '../../../remote/adapters/azure-ml.ts';
import { answers } from '../../support/behaviours.ts';
import { HttpDouble } from '../../support/http-double.ts';
import { setVariables } from '../../support/set-variables.ts';
import { toClassifier } from '../../support/deployment.ts';
import { startRemoteEngine } from '../../support/remote.ts';
import { checkHostileReplies } from '../../support/try-adapter.ts';
import { listLoanProblems, LOAN_FIELDS, LOAN_KEYS, TWO_LOANS, tryLoans } from '../../support/two-loans.ts';

const settings = { url: 'https://loans.westeurope.inference.ml.azure.com/score', format: 'input_data' };
const two = toClassifier('no', 'yes');
const RECORDS = [
  { income: 1.5, age: 30, job: 'cook', owner: true },
  { income: null, age: 41, job: 'a "job", or none', owner: false },
];
const expected = {
  predictions: ['yes', 'no'],
  probabilities: [
    [0.25, 0.75],
    [0.875, 0.125],
  ],
};

describe('the adapter azure-ml', () => {
  const send = async (keys: object): Promise<unknown> => {
    const { path, body } = await tryLoans(azureMl, { ...settings, ...keys }).writeLoans();
    // The URL in the settings is the complete scoring URL.
    expect(path).to.equal('');
    return JSON.parse(body);
  };

  it('sends input_data for MLflow models', async () => {
    expect(await send({})).to.deep.equal({
      input_data: { columns: LOAN_FIELDS, index: [0, 1], data: TWO_LOANS },
    });
  });

  it('sends rows in the shapes that scoring scripts take', async () => {
    expect(await send({ format: 'data' })).to.deep.equal({ data: TWO_LOANS });
    expect(await send({ format: 'data', rows: 'objects' })).to.deep.equal({ data: RECORDS });
    expect(await send({ format: 'template', request: '{"loans": records}' })).to.deep.equal({ loans: RECORDS });
    const all = await send({ format: 'template', request: '$' });
    expect(all)
      .to.deep.include({ fields: LOAN_FIELDS, values: TWO_LOANS, records: RECORDS })
      .and.have.property('columns');
  });

  it('sends inputs for AutoML and the designer', async () => {
    expect(await send({ format: 'inputs' })).to.deep.equal({ Inputs: { data: RECORDS }, GlobalParameters: {} });
    const parameters = { method: 'predict_proba' };
    expect(await send({ format: 'inputs', input: 'input1', parameters })).to.deep.equal({
      Inputs: { input1: RECORDS },
      GlobalParameters: parameters,
    });
  });

  it('names the deployment of the settings, and sends at most 5 MB', async () => {
    expect((await tryLoans(azureMl, settings).writeLoans()).headers).to.deep.equal({});
    expect((await tryLoans(azureMl, { ...settings, deployment: 'blue_2' }).writeLoans()).headers).to.deep.equal({
      'azureml-model-deployment': 'blue_2',
    });
    expect(azureMl.limits).to.deep.equal({ maxBytes: 5_000_000 });
  });

  const vectors = expected.probabilities;
  for (const [what, reply] of Object.entries<unknown>({
    'rows alone': vectors,
    predictions: { predictions: vectors },
    "AutoML's result": { result: vectors },
    "AutoML's Results": { Results: vectors },
    'a string that contains JSON': JSON.stringify(JSON.stringify({ result: vectors })),
  })) {
    it(`reads ${what}`, async () => {
      expect(await tryLoans(azureMl, settings, two).read(reply)).to.deep.equal(expected);
    });
  }

  it("reads the designer's replies with settings", async () => {
    const designer = {
      ...settings,
      answer: { rows: 'Results.WebServiceOutput0' },
      output: { prediction: 'Scored Labels', probability: ['p_no', 'p_yes'] },
    };
    const rows = vectors.map(([no, yes], row) => ({
      'Scored Labels': expected.predictions[row],
      p_no: no,
      p_yes: yes,
    }));
    const { read, findProblem } = tryLoans(azureMl, designer, two);
    expect(await read({ Results: { WebServiceOutput0: rows } })).to.deep.equal(expected);
    expect(await findProblem({ Results: {} })).to.match(/^expected /);
  });

  it('rejects other replies', async () => {
    const { findProblem } = tryLoans(azureMl, settings, two);
    expect(await findProblem('"SECRET, and no JSON"')).to.equal('expected JSON, or a string that contains JSON');
    expect(await findProblem({ error: 'none' })).to.equal('expected an array with one value per row');
    for (const format of ['input_data', 'data', 'inputs', 'template']) {
      for (const keys of [two, {}]) await checkHostileReplies(tryLoans(azureMl, { ...settings, format }, keys));
    }
  });

  it('rejects settings that the format does not have', async () => {
    expect(await listLoanProblems(azureMl, { ...settings, deployment: 'a\r\nb', request: '1' })).to.deep.equal([
      'deployment.json.settings.deployment: expected the name of a deployment',
      'deployment.json.settings: unknown key "request"',
    ]);
    expect(await listLoanProblems(azureMl, { ...settings, answer: { rows: '((' } })).to.have.length(1);
  });

  it('accepts the URL of an endpoint with or without its scoring path', () => {
    const split = (url: string): unknown => azureMl.fromUrl?.(new URL(url));
    expect(split(settings.url)).to.deep.equal({ url: settings.url });
    expect(split('https://loans.westeurope.inference.ml.azure.com')).to.deep.equal({ url: settings.url });
    expect(split('http://127.0.0.1:8080/api/v1/service/x/score?a=b')).to.deep.equal({
      url: 'http://127.0.0.1:8080/api/v1/service/x/score',
    });
  });

  it("serves an endpoint with client credentials, and distinguishes the script's failures from the endpoint's", async () => {
    const reset = setVariables({ AZURE_SECRET_OF_TEST: 'the secret' });
    let original: number | undefined;
    const cloud = await HttpDouble.start(
      answers(({ path, headers, body }) => {
        if (path === '/tenant/oauth2/v2.0/token') {
          const { scope, client_secret } = Object.fromEntries(new URLSearchParams(body));
          const isRight = scope === 'https://ml.azure.com/.default' && client_secret === 'the secret';
          return isRight ? { body: { access_token: 'entra-token', expires_in: 3599 } } : { status: 400 };
        }
        if (path !== '/score' || headers.authorization !== 'Bearer entra-token') return { status: 401 };
        if (headers['azureml-model-deployment'] !== 'blue') return { status: 404 };
        if (original)
          return {
            status: 424,
            headers: {
              'ms-azureml-model-error-reason': 'model_error',
              'ms-azureml-model-error-statuscode': String(original),
            },
            body: 'SECRET traceback',
          };
        const { input_data } = JSON.parse(body) as { input_data: { data: [number, number][] } };
        return { body: JSON.stringify(JSON.stringify(input_data.data.map(([, age]) => (age > 40 ? 'no' : 'yes')))) };
      }),
    );
    const engine = await startRemoteEngine({
      ...LOAN_KEYS,
      kind: 'azure-ml',
      settings: {
        ...settings,
        url: `${cloud.url}/score`,
        deployment: 'blue',
        authentication: {
          type: 'oauth2',
          token_url: `${cloud.url}/tenant/oauth2/v2.0/token`,
          client_id: 'the client',
          client_secret: { variable: 'AZURE_SECRET_OF_TEST' },
          scope: 'https://ml.azure.com/.default',
        },
      },
      ...two,
      example: { fields: LOAN_FIELDS, values: TWO_LOANS, answer: { predictions: expected.predictions } },
    });
    try {
      const table = { fields: LOAN_FIELDS, values: TWO_LOANS };
      const { status, body } = await engine.score('loan', table);
      expect(status).to.equal(200);
      expect(body.fields.slice(4)).to.deep.equal(['prediction']);
      expect(body.values.map((row) => row[4])).to.deep.equal(expected.predictions);
      for (const [code, expectedStatus] of [
        [500, 502],
        [429, 503],
        [408, 504],
      ] as const) {
        original = code;
        const failed = await engine.score('loan', table);
        expect(failed.status).to.equal(expectedStatus);
        expect(failed.text).to.not.contain('SECRET');
      }
    } finally {
      await engine.stop();
      await cloud.close();
      reset();
    }
  });
});
