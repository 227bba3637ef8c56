import { expect } from 'chai';
import { loadDeployment, loadList, loadSession, RequestError, score, watchSession } from '../../console/api.ts';
import { writeBody } from '../../console/cells.ts';
import { scoreRows } from '../../console/score-rows.ts';
import { SAMPLES, startTestEngine, type TestEngine } from '../support/engine.ts';
import { HttpDouble } from '../support/http-double.ts';
import { catchError } from '../support/deployment.ts';
import { openPageOf } from '../support/page-of.ts';

const ROW = '[5.1,3.5,1.4,0.2]';

describe('requests of the console', () => {
  let engine: TestEngine;
  let close: () => void;
  before(async () => {
    engine = await startTestEngine({ ENGINE_DEPLOYMENTS: SAMPLES, ENGINE_MAX_ROWS: '2' });
  });
  after(() => engine.stop());
  beforeEach(() => (close = openPageOf(engine.url)));
  let double: HttpDouble | undefined;
  afterEach(async () => {
    close();
    await double?.close();
    double = undefined;
  });
  const { signal } = new AbortController();

  it('have the data of the console, and the answers to rows', async () => {
    expect((await loadList()).deployments.map(({ id }) => id)).to.include('iris');
    expect(await loadSession()).to.equal(false);
    const iris = await loadDeployment('iris');
    expect(await score(iris, writeBody(iris.columns, [ROW]))).to.deep.equal([
      { prediction: 'setosa', probabilities: [1, 0, 0] },
    ]);
    const mileage = await loadDeployment('car-mileage');
    const { fields, values } = mileage.example;
    const [answer] = await score(mileage, JSON.stringify({ fields, values: values.slice(0, 1) }));
    expect(answer?.prediction).to.be.a('number');
    expect(answer?.probabilities).to.deep.equal([]);
  });

  it('have as many rows as the engine takes, and report how far they are', async () => {
    const iris = await loadDeployment('iris');
    const done: number[] = [];
    const answers = await scoreRows(iris, [ROW, ROW, ROW, ROW, ROW], { signal, onProgress: (rows) => done.push(rows) });
    expect(answers.map(({ prediction }) => prediction)).to.deep.equal(Array(5).fill('setosa'));
    expect(done).to.deep.equal([2, 4, 5]);
  });

  it('fail with the message, the code and the place that the engine names', async () => {
    const iris = await loadDeployment('iris');
    const invalid = await catchError(RequestError, () => score(iris, writeBody(iris.columns, ['[1,2,3,"x"]'])));
    expect([invalid.code, invalid.place]).to.deep.equal(['invalid_value', 'values[0][3]']);
    expect(invalid.message).to.match(/petal_width/);
    expect((await catchError(RequestError, () => loadDeployment('none'))).code).to.equal('deployment_not_found');
  });

  it('fail in words of their own where the reply has none, or there is none', async () => {
    double = await HttpDouble.start((_, response) => response.writeHead(503, { 'Retry-After': '7' }).end('busy'));
    close();
    close = openPageOf(double.url);
    const busy = await catchError(RequestError, loadList);
    expect([busy.message, busy.code, busy.retryAfter]).to.deep.equal([
      'The engine answered with the status 503.',
      'failed',
      7,
    ]);
    await double.close();
    double = undefined;
    const gone = await catchError(RequestError, loadList);
    expect([gone.code, gone.retryAfter]).to.deep.equal(['unreachable', undefined]);
    expect(await loadSession()).to.equal(false);
  });

  it('end with the reason of their signal', async () => {
    const iris = await loadDeployment('iris');
    const reason = new Error('changed');
    const failure = await catchError(Error, () => scoreRows(iris, [ROW], { signal: AbortSignal.abort(reason) }));
    expect(failure).to.equal(reason);
  });

  it('tell those who watch that the session has expired, also where they end at the login', async () => {
    double = await HttpDouble.start(({ path }, response) =>
      path === '/login'
        ? response.writeHead(200, { 'Content-Type': 'text/html' }).end('<form>')
        : path.endsWith('/moved')
          ? response.writeHead(303, { Location: '/login' }).end()
          : response.writeHead(401).end(),
    );
    close();
    close = openPageOf(double.url);
    let count = 0;
    const unwatch = watchSession(() => (count += 1));
    for (const load of [loadList, () => loadDeployment('moved')])
      expect((await catchError(RequestError, load)).code).to.equal('unauthorized');
    unwatch();
    await catchError(RequestError, loadList);
    expect(count).to.equal(2);
  });
});
