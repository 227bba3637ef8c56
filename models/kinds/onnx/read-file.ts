import { openZipMaps, type OpenedModel } from './open-zip-maps.ts';
import { planInputs, type InputPlan } from './plan-inputs.ts';
import { planOutputs, type OutputPlan, type OutputRoles } from './plan-outputs.ts';
import { readModel } from './read-model.ts';

/** How a graph takes tables and gives scores. */
export interface FilePlan {
  readonly inputs: InputPlan;
  readonly outputs: OutputPlan;
}

/**
 * Reads a file, and plans its inputs and outputs.
 * @param output the setting that says which output has what
 * @throws {DeploymentError} when it cannot be served
 */
export function readFile(
  bytes: Uint8Array,
  place: string,
  output: OutputRoles | undefined,
): FilePlan & { readonly model: OpenedModel } {
  const model = openZipMaps(bytes, readModel(bytes, place), place);
  return { model, inputs: planInputs(model, place), outputs: planOutputs(bytes, model, output, place) };
}
