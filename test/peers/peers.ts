/** The model servers that the engine is proved on. */
import { kserveLabels, kserveOpenInference, kserveProbabilities } from './kserve.ts';
import { mlflowLabels, mlflowProbabilities } from './mlflow.ts';
import { mlserver } from './mlserver.ts';
import type { Peer } from './peer.ts';
import { rayServe } from './ray-serve.ts';

export const PEERS: readonly Peer[] = [
  mlserver,
  mlflowLabels,
  mlflowProbabilities,
  kserveLabels,
  kserveProbabilities,
  kserveOpenInference,
  rayServe,
];
