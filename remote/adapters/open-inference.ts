/**
 * The Open Inference Protocol, version 2: MLServer, KServe, Triton, OpenVINO. A table is sent an input a column, of which
 * MLServer and KServe make a data frame, or encoded as one matrix of numbers.
 */
import { z } from 'zod';
import { encodingSchema } from '../../models/encoding.ts';
import type { RemoteAdapter } from '../adapter.ts';
import { buildBody, Slot } from '../request/build-body.ts';
import { modelNameShape, splitModelUrl, toModelPath } from '../request/model-url.ts';
import { buildColumnInputs } from './open-inference/column-inputs.ts';
import { DATATYPES } from './open-inference/datatypes.ts';
import { inspectModel } from './open-inference/inspect-model.ts';
import { buildMatrixInput } from './open-inference/matrix-input.ts';
import { readTensors } from './open-inference/read-tensors.ts';
import { remoteSettingsSchema } from '../remote-settings.ts';

const modelShape = {
  ...remoteSettingsSchema.shape,
  ...modelNameShape,
  /** The outputs that are asked for; without it those that the server answers by itself. MLServer: predict, predict_proba. */
  outputs: z.array(z.string().min(1)).min(1).optional(),
};

const settingsSchema = z.discriminatedUnion('format', [
  z.strictObject({
    ...modelShape,
    /** An input a column. */
    format: z.literal('columns').default('columns'),
    /** The datatypes of columns that are not FP64 (numbers), BOOL and BYTES (text). */
    datatypes: z.record(z.string(), z.enum(DATATYPES)).default({}),
    /** The dimensions of an input: [n], or [n, 1] where the model declares two. */
    dimensions: z.union([z.literal(1), z.literal(2)]).default(1),
  }),
  z.strictObject({
    ...modelShape,
    /** One input, a matrix of numbers. */
    format: z.literal('matrix'),
    input: z.string().min(1).default('input-0'),
    datatype: z.enum(['FP32', 'FP64']).default('FP32'),
    /** How columns become numbers; without it each is a number as it stands. */
    encoding: encodingSchema.optional(),
    /** What is sent for nulls; without it columns may have none. */
    missing: z.enum(['null', 'NaN']).optional(),
  }),
]);

type OpenInferenceSettings = z.infer<typeof settingsSchema>;

/** Triton takes no more at once. */
const MOST_BYTES = 2 ** 26;

/** The adapter `open-inference`. */
export const openInference: RemoteAdapter<OpenInferenceSettings> = {
  settings: settingsSchema,
  limits: { maxBytes: MOST_BYTES },
  build: (file, settings) => {
    const path = toModelPath('v2', settings);
    const isMatrix = settings.format === 'matrix';
    const inputs = new Slot(isMatrix ? buildMatrixInput(file, settings) : buildColumnInputs(file, settings));
    const outputs = settings.outputs?.map((output) => ({ name: output }));
    // The content type `pd` has MLServer and KServe make a data frame of the inputs.
    const parameters = isMatrix ? undefined : { content_type: 'pd' };
    const toBody = buildBody({ inputs, parameters, outputs });
    return {
      readyPath: `${path}/ready`,
      toRequest: (table) => ({ path: `${path}/infer`, body: toBody(table) }),
      toAnswer: (reply, rowCount) => readTensors(reply.json(), rowCount, file, settings),
    };
  },
  inspect: inspectModel,
  fromUrl: (url) => ({ ...splitModelUrl('v2', url) }),
};
