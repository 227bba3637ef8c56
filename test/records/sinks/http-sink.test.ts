import { expect } from 'chai';
import type { CloudEvent } from '../../../records/cloud-event.ts';
import type { Sink, SinkError } from '../../../records/sink.ts';
import { httpSink } from '../../../records/sinks/http-sink.ts';
import { fails, says, SECRET_WORD, silent } from '../../support/behaviours.ts';
import { HttpDouble, type Behaviour } from '../../support/http-double.ts';
import { makeRecord } from '../../support/logged-record.ts';
import { setVariables } from '../../support/set-variables.ts';

describe('the sink http', () => {
  let double: HttpDouble;
  let close: () => unknown = () => undefined;
  const start = async (behaviour: Behaviour, settings: object = {}): Promise<Sink> => {
    double = await HttpDouble.start(behaviour);
    close = () => double.close();
    return httpSink.open(httpSink.schema.parse({ url: `${double.url}/events`, ...settings }), 'http');
  };
  afterEach(() => close());
  const signal = new AbortController().signal;
  const catchError = (work: Promise<void>) =>
    work.then(
      () => undefined,
      (error: unknown) => error as SinkError,
    );

  it('posts a batch of events of CloudEvents 1.0', async () => {
    const sink = await start(says('', {}, 202));
    const feedback = makeRecord('b', { kind: 'feedback' });
    await sink.send([makeRecord('a'), feedback], signal);
    const [request] = double.requests;
    expect(request).to.include({ method: 'POST', path: '/events' });
    expect(request?.headers['content-type']).to.equal('application/cloudevents-batch+json; charset=utf-8');
    const events = JSON.parse(request?.body ?? '') as CloudEvent[];
    const { kind: _, ...data } = makeRecord('a');
    expect(events[0]).to.deep.equal({
      specversion: '1.0',
      id: 'a',
      source: 'urn:custom-ml-engine/v1/deployments/iris',
      type: 'org.custom-ml-engine.payload.v1',
      subject: 'iris',
      time: '2026-11-26T12:00:00.000Z',
      datacontenttype: 'application/json',
      data,
    });
    expect(events[1]?.type).to.equal('org.custom-ml-engine.feedback.v1');
  });

  it('posts no event again that was acknowledged before a later one failed', async () => {
    let isBroken = true;
    const sink = await start(
      (request, response) => {
        const isBad = isBroken && (JSON.parse(request.body) as CloudEvent).id === 'b';
        return (isBad ? fails(503) : says(''))(request, response);
      },
      { mode: 'single', retries: 0 },
    );
    const records = [makeRecord('a'), makeRecord('b'), makeRecord('c')];
    expect((await catchError(sink.send(records, signal)))?.isPermanent).to.equal(false);
    // The caller may split the batch.
    await sink.send([makeRecord('a')], signal);
    isBroken = false;
    await sink.send(records.slice(1), signal);
    const posted = () => double.requests.map(({ body }) => (JSON.parse(body) as CloudEvent).id);
    expect(posted()).to.deep.equal(['a', 'b', 'b', 'c']);
    await sink.send([makeRecord('a')], signal);
    expect(posted(), 'nothing is remembered for ever').to.have.length(5);
  });

  it('posts one event per request where a server takes no batches, with credentials and a source', async () => {
    const restore = setVariables({ SINK_TOKEN: 'token' });
    try {
      const sink = await start(says(''), {
        mode: 'single',
        source: 'https://engine.example.com/base',
        authentication: { type: 'bearer', token: { variable: 'SINK_TOKEN' } },
      });
      await sink.send([makeRecord('a'), makeRecord('b')], signal);
    } finally {
      restore();
    }
    expect(double.requests.map(({ headers }) => headers['content-type'])).to.deep.equal(
      new Array(2).fill('application/cloudevents+json; charset=utf-8'),
    );
    expect(double.requests.map(({ headers }) => headers.authorization)).to.deep.equal(
      new Array(2).fill('Bearer token'),
    );
    const event = JSON.parse(double.requests[1]?.body ?? '') as CloudEvent;
    expect(event).to.include({ id: 'b', source: 'https://engine.example.com/base/v1/deployments/iris' });
  });

  it('cannot be opened without its secret', async () => {
    const authentication = { type: 'bearer', token: { variable: 'NO_SUCH_TOKEN' } };
    const error = await start(says(''), { authentication }).catch(String);
    expect(error).to.match(/^Error: http\.authentication\.token\.variable: expected a variable that is set/);
  });

  for (const status of [400, 413, 415, 422])
    it(`takes status ${status} for a fault of the records`, async () => {
      const error = await catchError((await start(fails(status))).send([makeRecord('a')], signal));
      expect(error).to.include({ name: 'SinkError', isPermanent: true });
      expect(error?.message).to.match(new RegExp(`^POST http://localhost:\\d+/events: status ${status}$`));
      expect(error?.message).to.not.contain(SECRET_WORD);
    });

  for (const status of [301, 401, 403, 404, 408, 409, 429, 500, 502, 503])
    it(`takes status ${status} for something that passes`, async () => {
      const error = await catchError((await start(fails(status), { retries: 0 })).send([makeRecord('a')], signal));
      expect(error).to.include({ name: 'SinkError', isPermanent: false });
    });

  it('says how long the server asks to wait', async () => {
    const sink = await start(fails(503, { 'retry-after': '7' }), { retries: 0 });
    expect(await catchError(sink.send([makeRecord('a')], signal))).to.include({ retryAfter: 7000 });
  });

  it('fails for now when the server does not answer, or is told to stop', async () => {
    const sink = await start(silent, { timeout: 50, retries: 0 });
    expect(await catchError(sink.send([makeRecord('a')], signal))).to.include({ isPermanent: false });
    const stopped = AbortSignal.abort();
    expect(await catchError(sink.send([makeRecord('a')], stopped))).to.include({ isPermanent: false });
  });
});
