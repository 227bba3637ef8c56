import { expect } from 'chai';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { mlflow } from '../../../remote/adapters/mlflow.ts';
import { ReplyError } from '../../../upstream/upstream-error.ts';
import { LOANS, LOAN_ANSWER, LOAN_ROWS, readExchange, replaceCell } from '../../support/recorded-loans.ts';
import { tryAdapter } from '../../support/try-adapter.ts';
import { catchError, toClassifier } from '../../support/deployment.ts';

const { predictions: LABELS } = LOAN_ANSWER;
const tryLoans = (settings: object = {}) => tryAdapter(mlflow, settings, LOANS);
const tryLine = (settings: object = {}, keys: object = {}) => tryAdapter(mlflow, settings, keys);
const xs = { fields: ['x'], values: [[1], [2]] };

describe('the adapter mlflow', () => {
  for (const [format, name] of [
    ['dataframe_split', 'mlflow-labels-score'],
    ['dataframe_records', 'mlflow-labels-records'],
    ['inputs', 'mlflow-labels-inputs'],
  ] as const) {
    it(`sends the recorded ${format}, and reads labels`, async () => {
      const { request, reply } = await readExchange('mlflow', name);
      const loans = tryLoans({ format });
      expect(await loans.request(LOAN_ROWS)).to.deep.equal({ path: request.path, body: request.body });
      expect(await loans.read(reply.body, 4)).to.deep.equal({ predictions: LABELS });
    });
  }

  it('reads the vectors of a model with probabilities', async () => {
    const { request, reply } = await readExchange('mlflow', 'mlflow-probabilities-score');
    const loans = tryLoans();
    expect((await loans.request(LOAN_ROWS)).body).to.deep.equal(request.body);
    const { predictions, probabilities } = await loans.read(reply.body, 4);
    expect(predictions).to.deep.equal(LABELS);
    expect(probabilities?.[2]?.[1]).to.be.closeTo(0.3248266139968057, 1e-12);
  });

  it('sends nulls and fractions unchanged, or as the settings and columns say', async () => {
    const odd = replaceCell(replaceCell(LOAN_ROWS, 1, 'age', 40.5), 2, 'age', null);
    const readAges = async (settings: object, columns: readonly object[] = LOANS.columns) => {
      const { body } = await tryAdapter(mlflow, settings, { ...LOANS, columns }).request(odd);
      return (body as { dataframe_split: { data: unknown[][] } }).dataframe_split.data.map((row) => row[2]);
    };
    expect(await readAges({})).to.deep.equal([61, 40.5, null, 39]);
    const imputed = LOANS.columns.map((column) => (column.name === 'age' ? { ...column, impute: 33 } : column));
    expect(await readAges({ round: true }, imputed)).to.deep.equal([61, 41, 33, 39]);
  });

  it('sends instances, encoded if the settings say how, and parameters', async () => {
    const columns = [
      { name: 'x', type: 'double' },
      { name: 'on', type: 'boolean' },
    ];
    const rows = { fields: ['on', 'x'], values: [[true, 4.5]] };
    const send = async (settings: object) =>
      (
        await tryLine(
          { format: 'instances', ...settings },
          { columns, example: { fields: ['x'], values: [[1]] } },
        ).request(rows)
      ).body;
    expect(await send({ params: { top: 3 } })).to.deep.equal({ instances: [[4.5, true]], params: { top: 3 } });
    expect(await send({ encoding: [{ column: 'on' }, { column: 'x' }] })).to.deep.equal({ instances: [[1, 4.5]] });
    const { problems } = await catchError(DeploymentError, () => tryLine({ encoding: [{ column: 'x' }] }));
    expect(problems).to.deep.equal(['deployment.json.settings: unknown key "encoding"']);
  });

  it('reads data frames, series and outputs by name', async () => {
    const pair = tryLine({}, toClassifier('no', 'yes'));
    const scored = {
      predictions: ['no', 'yes'],
      probabilities: [
        [0.75, 0.25],
        [0.5, 0.5],
      ],
    };
    const records = [
      { id: 1, prediction: 'no', probability: [0.75, 0.25] },
      { id: 2, prediction: 'yes', probability: [0.5, 0.5] },
    ];
    expect(await pair.read({ predictions: records }, 2)).to.deep.equal(scored);
    expect(await pair.read({ predictions: { verdict: ['no', 'yes'], soft: scored.probabilities } }, 2)).to.deep.equal(
      scored,
    );
    // A series is a data frame with one column, sometimes without a name.
    expect(await tryLine().read({ predictions: [{ 0: 1.5 }, { 0: 2 }] }, 2)).to.deep.equal({ predictions: [1.5, 2] });
    expect(await tryLine().read({ predictions: [[1.5], [2]] }, 2)).to.deep.equal({ predictions: [1.5, 2] });
    const named = tryLine({ output: { prediction: 'rent' } });
    expect(await named.read({ predictions: [{ prediction: 0, rent: 7 }] }, 1)).to.deep.equal({ predictions: [7] });
  });

  it('reads lists by the names in the settings, whatever other lists there are, and however long those are', async () => {
    const lists = (risks: readonly number[]) => ({
      predictions: { classes: ['no', 'yes'], probabilities: risks.map((risk) => [1 - risk, risk]) },
    });
    const named = tryLine({ output: { probability: 'probabilities' } }, toClassifier('no', 'yes'));
    for (const risks of [[0.75], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75, 0.25]]) {
      expect(await named.read(lists(risks), risks.length)).to.deep.equal({
        predictions: risks.map((risk) => (risk > 0.5 ? 'yes' : 'no')),
        probabilities: risks.map((risk) => [1 - risk, risk]),
      });
    }
    // Without the names, a list is not taken for predictions because it is as long as the batch.
    const unnamed = tryLine({}, toClassifier('no', 'yes'));
    const several = { predictions: { a: ['no', 'yes'], b: ['yes', 'yes'] } };
    expect(await unnamed.findProblem(several)).to.equal(
      'expected settings.output.prediction or settings.output.probability to name one of "a", "b"',
    );
    expect(await unnamed.findProblem(lists([0.25, 0.75, 0.5]), 3)).to.equal(
      'expected 3 predictions, one per row; the reply has 2',
    );
    expect(await named.findProblem({ predictions: { classes: ['no', 'yes'] } })).to.equal(
      'expected the output "probabilities", which settings.output names',
    );
  });

  it('rejects other replies', async () => {
    const refuse = async (reply: unknown) => (await catchError(ReplyError, () => tryLine().read(reply, 2))).message;
    expect(await refuse([1, 2])).to.equal('expected an object with the key "predictions"');
    expect(await refuse({ error_code: 'BAD_REQUEST' })).to.equal('expected an object with the key "predictions"');
    expect(await refuse({ predictions: 3 })).to.equal('expected an array with one value per row');
    expect(await refuse({ predictions: { a: [1] } })).to.equal('expected 2 predictions, one per row; the reply has 1');
    expect(await refuse('{"predictions": [NaN, 1]}')).to.equal('expected JSON, which does not allow NaN and Infinity');
  });

  it('has the readiness path /ping, but none on Databricks', async () => {
    expect(tryLine().readyPath).to.equal('/ping');
    expect(tryLine({ ready_path: '/health' }).readyPath).to.equal('/health');
    expect(tryLine({ ready_path: null }).readyPath).to.equal(undefined);
    const databricks = tryLine({ url: 'https://adb-1.azuredatabricks.net/serving-endpoints/rent' });
    expect(databricks.readyPath).to.equal(undefined);
    expect((await databricks.request(xs)).path).to.equal('/invocations');
    expect((await tryLine({ path: '/score' }).request(xs)).path).to.equal('/score');
  });

  it('says that it cannot inspect models, and splits URLs', async () => {
    const inspection = await mlflow.inspect?.({}, () => Promise.reject(new Error('nothing is requested')));
    expect(Object.keys(inspection ?? {})).to.deep.equal(['notes']);
    expect(inspection?.notes?.[0]).to.include('settings.round');
    const split = (url: string) => mlflow.fromUrl?.(new URL(url));
    expect(split('http://h:5000/invocations')).to.deep.equal({ url: 'http://h:5000' });
    expect(split('http://h:5000/')).to.deep.equal({ url: 'http://h:5000' });
    expect(split('https://d/serving-endpoints/rent/invocations/')).to.deep.equal({
      url: 'https://d/serving-endpoints/rent',
    });
  });
});
