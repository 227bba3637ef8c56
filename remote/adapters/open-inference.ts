/**
 * The Open Inference Protocol, version 2: MLServer, KServe, Triton, OpenVINO. A table is sent as one input per column, from which
 * MLServer and KServe build a data frame, or as one matrix of numbers.
 */
import { z } from 'zod';
import { listOf, recordOf } from '../../models/list-of.ts';
import { encodingSchema } from '../../models/encoding.ts';
import type { RemoteAdapter } from '../adapter.ts';
import { buildBody, Slot } from '../request/build-body.ts';
import { modelNameShape, splitModelUrl, toModelPath } from '../request/model-url.ts';
import { buildColumnInputs } from './open-inference/column-inputs.ts';
import { DATATYPES } from '../../models/open-inference-datatypes.ts';
import { inspectModel } from './open-inference/inspect-model.ts';
import { buildMatrixInput } from './open-inference/matrix-input.ts';
import { listTensors } from './open-inference/list-tensors.ts';
import { readOutputs } from '../reply/read-outputs.ts';
import { remoteSettingsSchema } from '../remote-settings.ts';

const modelShape = {
  ...remoteSettingsSchema.shape,
  ...modelNameShape,
  /** The requested outputs, for MLServer predict and predict_proba; without it, the server's default. */
  outputs: listOf(z.string().min(1), 1).optional(),
};

const settingsSchema = z.discriminatedUnion('format', [
  z.strictObject({
    ...modelShape,
    /** One input per column. */
    format: z.literal('columns').default('columns'),
    /** The datatypes of columns that differ from the default: FP64 (numbers), BOOL, BYTES (text). */
    datatypes: recordOf(z.string(), z.enum(DATATYPES)).default({}),
    /** The dimensions of an input: 1 for [n], or 2 for [n, 1]. */
    dimensions: z.union([z.literal(1), z.literal(2)]).default(1),
  }),
  z.strictObject({
    ...modelShape,
    /** One input, a matrix of numbers. */
    format: z.literal('matrix'),
    input: z.string().min(1).default('input-0'),
    datatype: z.enum(['FP32', 'FP64']).default('FP32'),
    /** How columns become numbers; without it, each is a number already. */
    encoding: encodingSchema.optional(),
    /** What is sent for null; without it, columns must not be nullable. */
    missing: z.enum(['null', 'NaN']).optional(),
  }),
]);

type OpenInferenceSettings = z.infer<typeof settingsSchema>;

/** Triton's limit. */
const MAX_BYTES = 2 ** 26;

/** The adapter `open-inference`. */
export const openInference: RemoteAdapter<OpenInferenceSettings> = {
  settings: settingsSchema,
  limits: { maxBytes: MAX_BYTES },
  build: (file, settings) => {
    const path = toModelPath('v2', settings);
    const isMatrix = settings.format === 'matrix';
    const inputs = new Slot(isMatrix ? buildMatrixInput(file, settings) : buildColumnInputs(file, settings));
    const outputs = settings.outputs?.map((output) => ({ name: output }));
    // The content type `pd` makes MLServer and KServe build a data frame from the inputs.
    const parameters = isMatrix ? undefined : { content_type: 'pd' };
    const toBody = buildBody({ inputs, parameters, outputs });
    return {
      readyPath: `${path}/ready`,
      toRequest: (table) => ({ path: `${path}/infer`, body: toBody(table) }),
      toAnswer: (reply) => readOutputs(listTensors(reply.json(), settings.outputs), file, settings.output),
      listOutputs: (reply) => listTensors(reply.json(), settings.outputs),
    };
  },
  inspect: inspectModel,
  fromUrl: (url) => ({ ...splitModelUrl('v2', url) }),
};
