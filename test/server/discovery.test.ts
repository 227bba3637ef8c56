/**
 * Discovery as each generation of clients reads it. A reader takes the keys that its client needs and no others, and
 * throws where one is missing, as the client would.
 */
import { expect } from 'chai';
import { type ReplyBody, type Resource, SAMPLE_IDS, startTestEngine, type TestEngine } from '../support/engine.ts';

type Json = Record<string, unknown>;
type SparkField = NonNullable<Resource['entity']['asset_properties']['input_data_schema']>['fields'][number];

/** The value at a path of keys, which must be there. */
function read(json: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) throw new Error(`no key ${path}`);
    return (value as Json)[key];
  }, json);
}
const readText = (json: unknown, path: string) => {
  const value = read(json, path);
  expect(value, path).to.be.a('string').and.not.equal('');
  return value as string;
};

describe('discovery', () => {
  let engine: TestEngine;
  let list: ReplyBody;
  before(async () => {
    engine = await startTestEngine();
    list = (await engine.request('/v1/deployments')).body;
  });
  after(() => engine.stop());

  /** Checks that a client which found a deployment can score it at the URL that it read. */
  async function checkScores(id: string, url: string): Promise<void> {
    const { fields, values, answer } = engine.engine.catalogue.get(id)?.file.example ?? {};
    expect(url).to.equal(`${engine.url}/v1/deployments/${id}/online`);
    const { status, body } = await engine.request(new URL(url).pathname, { method: 'POST', body: { fields, values } });
    expect(status).to.equal(200);
    const position = body.fields.indexOf('prediction');
    expect(body.values.map((row) => row[position])).to.deep.equal(answer?.predictions);
  }

  it('serves the direct client of 2018, which reads shape A', async () => {
    expect(list.resources.map((resource) => readText(resource, 'metadata.guid'))).to.deep.equal(SAMPLE_IDS);
    for (const resource of list.resources) {
      const id = readText(resource, 'metadata.guid');
      expect(Date.parse(readText(resource, 'metadata.created_at'))).to.be.greaterThan(0);
      readText(resource, 'entity.name');
      readText(resource, 'entity.description');
      expect(readText(resource, 'entity.asset.guid')).to.equal(id);
      readText(resource, 'entity.asset.name');
      expect(read(resource, 'entity.asset_properties')).to.be.an('object');
      expect(read(resource, 'entity.asset_properties.problem_type')).to.be.oneOf([
        'binary',
        'multiclass',
        'regression',
      ]);
      expect(read(resource, 'entity.asset_properties.input_data_type')).to.equal('structured');
      expect(readText(resource, 'entity.asset_properties.predicted_target_field')).to.equal('prediction');
      await checkScores(id, readText(resource, 'entity.scoring_url'));
    }
  });

  it("serves IBM's gateway, which takes shapes A, B and their mixture, and counts", () => {
    expect(list.count).to.equal(SAMPLE_IDS.length);
    expect(list.resources).to.have.length(list.count);
    for (const resource of list.resources) {
      const url =
        (resource.entity as Partial<Resource['entity']>).scoring_url ??
        readText(resource, 'entity.scoring_endpoint.url');
      expect(new URL(url).href).to.equal(url);
      expect(readText(resource, 'entity.scoring_endpoint.url')).to.equal(url);
      const { guid, asset_id } = resource.entity.asset;
      expect([guid, asset_id]).to.deep.equal([resource.metadata.guid, resource.metadata.guid]);
    }
  });

  it('serves clients of the Node sample of 2019, which read shape B', async () => {
    for (const resource of list.resources) {
      expect(readText(resource, 'entity.type')).to.equal('online');
      const id = readText(resource, 'entity.asset.asset_id');
      expect(id).to.equal(readText(resource, 'metadata.guid'));
      expect(readText(resource, 'entity.asset.asset_type')).to.equal('model');
      readText(resource, 'entity.asset.name');
      expect(readText(resource, 'entity.asset.created_at')).to.equal(readText(resource, 'metadata.created_at'));
      const { body } = await engine.request(new URL(readText(resource, 'metadata.url')).pathname);
      expect(body).to.deep.equal(resource);
      await checkScores(id, readText(resource, 'entity.scoring_endpoint.url'));
    }
  });

  describe('serves the SDK v2, which reads the properties and their Spark schemas, and', () => {
    /** Runs a check for every deployment. */
    const each =
      (check: (properties: Resource['entity']['asset_properties'], id: string) => void | Promise<void>) => async () => {
        for (const { entity, metadata } of list.resources) await check(entity.asset_properties, metadata.guid);
      };
    const withRole = (fields: readonly SparkField[], role: string) =>
      fields.filter(({ metadata }) => metadata?.modeling_role === role).map(({ name }) => name);

    it(
      'finds all of them',
      each((properties) => {
        for (const key of [
          'problem_type',
          'input_data_type',
          'label_column',
          'feature_fields',
          'categorical_fields',
          'prediction_field',
          'predicted_target_field',
          'model_type',
          'runtime_environment',
          'input_data_schema',
          'output_data_schema',
          'training_data_schema',
        ])
          read(properties, key);
        const classifies = properties.problem_type !== 'regression';
        for (const key of ['labels', 'prediction_probability_field', 'probability_fields'])
          expect(Object.hasOwn(properties, key), key).to.equal(classifies);
      }),
    );

    it(
      'finds features of the types that it knows in the input schema, as many as it is told, the categories discrete',
      each(({ feature_fields = [], categorical_fields = [], input_data_schema, label_column }) => {
        expect(input_data_schema?.type).to.equal('struct');
        const fields = input_data_schema?.fields ?? [];
        expect(fields.map(({ name }) => name)).to.deep.equal(feature_fields);
        expect(withRole(fields, 'feature')).to.deep.equal(feature_fields);
        for (const { type, nullable } of fields) {
          expect(type).to.be.oneOf(['string', 'integer', 'long', 'double', 'boolean']);
          expect(nullable).to.be.a('boolean');
        }
        expect(feature_fields).to.include.members([...categorical_fields]);
        const discrete = fields.filter(({ metadata }) => metadata?.measure === 'discrete').map(({ name }) => name);
        expect(discrete).to.deep.equal(categorical_fields);
        const strings = fields.filter(({ type }) => type === 'string').map(({ name }) => name);
        expect(categorical_fields).to.include.members(strings);
        expect(feature_fields).to.not.include(label_column);
      }),
    );

    it(
      'finds the label, and only it beside the features, in the training schema',
      each(({ feature_fields = [], label_column, training_data_schema, input_data_schema }) => {
        const fields = training_data_schema?.fields ?? [];
        expect(fields.slice(0, -1)).to.deep.equal(input_data_schema?.fields);
        expect(fields.map(({ name }) => name)).to.deep.equal([...feature_fields, label_column]);
        expect(withRole(fields, 'target')).to.deep.equal([label_column]);
      }),
    );

    it(
      'finds in the output schema the columns of an answer, in their order, and of their types',
      each(
        async (
          { prediction_field, prediction_probability_field, probability_fields, output_data_schema, labels },
          id,
        ) => {
          const fields = output_data_schema?.fields ?? [];
          expect(withRole(fields, 'prediction')).to.deep.equal([prediction_field]);
          const vectors = prediction_probability_field === undefined ? [] : [prediction_probability_field];
          expect(withRole(fields, 'probability')).to.deep.equal(vectors);
          expect(probability_fields ?? []).to.deep.equal(vectors);

          const { fields: names, values } = engine.engine.catalogue.get(id)?.file.example ?? {};
          const { body } = await engine.score(id, { fields: names, values });
          expect(fields.map(({ name }) => name)).to.deep.equal(body.fields);
          expect(body.labels).to.deep.equal(labels);
          for (const row of body.values) fields.forEach((field, index) => checkType(row[index], field));
        },
      ),
    );

    it(
      'finds classes that are those of the probabilities, none twice, two where the problem is binary',
      each(async ({ labels, problem_type }, id) => {
        if (!labels) return;
        expect(new Set(labels).size).to.equal(labels.length);
        expect(labels.length === 2).to.equal(problem_type === 'binary');
        const { fields, values } = engine.engine.catalogue.get(id)?.file.example ?? {};
        const { body } = await engine.score(id, { fields, values });
        for (const row of body.values) {
          const [prediction, probability] = row.slice(-2) as [unknown, number[]];
          expect(probability).to.have.length(labels.length);
          expect(labels[probability.indexOf(Math.max(...probability))]).to.equal(prediction);
        }
      }),
    );
  });

  it('has no type that makes a client drop a schema, and no key without a value', () => {
    const text = JSON.stringify(list);
    expect(text).to.not.contain('"other"').and.not.contain(':null');
    expect(text, "a word that alarms IBM's command line").to.not.match(/error/i);
  });
});

/** Checks that a cell is of the type that a Spark schema gives its column. */
function checkType(cell: unknown, { name, type, nullable }: SparkField): void {
  if (cell === null) expect(nullable, name).to.equal(true);
  else if (typeof type === 'object') {
    expect(type).to.deep.include({ type: 'array', elementType: 'double' });
    expect(cell, name)
      .to.be.an('array')
      .that.satisfies((items: unknown[]) => items.every(Number.isFinite));
  } else if (type === 'integer' || type === 'long') expect(Number.isInteger(cell), name).to.equal(true);
  else expect(cell, name).to.be.a(type === 'double' ? 'number' : type);
}
