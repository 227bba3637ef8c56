import { expect } from 'chai';
import { startTestEngine, type TestEngine } from '../../support/engine.ts';
import { findLogLine } from '../../support/log-line.ts';

const HEADERS = ['X-Request-Id', 'X-Global-Transaction-Id'] as const;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe("a request's id", () => {
  let engine: TestEngine;
  before(async () => (engine = await startTestEngine()));
  after(() => engine.stop());

  /** The id that comes back, under both names. */
  const getId = async (headers: Record<string, string>, path = '/v1/deployments') => {
    const reply = await engine.request(path, { headers });
    const ids = HEADERS.map((name) => reply.headers.get(name));
    expect(ids[0]).to.equal(ids[1]);
    return ids[0] as string;
  };

  for (const name of HEADERS) {
    it(`is that of ${name}`, async () => {
      for (const id of ['a', 'request-1', '0190-af.b_c:D', 'x'.repeat(128)])
        expect(await getId({ [name]: id })).to.equal(id);
    });

    it(`is a new one where ${name} is malformed`, async () => {
      for (const id of ['', 'a b', 'x'.repeat(129), '<script>', 'a,b', '{"a":1}', 'café']) {
        expect(await getId({ [name]: id })).to.match(UUID);
      }
    });
  }

  it('is that of X-Request-Id where both are sent, and of the other where it is malformed', async () => {
    expect(await getId({ 'X-Request-Id': 'one', 'X-Global-Transaction-Id': 'two' })).to.equal('one');
    expect(await getId({ 'X-Request-Id': 'o n e', 'X-Global-Transaction-Id': 'two' })).to.equal('two');
  });

  it('is a new one each time where none is sent', async () => {
    const [one, two] = [await getId({}), await getId({})];
    expect([one, two]).to.satisfy((ids: string[]) => ids.every((id) => UUID.test(id)));
    expect(one).to.not.equal(two);
  });

  it('is the trace of an error and in the log', async () => {
    const { body } = await engine.request('/v1/deployments/unknown', { headers: { 'X-Request-Id': 'traced' } });
    expect(body.trace).to.equal('traced');
    expect(await findLogLine(engine, 'traced')).to.include({ status: 404 });
  });

  it('is sent back by health and for paths that are not there', async () => {
    expect(await getId({ 'X-Request-Id': 'healthy' }, '/health/live')).to.equal('healthy');
    expect(await getId({ 'X-Request-Id': 'nowhere' }, '/nowhere')).to.equal('nowhere');
  });
});
