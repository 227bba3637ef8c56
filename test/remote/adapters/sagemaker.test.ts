import { expect } from 'chai';
import { sagemaker } from '../../../remote/adapters/sagemaker.ts';
import { answers } from '../../support/behaviours.ts';
import { HttpDouble } from '../../support/http-double.ts';
import { setVariables } from '../../support/set-variables.ts';
import { toClassifier } from '../../support/deployment.ts';
import { startRemoteEngine } from '../../support/remote.ts';
import { checkHostileReplies } from '../../support/try-adapter.ts';
import { listLoanProblems, LOAN_FIELDS, LOAN_KEYS, TWO_LOANS, tryLoans } from '../../support/two-loans.ts';

const encoding = ['income', 'age', 'job', 'owner'].map((column) => ({ column }));
const endpoint = { endpoint: 'loans', region: 'eu-central-1' };
const settings = { ...endpoint, format: 'csv', encoding };
const two = toClassifier('no', 'yes');
const three = toClassifier('a', 'b', 'c');
const CSV = { 'content-type': 'text/csv; charset=utf-8' };
const positive = { output: { scalar: 'positive_probability' } };

const expected = {
  predictions: ['yes', 'no'],
  probabilities: [
    [0.25, 0.75],
    [0.875, 0.125],
  ],
};

describe('the adapter sagemaker', () => {
  it('calls the endpoint of its region, with a signature', () => {
    const toUrl = (region: string): unknown => sagemaker.toUrl?.({ region } as never);
    expect(toUrl('eu-central-1')).to.equal('https://runtime.sagemaker.eu-central-1.amazonaws.com');
    expect(toUrl('cn-north-1')).to.equal('https://runtime.sagemaker.cn-north-1.amazonaws.com.cn');
    expect(sagemaker.toAuthentication?.({ region: 'eu-central-1' } as never)).to.deep.equal({
      type: 'aws',
      region: 'eu-central-1',
      service: 'sagemaker',
    });
    expect(sagemaker.limits).to.deep.equal({ maxBytes: 6_291_456 });
    expect(tryLoans(sagemaker, settings).readyPath).to.equal(undefined);
  });

  it('sends numbers as CSV without a header, with empty cells for missing values', async () => {
    const { path, headers, body } = await tryLoans(sagemaker, settings).writeLoans();
    expect(path).to.equal('/endpoints/loans/invocations');
    expect(headers).to.deep.equal({ 'content-type': 'text/csv', accept: 'text/csv' });
    expect(body).to.equal('1.5,30,1,1\n,41,-1,0');
    const some = [{ column: 'job', one_hot: true }, { column: 'income' }];
    const encoded = await tryLoans(sagemaker, { ...settings, encoding: some }).writeLoans();
    expect(encoded.body).to.equal('0,1,1.5\n0,0,');
  });

  it('sends numbers as features', async () => {
    const columns = LOAN_KEYS.columns.map((column) => (column.nullable ? { ...column, impute: 0.5 } : column));
    const { headers, body } = await tryLoans(sagemaker, { ...settings, format: 'features' }, { columns }).writeLoans();
    expect(headers).to.deep.equal({ 'content-type': 'application/json', accept: 'application/json' });
    expect(JSON.parse(body)).to.deep.equal({
      instances: [{ features: [1.5, 30, 1, 1] }, { features: [0.5, 41, -1, 0] }],
    });
  });

  it('sends unchanged cells as CSV, as arrays, as objects, or with a template', async () => {
    const send = async (keys: object) => (await tryLoans(sagemaker, { ...endpoint, ...keys }).writeLoans()).body;
    expect(await send({ format: 'raw_csv' })).to.equal('1.5,30,cook,true\n,41,"a ""job"", or none",false');
    const quoted = await tryLoans(sagemaker, { ...endpoint, format: 'raw_csv' }).writeLoans([[1, 2, 'a "b"', true]]);
    expect(quoted.body).to.equal('1,2,"a ""b""",true');
    expect(JSON.parse(await send({ format: 'instances' }))).to.deep.equal({ instances: TWO_LOANS });
    expect(JSON.parse(await send({ format: 'instances', rows: 'objects' }))).to.deep.equal({
      instances: [
        { income: 1.5, age: 30, job: 'cook', owner: true },
        { income: null, age: 41, job: 'a "job", or none', owner: false },
      ],
    });
    expect(JSON.parse(await send({ format: 'template', request: '{"inputs": columns.age}' }))).to.deep.equal({
      inputs: [30, 41],
    });
  });

  it('sends the headers of the settings', async () => {
    const named = {
      target_variant: 'blue',
      target_model: 'models/loans v1.tar.gz',
      inference_component: 'part-1',
      content_type: 'text/csv; label_size=0',
      accept: 'application/json;verbose=true',
    };
    const { headers } = await tryLoans(sagemaker, { ...settings, ...named }).writeLoans();
    expect(headers).to.deep.equal({
      'content-type': 'text/csv; label_size=0',
      accept: 'application/json;verbose=true',
      'x-amzn-sagemaker-target-variant': 'blue',
      'x-amzn-sagemaker-target-model': 'models/loans v1.tar.gz',
      'x-amzn-sagemaker-inference-component': 'part-1',
    });
  });

  for (const [what, text] of Object.entries({
    'one per line': '0.75\n0.125\n',
    'on one line': '0.75,0.125',
    'with exponents': '7.5e-1, +1.25E-01',
    'in JSON': '{"predictions": [{"score": 0.75}, {"score": 0.125}]}',
  })) {
    it(`reads XGBoost's probability of the second class: ${what}`, async () => {
      const { read } = tryLoans(sagemaker, { ...settings, ...positive }, two);
      expect(await read(text, 2, { headers: CSV })).to.deep.equal(expected);
    });
  }

  for (const [what, text] of Object.entries({
    'one row per line': '0.5,0.25,0.25\n0.25,0.25,0.5\n',
    'as Python lists': '[0.5, 0.25, 0.25],[0.25, 0.25, 0.5]',
    'in one list': '[[0.5, 0.25, 0.25], [0.25, 0.25, 0.5]]',
    'in JSON': '{"predictions": [{"score": [0.5, 0.25, 0.25]}, {"score": [0.25, 0.25, 0.5]}]}',
  })) {
    it(`reads XGBoost's vectors of probabilities: ${what}`, async () => {
      expect(await tryLoans(sagemaker, settings, three).read(text, 2, { headers: CSV })).to.deep.equal({
        predictions: ['a', 'c'],
        probabilities: [
          [0.5, 0.25, 0.25],
          [0.25, 0.25, 0.5],
        ],
      });
    });
  }

  it('reads class indices, labels, and regressions', async () => {
    const byIndex = { ...settings, output: { scalar: 'class_index' } };
    expect(await tryLoans(sagemaker, byIndex, three).read('2.0\n0.0', 2, { headers: CSV })).to.deep.equal({
      predictions: ['c', 'a'],
    });
    expect(await tryLoans(sagemaker, settings, two).read('"yes"\nno\n', 2, { headers: CSV })).to.deep.equal({
      predictions: ['yes', 'no'],
    });
    expect(await tryLoans(sagemaker, settings).read('-2.5\n1e3', 2, { headers: CSV })).to.deep.equal({
      predictions: [-2.5, 1000],
    });
  });

  describe('reads labels with blanks', () => {
    const risks = toClassifier('No Risk', 'Risk');
    const read = (text: string, output: object = {}) =>
      tryLoans(sagemaker, { ...endpoint, format: 'raw_csv', output }, risks).read(text, 2, { headers: CSV });
    const labels = { predictions: ['No Risk', 'Risk'] };
    const scored = {
      ...labels,
      probabilities: [
        [0.75, 0.25],
        [0.125, 0.875],
      ],
    };

    for (const [how, text] of Object.entries({
      'one per line': 'No Risk\nRisk\n',
      'with other line ends and blanks around': ' No Risk \r\nRisk\r\n\r\n',
      quoted: '"No Risk"\n"Risk"',
      'in single quotes': "'No Risk'\n'Risk'",
      'on one line': 'No Risk,"Risk"',
      'as a Python list': "['No Risk', 'Risk']",
    })) {
      it(how, async () => {
        expect(await read(text)).to.deep.equal(labels);
      });
    }

    for (const [how, text] of Object.entries({
      quoted: '"No Risk",0.75\n"Risk",0.875',
      unquoted: 'No Risk,0.75\r\nRisk,0.875\r\n',
    })) {
      it(`beside a number, whose meaning the settings say: ${how}`, async () => {
        expect(await read(text)).to.deep.equal(labels);
        expect(await read(text, { confidence: '1' })).to.deep.equal(scored);
        const positive = text.replace('0.75', '0.25');
        expect(await read(positive, { probability: '1' })).to.deep.equal(scored);
        expect(await read(positive, { scalar: 'positive_probability' })).to.deep.equal(scored);
        const turned = text.replaceAll(/^(.*),([\d.]+)/gm, '$2,$1');
        expect(await read(turned, { confidence: '0' })).to.deep.equal(scored);
      });
    }

    it('beside probabilities: as columns, as a list, or by the names of their classes in any order', async () => {
      expect(await read('No Risk,0.75,0.25\nRisk,0.125,0.875')).to.deep.equal(scored);
      expect(await read('No Risk,"[0.75, 0.25]"\nRisk,"[0.125, 0.875]"')).to.deep.equal(scored);
      expect(
        await read(
          `"No Risk",0.75,"['Risk', 'No Risk']","[0.25, 0.75]"\n"Risk",0.875,"['No Risk', 'Risk']","[0.125, 0.875]"`,
        ),
      ).to.deep.equal(scored);
    });

    it('by the labels that the settings map', async () => {
      const map = { 'No Risk': 'no', Risk: 'yes' };
      const { read: readMapped } = tryLoans(
        sagemaker,
        { ...endpoint, format: 'raw_csv', output: { labels: map } },
        two,
      );
      expect(await readMapped('No Risk\nRisk', 2, { headers: CSV })).to.deep.equal({ predictions: ['no', 'yes'] });
    });
  });

  it("reads the linear learner's labels, and its score as the probability if the settings say so", async () => {
    const predictions = [
      { score: 0.75, predicted_label: 1 },
      { score: 0.125, predicted_label: 0 },
    ];
    const output = { scalar: 'class_index', probability: 'score' };
    const format = { ...endpoint, format: 'instances' };
    expect(await tryLoans(sagemaker, { ...format, output }, two).read({ predictions })).to.deep.equal(expected);
    const labels = { ...format, output: { scalar: 'class_index' } };
    expect(await tryLoans(sagemaker, labels, two).read({ predictions })).to.deep.equal({
      predictions: expected.predictions,
    });
    expect(await tryLoans(sagemaker, format).read({ predictions: [{ score: 2 }, { score: 3 }] })).to.deep.equal({
      predictions: [2, 3],
    });
  });

  it('reads selectable inference: probabilities by class name, in any order', async () => {
    const predictions = [
      { predicted_label: 'yes', probability: 0.75, labels: ['yes', 'no'], probabilities: [0.75, 0.25] },
      { predicted_label: 'no', probability: 0.875, labels: ['no', 'yes'], probabilities: [0.875, 0.125] },
    ];
    const { read, findProblem } = tryLoans(sagemaker, { ...endpoint, format: 'raw_csv' }, two);
    expect(await read({ predictions })).to.deep.equal(expected);
    // With output.probability, the order is the deployment's.
    const named = { ...endpoint, format: 'raw_csv', output: { probability: 'probabilities', argmax: true } };
    expect((await tryLoans(sagemaker, named, two).read({ predictions })).predictions).to.deep.equal(['no', 'no']);
    expect(await findProblem({ predictions: predictions.map((row) => ({ ...row, labels: ['x', 'y'] })) })).to.equal(
      'expected numbers as the probabilities of row 0',
    );
  });

  it('reads what the setting `answer` selects', async () => {
    const answer = { predictions: 'out.label', probabilities: 'out.p' };
    const { read } = tryLoans(sagemaker, { ...endpoint, format: 'instances', answer }, two);
    const out = [
      { label: 'yes', p: [0.25, 0.75] },
      { label: 'no', p: [0.875, 0.125] },
    ];
    expect(await read({ out })).to.deep.equal(expected);
  });

  it('rejects other replies', async () => {
    const { findProblem } = tryLoans(sagemaker, { ...settings, ...positive }, two);
    expect(await findProblem('0.5\n0.25\n0.125', 2, { headers: { 'content-type': 'application/json' } })).to.equal(
      'expected JSON',
    );
    const csv = tryLoans(sagemaker, { ...settings, ...positive }, two).read;
    for (const [text, problem] of [
      ['0.5\n0.25\n0.125', /^expected 2 probabilities, one per row; the reply has 3$/],
      ['', /^expected 2 probabilities, one per row; the reply has 0$/],
      ['nan\n0.5', /^expected a finite number as the prediction of row 0$/],
      ['1.5\n0.5', /^expected numbers from 0 to 1/],
      ['yes,0.75\nno,0.875', /^the prediction of row 1 is not its most probable class/],
      // With a backtracking expression, this would take hours.
      [`${'1'.repeat(500_000)}x\n0.5`, /^expected a finite number as the prediction of row 0$/],
    ] as const) {
      let message = '';
      await csv(text, 2, { headers: CSV }).catch((error: unknown) => (message = (error as Error).message));
      expect(message, text).to.match(problem);
    }
    for (const format of ['csv', 'raw_csv', 'instances', 'template']) {
      for (const keys of [two, three, {}])
        await checkHostileReplies(tryLoans(sagemaker, { ...(format === 'csv' ? settings : endpoint), format }, keys));
    }
  });

  it('rejects settings that would lead to another host, or that the format does not have', async () => {
    const wrong = { endpoint: 'a/b', region: 'x.evil.example', format: 'csv', target_model: 'a\r\nb', rows: 'arrays' };
    expect(await listLoanProblems(sagemaker, wrong)).to.deep.equal([
      'deployment.json.settings.endpoint: expected a name of letters, digits and dashes',
      'deployment.json.settings.region: expected the name of a region, such as eu-central-1',
      'deployment.json.settings.target_model: expected text that a header can contain',
      'deployment.json.settings: unknown key "rows"',
    ]);
    expect(await listLoanProblems(sagemaker, { ...settings, format: undefined })).to.deep.equal([
      'deployment.json.settings.format: expected one of "csv", "features", "raw_csv", "instances", "template"',
    ]);
    expect(await listLoanProblems(sagemaker, { ...settings, format: 'features' })).to.deep.equal([
      'deployment.json.settings.encoding[0]: expected impute: the column is nullable, and this kind does not accept nulls',
    ]);
  });

  it('does not guess codes of categories, and does not round encoded numbers', async () => {
    for (const format of ['csv', 'features']) {
      const problems = await listLoanProblems(sagemaker, { ...endpoint, format, round: true });
      expect(problems).to.include.members([
        'deployment.json.settings.encoding: expected the features, because some columns have categories',
        'deployment.json.settings.round: expected no value, because encoded numbers may have fractions',
      ]);
    }
  });

  it('splits the URL of an endpoint', () => {
    const split = (url: string) => sagemaker.fromUrl?.(new URL(url));
    expect(split('https://runtime.sagemaker.eu-central-1.amazonaws.com/endpoints/loans/invocations')).to.deep.equal({
      region: 'eu-central-1',
      endpoint: 'loans',
    });
    expect(split('http://127.0.0.1:8080/endpoints/loans/invocations')).to.deep.equal({
      url: 'http://127.0.0.1:8080',
      endpoint: 'loans',
    });
  });

  it("serves an endpoint with a signature, and distinguishes the container's failures from the endpoint's", async () => {
    const reset = setVariables({
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: undefined,
      AWS_PROFILE: undefined,
    });
    let failure: object | undefined;
    const cloud = await HttpDouble.start(
      answers(({ path, headers, body }) => {
        if (path !== '/endpoints/loans/invocations') return { status: 404 };
        if (!headers.authorization?.includes('/eu-central-1/sagemaker/aws4_request')) return { status: 403 };
        if (failure)
          return {
            status: 424,
            headers: { 'x-amzn-errortype': 'ModelError:http://internal.amazon.com/' },
            body: failure,
          };
        const scores = body.split('\n').map((line) => (line.includes(',41,') ? 0.125 : 0.75));
        return { headers: CSV, body: scores.join(',') };
      }),
    );
    const engine = await startRemoteEngine({
      ...LOAN_KEYS,
      kind: 'sagemaker',
      settings: { ...settings, ...positive, url: cloud.url },
      ...two,
      example: { fields: LOAN_FIELDS, values: TWO_LOANS, answer: expected },
    });
    try {
      const table = { fields: LOAN_FIELDS, values: TWO_LOANS };
      const { status, body } = await engine.score('loan', table);
      expect(status).to.equal(200);
      expect(body.values.map((row) => row.slice(4))).to.deep.equal([
        ['yes', [0.25, 0.75]],
        ['no', [0.875, 0.125]],
      ]);
      for (const [original, code] of [
        [400, 502],
        [503, 503],
        [504, 504],
      ] as const) {
        failure = {
          ErrorCode: 'CLIENT_ERROR_FROM_MODEL',
          Message: `Received client error (${original}) from primary with message "SECRET"`,
          OriginalMessage: 'SECRET',
          OriginalStatusCode: original,
          LogStreamArn: 'arn:aws:logs:eu-central-1:1:log-group:SECRET',
        };
        const failed = await engine.score('loan', table);
        expect(failed.status).to.equal(code);
        expect(failed.text).to.not.contain('SECRET');
        expect(JSON.stringify(engine.log)).to.contain(`the model's own ${original}`).and.not.contain('SECRET');
      }
    } finally {
      await engine.stop();
      await cloud.close();
      reset();
    }
  });
});
