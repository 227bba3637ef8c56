/** Metadata of the Open Inference Protocol, and what a model's outputs are. */
import manifest from '../../package.json' with { type: 'json' };
import { EngineError } from '../../errors/engine-error.ts';
import type { Column, DeploymentFile } from '../../models/deployment-file.ts';
import type { Deployment } from '../../models/deployment.ts';
import { toDatatype } from '../../models/open-inference-datatypes.ts';
import { findModel } from './find-model.ts';
import type { OpenInferenceHandler, TensorMetadata } from './protocol.ts';

/** Describes the engine. */
export const getServer: OpenInferenceHandler<'getServer'> = () => ({
  status: 200,
  body: { name: manifest.name, version: manifest.version, extensions: [] },
});

/** Lists the models, as KServe's servers do. */
export const listModels: OpenInferenceHandler<'listModels'> = (_request, { deployments }) => ({
  status: 200,
  body: { models: deployments.list().map(({ file }) => file.id) },
});

/** Describes a model: its inputs are the columns of the deployment, its outputs the result columns. */
export const getModel: OpenInferenceHandler<'getModel'> = ({ params }, { deployments, note }) => {
  const deployment = findModel(deployments, params);
  const { file, version, hasProbabilities } = deployment;
  note({ deployment: file.id, version });
  return {
    status: 200,
    body: {
      name: file.id,
      versions: [version],
      platform: `custom-ml-engine_${file.kind}`,
      inputs: file.columns.map(toInput),
      outputs: listOutputs(file, hasProbabilities),
    },
  };
};

/** Says whether a model is ready: one that is served is, unless it is elsewhere and known to fail there. */
export const getModelReady: OpenInferenceHandler<'getModelReady'> = ({ params }, { deployments, note }) => {
  const deployment = findModel(deployments, params);
  note({ deployment: deployment.file.id, version: deployment.version });
  if (isFailing(deployment))
    throw new EngineError('target_unavailable', 'The system that serves this deployment is not ready.');
  return { status: 200, body: { name: deployment.file.id, ready: true } };
};

function isFailing({ remote }: Deployment): boolean {
  return remote !== undefined && (remote.state.status === 'failing' || remote.isCircuitOpen);
}

/** Whole numbers are INT64, unless there may be nulls, which clients can send with FP64 only. */
function toInput(column: Column): TensorMetadata {
  const isWhole = (column.type === 'integer' || column.type === 'long') && !column.nullable;
  return toTensor(column.name, isWhole ? 'INT64' : toDatatype(column), [-1]);
}

/** The outputs of a model, which are the result columns of a scoring response. */
export function listOutputs({ label, result }: DeploymentFile, hasProbabilities: boolean): TensorMetadata[] {
  const { classes, type } = label;
  if (!classes) return [toTensor(result.prediction, 'FP64', [-1])];
  const datatype = type === 'string' ? 'BYTES' : type === 'double' ? 'FP64' : 'INT64';
  return [
    toTensor(result.prediction, datatype, [-1]),
    ...(hasProbabilities ? [toTensor(result.probability, 'FP64', [-1, classes.length])] : []),
    ...(result.class_index ? [toTensor(result.class_index, 'INT64', [-1])] : []),
  ];
}

/** The content types are those that MLServer's clients decode by. */
function toTensor(name: string, datatype: string, shape: readonly number[]): TensorMetadata {
  return { name, datatype, shape, parameters: { content_type: datatype === 'BYTES' ? 'str' : 'np' } };
}
