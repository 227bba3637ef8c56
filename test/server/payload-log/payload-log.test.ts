/** The two operations that log, over HTTP, with a file as their sink. */
import { expect } from 'chai';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoggedRecord } from '../../../records/sink.ts';
import {
  makeDeploymentsFolder,
  SAMPLES,
  startTestEngine,
  type JsonReply,
  type TestEngine,
} from '../../support/engine.ts';
import { fails, says } from '../../support/behaviours.ts';
import { HttpDouble } from '../../support/http-double.ts';
import { SpoolFolders } from '../../support/spool.ts';
import { fetchMetrics } from '../../support/metrics.ts';
import { until } from '../../support/until.ts';

const FIELDS = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'];
const TABLE = { fields: FIELDS, values: [[5.1, 3.5, 1.4, 0.2]] };
const META = { fields: ['customer', 'sex'], values: [['canary-8675309', 'f']] };
const FEEDBACK = { fields: [...FIELDS, 'species'], values: [[5.1, 3.5, 1.4, 0.2, 'setosa']] };

describe('a logged request', () => {
  const folders = new SpoolFolders();
  let engine: TestEngine | undefined;
  let remove: () => Promise<void> = () => Promise.resolve();
  let folder: string;
  afterEach(async () => {
    await engine?.stop();
    engine = undefined;
    await remove();
    await folders.clear();
  });

  /** Starts an engine that logs what its deployments say. */
  const start = async (
    settings: object = {},
    payload_log?: object,
    environment: Record<string, string> = {},
  ): Promise<TestEngine> => {
    folder = await folders.make();
    const deployments = await makeDeploymentsFolder(SAMPLES, ['iris']);
    remove = deployments.remove;
    const path = join(deployments.folder, 'iris', 'deployment.json');
    const file = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...file, ...(payload_log && { payload_log }) }));
    const sinks = [{ type: 'file', path: 'out/records.jsonl', first_wait: 1, longest_wait: 5 }];
    await writeFile(join(folder, 'log.json'), JSON.stringify({ folder: 'spool', sinks, ...settings }));
    const all = {
      ENGINE_DEPLOYMENTS: deployments.folder,
      ENGINE_PAYLOAD_LOG: join(folder, 'log.json'),
      ...environment,
    };
    return (engine = await startTestEngine(all));
  };
  const post = (operation: string, body: unknown, headers: Record<string, string> = {}): Promise<JsonReply> =>
    (engine as TestEngine).request(`/v1/deployments/iris/${operation}`, { method: 'POST', body, headers });
  const readSent = async (): Promise<LoggedRecord[]> => {
    const text = await readFile(join(folder, 'out', 'records.jsonl'), 'utf8').catch(() => '');
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as LoggedRecord);
  };
  const receive = async (count: number): Promise<LoggedRecord[]> => {
    await until(`${count} records arrive`, async () => (await readSent()).length >= count);
    return readSent();
  };

  it('has the answer of one that is not, and arrives with it, its attributes and its user', async () => {
    await start();
    const body = { ...TABLE, meta: META };
    const before = Date.now();
    const logged = await post('predictions', body, { 'X-User-Id': 'agent 47' });
    const online = await post('online', body);
    expect(logged.status).to.equal(200);
    expect(logged.text).to.equal(online.text);
    const id = logged.headers.get('x-scoring-id');
    expect(id).to.match(/^[0-9a-f-]{36}$/);
    expect(online.headers.get('x-scoring-id')).to.equal(null);
    const [record] = await receive(1);
    const { fields, values } = logged.body;
    expect(record).to.deep.include({ kind: 'payload', deployment: 'iris', scoringId: id, userId: 'agent 47' });
    expect(record?.request).to.deep.equal({ ...TABLE, meta: META });
    expect(record?.response).to.deep.equal({ fields, values });
    expect(record?.assetRevision)
      .to.match(/^[0-9a-f]{12}$/)
      .and.equal(logged.headers.get('x-deployment-version'))
      .and.equal(online.headers.get('x-deployment-version'));
    expect(Date.parse(record?.timestamp ?? '')).to.be.within(before, Date.now());
    expect(record?.responseTime).to.satisfy(Number.isInteger);
    // Only what was posted to …/predictions.
    await post('predictions', TABLE, { 'X-Scoring-Id': 'last' });
    expect((await receive(2)).map(({ scoringId }) => scoringId)).to.deep.equal([id, 'last']);
  });

  it('is sent once under the id that its caller chose, however often it comes', async () => {
    await start();
    for (let time = 0; time < 3; time++) {
      const reply = await post('predictions', TABLE, { 'X-Scoring-Id': 'order-1' });
      expect([reply.status, reply.headers.get('x-scoring-id')]).to.deep.equal([200, 'order-1']);
    }
    await post('feedback', FEEDBACK, { 'X-Scoring-Id': 'order-1' });
    const records = await receive(2);
    expect(records.map(({ kind, scoringId }) => [kind, scoringId])).to.deep.equal([
      ['payload', 'order-1'],
      ['feedback', 'order-1'],
    ]);
  });

  it('is a record per table of an envelope', async () => {
    await start();
    const body = { input_data: [TABLE, { ...TABLE, meta: META }] };
    const reply = await post('predictions', body, { 'X-Scoring-Id': 'e' });
    expect(reply.body.predictions).to.have.length(2);
    const records = await receive(2);
    expect(records.map(({ scoringId }) => scoringId)).to.deep.equal(['e', 'e~2']);
    expect(records.map(({ request }) => request.meta !== undefined)).to.deep.equal([false, true]);
    const { fields, values } = reply.body.predictions[1] ?? {};
    expect(records[1]?.response).to.deep.equal({ fields, values });
  });

  it('has ids that no caller can choose for the further tables, so that none is taken for another', async () => {
    await start();
    await post('predictions', { input_data: [TABLE, TABLE, TABLE] }, { 'X-Scoring-Id': 'e' });
    const ids = (await receive(3)).map(({ scoringId }) => scoringId);
    for (const id of ids.slice(1))
      expect((await post('predictions', TABLE, { 'X-Scoring-Id': id })).status, id).to.equal(400);
    for (const id of ['e.2', 'e-2', 'e:2', 'e_2'])
      expect((await post('predictions', TABLE, { 'X-Scoring-Id': id })).status, id).to.equal(200);
    expect(await receive(7)).to.have.length(7);
  });

  it('is no record where there are no rows', async () => {
    await start();
    const empty = { ...TABLE, values: [] };
    const reply = await post('predictions', empty, { 'X-Scoring-Id': 'empty' });
    expect([reply.status, reply.headers.get('x-scoring-id'), reply.body.values]).to.deep.equal([200, 'empty', []]);
    await post('predictions', { input_data: [empty, TABLE, empty] }, { 'X-Scoring-Id': 'e' });
    await post('predictions', TABLE, { 'X-Scoring-Id': 'last' });
    expect((await receive(2)).map(({ scoringId }) => scoringId)).to.deep.equal(['e~2', 'last']);
  });

  it('may be long, and is then written by the thread that scored it', async () => {
    await start();
    const values = Array.from({ length: 5000 }, () => TABLE.values[0]);
    const reply = await post('predictions', { ...TABLE, values }, { 'X-Scoring-Id': 'long' });
    expect([reply.status, reply.headers.get('x-scoring-id')]).to.deep.equal([200, 'long']);
    expect(engine?.engine.threads?.scoring.threads).to.have.length.above(0);
    const [record] = await receive(1);
    expect(record?.response?.values).to.deep.equal(reply.body.values);
  });

  it('has no column that is redacted, neither in the table nor in attributes nor in the answer', async () => {
    await start({}, { redact: ['customer', 'sepal_width', 'note'] });
    const body = { fields: [...FIELDS, 'note'], values: [[5.1, 3.5, 1.4, 0.2, 'secret']], meta: META };
    await post('predictions', body);
    await post('feedback', { ...FEEDBACK, meta: META });
    const [payload, feedback] = await receive(2);
    expect(payload?.request).to.deep.equal({
      fields: ['sepal_length', 'petal_length', 'petal_width'],
      values: [[5.1, 1.4, 0.2]],
      meta: { fields: ['sex'], values: [['f']] },
    });
    expect(payload?.response?.fields.slice(0, 4)).to.deep.equal(['sepal_length', 'petal_length', 'petal_width', 'sex']);
    expect(feedback?.request.fields).to.deep.equal(['sepal_length', 'petal_length', 'petal_width', 'species']);
    expect(JSON.stringify([payload, feedback])).to.not.match(/canary|secret|3\.5/);
    // Nor has the log of the engine any value.
    expect(JSON.stringify(engine?.log)).to.not.match(/canary|secret|setosa/);
  });

  it('of feedback has the rows with their labels, in the order of the request', async () => {
    await start();
    const body = {
      fields: ['species', ...FIELDS],
      values: [
        ['setosa', 5.1, 3.5, 1.4, 0.2],
        ['virginica', 6.7, 3, 5.2, 2.3],
      ],
    };
    const reply = await post('feedback', body, { 'X-Scoring-Id': 'f' });
    expect(reply.body).to.deep.equal({ scoring_id: 'f', rows: 2 });
    const [record] = await receive(1);
    expect(record?.request).to.deep.equal(body);
    expect(record).to.not.have.property('response');
  });

  const wrong: [string, string, number, unknown, string, RegExp][] = [
    ['feedback', 'has no label', 400, TABLE, 'missing_fields', /^fields: feedback needs the label column "species"\.$/],
    [
      'feedback',
      'has a label that is no class',
      400,
      { ...FEEDBACK, values: [[1, 1, 1, 1, 'rose']] },
      'invalid_value',
      /^values\[0\]\[4\]: column "species": expected one of the 3 classes/,
    ],
    [
      'feedback',
      'has a label of another type',
      400,
      { ...FEEDBACK, values: [[1, 1, 1, 1, 7]] },
      'invalid_value',
      /^values\[0\]\[4\]: column "species": expected a string/,
    ],
    ['feedback', 'has no rows', 400, { ...FEEDBACK, values: [] }, 'invalid_body', /^values: expected at least 1/],
    ['feedback', 'is an envelope', 400, { input_data: [FEEDBACK] }, 'invalid_body', /^body: expected the key fields/],
    ['feedback', 'is no object', 400, [1], 'invalid_body', /^body: expected an object/],
    [
      'feedback',
      'has too many rows',
      413,
      { ...FEEDBACK, values: new Array(6).fill(FEEDBACK.values[0]) },
      'too_many_rows',
      /6 rows/,
    ],
    ['predictions', 'lacks a column', 400, { fields: ['petal_length'], values: [[1]] }, 'missing_fields', /^fields: /],
    [
      'predictions',
      'has too many rows',
      413,
      { ...TABLE, values: new Array(6).fill(TABLE.values[0]) },
      'too_many_rows',
      /6 rows/,
    ],
  ];
  it('is not logged if it is rejected', async () => {
    await start({}, undefined, { ENGINE_MAX_ROWS: '5' });
    for (const [operation, what, status, body, code, message] of wrong) {
      const { status: actual, error } = await post(operation, body);
      expect([actual, error?.code], `${operation} that ${what}`).to.deep.equal([status, code]);
      expect(error?.message).to.match(message);
    }
    for (const name of ['X-Scoring-Id', 'X-User-Id']) {
      for (const value of ['ä', 'x'.repeat(300), ' ']) {
        const { status, error } = await post('predictions', TABLE, { [name]: value === 'ä' ? 'a\tb' : value });
        // Blanks around a header are no part of it, and an empty one is no id.
        expect([status, error?.target], value).to.deep.equal([400, { type: 'header', name }]);
        expect(error?.code).to.equal('malformed_request');
      }
    }
    await post('predictions', TABLE, { 'X-Scoring-Id': 'last' });
    expect((await receive(1)).map(({ scoringId }) => scoringId)).to.deep.equal(['last']);
  });

  it('is not there for a deployment whose requests are not logged', async () => {
    const cases: [object, object | undefined, boolean][] = [
      [{ deployments: 'all' }, undefined, true],
      [{ deployments: 'all' }, { enabled: false }, false],
      [{ deployments: 'chosen' }, undefined, false],
      [{ deployments: 'chosen' }, { redact: ['sex'] }, false],
      [{ deployments: 'chosen' }, { enabled: true }, true],
    ];
    for (const [settings, own, isLogged] of cases) {
      await start(settings, own);
      for (const [operation, body] of [
        ['predictions', TABLE],
        ['feedback', FEEDBACK],
      ] as const) {
        const { status, error } = await post(operation, body);
        expect([status, error?.code], JSON.stringify([settings, own])).to.deep.equal(
          isLogged ? [200, undefined] : [404, 'logging_off'],
        );
      }
      await engine?.stop();
    }
  });

  it('is not there without settings, even if a deployment asks for it', async () => {
    await start({}, { enabled: true }, { ENGINE_PAYLOAD_LOG: '' });
    for (const [operation, body] of [
      ['predictions', TABLE],
      ['feedback', FEEDBACK],
    ] as const)
      expect((await post(operation, body)).error?.code).to.equal('logging_off');
    expect((await post('online', TABLE)).status).to.equal(200);
  });

  it('is answered 503 while the log is full, and online requests are answered', async () => {
    // Without a sink, nothing leaves the spool.
    await start({ max_bytes: 65_536, sinks: [] });
    const values = new Array(100).fill(TABLE.values[0]);
    let reply = await post('predictions', { ...TABLE, values });
    while (reply.status === 200) reply = await post('predictions', { ...TABLE, values });
    expect([reply.status, reply.error?.code]).to.deep.equal([503, 'not_logged']);
    expect(reply.error?.message).to.contain('is full');
    expect(reply.headers.get('retry-after')).to.equal('1');
    expect((await post('online', { ...TABLE, values })).status).to.equal(200);
  });

  it('is answered 503 while the log cannot be written, and no other way', async () => {
    await start();
    const segments = join(folder, 'spool', 'segments');
    await rename(segments, `${segments}-away`);
    await writeFile(segments, '');
    const reply = await post('predictions', TABLE);
    expect([reply.status, reply.error?.code]).to.deep.equal([503, 'not_logged']);
    expect(reply.error?.message).to.contain('cannot be written').and.to.not.contain(folder);
    await rm(segments);
    await mkdir(segments);
    expect((await post('predictions', TABLE, { 'X-Scoring-Id': 'again' })).status).to.equal(200);
    expect((await receive(1)).map(({ scoringId }) => scoringId)).to.deep.equal(['again']);
  });

  it('waits for no sink, and its engine stops while one fails', async () => {
    await start();
    await mkdir(join(folder, 'out', 'records.jsonl'), { recursive: true });
    expect((await post('predictions', TABLE)).status).to.equal(200);
    await until(
      'the sink has failed',
      () => engine?.log.some(({ msg }) => msg === 'payload log: delivery failed') ?? false,
    );
    await engine?.stop();
    expect(engine?.log.at(-1)?.msg).to.equal('stopped');
  });

  it('leaves lines in the log when it is rejected, when its sink fails, recovers, and when another engine has the folder', async () => {
    const double = await HttpDouble.start(says(''));
    double.behaveNext(fails(503), fails(422));
    let other: TestEngine | undefined;
    const hasLine = (of: TestEngine | undefined, text: string) =>
      of?.log.some(({ msg }) => msg.includes(text)) ?? false;
    try {
      await start({ sinks: [{ type: 'http', url: double.url, retries: 0, first_wait: 1, longest_wait: 1 }] });
      await post('predictions', TABLE, { 'X-Scoring-Id': 'bad' });
      await until('it is rejected', () => hasLine(engine, 'rejected'));
      expect(engine?.log.find(({ msg }) => msg.includes('rejected'))).to.include({ sink: 'http', scoring_id: 'bad' });
      double.behaveNext(fails(503));
      await post('predictions', TABLE);
      await until('its sink recovers', () => hasLine(engine, 'works again'));
      const fetchPage = () => fetchMetrics(engine?.url ?? '');
      let page = await fetchPage();
      const read = (name: string) => page.sum(`payload_log_${name}`, { sink: 'http' });
      await until('it is delivered, and that is noted', async () => {
        page = await fetchPage();
        return read('delivered_records_total') === 1 && read('pending_records') === 0;
      });
      expect(read('failures_total')).to.be.greaterThan(0);
      expect([read('rejected_records_total'), read('dead_letters')]).to.deep.equal([1, 1]);
      expect(read('oldest_pending_age_seconds')).to.equal(0);
      expect(page.sum('payload_log_dropped_records_total')).to.equal(0);
      expect(page.sum('payload_log_spool_bytes')).to.be.within(1, page.sum('payload_log_spool_max_bytes') ?? 0);
      other = await startTestEngine({ ENGINE_PAYLOAD_LOG: join(folder, 'log.json') });
      await until('the other engine waits', () => hasLine(other, 'another process'));
      await engine?.stop();
      await until('the other engine sends', () => hasLine(other, 'payload log: sending'));
    } finally {
      await other?.stop();
      await double.close();
    }
  });

  it('is not sent, and the log says why, with a sink that cannot be opened', async () => {
    const authentication = { type: 'bearer', token: { variable: 'NO_SUCH_TOKEN' } };
    await start({ sinks: [{ type: 'http', url: 'http://127.0.0.1:9', authentication }] });
    await until(
      'the log says so',
      () => engine?.log.some(({ cause }) => String(cause).includes('NO_SUCH_TOKEN')) ?? false,
    );
    expect((await post('predictions', TABLE)).status).to.equal(200);
  });
});
