/** Inspects a server of the Open Inference Protocol: its models, and a model's inputs and outputs. */
import { z } from 'zod';
import { listOf } from '../../../models/list-of.ts';
import type { Inspection, RequestJson } from '../../adapter.ts';
import { findModel } from '../../find-model.ts';
import { toModelPath } from '../../request/model-url.ts';
import { readReply } from '../../reply/read-reply.ts';
import {
  DATATYPES,
  NUMBER_RANGES,
  isNumberDatatype,
  toColumnType,
  toDatatype,
  type Datatype,
} from '../../../models/open-inference-datatypes.ts';

const tensorSchema = z.object({ name: z.string(), datatype: z.string(), shape: listOf(z.int()) });
const metadataSchema = z.object({
  inputs: listOf(tensorSchema).nullish(),
  outputs: listOf(tensorSchema).nullish(),
});
type Tensor = z.infer<typeof tensorSchema>;

/** The list of models of MLServer and Triton. */
const indexSchema = listOf(z.object({ name: z.string() }));
/** The list of models of KServe. */
const modelsSchema = z.object({ models: listOf(z.string()) });

/** The outputs of MLServer's scikit-learn runtime; the second is sent only on request. */
const REQUESTED_OUTPUTS = ['predict', 'predict_proba'];

/**
 * Inspects the model that the settings name, or the server's only one.
 * @throws {UpstreamError} if no model is named and the server does not have exactly one
 */
export async function inspectModel(
  settings: Readonly<Record<string, unknown>>,
  request: RequestJson,
): Promise<Inspection> {
  const model = await findModel(settings, [
    async () => readReply(indexSchema, await request('/v2/repository/index', {})).map(({ name }) => name),
    async () => readReply(modelsSchema, await request('/v2/models')).models,
  ]);
  const { inputs, outputs } = readReply(metadataSchema, await request(toModelPath('v2', model)));
  const found = describeInputs(inputs ?? []);
  const names = (outputs ?? []).map(({ name }) => name);
  const requested = names.includes('predict_proba')
    ? REQUESTED_OUTPUTS.filter((name) => names.includes(name))
    : undefined;
  const trials = listTrials(found.settings === undefined, names.length === 0);
  return {
    ...found,
    settings: { model: model.model, ...found.settings, ...(requested && { outputs: requested }) },
    ...(trials.length > 1 && { trials }),
  };
}

/** The formats to try. MLServer and KServe accept null in a matrix. */
const FORMATS = [{ format: 'columns' }, { format: 'matrix', datatype: 'FP64', missing: 'null' }];

/** Labels with probabilities before the server's default outputs, a data frame before a matrix. */
function listTrials(isFormatOpen: boolean, areOutputsOpen: boolean): Record<string, unknown>[] {
  const formats = isFormatOpen ? FORMATS : [{}];
  return formats.flatMap((format) => [...(areOutputsOpen ? [{ ...format, outputs: REQUESTED_OUTPUTS }] : []), format]);
}

function describeInputs(inputs: readonly Tensor[]): Inspection {
  if (inputs.length === 0) return { notes: ["The server does not report the model's inputs."] };
  const [first] = inputs as [Tensor];
  const width = first.shape.at(-1) as number;
  if (inputs.length === 1 && first.shape.length === 2 && width !== 1) {
    const isKnown = first.datatype === 'FP32' || first.datatype === 'FP64';
    return {
      settings: { format: 'matrix', input: first.name, ...(isKnown && { datatype: first.datatype }) },
      notes: [`The model takes a matrix (${first.datatype})${width > 0 ? ` with ${width} numbers per row` : ''}.`],
    };
  }
  const isColumn = ({ shape, datatype }: Tensor) =>
    isDatatype(datatype) && (shape.length === 1 || (shape.length === 2 && shape[1] === 1));
  if (!inputs.every(isColumn)) return { notes: ["The model's inputs are neither columns nor a single matrix."] };
  const columns = inputs.map(({ name, datatype }) => ({
    name,
    type: toColumnType(datatype as Datatype),
    nullable: false,
  }));
  const other = inputs.filter(({ datatype }, index) => datatype !== toDatatype(columns[index] as { type: 'long' }));
  const whole = other.filter(({ datatype }) => isNumberDatatype(datatype) && NUMBER_RANGES[datatype].isWhole);
  return {
    settings: {
      format: 'columns',
      ...(first.shape.length === 2 && { dimensions: 2 }),
      ...(other.length > 0 && { datatypes: Object.fromEntries(other.map(({ name, datatype }) => [name, datatype])) }),
      ...(whole.length > 0 && { round: true }),
    },
    columns,
    ...(whole.length > 0 && {
      notes: [
        `Fractions in ${whole.map(({ name }) => name).join(', ')} are rounded (settings.round): the model takes whole numbers there, and no nulls.`,
      ],
    }),
  };
}

function isDatatype(datatype: string): datatype is Datatype {
  return (DATATYPES as readonly string[]).includes(datatype);
}
