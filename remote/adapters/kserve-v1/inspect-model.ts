/** Inspects a model of KServe, which reports its name, or of TensorFlow Serving, which reports its signature. */
import { z } from 'zod';
import { listOf, recordOf } from '../../../models/list-of.ts';
import type { Column } from '../../../models/deployment-file.ts';
import type { Inspection, RequestJson } from '../../adapter.ts';
import { findModel } from '../../find-model.ts';
import { toModelPath } from '../../request/model-url.ts';
import { readReply } from '../../reply/read-reply.ts';
import { ReplyError } from '../../../upstream/upstream-error.ts';

/** KServe's list. */
const modelsSchema = z.object({ models: listOf(z.string()) });
/** TensorFlow Serving's status. */
const statusSchema = z.object({ model_version_status: z.array(z.unknown()) });

const tensorSchema = z.object({
  dtype: z.string(),
  /** Protobuf's JSON writes 64-bit numbers as strings. */
  tensor_shape: z.object({ dim: listOf(z.object({ size: z.coerce.number() })).default([]) }),
});
const signatureSchema = z.object({
  inputs: recordOf(z.string(), tensorSchema).default({}),
  method_name: z.string().default(''),
});
const metadataSchema = z.object({
  metadata: z.object({
    signature_def: z.object({ signature_def: z.record(z.string(), z.unknown()) }),
  }),
});
type Signature = z.infer<typeof signatureSchema>;

/**
 * The formats to try: KServe's scikit-learn server makes a matrix of arrays, and a data frame of objects of lists. Servers with
 * TensorFlow's API may take inputs by column.
 */
const FORMATS = ['rows', 'object_lists', 'objects', 'columns', 'column_lists'].map((format) => ({ format }));

/** The column types of TensorFlow's datatypes. */
const TYPES: Readonly<Record<string, Column['type']>> = {
  DT_FLOAT: 'double',
  DT_DOUBLE: 'double',
  DT_HALF: 'double',
  DT_INT8: 'integer',
  DT_INT16: 'integer',
  DT_INT32: 'integer',
  DT_INT64: 'long',
  DT_UINT8: 'integer',
  DT_UINT16: 'integer',
  DT_UINT32: 'long',
  DT_UINT64: 'long',
  DT_BOOL: 'boolean',
  DT_STRING: 'string',
};

/**
 * Inspects the model that the settings name, or the server's only one.
 * @throws {UpstreamError} if no model is named and the server does not have exactly one
 */
export async function inspectModel(
  settings: Readonly<Record<string, unknown>>,
  request: RequestJson,
): Promise<Inspection> {
  // TensorFlow Serving has no list.
  const model = await findModel(settings, [async () => readReply(modelsSchema, await request('/v1/models')).models]);
  const path = toModelPath('v1', model);
  const isTensorflow = statusSchema.safeParse(await request(path)).success;
  const found: Inspection = isTensorflow
    ? describeSignature(await request(`${path}/metadata`), settings['signature_name'])
    : { notes: ["The server does not report the model's inputs."], trials: FORMATS };
  return { ...found, settings: { model: model.model, ...found.settings } };
}

function describeSignature(reply: unknown, wanted: unknown): Inspection {
  const signatures = readReply(metadataSchema, reply).metadata.signature_def.signature_def;
  const name = typeof wanted === 'string' ? wanted : 'serving_default';
  const signature = signatureSchema.safeParse(Object.hasOwn(signatures, name) ? signatures[name] : undefined);
  if (!signature.success) {
    const names = Object.keys(signatures).join(', ');
    throw new ReplyError(`expected settings.signature_name to be one of the model's signatures: ${names}`);
  }
  return describeInputs(signature.data);
}

function describeInputs({ inputs, method_name }: Signature): Inspection {
  if (method_name === 'tensorflow/serving/classify')
    return {
      settings: { verb: 'classify' },
      notes: ['The model takes examples; the server does not report their columns.'],
    };
  const tensors = Object.entries(inputs).map(([name, { dtype, tensor_shape }]) => ({
    name,
    type: TYPES[dtype],
    dimensions: tensor_shape.dim.map(({ size }) => size),
  }));
  const [first] = tensors;
  const width = first?.dimensions[1] ?? 1;
  if (tensors.length === 1 && first?.dimensions.length === 2 && width !== 1) {
    const numbers = width > 0 ? ` with ${width} numbers per row` : '';
    return { settings: { format: 'rows' }, notes: [`The model takes a matrix${numbers}.`] };
  }
  const columns = tensors.flatMap(({ name, type, dimensions }) =>
    type !== undefined && (dimensions.length === 1 || (dimensions.length === 2 && dimensions[1] === 1))
      ? [{ name, type, nullable: false }]
      : [],
  );
  if (columns.length < tensors.length || columns.length === 0)
    return { notes: ["The model's inputs are neither columns nor a single matrix."] };
  const isNested = first?.dimensions.length === 2;
  return { settings: { format: isNested ? 'column_lists' : 'columns' }, columns };
}
