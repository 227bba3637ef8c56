/** The operations of the Open Inference Protocol and their handlers; those of a version have those of its model. */
import { getModel, getModelReady, getServer, listModels } from './describe-model.ts';
import { inferModel } from './infer-model.ts';
import type { OpenInferenceTable } from './protocol.ts';

export const openInferenceHandlers = {
  getServer,
  listModels,
  getModel,
  getModelVersion: getModel,
  getModelReady,
  getModelVersionReady: getModelReady,
  inferModel,
  inferModelVersion: inferModel,
} satisfies OpenInferenceTable;
