import { NO_CALL } from '../models/model.ts';
import type { HandlerOf } from './contract.ts';
import { toNotFound, type MetricsRunRequest } from './metrics-providers.ts';

/** Has a metrics provider evaluate a run of a custom monitor; meanwhile, the request takes no slot from others. */
export const computeMetrics: HandlerOf<'computeMetrics'> = async (
  { params, body },
  { metricsProviders, call = NO_CALL },
) => {
  if (!metricsProviders) throw toNotFound();
  const { values } = body.input_data[0] as { readonly values: MetricsRunRequest };
  const run = await call.waitFor(() => metricsProviders.run(params.name, values));
  return { status: 200, body: { predictions: [{ values: [run] }] } };
};
