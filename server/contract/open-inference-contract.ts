/**
 * The routes of the Open Inference Protocol, version 2, as an OpenAPI document. It is a second contract for openapi-backend, beside
 * OpenScale's: so the same dispatcher routes, authenticates, admits, reads and validates its requests, and the same threads answer
 * long ones. It is not part of the Swagger file, because clients and checks of OpenScale's contract have no use for it, and its
 * errors have another body. The health routes of the protocol are in application.ts: probes are answered under any load.
 */

const PREFIX = '/v2';

/** Whether a path below the engine's root belongs to the protocol. */
export function isOpenInferencePath(path: string): boolean {
  return path === PREFIX || path.startsWith(`${PREFIX}/`);
}

const ANY = {};
const TEXT = { type: 'string' };
const PARAMETERS = { type: 'object' };

const INPUT = {
  type: 'object',
  required: ['name', 'shape', 'datatype'],
  properties: {
    name: { type: 'string', minLength: 1 },
    shape: { type: 'array', minItems: 1, items: { type: 'integer' } },
    datatype: TEXT,
    parameters: PARAMETERS,
    data: { type: 'array', items: ANY },
  },
};

const INFER_REQUEST = {
  type: 'object',
  required: ['inputs'],
  properties: {
    id: TEXT,
    parameters: PARAMETERS,
    inputs: { type: 'array', minItems: 1, items: INPUT },
    outputs: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string', minLength: 1 }, parameters: PARAMETERS },
      },
    },
  },
};

const JSON_OBJECT = { description: 'Done.', content: { 'application/json': { schema: { type: 'object' } } } };

/** The parameters have the names that the contract's have, which the dispatcher knows. */
function toOperation(operationId: string, names: readonly string[], body?: object): object {
  const schema = { type: 'string', minLength: 1 };
  return {
    operationId,
    parameters: names.map((name) => ({ name, in: 'path', required: true, schema })),
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: { 200: JSON_OBJECT },
  };
}

function toModelPaths(path: string, names: readonly string[]): object {
  return {
    [path]: { get: toOperation(names.length > 1 ? 'getModelVersion' : 'getModel', names) },
    [`${path}/ready`]: { get: toOperation(names.length > 1 ? 'getModelVersionReady' : 'getModelReady', names) },
    [`${path}/infer`]: {
      post: toOperation(names.length > 1 ? 'inferModelVersion' : 'inferModel', names, INFER_REQUEST),
    },
  };
}

/** The document. */
export const openInferenceContract = {
  openapi: '3.0.3',
  info: { title: 'Open Inference Protocol', version: '2' },
  security: [{ BasicAuth: [] }],
  paths: {
    [PREFIX]: { get: toOperation('getServer', []) },
    [`${PREFIX}/models`]: { get: toOperation('listModels', []) },
    ...toModelPaths(`${PREFIX}/models/{deployment_id}`, ['deployment_id']),
    ...toModelPaths(`${PREFIX}/models/{deployment_id}/versions/{version}`, ['deployment_id', 'version']),
  },
  components: { securitySchemes: { BasicAuth: { type: 'http', scheme: 'basic' } } },
};
