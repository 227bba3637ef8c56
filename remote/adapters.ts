/** The serving systems whose models can be wrapped: one file and one line each. Their names are model kinds. */
import type { RemoteAdapter } from './adapter.ts';
import { azureMl } from './adapters/azure-ml.ts';
import { json } from './adapters/json.ts';
import { kserveV1 } from './adapters/kserve-v1.ts';
import { mlflow } from './adapters/mlflow.ts';
import { openInference } from './adapters/open-inference.ts';
import { sagemaker } from './adapters/sagemaker.ts';
import { vertexAi } from './adapters/vertex-ai.ts';
import { watsonMl } from './adapters/watson-ml.ts';

export const adapters: Readonly<Record<string, RemoteAdapter>> = {
  'azure-ml': azureMl,
  json,
  'kserve-v1': kserveV1,
  mlflow,
  'open-inference': openInference,
  sagemaker,
  'vertex-ai': vertexAi,
  'watson-ml': watsonMl,
};
