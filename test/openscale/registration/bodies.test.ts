import { expect } from 'chai';
import { join } from 'node:path';
import { toResource } from '../../../handlers/deployment-resource.ts';
import { loadDeployment } from '../../../catalogue/load-deployment.ts';
import { CommandError } from '../../../errors/command-error.ts';
import {
  PLACEHOLDERS,
  toServiceProvider,
  toSubscription,
  type SubscriptionChoices,
} from '../../../openscale/registration/bodies.ts';
import { toPythonProgram } from '../../../openscale/registration/python-program.ts';
import { catchError } from '../../support/deployment.ts';
import { FIXTURES, SAMPLE_IDS, SAMPLES } from '../../support/engine.ts';

const URL_OF_ENGINE = 'https://models.example.com/engine';
const PROPERTIES = [
  'label_column',
  'feature_fields',
  'categorical_fields',
  'prediction_field',
  'predicted_target_field',
  'probability_fields',
  'input_data_schema',
  'output_data_schema',
  'training_data_schema',
] as const;

interface Subscription {
  readonly data_mart_id: string;
  readonly service_provider_id: string;
  readonly asset: Readonly<Record<string, string>>;
  readonly deployment: Readonly<Record<string, string>> & {
    readonly scoring_endpoint: Readonly<Record<string, unknown>>;
  };
  readonly asset_properties: Readonly<Record<string, unknown>>;
}

const load = (id: string, from = SAMPLES) => loadDeployment(join(from, id), { allowModules: false });
const subscribe = async (id: string, from?: string) =>
  toSubscription(await load(id, from), URL_OF_ENGINE, 'basic') as unknown as Subscription;
/** The placeholders in a JSON value. */
const findPlaceholders = (json: unknown) => JSON.stringify(json).match(/<[A-Z_]+>/g);

describe('the body that registers an engine', () => {
  it('has the URL of the engine, and placeholders only for user name and password', () => {
    const body = toServiceProvider(URL_OF_ENGINE, 'basic');
    expect(body).to.deep.equal({
      name: 'custom-ml-engine at models.example.com',
      service_type: 'custom_machine_learning',
      credentials: {
        url: URL_OF_ENGINE,
        auth_type: 'basic',
        username: '<ENGINE_USERNAME>',
        password: '<ENGINE_PASSWORD>',
      },
      request_headers: { 'Content-Type': 'application/json' },
      operational_space_id: 'production',
    });
    expect(findPlaceholders(body)).to.deep.equal([PLACEHOLDERS.username, PLACEHOLDERS.password]);
  });

  it('has only the URL of an engine without authentication', () => {
    const body = toServiceProvider(URL_OF_ENGINE, 'none');
    expect(body).to.have.deep.property('credentials', { url: URL_OF_ENGINE });
    expect(findPlaceholders(body)).to.equal(null);
  });

  it('has the header of an API key in place of a user name and a password', async () => {
    const headers = { 'Content-Type': 'application/json', 'X-API-Key': PLACEHOLDERS.apiKey };
    const body = toServiceProvider(URL_OF_ENGINE, 'api-key');
    expect(body.credentials).to.deep.equal({ url: URL_OF_ENGINE });
    expect(body.request_headers).to.deep.equal(headers);
    const { deployment } = toSubscription(await load('iris'), URL_OF_ENGINE, 'api-key');
    expect(deployment['scoring_endpoint']).to.have.deep.property('request_headers', headers);
    expect(toServiceProvider(URL_OF_ENGINE, 'api-key', { isHeadless: true })).to.not.have.property('request_headers');
  });
});

for (const id of SAMPLE_IDS) {
  describe(`the body that subscribes to ${id}`, () => {
    let body: Subscription;
    let published: ReturnType<typeof toResource>;
    before(async () => {
      body = await subscribe(id);
      published = toResource(await load(id), URL_OF_ENGINE);
    });

    it('has placeholders only for data mart and service provider', () => {
      expect([body.data_mart_id, body.service_provider_id]).to.deep.equal([
        PLACEHOLDERS.dataMart,
        PLACEHOLDERS.serviceProvider,
      ]);
      expect(findPlaceholders(body)).to.have.length(2);
    });

    it('has the id and the absolute URLs that discovery publishes', () => {
      const url = `${URL_OF_ENGINE}/v1/deployments/${id}`;
      expect(body.asset).to.include({ asset_id: id, asset_type: 'model', url });
      expect(body.deployment).to.include({ deployment_id: id, deployment_type: 'online', url });
      expect(body.deployment.scoring_endpoint).to.deep.equal({
        url: `${url}/online`,
        request_headers: { 'Content-Type': 'application/json' },
      });
      expect([published.metadata.guid, published.metadata.url, published.entity.scoring_url]).to.deep.equal([
        id,
        url,
        `${url}/online`,
      ]);
      expect(body.asset['name']).to.equal(published.entity.name);
      expect(body.deployment['name']).to.equal(published.entity.name);
    });

    it('has problem_type and input_data_type only in the asset', () => {
      const { problem_type, input_data_type } = published.entity.asset_properties;
      expect(body.asset).to.include({ problem_type, input_data_type });
      expect(body.asset_properties).to.not.have.any.keys('problem_type', 'input_data_type');
      expect(body.deployment).to.not.have.any.keys('problem_type', 'input_data_type');
    });

    it('has the columns and schemas that discovery publishes', () => {
      for (const name of PROPERTIES)
        expect(body.asset_properties[name], name).to.deep.equal(published.entity.asset_properties[name]);
    });

    it('has Spark schemas without the type `other`, which makes the SDK omit the schema', () => {
      for (const name of ['input_data_schema', 'output_data_schema', 'training_data_schema'] as const) {
        const schema = body.asset_properties[name] as { type: string; fields: { type: unknown }[] };
        expect(schema.type).to.equal('struct');
        for (const { type } of schema.fields) {
          expect(type).to.satisfy((value: unknown) =>
            typeof value === 'string'
              ? ['string', 'integer', 'long', 'double', 'boolean'].includes(value)
              : (value as { type: unknown }).type === 'array',
          );
        }
      }
    });

    it('survives JSON', () => {
      expect(JSON.parse(JSON.stringify(body))).to.deep.equal(body);
    });
  });
}

describe('the body that subscribes', () => {
  it('has the labels of a classifier as strings, in the order of its vectors', async () => {
    expect((await subscribe('iris')).asset_properties['labels']).to.deep.equal(['setosa', 'versicolor', 'virginica']);
    expect((await subscribe('stars', FIXTURES)).asset_properties['labels']).to.deep.equal(['3', '1', '2']);
  });

  it('has neither labels nor probabilities for a regression', async () => {
    const { asset, asset_properties } = await subscribe('car-mileage');
    expect(asset['problem_type']).to.equal('regression');
    expect(asset_properties).to.not.have.any.keys('labels', 'probability_fields');
  });
});

describe('the body that registers another kind of engine', () => {
  it('has neither URL nor credentials if OpenScale cannot call it', () => {
    expect(toServiceProvider(URL_OF_ENGINE, 'basic', { isHeadless: true })).to.deep.equal({
      name: 'custom-ml-engine (headless)',
      service_type: 'custom_machine_learning',
      credentials: {},
      operational_space_id: 'production',
    });
  });

  it('has a name of its own before production, or the one that was chosen', () => {
    const { name, operational_space_id } = toServiceProvider(URL_OF_ENGINE, 'none', { isPreProduction: true });
    expect([name, operational_space_id]).to.deep.equal([
      'custom-ml-engine at models.example.com (pre-production)',
      'pre_production',
    ]);
    expect(toServiceProvider(URL_OF_ENGINE, 'none', { name: 'mine', isPreProduction: true }).name).to.equal('mine');
  });
});

describe('the body that subscribes to what is logged with more columns', () => {
  const subscribeWith = async (choices: SubscriptionChoices, id = 'iris') => {
    const body = toSubscription(await load(id), URL_OF_ENGINE, 'basic', choices);
    const { fields } = body.asset_properties['output_data_schema'] as { fields: { name: string; type: unknown }[] };
    return { ...body, fields };
  };
  const fail = async (choices: SubscriptionChoices, id?: string) =>
    (await catchError(CommandError, () => subscribeWith(choices, id))).message;

  it('names transactions and counts of tokens, which are in the schema', async () => {
    const { asset_properties, fields } = await subscribeWith({ transactionId: 'visit', tokenCounts: ['in', 'out'] });
    expect(asset_properties).to.include({
      transaction_id_field: 'visit',
      input_token_count_field: 'in',
      output_token_count_field: 'out',
    });
    expect(fields.slice(-3)).to.deep.equal([
      { name: 'visit', type: 'string', nullable: true, metadata: {} },
      { name: 'in', type: 'integer', nullable: true, metadata: { modeling_role: 'input-token-count' } },
      { name: 'out', type: 'integer', nullable: true, metadata: { modeling_role: 'output-token-count' } },
    ]);
  });

  it('has a column of probabilities per class in place of the vector, if OpenScale does not call the engine', async () => {
    const probabilityColumns = ['p1', 'p2', 'p3'];
    const { asset_properties, deployment, fields } = await subscribeWith({ isHeadless: true, probabilityColumns });
    expect(asset_properties['probability_fields']).to.deep.equal(probabilityColumns);
    expect(deployment).to.not.have.property('scoring_endpoint');
    expect(fields.filter(({ type }) => type !== 'double').map(({ name }) => name)).to.deep.equal(['prediction']);
    expect(fields.slice(-3).map(({ name }) => name)).to.deep.equal(probabilityColumns);
  });

  for (const [choices, message, id] of [
    [{ probabilityColumns: ['a', 'b', 'c'] }, /^--probability-columns also needs --headless/, 'iris'],
    [{ isHeadless: true, probabilityColumns: ['a'] }, /expected one column per class, 3 in all/, 'iris'],
    [{ isHeadless: true, probabilityColumns: ['a'] }, /expected one column per class, 0 in all/, 'car-mileage'],
    [{ transactionId: 'petal_length' }, /"petal_length" is taken/, 'iris'],
    [{ transactionId: 'a', tokenCounts: ['a', 'b'] }, /"a" is taken/, 'iris'],
    [{ tokenCounts: ['prediction', 'b'] }, /"prediction" is taken/, 'iris'],
  ] as const) {
    it(`is rejected: ${JSON.stringify(choices)} for ${id}`, async () => {
      expect(await fail(choices, id)).to.match(message);
    });
  }
});

describe('the program that registers', () => {
  it('names the deployment and reads all secrets from its environment', () => {
    const program = toPythonProgram({ id: 'penguins' });
    expect(program).to.match(
      /^"""Registers the engine with OpenScale, subscribes to its deployment penguins, and creates the monitors\.$/m,
    );
    for (const name of ['IBM_CLOUD_API_KEY', 'OPENSCALE_PASSWORD', 'ENGINE_PASSWORD', 'ENGINE_USERNAME'])
      expect(program).to.match(new RegExp(`(os\\.environ\\[|read_secret\\()"${name}"`));
  });
});
