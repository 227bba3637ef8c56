/** The native serving systems whose models can be wrapped: one file and one line each. Their names are model kinds. */
import type { RemoteAdapter } from './adapter.ts';
import { json } from './adapters/json.ts';
import { kserveV1 } from './adapters/kserve-v1.ts';
import { mlflow } from './adapters/mlflow.ts';
import { openInference } from './adapters/open-inference.ts';

export const adapters: Readonly<Record<string, RemoteAdapter>> = {
  json,
  'kserve-v1': kserveV1,
  mlflow,
  'open-inference': openInference,
};
