/**
 * Checks of the keys that each generation of clients reads. Resources exist in two shapes: A (`scoring_url`, `asset.guid`) and B
 * (`scoring_endpoint.url`, `asset.asset_id`); either is accepted. Keys that several clients need are checked once, with the
 * gateway's. Whether dates, URLs and other values are valid is up to the checks of values and URLs.
 */
import type { Check } from '../../check.ts';
import { fail, pass, type Outcome } from '../../outcome.ts';
import type { PublishedDeployment } from '../../evidence/published-deployment.ts';
import { isObject } from '../../client/parse-json.ts';

/** Each key, and whether it is present and of the right type. */
type Keys = readonly (readonly [key: string, isThere: boolean])[];

/** Checks of the keys of each resource. */
export const keyChecks = {
  'keys-gateway': {
    scope: 'published',
    level: 'required',
    statement: 'Each resource has the keys that OpenScale’s gateway reads, in shape A or B.',
    why: 'The gateway builds its own list from these keys; a resource without one of them breaks it.',
    fix: 'Add the keys; each is a string.',
    run: ({ metadata, entity, asset, scoringUrls, assetIds }) =>
      judgeKeys([
        ['metadata.guid', isText(metadata['guid'])],
        ['entity.name', isText(entity['name'])],
        ['entity.scoring_url or entity.scoring_endpoint.url', hasTexts(scoringUrls)],
        ['entity.asset.guid or entity.asset.asset_id', hasTexts(assetIds)],
        ['entity.asset.name', isText(asset['name'])],
      ]),
  },
  'keys-direct-client': {
    scope: 'published',
    level: 'required',
    statement: 'Each resource also has metadata.created_at, which a client from 2018 reads directly from the engine.',
    why: 'That client shows when a deployment was created, and fails without it.',
    fix: 'Add metadata.created_at, in ISO 8601.',
    run: ({ metadata }) => judgeKeys([['metadata.created_at', 'created_at' in metadata]]),
  },
  'keys-sdk-v2': {
    scope: 'published',
    level: 'required',
    statement: 'Each resource also has the object entity.asset_properties, which the Python SDK v2 reads.',
    why: 'The SDK looks for schemas in it without checking that it exists, and fails with a KeyError.',
    fix: 'Add entity.asset_properties; an empty object is enough.',
    run: ({ entity }) => judgeKeys([['entity.asset_properties', isObject(entity['asset_properties'])]]),
  },
  'keys-superset': {
    scope: 'published',
    level: 'recommended',
    statement: 'Each resource has the keys of both shapes at once.',
    why: 'Then no client has to guess; no known client rejects additional keys.',
    fix: 'Add the keys; the two URLs are the same, and so are the ids.',
    run: ({ metadata, entity, asset, scoringUrls, assetIds }) =>
      judgeKeys([
        ['metadata.url', 'url' in metadata],
        ['metadata.modified_at', 'modified_at' in metadata],
        ['entity.description', typeof entity['description'] === 'string'],
        ['entity.type', 'type' in entity],
        ['entity.scoring_url and entity.scoring_endpoint.url', scoringUrls.length !== 1],
        ['entity.asset.guid and entity.asset.asset_id', assetIds.length !== 1],
        ['entity.asset.asset_type', 'asset_type' in asset],
        ['entity.asset.url', 'url' in asset],
        ['entity.asset.created_at', 'created_at' in asset],
      ]),
  },
  'published-properties': {
    scope: 'published',
    level: 'recommended',
    statement: 'asset_properties contains what OpenScale would otherwise ask the user for.',
    why: 'Whatever is not published has to be entered by hand for every subscription, which is error-prone.',
    fix: 'Publish the keys.',
    run: (published) => {
      const classifies = published.text('problem_type') !== 'regression';
      const has = (key: string) => published.properties[key] !== undefined;
      return judgeKeys([
        ...['problem_type', 'input_data_type', 'label_column', 'feature_fields', 'categorical_fields'].map(toKey(has)),
        ...['prediction_field', 'input_data_schema', 'output_data_schema', 'training_data_schema'].map(toKey(has)),
        ...(classifies ? ['prediction_probability_field', 'labels'].map(toKey(has)) : []),
      ]);
    },
  },
} as const satisfies Record<string, Check>;

const toKey = (has: (key: string) => boolean) => (key: string) => [key, has(key)] as const;

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

/** Whether there are values, all of them strings. */
function hasTexts(found: PublishedDeployment['assetIds']): boolean {
  return found.length > 0 && found.every(([, value]) => isText(value));
}

function judgeKeys(keys: Keys): Outcome {
  const missing = keys.filter(([, isThere]) => !isThere).map(([key]) => key);
  return missing.length === 0
    ? pass()
    : fail(`missing or of the wrong type: ${missing.join(', ')}`, 'all of these keys');
}
