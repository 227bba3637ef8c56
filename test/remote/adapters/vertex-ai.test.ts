import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { vertexAi } from '../../../remote/adapters/vertex-ai.ts';
import { answers } from '../../support/behaviours.ts';
import { HttpDouble } from '../../support/http-double.ts';
import { setVariables } from '../../support/set-variables.ts';
import { toClassifier } from '../../support/deployment.ts';
import { startRemoteEngine } from '../../support/remote.ts';
import { checkHostileReplies } from '../../support/try-adapter.ts';
import { listLoanProblems, LOAN_FIELDS, LOAN_KEYS, TWO_LOANS, tryLoans } from '../../support/two-loans.ts';

const settings = { project: 'loans-1', region: 'europe-west4', endpoint: '1234567890' };
const PATH = '/v1/projects/loans-1/locations/europe-west4/endpoints/1234567890:predict';
const two = toClassifier('no', 'yes');
const expected = {
  predictions: ['yes', 'no'],
  probabilities: [
    [0.25, 0.75],
    [0.875, 0.125],
  ],
};

describe('the adapter vertex-ai', () => {
  it('calls the service of its region, with a Google account', () => {
    expect(vertexAi.toUrl?.(settings as never)).to.equal('https://europe-west4-aiplatform.googleapis.com');
    expect(vertexAi.toAuthentication?.(settings as never)).to.deep.equal({ type: 'google' });
    expect(vertexAi.limits).to.deep.equal({ maxBytes: 1_500_000 });
  });

  it('sends instances as objects or arrays', async () => {
    const { path, body } = await tryLoans(vertexAi, settings).writeLoans();
    expect(path).to.equal(PATH);
    expect(JSON.parse(body)).to.deep.equal({
      instances: [
        { income: 1.5, age: 30, job: 'cook', owner: true },
        { income: null, age: 41, job: 'a "job", or none', owner: false },
      ],
    });
    const parameters = { confidenceThreshold: 0.5 };
    const arrays = await tryLoans(vertexAi, { ...settings, rows: 'arrays', parameters }).writeLoans();
    expect(JSON.parse(arrays.body)).to.deep.equal({ instances: TWO_LOANS, parameters });
    const ofDomain = tryLoans(vertexAi, { ...settings, project: 'example.com:loans' });
    expect((await ofDomain.writeLoans()).path).to.match(/^\/v1\/projects\/example\.com%3Aloans\/locations\//);
  });

  it('sends the numbers of some columns as text, and missing values as null', async () => {
    const as_text = ['age', 'income'];
    const { body } = await tryLoans(vertexAi, { ...settings, as_text }).writeLoans();
    expect(JSON.parse(body)).to.deep.equal({
      instances: [
        { income: '1.5', age: '30', job: 'cook', owner: true },
        { income: null, age: '41', job: 'a "job", or none', owner: false },
      ],
    });
    const arrays = await tryLoans(vertexAi, { ...settings, as_text, rows: 'arrays' }).writeLoans();
    expect(JSON.parse(arrays.body)).to.deep.equal({
      instances: [
        ['1.5', '30', 'cook', true],
        [null, '41', 'a "job", or none', false],
      ],
    });
  });

  it("reads AutoML's classifications, with their classes in any order", async () => {
    const predictions = [
      { classes: ['yes', 'no'], scores: [0.75, 0.25] },
      { classes: ['no', 'yes'], scores: [0.875, 0.125] },
    ];
    const deployedModelId = '1';
    expect(await tryLoans(vertexAi, settings, two).read({ predictions, deployedModelId })).to.deep.equal(expected);
  });

  it("reads AutoML's regressions, and the replies of containers", async () => {
    const regression = [
      { value: 3.5, lower_bound: 1, upper_bound: 9 },
      { value: -1, lower_bound: -2, upper_bound: 0 },
    ];
    expect(await tryLoans(vertexAi, settings).read({ predictions: regression })).to.deep.equal({
      predictions: [3.5, -1],
    });
    const { read } = tryLoans(vertexAi, settings, two);
    expect(await read({ predictions: expected.probabilities })).to.deep.equal(expected);
    expect(await read({ predictions: ['yes', 'no'] })).to.deep.equal({ predictions: ['yes', 'no'] });
    const answer = { rows: 'predictions.out' };
    const nested = expected.probabilities.map((out) => ({ out }));
    expect(await tryLoans(vertexAi, { ...settings, answer }, two).read({ predictions: nested })).to.deep.equal(
      expected,
    );
  });

  it('rejects other replies', async () => {
    const { findProblem } = tryLoans(vertexAi, settings, two);
    expect(await findProblem({ predictions: {} })).to.equal('expected an array with one value per row');
    expect(await findProblem({ predictions: [{ classes: ['yes', 'no'], scores: [1, 0] }, {}] })).to.equal(
      'expected `classes` and `scores` in each row',
    );
    for (const keys of [two, {}]) await checkHostileReplies(tryLoans(vertexAi, settings, keys));
  });

  it('rejects settings that would lead to another host, and unknown columns', async () => {
    const wrong = { project: '../x', region: 'evil.example/', endpoint: 'a:b' };
    expect(await listLoanProblems(vertexAi, wrong)).to.deep.equal([
      'deployment.json.settings.project: expected the id or the number of a project',
      'deployment.json.settings.region: expected the name of a region, such as europe-west4',
      'deployment.json.settings.endpoint: expected the id of an endpoint',
    ]);
    expect(await listLoanProblems(vertexAi, { ...settings, as_text: ['age', 'agee'] })).to.deep.equal([
      'deployment.json.settings.as_text[1]: expected the name of a column',
    ]);
  });

  it('splits the URL of an endpoint', () => {
    const split = (url: string): unknown => vertexAi.fromUrl?.(new URL(url));
    expect(split(`https://europe-west4-aiplatform.googleapis.com${PATH}`)).to.deep.equal(settings);
    const dedicated = 'https://1234567890.europe-west4-99.prediction.vertexai.goog';
    expect(split(`${dedicated}${PATH.replace('loans-1', 'example.com%3Aloans')}`)).to.deep.equal({
      ...settings,
      url: dedicated,
      project: 'example.com:loans',
    });
  });

  it('serves an endpoint with the key of a service account', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const cloud = await HttpDouble.start(
      answers(({ path, headers, body }) => {
        if (path === '/token') return { body: { access_token: 'ya29.token', expires_in: 3599 } };
        if (path !== PATH || headers.authorization !== 'Bearer ya29.token')
          return { status: 401, body: { error: { code: 401, message: 'SECRET', status: 'UNAUTHENTICATED' } } };
        const { instances } = JSON.parse(body) as { instances: { age: number }[] };
        const predictions = instances.map(({ age }) =>
          age > 40
            ? { classes: ['no', 'yes'], scores: [0.875, 0.125] }
            : { classes: ['yes', 'no'], scores: [0.75, 0.25] },
        );
        return { body: { predictions, deployedModelId: '1', model: 'projects/1/locations/europe-west4/models/2' } };
      }),
    );
    const key = {
      type: 'service_account',
      client_email: 'engine@loans-1.iam.gserviceaccount.com',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      token_uri: `${cloud.url}/token`,
    };
    const reset = setVariables({ GOOGLE_KEY_OF_TEST: JSON.stringify(key) });
    const engine = await startRemoteEngine({
      ...LOAN_KEYS,
      kind: 'vertex-ai',
      settings: {
        ...settings,
        url: cloud.url,
        authentication: { type: 'google', key: { variable: 'GOOGLE_KEY_OF_TEST' } },
      },
      ...two,
      example: { fields: LOAN_FIELDS, values: TWO_LOANS, answer: expected },
    });
    try {
      const { status, body } = await engine.score('loan', { fields: LOAN_FIELDS, values: TWO_LOANS });
      expect(status).to.equal(200);
      expect(body.values.map((row) => row.slice(4))).to.deep.equal([
        ['yes', [0.25, 0.75]],
        ['no', [0.875, 0.125]],
      ]);
    } finally {
      await engine.stop();
      await cloud.close();
      reset();
    }
  });
});
