import { expect } from 'chai';
import { type LogLine, SAMPLE_IDS, startTestEngine, type TestEngine } from '../../support/engine.ts';
import { IRIS } from '../../support/healthy.ts';
import { findLogLine } from '../../support/log-line.ts';
import { sendRaw } from '../../support/raw.ts';

describe('the log', () => {
  let engine: TestEngine;
  before(async () => (engine = await startTestEngine({ ENGINE_MAX_ROWS: '2' })));
  after(() => engine.stop());

  const toLine = async (path: string, options: Parameters<TestEngine['request']>[1] = {}) =>
    findLogLine(engine, await engine.request(path, options));
  const score = (body: unknown, id = 'iris') => toLine(`/v1/deployments/${id}/online`, { method: 'POST', body });
  const readVersion = async () => (await engine.request('/v1/deployments/iris')).body.metadata.version;
  /** What a line says, apart from what differs from one request to the next. */
  const toFacts = ({ id, time, ms, client, ...facts }: LogLine) => {
    expect(client).to.equal('127.0.0.1');
    expect(id).to.be.a('string');
    expect(new Date(time as string).toISOString()).to.equal(time);
    expect(ms).to.be.a('number').within(0, 10_000);
    return facts;
  };

  it('says where the engine listens and what it serves', () => {
    const served = engine.log.filter(({ msg }) => msg === 'deployment served').map(({ deployment }) => deployment);
    expect(served).to.have.members([...SAMPLE_IDS]);
    expect(engine.log.find(({ msg }) => msg === 'listening')).to.include({
      url: engine.url,
      deployments: SAMPLE_IDS.length,
    });
  });

  it('has a line a request, with the operation, the deployment, the rows, the status and the time', async () => {
    const version = await readVersion();
    const before = engine.log.length;
    const request = { level: 'info', msg: 'request' };
    expect(toFacts(await toLine('/v1/deployments'))).to.deep.equal({
      ...request,
      operation: 'listDeployments',
      status: 200,
    });
    expect(toFacts(await toLine('/v1/deployments/iris'))).to.deep.equal({
      ...request,
      operation: 'getDeployment',
      deployment: 'iris',
      status: 200,
    });
    expect(toFacts(await score({ input_data: [IRIS, IRIS] }))).to.deep.equal({
      ...request,
      operation: 'scoreDeployment',
      deployment: 'iris',
      version,
      rows: 2,
      status: 200,
    });
    expect(engine.log).to.have.length(before + 3);
  });

  it('has the code of a failure', async () => {
    const facts = { level: 'info', msg: 'request', operation: 'scoreDeployment' };
    const table = { ...IRIS, values: [...IRIS.values, ...IRIS.values, ...IRIS.values] };
    expect(toFacts(await score(table))).to.deep.equal({
      ...facts,
      deployment: 'iris',
      version: await readVersion(),
      rows: 3,
      status: 413,
      code: 'too_many_rows',
    });
    expect(toFacts(await score('{'))).to.deep.equal({ ...facts, status: 400, code: 'malformed_json' });
    expect(toFacts(await toLine('/nowhere'))).to.deep.equal({
      level: 'info',
      msg: 'request',
      status: 404,
      code: 'not_found',
    });
  });

  it('has one line for what is no request', async () => {
    const before = engine.log.length;
    const line = await findLogLine(engine, await sendRaw(engine.url, 'garbage\r\n\r\n'));
    expect(line).to.include({ level: 'info', status: 400, code: 'malformed_request' });
    expect(engine.log).to.have.length(before + 1);
  });

  it('is about probes only where it is asked to be verbose', async () => {
    expect(await toLine('/health/live')).to.include({ level: 'debug', status: 200 });
    expect(await toLine('/health/ready')).to.include({ level: 'debug', status: 200 });
  });

  it('has no value of a table, no name of a column and no id that is not served', async () => {
    const DATA = 'canary8675309';
    const cells = [...(IRIS.values[0] as number[]), DATA];
    const table = { fields: [...IRIS.fields, DATA], values: [cells] };
    for (const body of [
      table,
      { ...table, meta: { fields: [DATA], values: [[DATA]] } },
      { ...table, values: [[DATA, ...cells.slice(1)]] },
      { ...table, values: [[DATA]] },
      { fields: [DATA], values: [[DATA]] },
      { fields: [DATA, DATA], values: [] },
      `${DATA}{`,
      JSON.stringify(JSON.stringify(table)),
    ])
      await score(body);
    await score(table, DATA);
    await toLine(`/v1/deployments/${DATA}`);
    await toLine(`/${DATA}?${DATA}=${DATA}`, { headers: { Cookie: DATA, 'X-Request-Id': `<${DATA}>` } });
    expect(JSON.stringify(engine.log)).to.not.contain(DATA).and.not.contain('8675309');
  });
});
