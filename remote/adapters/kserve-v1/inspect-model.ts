/** What KServe and TensorFlow Serving tell of a model: KServe its name, TensorFlow Serving its signature. */
import { z } from 'zod';
import type { Column } from '../../../models/deployment-file.ts';
import type { Ask, Inspection } from '../../adapter.ts';
import { findModel } from '../../find-model.ts';
import { toModelPath } from '../../request/model-url.ts';
import { readReply } from '../../reply/read-reply.ts';
import { ReplyError } from '../../../upstream/upstream-error.ts';

/** KServe's list. */
const modelsSchema = z.object({ models: z.array(z.string()) });
/** TensorFlow Serving's status. */
const statusSchema = z.object({ model_version_status: z.array(z.unknown()) });

const tensorSchema = z.object({
  dtype: z.string(),
  /** JSON of a 64-bit number is text. */
  tensor_shape: z.object({ dim: z.array(z.object({ size: z.coerce.number() })).default([]) }),
});
const signatureSchema = z.object({
  inputs: z.record(z.string(), tensorSchema).default({}),
  method_name: z.string().default(''),
});
const metadataSchema = z.object({
  metadata: z.object({
    signature_def: z.object({ signature_def: z.record(z.string(), z.unknown()) }),
  }),
});
type Signature = z.infer<typeof signatureSchema>;

/** How the rows may be sent: KServe's server of scikit-inspect makes a matrix of arrays, and a data frame of lists in objects. */
const FORMATS = ['rows', 'object_lists', 'objects'].map((format) => ({ format }));

/** TensorFlow's datatypes as types of columns. */
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
 * Learns what there is to be known of the model that the settings name, or of the only one that the server has.
 * @throws {ReplyError} where no model is named and there is not exactly one
 */
export async function inspectModel(settings: Readonly<Record<string, unknown>>, ask: Ask): Promise<Inspection> {
  // TensorFlow Serving has no list.
  const model = await findModel(settings, [async () => readReply(modelsSchema, await ask('/v1/models')).models]);
  const path = toModelPath('v1', model);
  const isTensorflow = statusSchema.safeParse(await ask(path)).success;
  const learned: Inspection = isTensorflow
    ? describeSignature(await ask(`${path}/metadata`), settings['signature_name'])
    : { notes: ['The server does not tell the inputs of the model.'], trials: FORMATS };
  return { ...learned, settings: { model: model.model, ...learned.settings } };
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
    return { settings: { verb: 'classify' }, notes: ['The model takes examples; what they hold it does not tell.'] };
  const tensors = Object.entries(inputs).map(([name, { dtype, tensor_shape }]) => ({
    name,
    type: TYPES[dtype],
    dimensions: tensor_shape.dim.map(({ size }) => size),
  }));
  const [first] = tensors;
  const width = first?.dimensions[1] ?? 1;
  if (tensors.length === 1 && first?.dimensions.length === 2 && width !== 1) {
    const numbers = width > 0 ? ` of ${width}` : '';
    return { settings: { format: 'rows' }, notes: [`The model takes a matrix: rows${numbers} numbers.`] };
  }
  const columns = tensors.flatMap(({ name, type, dimensions }) =>
    type !== undefined && (dimensions.length === 1 || (dimensions.length === 2 && dimensions[1] === 1))
      ? [{ name, type, nullable: false }]
      : [],
  );
  if (columns.length < tensors.length || columns.length === 0)
    return { notes: ['The inputs of the model are neither columns nor one matrix.'] };
  const isNested = first?.dimensions.length === 2;
  return { settings: { format: isNested ? 'column_lists' : 'columns' }, columns };
}
