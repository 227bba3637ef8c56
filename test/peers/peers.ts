/** The model servers that the engine is proved on. */
import { kserveArrays, kserveLabels, kserveMatrix, kserveOpenInference, kserveProbabilities } from './kserve.ts';
import { mlflowLabels, mlflowProbabilities, mlflowTrees } from './mlflow.ts';
import { mlserver, mlserverMatrix } from './mlserver.ts';
import type { Peer } from './peer.ts';
import { rayServe } from './ray-serve.ts';

export const PEERS: readonly Peer[] = [
  mlserver,
  mlserverMatrix,
  mlflowLabels,
  mlflowProbabilities,
  mlflowTrees,
  kserveLabels,
  kserveProbabilities,
  kserveArrays,
  kserveOpenInference,
  kserveMatrix,
  rayServe,
];
