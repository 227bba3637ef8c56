/** Engines that publish in the known shapes, each with no more than IBM's samples have. */
import type { Loose, Patch } from './engine.ts';

const reshape = (change: (resource: Loose, base: string) => Loose): Patch => ({
  resource: (resource) => change(resource, resource.entity.scoring_url),
});

export const SHAPES = {
  /** The Flask samples, 2018 to 2022. */
  A: reshape(({ metadata: { guid, created_at, modified_at }, entity }, url) => ({
    metadata: { guid, created_at, modified_at },
    entity: {
      name: entity.name,
      description: entity.description,
      scoring_url: url,
      asset: { name: 'Loan', guid },
      asset_properties: { problem_type: 'binary', input_data_type: 'structured', predicted_target_field: 'prediction' },
    },
  })),
  /** The Node sample of 2019. */
  B: reshape(({ metadata: { guid, created_at, url: own } }, url) => ({
    metadata: { guid, created_at, url: own },
    entity: {
      name: 'Loan',
      type: 'online',
      scoring_endpoint: { url },
      asset: { asset_id: guid, name: 'Loan', asset_type: 'model', created_at },
      asset_properties: {},
    },
  })),
  /** A mixture of both, with schemas. */
  "B'": reshape(({ metadata, entity }, url) => ({
    metadata,
    entity: {
      name: 'Loan',
      scoring_url: url,
      asset: { asset_id: 'loan', guid: 'loan', name: 'Loan', url },
      asset_properties: entity.asset_properties,
    },
  })),
  /** The earliest, which no current client reads. */
  '0': reshape(({ metadata }, url) => ({
    metadata,
    entity: { name: 'Loan', status: 'ACTIVE', scoring_url: url, deployable_asset: { guid: 'loan', name: 'Loan' } },
  })),
} as const satisfies Record<string, Patch>;

/** A resource without any schema. */
export function withoutSchemas(resource: Loose): Loose {
  const {
    input_data_schema: _i,
    output_data_schema: _o,
    training_data_schema: _t,
    ...rest
  } = resource.entity.asset_properties;
  return { ...resource, entity: { ...resource.entity, asset_properties: rest } };
}
