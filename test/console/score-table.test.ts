import { expect } from 'chai';
import { loadDeployment, RequestError } from '../../console/api.ts';
import type { DeploymentDetails } from '../../console/data.ts';
import { readTable, scoreTable, TableError, toResultNames } from '../../console/score-table.ts';
import { SAMPLES, startTestEngine, type TestEngine } from '../support/engine.ts';
import { HttpDouble } from '../support/http-double.ts';
import { catchError } from '../support/deployment.ts';
import { openPageOf } from '../support/page-of.ts';

const HEADER = 'sepal_length,sepal_width,petal_length,petal_width';

describe('a table of the console', () => {
  let engine: TestEngine;
  let iris: DeploymentDetails;
  let close: () => void;
  before(async () => {
    engine = await startTestEngine({ ENGINE_DEPLOYMENTS: SAMPLES, ENGINE_MAX_ROWS: '2' });
  });
  after(() => engine.stop());
  beforeEach(async () => {
    close = openPageOf(engine.url);
    iris = await loadDeployment('iris');
  });
  let double: HttpDouble | undefined;
  afterEach(async () => {
    close();
    await double?.close();
    double = undefined;
  });
  const { signal } = new AbortController();
  const steps: string[] = [];
  const progress = {
    signal,
    onProgress: (what: string, done: number, total: number) => void steps.push(`${what} ${done}/${total}`),
  };
  const read = (text: string) => readTable(iris, text, progress);
  const listProblems = async (text: string) => (await catchError(TableError, () => read(text))).problems;

  it('comes back with the prediction and a probability per class, in parts that the engine takes', async () => {
    const table = await read(`note,${HEADER}\n=1,5.1,3.5,1.4,0.2\nb,6.5,3,5.8,2.2\n"c,d",5.1,3.5,1.4,0.2\n`);
    steps.length = 0;
    const { header, count, preview, csv } = await scoreTable(iris, table, true, progress);
    expect(steps).to.deep.equal(['scored 0/3', 'scored 2/3', 'scored 3/3']);
    expect(header.slice(5)).to.deep.equal([
      'prediction',
      'probability_setosa',
      'probability_versicolor',
      'probability_virginica',
    ]);
    expect([count, preview.map((row) => row[5])]).to.deep.equal([3, ['setosa', 'virginica', 'setosa']]);
    const lines = Buffer.from(await csv.arrayBuffer())
      .toString()
      .split('\r\n');
    expect(lines[0]).to.equal(`\uFEFF${header.join(',')}`);
    expect(lines[1]).to.equal("'=1,5.1,3.5,1.4,0.2,setosa,1,0,0");
    expect(lines[3]).to.match(/^"c,d",5\.1,/);
    const plain = await scoreTable(iris, table, false, progress);
    expect(Buffer.from(await plain.csv.arrayBuffer()).toString()).to.contain('\r\n=1,');
  });

  it('has decimal commas where semicolons divide its cells', async () => {
    const { rows } = await read(`${HEADER.replaceAll(',', ';')}\n5,1;3,5;1,4;0,2\n`);
    expect(rows).to.deep.equal(['[5.1,3.5,1.4,0.2]']);
  });

  it('is refused with the places of what is wrong, of much the first', async () => {
    expect(await listProblems('')).to.have.length(1);
    expect(await listProblems(HEADER)).to.deep.equal([
      'There are no rows below the first line, which names the columns.',
    ]);
    const problems = await listProblems('sepal_length,a,a\n1,2\nx,1,1\n');
    expect(problems[0]).to.equal('The first line names a column twice: a.');
    expect(problems[1]).to.match(/^The model needs the columns sepal_width, petal_length, petal_width;/);
    expect(problems[2]).to.equal('Row 1 (line 2): expected 3 cells, one per column; it has 2.');
    expect(problems[3]).to.match(/^Row 2 \(line 3\), column sepal_length: /);
    const many = await listProblems(`${HEADER}\n${'x,1,1,1\n'.repeat(50)}`);
    expect([many.length, many.at(-1)]).to.deep.equal([21, 'There are more problems than these.']);
  });

  it('is read in turns with the page, which can stop it', async () => {
    const controller = new AbortController();
    const rows = `${HEADER}\n${'1,1,1,1\n'.repeat(200_000)}`;
    const stop = () => controller.abort(new Error('stopped'));
    const reading = readTable(iris, rows, { signal: controller.signal, onProgress: stop });
    expect((await catchError(Error, () => reading)).message).to.equal('stopped');
  });

  it('is sent again while the engine is busy, and refused with the row that the engine names', async () => {
    const table = await read(`${HEADER}\n1,1,1,1\n2,2,2,2\n3,3,3,3\n4,4,4,4\n`);
    const answer = JSON.stringify({
      fields: ['prediction', 'probability'],
      values: Array(2).fill(['setosa', [1, 0, 0]]),
    });
    const toBody = (name?: string) =>
      JSON.stringify({ errors: [{ code: 'a', message: 'values[0][1] is wrong.', ...(name && { target: { name } }) }] });
    const json = { 'Content-Type': 'application/json' };
    double = await HttpDouble.start((_, response) => response.writeHead(200, json).end(answer));
    close();
    close = openPageOf(double.url);
    const { requests } = double;
    const busy = () =>
      double?.behaveNext((_, response) => response.writeHead(503, { ...json, 'Retry-After': '0' }).end(toBody()));
    busy();
    expect((await scoreTable(iris, table, false, progress)).count).to.equal(4);
    expect(requests).to.have.length(3);
    for (let time = 0; time < 6; time++) busy();
    expect((await catchError(RequestError, () => scoreTable(iris, table, false, progress))).retryAfter).to.equal(0);
    for (const [name, problem] of [
      ['values[0][1]', 'Row 3, column sepal_width: is wrong.'],
      ['values[0]', 'Row 3: is wrong.'],
    ] as const) {
      double.behaveNext(
        (_, response) => response.writeHead(200, json).end(answer),
        (_, response) => response.writeHead(400, json).end(toBody(name)),
      );
      expect((await catchError(TableError, () => scoreTable(iris, table, false, progress))).problems).to.deep.equal([
        problem,
      ]);
    }
  });

  it('has result columns whose names it does not have', () => {
    const result = { prediction: 'p', probability: 'q' };
    const label = { name: 'y', type: 'string', classes: ['a', 'b'] };
    expect(toResultNames({ result, label }, ['p', 'p_2', 'q_a'])).to.deep.equal(['p_3', 'q_a_2', 'q_b']);
    expect(toResultNames({ result: { prediction: 'p' }, label }, [])).to.deep.equal(['p']);
    expect(toResultNames({ result: { ...result, prediction: 'q_a' }, label }, [])).to.deep.equal([
      'q_a',
      'q_a_2',
      'q_b',
    ]);
  });
});
