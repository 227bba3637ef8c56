/** A double of OpenScale with subscriptions, as `register --apply` leaves it. */
import type { OpenScaleDouble } from '../openscale-double/openscale-double.ts';

const field = (name: string, type: unknown, modeling_role: string) => ({
  name,
  type,
  nullable: false,
  metadata: { modeling_role },
});
const struct = (...fields: object[]) => ({ type: 'struct', fields });
const FEATURES = [field('age', 'integer', 'feature'), field('purpose', 'string', 'feature')];

/** Subscribes to deployments, with a quality monitor each unless it is not wanted; gives the ids of the subscriptions. */
export function subscribe({ store }: OpenScaleDouble, deployments: readonly string[], hasQuality = true): string[] {
  const [data_mart_id] = store.dataMarts.keys();
  const provider = { name: 'engine', service_type: 'custom_machine_learning', credentials: {} };
  const service_provider_id = store.addProvider(provider, {}).metadata.id;
  return deployments.map((id) => {
    const subscription = store.addSubscription(
      {
        data_mart_id,
        service_provider_id,
        asset: { asset_id: id, asset_type: 'model' },
        deployment: { deployment_id: id, name: id, deployment_type: 'online' },
        asset_properties: {
          label_column: 'risk',
          prediction_field: 'prediction',
          feature_fields: ['age', 'purpose'],
          input_data_schema: struct(...FEATURES),
          output_data_schema: struct(...FEATURES, field('prediction', 'string', 'prediction')),
        },
      },
      {},
    );
    const { id: target_id } = subscription.metadata;
    const target = { target_type: 'subscription', target_id };
    const parameters = { min_feedback_data_size: 10 };
    if (hasQuality) store.addMonitor({ data_mart_id, monitor_definition_id: 'quality', target, parameters }, {});
    return target_id;
  });
}
