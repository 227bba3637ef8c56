import { expect } from 'chai';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { getPriority, platform, setPriority } from 'node:os';
import { join } from 'node:path';
import type { Deployment } from '../../../models/deployment.ts';
import { Contract } from '../../../server/contract/contract.ts';
import { LONG_BODY, ScoringThreads } from '../../../server/threads/scoring-threads.ts';
import { FIXTURES, makeDeploymentsFolder, SAMPLES, startTestEngine, type TestEngine } from '../../support/engine.ts';
import { toJson } from '../../support/deployment.ts';
import { split, toForestJson } from '../../support/forest.ts';
import { checkHealthy, IRIS, toModeTable } from '../../support/healthy.ts';
import { findLogLine } from '../../support/log-line.ts';
import { Run } from '../../support/run.ts';
import { until } from '../../support/until.ts';

/** Rows of the sample `iris`, no two alike. */
const toRows = (count: number) =>
  Array.from({ length: count }, (_, row) => [4 + (row % 40) / 10, 3, 1 + row / count, 1.5]);
const toTable = (count: number) => ({ fields: IRIS.fields, values: toRows(count) });
const LONG = toTable(5_000);
/** Lets calls have so many rows that a thread is at work on one for long. */
const MANY = { ENGINE_MAX_ROWS: '200000' };

describe('a long call', () => {
  let engine: TestEngine;
  afterEach(() => engine.stop());
  const start = async (environment: Record<string, string> = {}) => {
    engine = await startTestEngine({ ENGINE_THREADS: '1', ...environment });
  };
  const countThreads = () => engine.engine.threads?.scoring.threads.length;

  it('is one of many bytes, and is answered by a thread, which begins with the first', async () => {
    await start();
    expect(JSON.stringify(LONG).length).to.be.greaterThan(LONG_BODY);
    await engine.score('iris', toTable(100));
    expect(countThreads()).to.equal(0);
    expect((await engine.score('iris', LONG)).status).to.equal(200);
    expect(countThreads()).to.equal(1);
  });

  it('is answered as short ones are, to the last bit, by every kind that shares its models', async () => {
    await start({ ENGINE_MAX_ROWS: '20000' });
    for (const { file } of engine.engine.catalogue.list()) {
      const { fields, values } = file.example;
      const rows = Array.from({ length: 10_000 }, (_, row) => values[row % values.length] as unknown[]);
      const long = await engine.score(file.id, { fields, values: rows });
      const short = await engine.score(file.id, { fields, values });
      expect(long.status).to.equal(200);
      expect(long.body.labels).to.deep.equal(short.body.labels);
      expect(long.body.fields).to.deep.equal(short.body.fields);
      expect(long.body.values).to.deep.equal(rows.map((_, row) => short.body.values[row % values.length]));
    }
    expect(countThreads()).to.equal(1);
  });

  it('is also one of few bytes whose rows take many steps, with thousands of trees', async () => {
    const { folder, remove } = await makeDeploymentsFolder('', []);
    const number = (distribution: number) => ({ distribution });
    const tree = (value: number) => split(0, value, split(0, 0.25, number(0), number(1)), number(2));
    const trees = Array.from({ length: 3_000 }, (_, index) => tree(0.5 + (index % 8) / 16));
    const model = toForestJson(
      'RFRegression',
      trees,
      trees.map(() => [0]),
    );
    const json = toJson({
      id: 'trees',
      kind: 'random-forest',
      example: { fields: ['x'], values: [[1]], answer: { predictions: [2] } },
    });
    await mkdir(join(folder, 'trees'));
    await writeFile(join(folder, 'trees', 'deployment.json'), JSON.stringify(json));
    await writeFile(join(folder, 'trees', 'model.json'), JSON.stringify(model));
    try {
      await start({ ENGINE_DEPLOYMENTS: folder, ENGINE_MAX_QUEUE: '1' });
      const rows = Array.from({ length: 100 }, (_, row) => [row / 100]);
      const short: (readonly unknown[])[] = [];
      for (const row of rows)
        short.push(...(await engine.score('trees', { fields: ['x'], values: [row] })).body.values);
      expect(countThreads()).to.equal(0);
      const envelope = {
        input_data: [
          { fields: ['x'], values: rows.slice(0, 60) },
          { fields: ['x'], values: rows.slice(60) },
        ],
      };
      // As they are short, more of them wait for a thread than ENGINE_MAX_QUEUE says.
      const replies = await Promise.all(Array.from({ length: 8 }, () => engine.score('trees', envelope)));
      expect(countThreads()).to.equal(1);
      for (const { status, body } of replies) {
        expect(status).to.equal(200);
        expect(body.predictions.flatMap(({ values }) => values)).to.deep.equal(short);
      }
    } finally {
      await engine.stop();
      await remove();
    }
  });

  it('is logged as a short one is', async () => {
    await start();
    const line = await findLogLine(engine, await engine.score('iris', { input_data: [LONG, LONG] }));
    expect(line).to.include({ operation: 'scoreDeployment', deployment: 'iris', rows: 10_000, status: 200 });
  });

  it('takes only its own bytes along from a buffer that others share', async () => {
    await start();
    const shared = engine.engine.catalogue.get('iris')?.shared;
    const all = Buffer.from(`before${JSON.stringify(LONG)}after`);
    const before = Buffer.from(all);
    const request = {
      operation: 'scoreDeployment',
      params: { deployment_id: 'iris' },
      headers: {},
      baseUrl: engine.url,
    };
    const long = { ...request, bytes: all.subarray(6, -5), shared };
    const reply = await engine.engine.threads?.scoring.answer(long, () => undefined);
    expect(reply?.status).to.equal(200);
    expect(all.equals(before)).to.equal(true);
  });

  it('has the cause in the log where its model fails', async () => {
    await start({ ENGINE_DEPLOYMENTS: FIXTURES });
    const values = new Array(5_000).fill([1e308, 1, 'centre']) as unknown[][];
    const reply = await engine.score('rent', { fields: ['area', 'rooms', 'district'], values });
    expect(reply.status).to.equal(500);
    expect(reply.error?.code).to.equal('model_failed');
    expect((await findLogLine(engine, reply))['cause']).to.match(
      /^Error: the prediction of row 0 is not a finite number\n/,
    );
    expect(countThreads()).to.equal(1);
  });

  it('is answered by the event loop where there are no threads', async () => {
    await start({ ENGINE_THREADS: '0' });
    expect((await engine.score('iris', LONG)).body.values).to.have.length(5_000);
    expect(engine.engine.threads).to.equal(undefined);
  });

  it('is answered by the event loop where the kind keeps its models to itself', async () => {
    await start({ ENGINE_DEPLOYMENTS: FIXTURES, ENGINE_ALLOW_MODULES: 'true' });
    const { fields, values } = toModeTable('well');
    const { status, body } = await engine.score('misbehaving', { fields, values: new Array(5_000).fill(values[0]) });
    expect(status).to.equal(200);
    expect(body.values).to.have.length(5_000);
    expect(countThreads()).to.equal(0);
  });

  it('is refused by a thread where there is no such deployment', async () => {
    await start();
    const { status, error } = await engine.score('nowhere', LONG);
    expect(status).to.equal(404);
    expect(error?.code).to.equal('deployment_not_found');
    expect((await engine.score('nowhere', { ...LONG, fields: 0 })).status).to.equal(400);
    expect(countThreads()).to.equal(1);
    expect((await engine.score('iris', LONG)).status).to.equal(200);
  });

  const withRow = (row: unknown) => ({ ...LONG, values: [...LONG.values, row] });
  for (const [fault, body, error] of [
    [
      'a cell of the wrong type',
      withRow([1, 'canary8675309', 3, 4]),
      {
        code: 'invalid_value',
        message: 'values[5000][1]: column "sepal_width": expected a finite number; got a string.',
        target: { type: 'field', name: 'values[5000][1]' },
      },
    ],
    [
      'a row that is none',
      withRow('canary8675309'),
      {
        code: 'invalid_body',
        message: 'values[5000]: expected an array.',
        target: { type: 'field', name: 'values[5000]' },
      },
    ],
    [
      'no JSON',
      `${JSON.stringify(LONG)} canary8675309`,
      {
        code: 'malformed_json',
        message: /^The body is not valid JSON \(RFC 8259\): line 1, column \d+: expected the end of the body\.$/,
        target: { type: 'field', name: 'body' },
      },
    ],
    [
      'too many rows',
      toTable(6_000),
      {
        code: 'too_many_rows',
        message: 'The request has 6000 rows; this engine accepts at most 5500 per request.',
        target: { type: 'field', name: 'values' },
      },
    ],
  ] as [string, unknown, { code: string; message: string | RegExp; target: object }][]) {
    it(`gets the same clear error as a short one: ${fault}`, async () => {
      await start({ ENGINE_MAX_ROWS: '5500' });
      const reply = await engine.score('iris', body);
      expect(reply.status).to.be.oneOf([400, 413]);
      expect(reply.error?.code).to.equal(error.code);
      if (typeof error.message === 'string') expect(reply.error?.message).to.equal(error.message);
      else expect(reply.error?.message).to.match(error.message);
      expect(reply.error?.target).to.deep.equal(error.target);
      expect(JSON.stringify(await findLogLine(engine, reply)) + reply.text).to.not.include('canary');
      expect(countThreads()).to.equal(1);
      await checkHealthy(engine);
    });
  }

  it('holds up no short one', async () => {
    await start(MANY);
    await engine.score('iris', LONG);
    const long = [1, 2].map(() => engine.score('iris', toTable(200_000)));
    await until('the calls wait', () => engine.engine.threads?.scoring.underWay === 2);
    expect((await engine.score('iris', IRIS)).status).to.equal(200);
    expect(engine.engine.threads?.scoring.underWay).to.be.greaterThan(0);
    for (const { status } of await Promise.all(long)) expect(status).to.equal(200);
  });

  it('is answered 503 at once where as many wait as may, and the others are scored', async () => {
    await start({ ...MANY, ENGINE_MAX_QUEUE: '2' });
    await engine.score('iris', LONG);
    const first = engine.score('iris', toTable(200_000));
    await until('the thread is at work', () => engine.engine.threads?.scoring.underWay === 1);
    const replies = await Promise.all(Array.from({ length: 12 }, () => engine.score('iris', LONG)));
    expect((await first).status).to.equal(200);
    const refused = replies.filter(({ status }) => status !== 200);
    expect(refused).to.have.length(10);
    for (const { status, error, headers } of refused) {
      expect(status).to.equal(503);
      expect(headers.get('retry-after')).to.equal('1');
      expect(error).to.deep.equal({
        code: 'too_busy',
        message: 'The engine is busy. Retry in a moment.',
      });
    }
    expect((await engine.score('iris', LONG)).status).to.equal(200);
  });

  it('is answered 503 when its thread dies; those that wait are scored by the next thread', async () => {
    await start(MANY);
    await engine.score('iris', LONG);
    const first = engine.score('iris', toTable(200_000));
    await until('the call has begun', () => engine.engine.threads?.scoring.underWay === 1);
    const others = [LONG, LONG].map((table) => engine.score('iris', table));
    await until('the others wait', () => engine.engine.threads?.scoring.underWay === 3);
    await engine.engine.threads?.scoring.threads[0]?.terminate();
    const { status, headers, error } = await first;
    expect(status).to.equal(503);
    expect(headers.get('retry-after')).to.equal('1');
    expect(error).to.deep.equal({
      code: 'interrupted',
      message: 'The thread that scored this request has died. Retry the request.',
    });
    for (const other of others) expect((await other).status).to.equal(200);
    await checkHealthy(engine);
    expect((await engine.score('iris', LONG)).status).to.equal(200);
  });

  it('is answered by a new thread when one has died with nothing to do', async () => {
    await start();
    await engine.score('iris', LONG);
    await engine.engine.threads?.scoring.threads[0]?.terminate();
    expect((await engine.score('iris', LONG)).status).to.equal(200);
  });

  it('is answered by new threads after the others had nothing to do for a while and were ended', async () => {
    await start();
    const { bodySchemas } = (await new Contract().init()).validator;
    const threads = new ScoringThreads(bodySchemas, { threads: 1, maxQueue: 2, maxRows: 10_000, idle: 1 });
    const { shared } = engine.engine.catalogue.get('iris') as Deployment;
    const params = { deployment_id: 'iris' };
    for (let time = 0; time < 2; time++) {
      const request = { operation: 'scoreDeployment', params, headers: {}, baseUrl: '', shared };
      const calls = [LONG, LONG].map((table) =>
        threads.answer({ ...request, bytes: Buffer.from(JSON.stringify(table)) }, () => undefined),
      );
      for (const { status } of await Promise.all(calls)) expect(status).to.equal(200);
      await until('the thread has ended', () => threads.threads.length === 0);
    }
    await threads.close();
  });

  it('is answered, and its thread ends, when the engine stops', async () => {
    await start(MANY);
    await engine.score('iris', LONG);
    const call = engine.score('iris', toTable(20_000));
    await until('the call has begun', () => engine.engine.threads?.scoring.underWay === 1);
    const stopped = engine.stop();
    expect((await call).status).to.equal(200);
    await stopped;
    expect(countThreads()).to.equal(0);
  });

  it('is answered by the version of the deployment that is in service', async () => {
    const { folder, remove } = await makeDeploymentsFolder(SAMPLES, ['car-mileage']);
    try {
      await start({ ENGINE_DEPLOYMENTS: folder });
      const { example } = (engine.engine.catalogue.get('car-mileage') as Deployment).file;
      const table = { fields: example.fields, values: new Array(5_000).fill(example.values[0]) };
      const before = await engine.score('car-mileage', table);
      const path = join(folder, 'car-mileage', 'deployment.json');
      const file = JSON.parse(await readFile(path, 'utf8')) as { echo?: boolean };
      await writeFile(path, JSON.stringify({ ...file, echo: false }));
      await until('the new version is served', () => engine.engine.catalogue.get('car-mileage')?.file.echo === false);
      const after = await engine.score('car-mileage', table);
      expect(before.body.fields).to.have.length(example.fields.length + 1);
      expect(after.body.fields).to.deep.equal(before.body.fields.slice(-1));
      expect(after.body.values[4_999]).to.deep.equal(before.body.values[4_999]?.slice(-1));
    } finally {
      await remove();
    }
  });
});

// Elsewhere threads have no priority of their own.
if (platform() === 'linux') {
  describe('the niceness of a scoring thread', () => {
    for (const [own, expected] of [
      [10, 15],
      [17, 19],
    ] as const) {
      it(`is ${expected} in a process of ${own}`, async () => {
        const engine = new Run(['serve', '--port', '0', '--threads', '1']);
        const pid = engine.process.pid as number;
        try {
          const url = await engine.listen();
          setPriority(pid, own);
          const headers = { 'Content-Type': 'application/json' };
          const request = { method: 'POST', headers, body: JSON.stringify(LONG) };
          expect((await fetch(`${url}/v1/deployments/iris/online`, request)).status).to.equal(200);
          expect(await listNiceness(pid)).to.include(expected);
        } finally {
          engine.process.kill('SIGKILL');
          await engine.code;
        }
      });
    }
  });
}

/** The niceness of each thread of a process. */
async function listNiceness(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  return threads.map((id) => getPriority(Number(id)));
}
