import type { Outgoing, Patch } from '../zoo/engine.ts';
import {
  changeReply,
  isDiscovery,
  publish,
  publishField,
  publishProperties,
  replaceDiscovery,
} from '../zoo/patches.ts';
import { describeVariations, type Variation } from './describe-variations.ts';

const VARIATIONS: readonly Variation[] = [
  {
    what: 'a URL on another port of this machine',
    fails: 'urls-same-host',
    patch: publish(({ entity }) => {
      entity.scoring_url = entity.scoring_endpoint.url = 'http://localhost:1/v1/deployments/loan/online';
    }),
  },
  {
    what: 'an https URL of localhost on the port that speaks HTTP',
    fails: 'urls-scheme',
    patch: publish(({ entity }) => {
      const { port } = new URL(entity.scoring_url);
      entity.scoring_url = entity.scoring_endpoint.url = `HTTPS://localhost:${port}/v1/deployments/loan/online`;
    }),
  },
  {
    what: 'an https URL with a custom path on the port that speaks HTTP',
    fails: 'urls-scheme',
    skip: ['urls-path'],
    patch: {
      scoringPath: '/spaces/s/deployments/loan/predictions?v=1',
      ...publish(({ entity }) => {
        const { host } = new URL(entity.scoring_url);
        entity.scoring_url = entity.scoring_endpoint.url = `https://${host}/spaces/s/deployments/loan/predictions?v=1`;
      }),
    },
  },
  {
    what: 'an https URL of the deployment on the port that speaks HTTP',
    fails: 'urls-scheme',
    patch: publish(({ metadata }) => (metadata.url = metadata.url.replace('http:', 'https:'))),
  },
  {
    what: 'an https URL of the asset on the port that speaks HTTP',
    fails: 'urls-scheme',
    patch: publish(({ entity }) => (entity.asset.url = entity.asset.url.replace('http:', 'https:'))),
  },
  {
    what: 'an asset with an id of its own',
    fails: 'ids-asset',
    patch: publish(({ entity }) => (entity.asset.guid = entity.asset.asset_id = 'model-1')),
  },
  {
    what: 'a localhost URL with a custom path',
    fails: 'urls-path',
    patch: {
      scoringPath: '/score/loan',
      ...publish(({ entity }) => {
        const { port } = new URL(entity.scoring_url);
        entity.scoring_url = entity.scoring_endpoint.url = `http://localhost:${port}/score/loan`;
      }),
    },
  },
  { what: 'a body that is a list', fails: 'discovery-json', patch: replaceDiscovery('[]') },
  { what: 'a body that is a string', fails: 'discovery-json', patch: replaceDiscovery('"error"') },
  { what: 'truncated JSON', fails: 'discovery-json', patch: replaceDiscovery('{"count": 0, "resources": [') },
  {
    what: 'JSON with single quotes, like a Python dictionary',
    fails: 'discovery-json',
    patch: replaceDiscovery("{'count': 0, 'resources': []}"),
  },
  {
    what: 'Infinity',
    fails: 'discovery-json',
    patch: replaceDiscovery('{"count": 0, "x": [-Infinity], "resources": []}'),
  },
  {
    what: 'resources that are an object',
    fails: 'discovery-resources',
    patch: replaceDiscovery('{"count": 1, "resources": {"a": {}}}'),
  },
  {
    what: 'resources that are strings',
    fails: 'discovery-resources',
    patch: replaceDiscovery('{"count": 1, "resources": ["a"]}'),
  },
  {
    what: 'more resources than allowed',
    fails: 'discovery-resources',
    patch: replaceDiscovery(`{"count": 20000, "resources": [${'{},'.repeat(19_999)}{}]}`),
  },
  {
    what: 'more values than allowed',
    fails: 'discovery-answers',
    patch: replaceDiscovery(`[${'0,'.repeat(5_000_000)}0]`),
  },
  {
    what: 'a count that is a string',
    fails: 'discovery-count',
    patch: { list: ({ resources }) => ({ count: '1', resources }) },
  },
  { what: 'no count', fails: 'discovery-count', patch: { list: ({ resources }) => ({ resources }) } },
  {
    what: 'an asset without an id',
    fails: 'keys-gateway',
    patch: publish(({ entity }) => (entity.asset = { ...entity.asset, guid: 1, asset_id: 1 })),
  },
  { what: 'an empty name', fails: 'keys-gateway', patch: publish(({ entity }) => (entity.name = '')) },
  { what: 'a URL that is a number', fails: 'keys-gateway', patch: publish(({ entity }) => (entity.scoring_url = 5)) },
  {
    what: 'asset_properties that are a list',
    fails: 'keys-sdk-v2',
    patch: publish(({ entity }) => (entity.asset_properties = [])),
    skip: ['published-properties', 'scoring'],
  },
  {
    what: 'an empty URL',
    fails: 'keys-gateway',
    patch: publish(({ entity }) => (entity.scoring_endpoint.url = '')),
  },
  { what: 'no description', fails: 'keys-superset', patch: publish(({ entity }) => delete entity.description) },
  {
    what: 'the id of the asset under one of two keys',
    fails: 'keys-superset',
    patch: publish(({ entity }) => delete entity.asset.guid),
  },
  { what: 'no labels', fails: 'published-properties', patch: publishProperties((all) => delete all.labels) },
  {
    what: 'an invalid month',
    fails: 'dates',
    patch: publish(({ metadata }) => (metadata.created_at = '2026-13-01T00:00:00Z')),
  },
  {
    what: 'an invalid day',
    fails: 'dates',
    patch: publish(({ metadata }) => (metadata.created_at = '2026-02-30T00:00:00Z')),
  },
  {
    what: 'a modified_at that is a number',
    fails: 'dates',
    patch: publish(({ metadata }) => (metadata.modified_at = 1_700_000_000)),
  },
  {
    what: 'a created_at that is a number',
    fails: 'dates',
    patch: publish(({ metadata }) => (metadata.created_at = 1_700_000_000)),
  },
  {
    what: 'an invalid hour',
    fails: 'dates',
    patch: publish(({ metadata }) => (metadata.created_at = '2026-01-31T25:00:00Z')),
  },
  {
    what: 'an invalid minute',
    fails: 'dates',
    patch: publish(({ metadata }) => (metadata.created_at = '2026-01-31T23:60:00Z')),
  },
  { what: 'a type that is a number', fails: 'words', patch: publish(({ entity }) => (entity.type = 1)) },
  {
    what: 'a URL of the asset that is a number',
    fails: 'urls-absolute',
    patch: publish(({ entity }) => (entity.asset.url = 1)),
  },
  {
    what: 'problem_type multi-class',
    fails: 'words',
    patch: publishProperties((all) => (all.problem_type = 'multi-class')),
  },
  { what: 'type batch', fails: 'words', patch: publish(({ entity }) => (entity.type = 'batch')) },
  {
    what: 'asset_type function',
    fails: 'words',
    patch: publish(({ entity }) => (entity.asset.asset_type = 'function')),
  },
  {
    what: 'a URL with a password in it',
    fails: 'urls-absolute',
    patch: publish(({ metadata }) => (metadata.url = 'http://a:b@example.com/')),
  },
  {
    what: 'a file URL',
    fails: 'urls-absolute',
    patch: publish(({ entity }) => (entity.asset.url = 'file:///model')),
  },
  { what: 'a field without a name', fails: 'schemas-spark', patch: publishField({ type: 'string', nullable: true }) },
  {
    what: 'a field with an empty name',
    fails: 'schemas-spark',
    patch: publishField({ name: '', type: 'string', nullable: true }),
  },
  {
    what: 'a duplicate field',
    fails: 'schemas-spark',
    patch: publishField({ name: 'age', type: 'integer', nullable: false }),
  },
  { what: 'a field without nullable', fails: 'schemas-spark', patch: publishField({ name: 'x', type: 'string' }) },
  {
    what: 'a pandas type',
    fails: 'schemas-spark',
    patch: publishField({ name: 'x', type: 'float64', nullable: true }),
  },
  {
    what: 'an array without elementType',
    fails: 'schemas-spark',
    patch: publishField({ name: 'x', type: { type: 'array', containsNull: true }, nullable: true }),
  },
  {
    what: 'a map without valueType',
    fails: 'schemas-spark',
    patch: publishField({ name: 'x', type: { type: 'map', keyType: 'string' }, nullable: true }),
  },
  {
    what: 'metadata that is a string',
    fails: 'schemas-spark',
    patch: publishField({ name: 'x', type: 'string', nullable: true, metadata: 'x' }),
  },
  { what: 'a field that is a string', fails: 'schemas-spark', patch: publishField('x') },
  {
    what: 'fields that are an object',
    fails: 'schemas-spark',
    patch: publishProperties((all) => (all.training_data_schema.fields = { age: 'integer' })),
  },
  {
    what: 'a schema that is a string',
    fails: 'schemas-spark',
    patch: publishProperties((all) => (all.training_data_schema = 'struct')),
  },
  {
    what: 'a map with an unknown valueType',
    fails: 'schemas-spark',
    patch: publishField({ name: 'x', type: { type: 'map', keyType: 'string', valueType: 'any' }, nullable: true }),
  },
  {
    what: 'a quote in the name of the label',
    fails: 'column-names',
    patch: publishProperties((all) => {
      all.label_column = '"outcome"';
      delete all.training_data_schema;
    }),
    skip: ['published-properties'],
  },
  {
    what: 'a quote in a name',
    fails: 'column-names',
    patch: publishField({ name: '"x"', type: 'string', nullable: true }),
  },
  {
    what: 'a duplicate feature',
    fails: 'fields-features',
    patch: publishProperties((all) => all.feature_fields.push('age')),
  },
  {
    what: 'a feature that is not in the schemas',
    fails: 'fields-features',
    patch: publishProperties((all) => all.feature_fields.push('height')),
    skip: ['scoring', 'errors'],
  },
  {
    what: 'features that are a string',
    fails: 'fields-features',
    patch: publishProperties((all) => (all.feature_fields = 'age,income,city')),
  },
  {
    what: 'a string feature that is not categorical',
    fails: 'fields-categorical',
    patch: publishProperties((all) => (all.categorical_fields = [])),
  },
  {
    what: 'categorical fields that are a string',
    fails: 'fields-categorical',
    patch: publishProperties((all) => (all.categorical_fields = 'city')),
  },
  {
    what: 'a label that is a feature',
    fails: 'fields-label',
    patch: publishProperties((all) => (all.label_column = 'age')),
  },
  { what: 'the role of the label on another column', fails: 'fields-label', patch: addLabel() },
  {
    what: 'the role of the prediction on another column',
    fails: 'fields-prediction',
    patch: publishProperties(({ output_data_schema: { fields } }) => {
      fields.at(-2).metadata = {};
      fields[0].metadata = { modeling_role: 'prediction' };
    }),
  },
  {
    what: 'probabilities that are not in the schema',
    fails: 'fields-probability',
    patch: publishProperties(({ output_data_schema: { fields } }) => fields.pop()),
  },
  {
    what: 'probabilities of the type array of strings',
    fails: 'fields-probability',
    patch: publishProperties(({ output_data_schema: { fields } }) => (fields.at(-1).type.elementType = 'string')),
  },
  {
    what: 'a duplicate label',
    fails: 'published-labels',
    patch: publishProperties((all) => (all.labels = ['good', 'good'])),
  },
  {
    what: 'three labels for a binary model',
    fails: 'published-labels',
    patch: publishProperties((all) => (all.labels = ['good', 'bad', 'ugly'])),
  },
  {
    what: 'a second call that fails',
    fails: 'discovery-stable',
    patch: changeSecondCall({ status: 503 }),
  },
  {
    what: 'a second call that lists nothing',
    fails: 'discovery-stable',
    patch: changeSecondCall({ body: '{"resources": 1}' }),
  },
];

describeVariations('discovery', VARIATIONS);

function changeSecondCall(change: Partial<Outgoing>): Patch {
  return changeReply(
    (received, { status }) => isDiscovery(received) && status === 200 && received.before === 1,
    (reply) => ({ ...reply, ...change }),
  );
}

function addLabel(): Patch {
  return publishProperties(({ training_data_schema: { fields } }) => {
    fields.at(-1).metadata = {};
    fields.push({ name: 'target', type: 'string', nullable: false, metadata: { modeling_role: 'target' } });
  });
}
