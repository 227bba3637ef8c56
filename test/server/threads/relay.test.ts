import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { readRecords } from '../../../records/read-records.ts';
import { LONG_BODY } from '../../../server/threads/scoring-threads.ts';
import { fails, good, hold } from '../../support/behaviours.ts';
import { FIXTURES, makeDeploymentsFolder, startTestEngine, type TestEngine } from '../../support/engine.ts';
import { HttpDouble, type Behaviour } from '../../support/http-double.ts';
import { findLogLine } from '../../support/log-line.ts';
import { FAKE_RUNTIME, LOANS_FOLDER } from '../../support/onnx-models.ts';
import { toAnswered, toXs, writeRemote } from '../../support/remote.ts';
import { setVariables } from '../../support/set-variables.ts';
import { until } from '../../support/until.ts';

interface Example {
  readonly fields: string[];
  readonly values: unknown[][];
}

const toNumbers = (count: number) => Array.from({ length: count }, (_, index) => (index % 1024) / 1024);
/** Long in bytes. */
const MANY = toNumbers(16_384);

describe('a long call of a model that runs elsewhere', () => {
  let upstream: HttpDouble;
  let engine: TestEngine;
  let remove: () => Promise<void>;
  let restore: () => void;
  let spool: string;
  before(async () => {
    restore = setVariables({ NODE_PATH: FAKE_RUNTIME });
    upstream = await HttpDouble.start(good);
    const deployments = await makeDeploymentsFolder('', []);
    ({ remove } = deployments);
    const { folder } = deployments;
    const settings = { url: upstream.url, ready_interval: 600_000 };
    await writeRemote(folder, 'wrapped', { ...settings, max_rows: 1_000 });
    await writeRemote(folder, 'narrow', { ...settings, max_rows: 1_000, max_pending: 1 });
    await writeRemote(folder, 'expression', { ...settings, request: '{"values": values}' });
    await cp(join(FIXTURES, 'coin'), join(folder, 'coin'), { recursive: true });
    await cp(LOANS_FOLDER, join(folder, 'loans'), { recursive: true });
    const settings_file = join(folder, 'payload-log.json');
    await writeFile(settings_file, '{}');
    spool = join(folder, 'payload-log');
    engine = await startTestEngine({
      ENGINE_DEPLOYMENTS: folder,
      ENGINE_ALLOW_MODULES: 'true',
      ENGINE_PAYLOAD_LOG: settings_file,
    });
  });
  beforeEach(() => upstream.behave(good));
  after(async () => {
    await engine.stop();
    await upstream.close();
    await remove();
    restore();
  });

  it('is prepared by a thread, and short ones are not', async () => {
    expect((await engine.score('wrapped', toXs(0.25))).status).to.equal(200);
    expect(engine.engine.threads?.preparing.threads).to.have.length(0);
    expect(JSON.stringify(toXs(...MANY)).length).to.be.greaterThan(LONG_BODY);
    expect((await engine.score('wrapped', toXs(...MANY))).body.values).to.deep.equal(toAnswered(...MANY));
    expect(engine.engine.threads?.preparing.threads).to.have.length(1);
    expect(engine.engine.threads?.scoring.threads).to.have.length(0);
  });

  for (const id of ['wrapped', 'expression', 'coin', 'loans']) {
    it(`is answered as short ones are, also in an envelope: ${id}`, async () => {
      const { fields, values: some } = engine.engine.catalogue.get(id)?.file.example as Example;
      const short = (await engine.score(id, { fields, values: some })).body.values;
      expect(short).to.have.length(some.length);
      const values = Array.from({ length: 12_000 }, (_, row) => some[row % some.length]);
      const expected = values.map((_, row) => short[row % some.length]);
      expect((await engine.score(id, { fields, values })).body.values).to.deep.equal(expected);
      const tables = [values, [], some].map((rows) => ({ fields, values: rows }));
      const { body } = await engine.score(id, { input_data: tables });
      expect(body.predictions.map((table) => table.values)).to.deep.equal([expected, [], short]);
    });
  }

  for (const id of ['wrapped', 'expression', 'coin', 'loans']) {
    it(`and long feedback are logged as short ones are: ${id}`, async () => {
      const { example, label } = engine.engine.catalogue.get(id)?.file ?? expect.fail();
      const { fields, values: some } = example as Example;
      const many = Array.from({ length: 12_000 }, (_, row) => some[row % some.length] as unknown[]);
      const outcome = label.classes?.[0] ?? 0.5;
      const post = (operation: string, body: unknown, scoringId: string) =>
        engine.request(`/v1/deployments/${id}/${operation}`, {
          method: 'POST',
          body,
          headers: { 'X-Scoring-Id': scoringId },
        });
      const labelled = { fields: [...fields, label.name], values: many.map((row) => [...row, outcome]) };
      expect(JSON.stringify(labelled).length).to.be.greaterThan(LONG_BODY);
      const feedback = await post('feedback', labelled, 'long');
      expect([feedback.status, feedback.body]).to.deep.equal([200, { scoring_id: 'long', rows: 12_000 }]);
      const scored = await post('predictions', { fields, values: many }, 'long');
      expect(scored.status).to.equal(200);
      const records = [];
      for await (const { record } of readRecords(spool, [])) if (record.deployment === id) records.push(record);
      const [own, payload] = [
        records.find(({ kind }) => kind === 'feedback'),
        records.find(({ response }) => response),
      ];
      expect(own?.request).to.deep.equal(labelled);
      expect(payload?.request).to.deep.equal({ fields, values: many });
      expect(payload?.response?.values).to.deep.equal(scored.body.values);
      // What is wrong with it is found where it is, too, and the model is not asked.
      const calls = upstream.requests.length;
      const unlabelled = await post('feedback', { fields, values: many }, 'none');
      expect(unlabelled.error?.message).to.equal(
        `fields: feedback needs the label column ${JSON.stringify(label.name)}.`,
      );
      const wrong = { ...labelled, values: [...labelled.values.slice(1), [...(some[0] as unknown[]), [null]]] };
      const refused = await post('feedback', wrong, 'wrong');
      expect([refused.status, refused.error?.code]).to.deep.equal([400, 'invalid_value']);
      expect(upstream.requests).to.have.length(calls);
    });
  }

  it('is logged with its rows and the calls of its upstream', async () => {
    const line = await findLogLine(engine, await engine.score('wrapped', toXs(...MANY)));
    expect(line).to.include({ deployment: 'wrapped', rows: MANY.length, target_calls: 17, status: 200 });
  });

  it('has its table checked, and names the place of what is wrong', async () => {
    const { status, error } = await engine.score('wrapped', { input_data: [toXs(0.5), toXs(...MANY, 1, NaN)] });
    expect([status, error?.code]).to.deep.equal([400, 'invalid_value']);
    expect(error?.message).to.match(/^input_data\[1\]\.values\[16385\]\[0\]: /);
  });

  it('fails as a short one does if the upstream fails, and tells the log why', async () => {
    upstream.behave(fails(500));
    const [short, long] = [await engine.score('wrapped', toXs(0.5)), await engine.score('wrapped', toXs(...MANY))];
    expect([long.status, long.error?.code]).to.deep.equal([short.status, short.error?.code]);
    expect(long.error?.message).to.equal(short.error?.message);
    const toCause = async (reply: typeof long) => String((await findLogLine(engine, reply))['cause']).split('\n')[0];
    expect(await toCause(long)).to.equal(await toCause(short));
  });

  it('fails if its upstream fails in the middle of it', async () => {
    let calls = 0;
    const tires: Behaviour = (request, response) =>
      (calls += 1) > 3 ? fails(400)(request, response) : good(request, response);
    upstream.behave(tires);
    expect((await engine.score('wrapped', toXs(...MANY))).status).to.equal(502);
    upstream.behave(good);
    expect((await engine.score('wrapped', toXs(...MANY))).status).to.equal(200);
  });

  it('fails if its rows cannot be prepared', async () => {
    const { folder, remove: removeOther } = await makeDeploymentsFolder('', []);
    const request = '$count(values) > 1 ? $error("no") : {"values": values}';
    await writeRemote(folder, 'picky', { url: upstream.url, request, ready_interval: 600_000 });
    const other = await startTestEngine({ ENGINE_DEPLOYMENTS: folder });
    try {
      expect((await other.score('picky', toXs(0.5))).status).to.equal(200);
      const { status, error } = await other.score('picky', toXs(0.5, 2));
      expect([status, error?.code]).to.deep.equal([500, 'model_failed']);
      const line = other.log.find((one) => one['status'] === 500);
      expect(line?.['cause']).to.match(/^ExpressionError: /);
      expect((await other.score('picky', toXs(0.5))).status).to.equal(200);
      expect(other.engine.threads?.preparing.threads).to.have.length(1);
    } finally {
      await other.stop();
      await removeOther();
    }
  });

  it('waits for its upstream without keeping the thread from others', async () => {
    const held = hold();
    upstream.behave(held);
    const waiting = engine.score('wrapped', toXs(...MANY));
    await until('the upstream is called', () => upstream.inProgress > 0);
    expect((await engine.score('coin', toXs(...MANY))).status).to.equal(200);
    held.release();
    expect((await waiting).status).to.equal(200);
  });

  it('is interrupted if the thread dies, and leaves no call behind: the next one has another thread', async () => {
    const held = hold();
    upstream.behave(held);
    const waiting = engine.score('narrow', toXs(...MANY));
    await until('the upstream is called', () => upstream.inProgress > 0);
    await engine.engine.threads?.preparing.threads[0]?.terminate();
    const { status, error } = await waiting;
    expect([status, error?.code]).to.deep.equal([503, 'interrupted']);
    held.release();
    await until('the call of the upstream is over', () => upstream.inProgress === 0);
    expect((await engine.score('narrow', toXs(...MANY))).status).to.equal(200);
  });

  it('ends its calls of the upstream when its caller is gone', async () => {
    upstream.behave(hold());
    const gone = new AbortController();
    const call = fetch(`${engine.url}/v1/deployments/wrapped/online`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(toXs(...MANY)),
      signal: gone.signal,
    }).catch(() => undefined);
    await until('the upstream is called', () => upstream.inProgress > 0);
    gone.abort();
    await call;
    await until('the upstream has no call', () => upstream.inProgress === 0);
    await until('the thread is free', () => engine.engine.threads?.preparing.underWay === 0);
  });

  it('may be short if the request to its upstream is an expression, which may take long', async () => {
    const [before, { requests }] = [upstream.requests.length, upstream];
    const slow = '{"values": values, "sum": $sum([1..100000])}';
    const { folder, remove: removeOther } = await makeDeploymentsFolder('', []);
    await writeRemote(folder, 'slow', { url: upstream.url, request: slow, ready_interval: 600_000 });
    const other = await startTestEngine({ ENGINE_DEPLOYMENTS: folder });
    try {
      expect((await other.score('slow', toXs(0.25))).body.values).to.deep.equal(toAnswered(0.25));
      expect(requests.slice(before).map(({ body }) => (JSON.parse(body) as { sum: number }).sum)).to.include(
        5000050000,
      );
      expect(other.engine.threads?.preparing.threads).to.have.length(1);
    } finally {
      await other.stop();
      await removeOther();
    }
  });
});
