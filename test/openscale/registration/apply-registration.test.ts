import { expect } from 'chai';
import { join } from 'node:path';
import { loadDeployment } from '../../../catalogue/load-deployment.ts';
import type { OpenScaleClient } from '../../../openscale/client/openscale-client.ts';
import { applyRegistration, type ApplyOptions } from '../../../openscale/registration/apply-registration.ts';
import { toServiceProvider, toSubscription } from '../../../openscale/registration/bodies.ts';
import { toExampleRecord } from '../../../openscale/registration/example-record.ts';
import { planMonitors } from '../../../openscale/registration/monitors.ts';
import { readConfigurationArchive } from '../../../openscale/registration/read-archive.ts';
import type { Registration } from '../../../openscale/registration/registration.ts';
import type { Deployment } from '../../../models/deployment.ts';
import { OpenScaleDouble, type DoubleOptions } from '../../openscale-double/openscale-double.ts';
import { SAMPLES } from '../../support/engine.ts';
import { openClient } from '../../support/openscale.ts';
import { SECRETS } from '../../support/openscale.ts';
import { setVariables } from '../../support/set-variables.ts';
import { toConfigurationArchive } from '../../support/tar.ts';

const ENGINE = 'https://models.example.com/engine';
const CREDENTIALS = { username: 'engine', password: 'secret' };
const ARCHIVE = readConfigurationArchive(toConfigurationArchive(), 'archive');
const GROUPS = { features: [{ feature: 'sex', majority: ['MALE'], minority: ['FEMALE'], threshold: 0.8 }] };
const FAIRNESS = {
  parameters: { ...GROUPS, favourable_class: ['Gentoo'], unfavourable_class: ['Adelie'], min_records: 100 },
  distributions: [],
  thresholds: [{ metric_id: 'fairness_value', type: 'lower_limit', value: 80 }],
};

describe('applying a registration', () => {
  let double: OpenScaleDouble;
  let client: OpenScaleClient;
  let deployment: Deployment;
  let reset: () => void;
  before(async () => (deployment = await loadDeployment(join(SAMPLES, 'penguins'), { allowModules: false })));
  beforeEach(() => (reset = setVariables(SECRETS)));
  afterEach(async () => {
    client.close();
    reset();
    await double.close();
  });
  const start = async (options: DoubleOptions = {}) => {
    double = await OpenScaleDouble.start(options);
    client = await openClient(double);
  };

  const toRegistration = (
    { isPreProduction = false, isHeadless = false, minRecords = 100 } = {},
    others: Partial<Registration> = {},
  ): Registration => ({
    id: 'penguins',
    provider: toServiceProvider(ENGINE, 'basic', { isPreProduction, isHeadless }),
    subscription: toSubscription(deployment, ENGINE, 'basic', { isHeadless }),
    ...planMonitors({
      file: deployment.file,
      statistics: { common_configuration: {}, fairness_configuration: FAIRNESS },
      archive: ARCHIVE,
      minRecords,
      qualityThresholds: new Map([['accuracy', 0.8]]),
      explanations: [],
      isPreProduction,
      isHeadless,
    }),
    container: undefined,
    archives: ARCHIVE.members,
    ...others,
  });
  const apply = async (registration = toRegistration(), options: Partial<ApplyOptions> = {}) => {
    const told: string[] = [];
    const applied = await applyRegistration(client, registration, {
      isDryRun: false,
      credentials: CREDENTIALS,
      onStep: ({ what, outcome }) => told.push(`${what}: ${outcome}`),
      ...options,
    });
    expect(applied.steps.map(({ what, outcome }) => `${what}: ${outcome}`)).to.deep.equal(told);
    return { ...applied, told };
  };
  /** The requests that could have changed something. */
  const changes = () => double.requests.filter(({ method }) => method !== 'GET').map(({ path }) => path);

  it('adds everything, in an order that works', async () => {
    await start({ settle: 2, hasDataMart: false });
    const { told } = await apply();
    expect(told).to.deep.equal([
      'data mart: added',
      'service provider: added',
      'subscription: added',
      'monitor performance: added',
      'monitor model_health: added',
      'monitor quality: added',
      'monitor fairness: added',
      'archive of explainability: added',
      'monitor explainability: added',
      'archive of drift_v2: added',
      'monitor drift_v2: added',
      'monitor mrm: skipped',
    ]);
    const [provider] = double.store.providers.values();
    expect(provider?.entity.credentials).to.deep.include({ ...CREDENTIALS, url: ENGINE, auth_type: 'basic' });
    const states = [double.store.subscriptions, double.store.monitors].flatMap((map) =>
      [...map.values()].map(({ entity }) => entity.status['state']),
    );
    expect(new Set(states)).to.deep.equal(new Set(['active']));
    expect(double.store.monitors).to.have.property('size', 6);
  });

  it('changes nothing the second time, and finds everything', async () => {
    await start();
    const first = await apply();
    const before = double.store.describe();
    const sent = changes().length;
    const second = await apply();
    expect(second.told.filter((line) => !/: (found|skipped)$/.test(line))).to.deep.equal([]);
    expect(changes()).to.have.length(sent);
    expect(double.store.describe()).to.deep.equal(before);
    expect([second.provider, second.subscription]).to.deep.equal([first.provider, first.subscription]);
  });

  it('changes nothing with a dry run, and shows what it would do', async () => {
    await start({ hasDataMart: false });
    const { told } = await apply(toRegistration(), { isDryRun: true, example: {} });
    expect(changes()).to.deep.equal([]);
    expect(told.slice(0, 3)).to.deep.equal(['data mart: to add', 'service provider: to add', 'subscription: to add']);
    expect(told).to.include.members(['monitor quality: to add', 'archive of drift_v2: to add', 'example: to add']);
    await apply();
    const sent = changes().length;
    expect((await apply(toRegistration({ minRecords: 7 }), { isDryRun: true })).told).to.include.members([
      'subscription: found',
      'monitor quality: to change',
    ]);
    expect(changes()).to.have.length(sent);
  });

  it('changes what differs, and nothing else', async () => {
    await start();
    await apply();
    const other = toRegistration({ minRecords: 7 });
    const { label_column: _, ...rest } = other.subscription.asset_properties;
    const { told } = await apply({
      ...other,
      subscription: {
        ...other.subscription,
        asset_properties: { ...rest, label_column: 'species', labels: ['Adelie', 'Chinstrap', 'Gentoo', 'x'] },
      },
    });
    expect(told.filter((line) => line.endsWith('changed'))).to.deep.equal([
      'subscription: changed',
      'monitor quality: changed',
      'monitor drift_v2: changed',
    ]);
    const quality = [...double.store.monitors.values()].find((one) => one.entity.monitor_definition_id === 'quality');
    expect(quality?.entity.parameters).to.deep.equal({ min_feedback_data_size: 7 });
  });

  it('finds what somebody else has added to', async () => {
    await start();
    await apply();
    for (const { entity } of double.store.monitors.values())
      Object.assign(entity, { parameters: { ...entity.parameters, added: true }, schedule: { repeat_interval: 1 } });
    // The API does not return every key.
    for (const { entity } of double.store.monitors.values()) delete entity.thresholds;
    const [subscription] = double.store.subscriptions.values();
    delete (subscription?.entity.asset_properties as { labels?: unknown }).labels;
    expect((await apply()).told.filter((line) => !/: (found|skipped)$/.test(line))).to.deep.equal([]);
  });

  it('goes on after a monitor that fails, and says why in OpenScale’s words', async () => {
    await start();
    const registration = toRegistration();
    const monitors = registration.monitors.map((one) =>
      one.monitor_definition_id === 'fairness' ? { ...one, parameters: { features: [] } } : one,
    );
    const { steps } = await apply({ ...registration, monitors });
    const failed = steps.filter(({ outcome }) => outcome === 'failed');
    expect(failed.map(({ what }) => what)).to.deep.equal(['monitor fairness']);
    expect(failed[0]?.why).to.match(/POST \S+\/v2\/monitor_instances: status 400, AIQC0001E; .*favourable_class/);
    expect(steps.at(-2)).to.include({ what: 'monitor drift_v2', outcome: 'added' });
    expect((await apply()).told.filter((line) => line.endsWith('added'))).to.deep.equal(['monitor fairness: added']);
  });

  it('says that something which is there has failed', async () => {
    await start();
    await apply();
    const failure = { errors: [{ code: 'AIQMQ0004E', message: 'The data mart is full.' }] };
    for (const { entity } of double.store.monitors.values())
      if (entity.monitor_definition_id === 'quality') entity.status = { state: 'error', failure };
    const { steps } = await apply();
    expect(steps.find(({ outcome }) => outcome === 'failed')).to.include({ what: 'monitor quality' });
    expect(steps.find(({ outcome }) => outcome === 'failed')?.why).to.match(/failed: The data mart is full\.$/);
  });

  it('stops where what follows would be in vain', async () => {
    await start({ settle: 1 });
    double.store.broken.push('models.example.com');
    const { steps, subscription } = await apply();
    expect(steps.map(({ what, outcome }) => `${what}: ${outcome}`)).to.deep.equal([
      'data mart: found',
      'service provider: failed',
    ]);
    expect(steps[1]?.why).to.match(/service_providers \S+ failed: The double was told to fail\./);
    expect(subscription).to.equal(undefined);
  });

  it('goes on where it stopped when a request was processed and its answer lost', async () => {
    await start();
    double.fail({ kind: 'drop', isProcessed: true }, { method: 'POST', path: '/v2/subscriptions' });
    expect((await apply()).told.at(-1)).to.equal('subscription: failed');
    expect((await apply()).told).to.include.members(['subscription: found', 'monitor quality: added']);
    expect(double.store.subscriptions).to.have.property('size', 1);
  });

  for (const [failure, times] of [
    [{ kind: 'expired' }, 1],
    [{ kind: 'rate-limit' }, 4],
  ] as const) {
    it(`is not disturbed by ${failure.kind}`, async () => {
      await start();
      double.fail(failure, { every: 3, times });
      expect((await apply()).told.filter((line) => line.endsWith('failed'))).to.deep.equal([]);
    });
  }

  it('says what quality needs, and sends the example if it may', async () => {
    await start({ qualityNeedsPayload: true });
    const { steps } = await apply();
    expect(steps.find(({ what }) => what === 'monitor quality')?.why).to.match(
      /Payload records are needed.*; log a scored request first, or add --send-example, and run this again$/,
    );
    const example = toExampleRecord(deployment);
    const again = await apply(toRegistration(), { example });
    expect(again.told).to.include.members(['example: added', 'monitor quality: added']);
    expect(double.records('payload_logging').map(({ id }) => id)).to.deep.equal(
      deployment.file.example.values.map((_, row) => `custom-ml-engine-example-of-penguins-${row + 1}`),
    );
    double.store.monitors.clear();
    expect((await apply(toRegistration(), { example })).told).to.not.include('example: added');
  });

  it('uploads archives again only if it must', async () => {
    await start();
    await apply();
    expect((await apply()).told).to.not.include('archive of drift_v2: added');
    expect((await apply(toRegistration(), { replaceArchives: true })).told).to.include('archive of drift_v2: added');
  });

  it('puts everything into a space, with model risk management before production', async () => {
    await start();
    const container = { type: 'space', id: 's-1' } as const;
    const { told } = await apply(toRegistration({ isPreProduction: true }, { container }));
    expect(told).to.include('monitor mrm: added').and.not.include('monitor model_health: added');
    const ids = [double.store.providers, double.store.subscriptions, double.store.monitors].flatMap((map) => [
      ...map.keys(),
    ]);
    for (const id of ids)
      expect(double.store.containers.get(id)).to.deep.equal({ container_type: 'space', container_id: 's-1' });
  });

  it('registers an engine that OpenScale cannot call', async () => {
    await start();
    await apply(toRegistration({ isHeadless: true }), { credentials: undefined });
    const [provider] = double.store.providers.values();
    const [subscription] = double.store.subscriptions.values();
    expect(provider?.entity).to.deep.include({ name: 'custom-ml-engine (headless)', credentials: {} });
    expect(subscription?.entity.deployment).to.not.have.property('scoring_endpoint');
  });

  it('names what is in the way, and the way out', async () => {
    await start();
    for (const [options, why] of [
      [{ dataMart: 'x' }, /there is none with the id of --data-mart; there is 0{8}-/],
    ] as const) {
      expect((await apply(toRegistration(), options)).steps.at(-1)?.why).to.match(why);
    }
    double.store.addDataMart({ internal_database: true });
    expect((await apply()).steps.at(-1)?.why).to.match(/there are several, so --data-mart must name one: \S+, \S+$/);
    const [dataMart] = double.store.dataMarts.keys();
    await apply(toRegistration(), { dataMart });
    const provider = { ...toRegistration().provider, operational_space_id: 'pre_production' } as const;
    expect((await apply(toRegistration({}, { provider }), { dataMart })).steps.at(-1)).to.include({
      what: 'service provider',
      outcome: 'failed',
      why: 'another one has the same name and a different operational_space_id: choose a name with --provider-name',
    });
    // The same host, and another path: OpenScale would go on calling the old one.
    const { subscription } = toRegistration();
    const url = 'https://models.example.com/moved/v1/deployments/penguins/online';
    const moved = { ...subscription, deployment: { ...subscription.deployment, scoring_endpoint: { url } } };
    expect((await apply(toRegistration({}, { subscription: moved }), { dataMart })).steps.at(-1)?.why).to.match(
      /^there is one that scores at https:\S+, and not at https:\S+\/moved\S+: give this engine a --provider-name/,
    );
  });

  it('fails as a whole when OpenScale cannot be reached', async () => {
    await start();
    double.fail({ kind: 'status', status: 403 }, { times: 100 });
    const { steps } = await apply();
    expect(steps).to.have.length(1);
    expect(steps[0]?.why).to.match(/status 403/);
  });
});
