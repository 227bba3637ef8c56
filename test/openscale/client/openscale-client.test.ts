import { expect } from 'chai';
import { OpenScaleClient, OpenScaleFailure } from '../../../openscale/client/openscale-client.ts';
import { UpstreamError } from '../../../upstream/upstream-error.ts';
import { INSTANCE, OpenScaleDouble } from '../../openscale-double/openscale-double.ts';
import { catchError } from '../../support/deployment.ts';
import { says } from '../../support/behaviours.ts';
import { HttpDouble } from '../../support/http-double.ts';
import { openClient, SECRETS, toPlatforms, toSettings } from '../../support/openscale.ts';
import { setVariables } from '../../support/set-variables.ts';

const PROVIDER = { name: 'engine', service_type: 'custom_machine_learning', credentials: {} };

describe('a client of OpenScale', () => {
  let double: OpenScaleDouble;
  let client: OpenScaleClient;
  let reset: () => void;
  beforeEach(async () => {
    reset = setVariables(SECRETS);
    double = await OpenScaleDouble.start({ settle: 2 });
    client = await openClient(double);
  });
  afterEach(async () => {
    client.close();
    reset();
    await double.close();
  });

  for (const platform of Object.keys(toPlatforms('')) as (keyof ReturnType<typeof toPlatforms>)[]) {
    it(`gets one token for all requests and finds the instance: ${platform}`, async () => {
      const own = await openClient(double, { authentication: toPlatforms(double.url)[platform] });
      expect(await own.list('data_marts')).to.have.length(1);
      expect(await own.list('service_providers')).to.be.empty;
      expect(double.tokens).to.equal(1);
      expect(double.requests.at(-1)?.path).to.equal(`/openscale/${INSTANCE}/v2/service_providers`);
      own.close();
    });
  }

  it('asks for another token when one has expired', async () => {
    await client.list('data_marts');
    double.fail({ kind: 'expired' });
    expect(await client.list('data_marts')).to.have.length(1);
    expect(double.tokens).to.equal(2);
  });

  it('says which variable is not set, and that credentials are rejected, without showing them', async () => {
    const undo = setVariables({ DOUBLE_API_KEY: undefined });
    expect(await OpenScaleClient.open(toSettings(double), 'openscale')).to.deep.equal({
      problems: ['openscale.authentication.api_key.variable: expected a variable that is set; DOUBLE_API_KEY is not'],
    });
    process.env['DOUBLE_API_KEY'] = 'a-wrong-key';
    const error = await catchError(UpstreamError, () => client.list('data_marts'));
    undo();
    expect(error.failure).to.equal('unauthorized');
    expect(error.message).to.contain('the token endpoint answered with status 401').and.not.contain('wrong-key');
  });

  for (const failure of [
    { kind: 'rate-limit' },
    { kind: 'status', status: 500 },
    { kind: 'status', status: 503 },
    { kind: 'status', status: 504 },
    { kind: 'drop' },
  ] as const) {
    it(`reads again after ${JSON.stringify(failure)}`, async () => {
      double.fail(failure);
      expect(await client.list('data_marts')).to.have.length(1);
    });
  }

  it('creates again only what was certainly not processed', async () => {
    double.fail({ kind: 'rate-limit' });
    await client.create('service_providers', PROVIDER);
    double.fail({ kind: 'drop', isProcessed: true });
    const error = await catchError(UpstreamError, () => client.create('service_providers', { ...PROVIDER, name: 'b' }));
    expect(error.failure).to.equal('dropped');
    expect(await client.list('service_providers')).to.have.length(2);
  });

  it('replaces values, again if it must', async () => {
    const { metadata } = await client.create('service_providers', PROVIDER);
    double.fail({ kind: 'drop', isProcessed: true }, { method: 'PATCH' });
    await client.replace('service_providers', metadata.id, { description: 'new' });
    expect(double.requests.filter(({ method }) => method === 'PATCH')).to.have.length(2);
    expect((await client.list('service_providers'))[0]?.entity['description']).to.equal('new');
  });

  it('waits until a resource is active, and says why it is not', async () => {
    const provider = await client.create('service_providers', PROVIDER);
    expect(provider.entity.status?.state).to.equal('preparing');
    await client.waitUntilActive('service_providers', provider);
    expect((await client.list('service_providers'))[0]?.entity.status?.state).to.equal('active');
    double.store.broken.push('broken');
    const broken = await client.create('service_providers', { ...PROVIDER, name: 'broken' });
    const error = await catchError(OpenScaleFailure, () => client.waitUntilActive('service_providers', broken));
    expect(error.message).to.match(/^service_providers \S+ failed: The double was told to fail\.$/);
    expect(error.codes).to.deep.equal(['AIQCS0099E']);
  });

  it('gives up waiting after the time of its settings, and at once when it is cancelled', async () => {
    const impatient = await openClient(double, { poll_timeout: 1, poll_interval: 2 });
    const provider = await impatient.create('service_providers', PROVIDER);
    const { message } = await catchError(UpstreamError, () => impatient.waitUntilActive('service_providers', provider));
    expect(message).to.match(/still in the state preparing after 1 ms$/);
    const patient = await openClient(double, { poll_interval: 60_000 });
    const controller = new AbortController();
    const other = await patient.create('service_providers', { ...PROVIDER, name: 'other' });
    const waiting = patient.waitUntilActive('service_providers', other, {}, controller.signal);
    controller.abort();
    expect(await catchError(Error, () => waiting)).to.have.property('name', 'AbortError');
    for (const one of [impatient, patient]) one.close();
  });

  it('has OpenScale’s own message for people, and not in the text for logs', async () => {
    const error = await catchError(UpstreamError, () => client.create('service_providers', { name: 'canary' }));
    expect(error.quote).to.contain('service_type');
    expect(error.message)
      .to.match(/POST \S+\/v2\/service_providers: status 400, AIQC0001E/)
      .and.not.contain('canary');
  });

  it('sends what is in a container with its parameters', async () => {
    const query = { container_type: 'space', container_id: 'a b', project_id: undefined };
    await client.create('service_providers', PROVIDER, query);
    expect(double.requests.at(-1)?.path).to.match(/service_providers\?container_type=space&container_id=a\+b$/);
  });

  it('names the instances if there are several, or says that there is none', async () => {
    for (const [instances, message] of [
      [['i-1', 'i-2'], /several service instances, so one must be named: i-1 \(instance 1\), i-2 \(instance 2\)/],
      [[], /entitled to no service instance/],
    ] as const) {
      const other = await OpenScaleDouble.start({ instances });
      const own = await openClient(other);
      expect((await catchError(UpstreamError, () => own.list('data_marts'))).message).to.match(message);
      own.close();
      await other.close();
    }
  });

  it('rejects replies that are not what the API promises', async () => {
    const server = await HttpDouble.start(says('{"canary": []}'));
    const authentication = { type: 'bearer', token: { variable: 'DOUBLE_API_KEY' } };
    const own = await openClient(double, { url: server.url, authentication, instance: 'i' });
    expect((await catchError(UpstreamError, () => own.list('data_marts'))).message).to.match(
      /^GET \S+\/openscale\/i\/v2\/data_marts: expected data_marts in the reply$/,
    );
    server.behave(says('{"data_marts": [{"metadata": {"id": ""}, "entity": {}}]}'));
    await catchError(UpstreamError, () => own.list('data_marts'));
    server.behave(says('{"metadata": {"id": "a"}, "entity": {"status": {"state": "two words"}}}'));
    const strange = await openClient(double, {
      url: server.url,
      authentication,
      instance: 'i',
      poll_timeout: 1,
      poll_interval: 2,
    });
    const resource = await strange.create('subscriptions', {});
    expect(
      (await catchError(UpstreamError, () => strange.waitUntilActive('subscriptions', resource))).message,
    ).to.match(/still in the state unknown/);
    server.behave(says('{"metadata": {"id": "a"}, "entity": {}}'));
    await own.waitUntilActive('subscriptions', await own.create('subscriptions', {}));
    own.close();
    strange.close();
    await server.close();
  });

  it('names the request whose reply is no JSON, and rejects ids that could not be shown', async () => {
    const odd = await HttpDouble.start(says('<html>'));
    const own = await openClient(double, {
      url: odd.url,
      authentication: toPlatforms(double.url)['IBM Cloud'],
      instance: 'i',
    });
    try {
      const list = () => own.list('data_sets');
      expect((await catchError(UpstreamError, list)).message).to.match(/^GET \S+\/v2\/data_sets: expected JSON$/);
      for (const id of ['', '\u001b[31m', 'a b', 'ä', 'x'.repeat(201), 7]) {
        odd.behave(says(JSON.stringify({ data_sets: [{ metadata: { id }, entity: {} }] })));
        expect((await catchError(UpstreamError, list)).message).to.match(/: expected data_sets in the reply$/);
      }
    } finally {
      own.close();
      await odd.close();
    }
  });

  for (const failure of [undefined, null, 'all', [], { errors: 'none' }, { errors: [{ code: null, message: 5 }] }]) {
    it(`takes a request for failed that says so, whatever it says of the failure: ${JSON.stringify(failure)}`, async () => {
      const odd = await HttpDouble.start(says(JSON.stringify({ state: 'error', failure })));
      const own = await openClient(double, {
        url: odd.url,
        authentication: toPlatforms(double.url)['IBM Cloud'],
        instance: 'i',
      });
      try {
        const error = await catchError(OpenScaleFailure, () => own.waitUntilProcessed('/v2/data_sets/a/requests/b'));
        expect(error.message).to.equal('the request failed');
      } finally {
        own.close();
        await odd.close();
      }
    });
  }

  it('shows what OpenScale says of a failure in one line, without control characters', async () => {
    const errors = [{ code: 'A', message: 'one\n\u001b[31mtwo\u202e' }];
    const odd = await HttpDouble.start(says(JSON.stringify({ state: 'error', failure: { errors } })));
    const own = await openClient(double, {
      url: odd.url,
      authentication: toPlatforms(double.url)['IBM Cloud'],
      instance: 'i',
    });
    try {
      const error = await catchError(OpenScaleFailure, () => own.waitUntilProcessed('/v2/data_sets/a/requests/b'));
      expect(error.message).to.equal('the request failed: one [31mtwo');
    } finally {
      own.close();
      await odd.close();
    }
  });
});
