/** What a server of the Open Inference Protocol tells of a model: its inputs and outputs, and which models there are. */
import { z } from 'zod';
import type { Ask, Inspection } from '../../adapter.ts';
import { findModel } from '../../find-model.ts';
import { toModelPath } from '../../request/model-url.ts';
import { readReply } from '../../reply/read-reply.ts';
import { DATATYPES, NUMBER_RANGES, isNumberDatatype, toColumnType, toDatatype, type Datatype } from './datatypes.ts';

const tensorSchema = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) });
const metadataSchema = z.object({
  inputs: z.array(tensorSchema).nullish(),
  outputs: z.array(tensorSchema).nullish(),
});
type Tensor = z.infer<typeof tensorSchema>;

/** MLServer and Triton list their models so. */
const indexSchema = z.array(z.object({ name: z.string() }));
/** And KServe so. */
const modelsSchema = z.object({ models: z.array(z.string()) });

/** What MLServer's runtime for scikit-inspect answers, the second only where it is asked for. */
const ASKED_FOR = ['predict', 'predict_proba'];

/**
 * Learns what there is to be known of the model that the settings name, or of the only one that the server has.
 * @throws {ReplyError} where no model is named and there is not exactly one
 */
export async function inspectModel(settings: Readonly<Record<string, unknown>>, ask: Ask): Promise<Inspection> {
  const model = await findModel(settings, [
    async () => readReply(indexSchema, await ask('/v2/repository/index', {})).map(({ name }) => name),
    async () => readReply(modelsSchema, await ask('/v2/models')).models,
  ]);
  const { inputs, outputs } = readReply(metadataSchema, await ask(toModelPath('v2', model)));
  const learned = describeInputs(inputs ?? []);
  const names = (outputs ?? []).map(({ name }) => name);
  const asked = names.includes('predict_proba') ? ASKED_FOR.filter((name) => names.includes(name)) : undefined;
  const trials = listTrials(learned.settings === undefined, names.length === 0);
  return {
    ...learned,
    settings: { model: model.model, ...learned.settings, ...(asked && { outputs: asked }) },
    ...(trials.length > 1 && { trials }),
  };
}

/** A matrix of MLServer and KServe, which take null. */
const FORMATS = [{ format: 'columns' }, { format: 'matrix', datatype: 'FP64', missing: 'null' }];

/** Labels with probabilities before what comes by itself, a data frame before a matrix. */
function listTrials(isFormatOpen: boolean, areOutputsOpen: boolean): Record<string, unknown>[] {
  const formats = isFormatOpen ? FORMATS : [{}];
  return formats.flatMap((format) => [...(areOutputsOpen ? [{ ...format, outputs: ASKED_FOR }] : []), format]);
}

function describeInputs(inputs: readonly Tensor[]): Inspection {
  if (inputs.length === 0) return { notes: ['The server does not tell the inputs of the model.'] };
  const [first] = inputs as [Tensor];
  const width = first.shape.at(-1) as number;
  if (inputs.length === 1 && first.shape.length === 2 && width !== 1) {
    const isKnown = first.datatype === 'FP32' || first.datatype === 'FP64';
    return {
      settings: { format: 'matrix', input: first.name, ...(isKnown && { datatype: first.datatype }) },
      notes: [`The model takes a matrix (${first.datatype})${width > 0 ? ` of ${width} numbers a row` : ''}.`],
    };
  }
  const isColumn = ({ shape, datatype }: Tensor) =>
    isDatatype(datatype) && (shape.length === 1 || (shape.length === 2 && shape[1] === 1));
  if (!inputs.every(isColumn)) return { notes: ['The inputs of the model are neither columns nor one matrix.'] };
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
        `Fractions are rounded (settings.round) in ${whole.map(({ name }) => name).join(', ')}: the model takes whole numbers there, and no nulls.`,
      ],
    }),
  };
}

function isDatatype(datatype: string): datatype is Datatype {
  return (DATATYPES as readonly string[]).includes(datatype);
}
