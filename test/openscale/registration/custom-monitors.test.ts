import { expect } from 'chai';
import { join } from 'node:path';
import { loadDeployment } from '../../../catalogue/load-deployment.ts';
import type { OpenScaleClient } from '../../../openscale/client/openscale-client.ts';
import { applyRegistration, type ApplyOptions } from '../../../openscale/registration/apply-registration.ts';
import { toServiceProvider, toSubscription } from '../../../openscale/registration/bodies.ts';
import { toCustomMonitor, type CustomMonitor } from '../../../openscale/registration/custom-monitors.ts';
import { toFiles } from '../../../openscale/registration/registration.ts';
import type { Deployment } from '../../../models/deployment.ts';
import { OpenScaleDouble } from '../../openscale-double/openscale-double.ts';
import { toProvider } from '../../support/custom-monitor.ts';
import { SAMPLES } from '../../support/engine.ts';
import { openClient, SECRETS } from '../../support/openscale.ts';
import { setVariables } from '../../support/set-variables.ts';

const ENGINE = 'https://models.example.com/engine';

describe('registering custom monitors', () => {
  let double: OpenScaleDouble;
  let client: OpenScaleClient;
  let deployment: Deployment;
  let reset: () => void;
  before(async () => (deployment = await loadDeployment(join(SAMPLES, 'penguins'), { allowModules: false })));
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

  const quality = toCustomMonitor(toProvider('quality', { type: 'data-quality' }), ENGINE, 'basic');
  const toRegistration = (customMonitors: readonly CustomMonitor[]) => ({
    id: 'penguins',
    provider: toServiceProvider(ENGINE, 'basic'),
    subscription: toSubscription(deployment, ENGINE, 'basic'),
    monitors: [],
    skipped: [],
    container: undefined,
    archives: {},
    customMonitors,
  });
  const apply = async (customMonitors: readonly CustomMonitor[] = [quality], options: Partial<ApplyOptions> = {}) => {
    const { steps } = await applyRegistration(client, toRegistration(customMonitors), {
      isDryRun: false,
      credentials: { username: 'engine', password: 'secret' },
      onStep: () => undefined,
      ...options,
    });
    return steps.slice(3);
  };
  const tell = async (...args: Parameters<typeof apply>) =>
    (await apply(...args)).map(({ what, outcome }) => `${what}: ${outcome}`);
  const PROVIDER = 'metrics provider custom-ml-engine at models.example.com: quality';
  const DEFINITION = 'monitor definition custom-ml-engine quality';
  const INSTANCE = 'monitor custom-ml-engine quality';

  it('adds the provider, the definition and the instance, and finds them the second time', async () => {
    expect(await tell()).to.deep.equal([`${PROVIDER}: added`, `${DEFINITION}: added`, `${INSTANCE}: added`]);
    const [system] = double.store.systems.values();
    expect(system?.entity).to.deep.include({
      type: 'custom_metrics_provider',
      credentials: { auth_type: 'basic', username: 'engine', password: 'secret' },
      connection: {
        display_name: 'custom-ml-engine at models.example.com: quality',
        endpoint: `${ENGINE}/v1/metrics-providers/quality`,
      },
      parameters: { monitor_definition_ids: ['custom_ml_engine_quality'] },
    });
    const [instance] = double.store.monitors.values();
    expect(instance?.entity.parameters).to.deep.equal({
      custom_metrics_provider_id: system?.metadata.id,
      custom_metrics_wait_time: 60,
      enable_custom_metric_runs: true,
    });
    double.requests.length = 0;
    expect(await tell()).to.deep.equal([`${PROVIDER}: found`, `${DEFINITION}: found`, `${INSTANCE}: found`]);
    expect(double.requests.filter(({ method }) => method !== 'GET')).to.be.empty;
  });

  it('shows what it would do, and changes nothing', async () => {
    expect(await tell([quality], { isDryRun: true })).to.deep.equal([
      `${PROVIDER}: to add`,
      `${DEFINITION}: to add`,
      `${INSTANCE}: to add`,
    ]);
    expect([double.store.systems.size, double.store.definitions.size]).to.deep.equal([0, 0]);
  });

  it('changes what differs, and keeps the parameters that somebody has set', async () => {
    await apply();
    const [system] = double.store.systems.values();
    const [instance] = double.store.monitors.values();
    Object.assign(system?.entity['connection'] as object, { endpoint: 'https://old.example.com' });
    Object.assign(instance?.entity.parameters as object, { custom_metrics_wait_time: 5, columns: ['sex'] });
    expect(await tell()).to.deep.equal([`${PROVIDER}: changed`, `${DEFINITION}: found`, `${INSTANCE}: changed`]);
    expect(system?.entity['connection']).to.deep.equal(quality.system.connection);
    expect(instance?.entity.parameters)
      .to.include({ custom_metrics_wait_time: 60 })
      .and.deep.include({ columns: ['sex'] });
  });

  it('says that a definition lacks a metric, and goes on with the others', async () => {
    await apply();
    const { metrics } = quality.definition;
    const more = {
      ...quality,
      definition: { ...quality.definition, metrics: [...metrics, { name: 'more', description: '', thresholds: [] }] },
    };
    const other = toCustomMonitor(toProvider('other', { type: 'calibration' }), ENGINE, 'none');
    const steps = await apply([more, other]);
    const failed = steps.find(({ outcome }) => outcome === 'failed');
    expect(failed?.what).to.equal(INSTANCE);
    expect(failed?.why).to.match(/^its definition in OpenScale lacks more: delete it there/);
    expect(steps.at(-1)).to.include({ what: 'monitor custom-ml-engine other', outcome: 'added' });
  });

  it('is written to a file with the rest, without secrets', () => {
    const { bodies } = toFiles(toRegistration([quality]));
    expect(bodies['custom-monitors.json']).to.deep.equal([quality]);
    expect(quality.system.credentials).to.include({ username: '<ENGINE_USERNAME>', password: '<ENGINE_PASSWORD>' });
    expect(toFiles(toRegistration([])).bodies).to.not.have.property('custom-monitors.json');
  });
});
