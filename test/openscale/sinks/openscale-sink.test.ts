import { expect } from 'chai';
import { openScaleSink } from '../../../openscale/sinks/openscale-sink.ts';
import { toLine } from '../../../records/record-line.ts';
import { Sender } from '../../../records/sender.ts';
import { SinkError, type LoggedRecord, type Sink } from '../../../records/sink.ts';
import { OpenScaleDouble } from '../../openscale-double/openscale-double.ts';
import { catchError } from '../../support/deployment.ts';
import { subscribe } from '../../support/openscale-setup.ts';
import { SECRETS, toPlatforms } from '../../support/openscale.ts';
import { HttpDouble } from '../../support/http-double.ts';
import { SpoolFolders } from '../../support/spool.ts';
import { until } from '../../support/until.ts';
import { setVariables } from '../../support/set-variables.ts';

const never = new AbortController().signal;

/** A record of payload logging with some rows. */
const toRecord = (scoringId: string, others: Partial<LoggedRecord> = {}): LoggedRecord => ({
  kind: 'payload',
  deployment: 'loan',
  scoringId,
  timestamp: '2026-11-26T12:00:00.123Z',
  responseTime: 7,
  request: { fields: ['age', 'purpose'], values: [[33, 'car']] },
  response: { fields: ['prediction'], values: [['good']] },
  ...others,
});
const toFeedback = (scoringId: string, others: Partial<LoggedRecord> = {}): LoggedRecord => {
  const { response: _, ...rest } = toRecord(scoringId);
  const request = { fields: ['age', 'purpose', 'risk'], values: [[33, scoringId, 'good']] };
  return { ...rest, kind: 'feedback', request, ...others };
};

describe('the OpenScale sink', () => {
  let double: OpenScaleDouble;
  let sink: Sink;
  let reset: () => void;
  const open = (others: object = {}) =>
    openScaleSink.open(
      openScaleSink.schema.parse({
        url: double.url,
        authentication: toPlatforms(double.url)['IBM Cloud'],
        poll_interval: 1,
        ...others,
      }),
      'scale',
    );
  const start = async () => {
    double = await OpenScaleDouble.start();
    subscribe(double, ['loan', 'other']);
    sink = await open();
  };
  beforeEach(() => (reset = setVariables(SECRETS)));
  afterEach(async () => {
    reset();
    await double.close();
  });

  const ids = (type: 'payload_logging' | 'feedback') => double.records(type).map(({ id }) => id);
  const fail = (...records: LoggedRecord[]) => catchError(SinkError, () => sink.send(records, never));
  const posts = () => double.requests.filter(({ method }) => method === 'POST');

  it('sends one request per batch of a deployment, with everything that OpenScale has a field for', async () => {
    await start();
    expect(sink.name).to.equal('scale');
    const full = toRecord('b', {
      userId: 'ann',
      assetRevision: '3',
      request: {
        fields: ['age', 'purpose'],
        values: [
          [1, 'a'],
          [2, 'b'],
        ],
        meta: { fields: ['ref'], values: [['x'], ['y']] },
      },
      response: { fields: ['prediction'], values: [['good'], ['bad']] },
    });
    await sink.send([toRecord('a'), full], never);
    expect(posts()).to.have.length(1);
    expect(JSON.parse(posts()[0]?.body as string)).to.deep.equal([
      {
        scoring_id: 'a',
        scoring_timestamp: '2026-11-26T12:00:00.123Z',
        response_time: 7,
        request: { fields: ['age', 'purpose'], values: [[33, 'car']] },
        response: { fields: ['prediction'], values: [['good']] },
        multiple_records: true,
      },
      {
        scoring_id: 'b',
        scoring_timestamp: '2026-11-26T12:00:00.123Z',
        response_time: 7,
        request: full.request,
        response: full.response,
        multiple_records: true,
        user_id: 'ann',
        asset_revision: '3',
      },
    ]);
    expect(ids('payload_logging')).to.deep.equal(['a-1', 'b-1', 'b-2']);
  });

  it('waits until OpenScale has processed the records', async () => {
    await start();
    double.fail({ kind: 'status', status: 500 }, { method: 'GET', path: '/requests/' });
    await sink.send([toRecord('a')], never);
    expect(double.requests.filter(({ path }) => path.includes('/requests/'))).to.have.length(2);
  });

  it('keeps deployments and kinds apart, and looks for subscriptions once', async () => {
    await start();
    await sink.send([toRecord('a'), toRecord('b', { deployment: 'other' }), toFeedback('c')], never);
    await sink.send([toRecord('d')], never);
    expect(posts()).to.have.length(4);
    expect(double.requests.filter(({ path }) => path.endsWith('v2/subscriptions'))).to.have.length(2);
    expect(double.records('feedback').map(({ values }) => values)).to.deep.equal([
      { age: 33, purpose: 'c', risk: 'good' },
    ]);
  });

  it('replaces a record that comes again', async () => {
    await start();
    await sink.send([toRecord('a')], never);
    await sink.send([toRecord('a'), toRecord('b')], never);
    expect(ids('payload_logging')).to.deep.equal(['a-1', 'b-1']);
  });

  for (const [failure, retryAfter] of [
    [{ kind: 'status', status: 500 }, undefined],
    [{ kind: 'status', status: 403 }, undefined],
    [{ kind: 'status', status: 404 }, undefined],
    [{ kind: 'rate-limit', retryAfter: 600 }, 600_000],
    [{ kind: 'drop' }, undefined],
  ] as const) {
    it(`says that it is worth another try: ${JSON.stringify(failure)}`, async () => {
      await start();
      double.fail(failure, { method: 'POST', times: 100 });
      const error = await fail(toRecord('a'));
      expect([error.isPermanent, error.retryAfter]).to.deep.equal([false, retryAfter]);
      expect(error.message).to.match(/^payload of loan: (POST http\S+\/records: |circuit open)/);
      double.recover();
      await sink.send([toRecord('a')], never);
      expect(ids('payload_logging')).to.deep.equal(['a-1']);
    });
  }

  it('says that it is not worth another try when the records are at fault, without their values', async () => {
    await start();
    const { isPermanent, message } = await fail(
      toRecord('canary', { response: { fields: ['wrong'], values: [['canary']] } }),
    );
    expect(isPermanent).to.equal(true);
    expect(message)
      .to.match(/status 400, AIQDS0004E/)
      .and.not.contain('canary');
  });

  it('is permanently refused by the firewall unless strings are escaped as IBM’s client does', async () => {
    await start();
    const record = toRecord('a', { request: { fields: ['age', 'purpose'], values: [[33, '../x/ETC/hosts']] } });
    await sink.send([record], never);
    expect(double.records('payload_logging')[0]?.values['purpose']).to.equal('..\\/x\\/ETC\\/hosts');
    sink = await open({ sanitize: false });
    const error = await fail(record);
    expect([error.isPermanent, error.message]).to.satisfy(
      ([permanent, message]: [boolean, string]) => permanent && message.includes('status 403'),
    );
  });

  for (const kind of ['half', 'poll-error'] as const) {
    it(`is given records again that OpenScale accepted and did not store: ${kind}`, async () => {
      await start();
      double.fail({ kind }, { path: '/records' });
      const error = await fail(toRecord('a'), toRecord('b'));
      expect(error.isPermanent).to.equal(false);
      expect(error.message).to.equal('payload of loan: OpenScale accepted the records and then failed (AIQDS0001E)');
      // The caller may split the batch.
      await sink.send([toRecord('a')], never);
      await sink.send([toRecord('b')], never);
      expect(ids('payload_logging').sort()).to.deep.equal(['a-1', 'b-1']);
    });
  }

  it('asks for the end of an accepted request before it sends its records again', async () => {
    await start();
    double.fail({ kind: 'status', status: 400 }, { method: 'GET', path: '/requests/' });
    await fail(toFeedback('a'), toFeedback('b'));
    await sink.send([toFeedback('a'), toFeedback('b'), toFeedback('c')], never);
    expect(double.records('feedback').map(({ values }) => values['purpose'])).to.deep.equal(['a', 'b', 'c']);
  });

  it('sends records again when the accepted request has failed', async () => {
    await start();
    double.fail({ kind: 'poll-error' }, { path: '/records' });
    double.fail({ kind: 'status', status: 400 }, { method: 'GET', path: '/requests/' });
    await fail(toFeedback('a'));
    await sink.send([toFeedback('a')], never);
    expect(ids('feedback')).to.have.length(1);
  });

  it('does not send again what was acknowledged when another part of the batch failed', async () => {
    await start();
    double.fail({ kind: 'status', status: 500 }, { method: 'POST', every: 2 });
    await fail(toFeedback('a'), toRecord('b'));
    await sink.send([toFeedback('a'), toRecord('b')], never);
    expect([ids('feedback'), ids('payload_logging')].map(({ length }) => length)).to.deep.equal([1, 1]);
    await sink.send([toFeedback('a')], never);
    expect(ids('feedback'), 'nothing is remembered for ever').to.have.length(2);
  });

  it('finds a data set again that was replaced', async () => {
    await start();
    await sink.send([toRecord('a')], never);
    const { store } = double;
    for (const map of [store.providers, store.subscriptions, store.monitors, store.dataSets]) map.clear();
    subscribe(double, ['loan']);
    expect((await fail(toRecord('b'))).isPermanent).to.equal(false);
    await sink.send([toRecord('b')], never);
    expect(ids('payload_logging')).to.deep.equal(['b-1']);
  });

  it('names what has to be set up first, and tries again later', async () => {
    await start();
    for (const [record, message] of [
      [toRecord('a', { deployment: 'new' }), /^payload of new: there is no subscription; `custom-ml-engine register/],
      [toFeedback('a', { deployment: 'bare' }), /no feedback data set; the quality monitor makes one/],
      [
        toRecord('a', { deployment: 'twice' }),
        /several subscriptions, of which `subscriptions` must name one: \S+, \S/,
      ],
    ] as const) {
      if (record.deployment === 'bare') {
        double.store.providers.clear();
        subscribe(double, ['bare'], false);
      }
      if (record.deployment === 'twice') {
        for (let time = 0; time < 2; time++) {
          double.store.providers.clear();
          subscribe(double, ['twice']);
        }
      }
      const error = await fail(record);
      expect(error.message).to.match(message);
      expect(error.isPermanent).to.equal(false);
    }
  });

  it('has others sent although one record always fails, and although a deployment has no subscription', async () => {
    await start();
    double.fail({ kind: 'status', status: 500 }, { method: 'POST', body: '"bad"', times: Infinity });
    const folders = new SpoolFolders();
    const stop = new AbortController();
    let running: Promise<void> | undefined;
    try {
      const folder = await folders.make();
      const spool = await folders.open({ folder });
      const append = (record: LoggedRecord) => spool.append(toLine({ record }));
      await append(toRecord('bad'));
      await append(toRecord('lonely', { deployment: 'unknown' }));
      const good = Array.from({ length: 6 }, (_, index) => `good${index}`);
      for (const id of good) await append(toRecord(id));
      const rejected: string[] = [];
      const sender = await Sender.open({
        folder,
        sink,
        limits: { records: 100, bytes: 2 ** 20 },
        backoff: { first: 1, longest: 2 },
        giveUpAfter: 1,
        onEvent: (event) => event.type === 'rejected' && rejected.push(`${event.scoringId}: ${event.message}`),
      });
      running = sender.run(stop.signal);
      await until('the others are there', () => good.every((id) => ids('payload_logging').includes(`${id}-1`)));
      let more = 0;
      await until('both are given up', async () => {
        await append(toRecord(`more${more++}`));
        return rejected.length === 2;
      });
      const [bad, lonely] = rejected.sort();
      expect(bad).to.match(/^bad: payload of loan: POST \S+: status 500, .*; given up \(give_up_after: 1\), while /);
      expect(lonely).to.match(/^lonely: payload of unknown: there is no subscription; .*; given up /);
      expect(ids('payload_logging').filter((id) => /bad|lonely/.test(id))).to.deep.equal([]);
    } finally {
      stop.abort();
      await running;
      await folders.clear();
    }
  });

  it('does not ask for the end of a request that has no id', async () => {
    await start();
    // An answer of something between: records are sent again, and do not wait for a path that nobody knows.
    for (const location of ['/a/..', '/a/%2e%2e', '/', 'x y']) {
      const proxy = await HttpDouble.start(async ({ method, path, body, headers }, response) => {
        if (method === 'POST') return response.writeHead(202, { location }).end('{}');
        const reply = await fetch(`${double.url}${path}`, {
          method,
          headers: { authorization: String(headers.authorization) },
          ...(body && { body }),
        });
        return response.writeHead(reply.status).end(await reply.text());
      });
      try {
        sink = await open({ url: proxy.url });
        expect((await fail(toRecord('a'))).message).to.match(/expected a Location with the id of the request$/);
        expect((await fail(toRecord('a'))).message).to.match(/expected a Location with the id of the request$/);
      } finally {
        await proxy.close();
      }
    }
  });

  it('has no records given up that OpenScale accepts and does not store every other time', async () => {
    await start();
    double.fail({ kind: 'poll-error' }, { path: '/records', every: 2, times: Infinity });
    const folders = new SpoolFolders();
    try {
      const folder = await folders.make();
      const spool = await folders.open({ folder });
      const all = Array.from({ length: 20 }, (_, index) => `row${index}`);
      for (const id of all) await spool.append(toLine({ record: toRecord(id) }));
      const rejected: string[] = [];
      const sender = await Sender.open({
        folder,
        sink,
        limits: { records: 7, bytes: 2 ** 20 },
        backoff: { first: 1, longest: 2 },
        giveUpAfter: 100,
        onEvent: (event) => event.type === 'rejected' && rejected.push(event.scoringId),
      });
      await until('all are there', async () => {
        await sender.deliverBatch(never);
        return all.every((id) => ids('payload_logging').includes(`${id}-1`));
      });
      expect(rejected).to.deep.equal([]);
    } finally {
      await folders.clear();
    }
  });

  it('uses the subscription and the container that the settings name', async () => {
    await start();
    const subscription = [...double.store.subscriptions.keys()][1] as string;
    sink = await open({ subscriptions: { loan: subscription }, container: { type: 'space', id: 's-1' } });
    await sink.send([toRecord('a')], never);
    const dataSet = double.store.listDataSets(subscription, 'payload_logging')[0]?.metadata.id as string;
    expect([...(double.store.records.get(dataSet)?.keys() ?? [])]).to.deep.equal(['a-1']);
    const own = double.requests.filter(({ path }) => path.includes('/v2/'));
    for (const { path } of own) expect(path).to.match(/container_type=space&container_id=s-1/);
  });

  it('speaks version 1 as well', async () => {
    await start();
    sink = await open({ api_version: 1 });
    double.fail({ kind: 'status', status: 500 }, { path: '/feedback_payloads', every: 2 });
    await fail(toFeedback('a'), toFeedback('b'));
    await sink.send([toFeedback('a'), toFeedback('b'), toRecord('c')], never);
    expect(ids('payload_logging')).to.deep.equal(['c-1']);
    expect(double.records('feedback').map(({ values }) => values['purpose'])).to.deep.equal(['a', 'b']);
    expect(posts().every(({ path }) => /^\/v1\/data_marts\/[^/]+\/(scoring|feedback)_payloads$/.test(path))).to.equal(
      true,
    );
  });

  it('stops when it is told to', async () => {
    await start();
    const controller = new AbortController();
    controller.abort();
    const error = await catchError(SinkError, () => sink.send([toRecord('a')], controller.signal));
    expect(error.isPermanent).to.equal(false);
  });

  it('names a variable that is not set when it is opened', async () => {
    await start();
    const undo = setVariables({ DOUBLE_API_KEY: undefined });
    const error = await catchError(Error, () => open());
    undo();
    expect(error.message).to.equal(
      'scale.authentication.api_key.variable: expected a variable that is set; DOUBLE_API_KEY is not',
    );
  });
});
