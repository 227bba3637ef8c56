import { EngineError } from '../../errors/engine-error.ts';
import { JsonText } from '../../models/json/json-text.ts';
import { JsonWriter } from '../../models/json/json-writer.ts';
import { writeDouble } from '../../models/json/write-double.ts';
import type { DeploymentFile } from '../../models/deployment-file.ts';
import type { Scores } from '../../models/model.ts';
import { score } from '../../models/score-table.ts';
import { checkRowCount } from '../score-tables.ts';
import { listOutputs } from './describe-model.ts';
import { findModel } from './find-model.ts';
import type { InferReply, InferRequest, OpenInferenceHandler, TensorMetadata } from './protocol.ts';
import { CONTENT_TYPES, planTable } from './plan-table.ts';

/** Scores the inputs of a request as the rows of a table; the outputs are the result columns. */
export const inferModel: OpenInferenceHandler<'inferModel'> = async ({ params, body }, context) => {
  const { deployments, note, maxRows, call } = context;
  const deployment = findModel(deployments, params);
  const { file, version, hasProbabilities } = deployment;
  note({ deployment: file.id, version });
  const outputs = selectOutputs(body, listOutputs(file, hasProbabilities));
  const plan = planTable(body.inputs, file);
  note({ rows: plan.rowCount });
  checkRowCount(plan.rowCount, maxRows, 'inputs');
  const start = performance.now();
  const scores = await plan.explain(() => score(deployment, plan.toTable(), '', call));
  const text = writeReply(body.id, { file, version, scores, outputs, rowCount: plan.rowCount });
  note({ kind: file.kind, scoring_ms: performance.now() - start });
  return { status: 200, body: text, headers: { 'X-Deployment-Version': version } };
};

/** The outputs that a request asks for, in its order; all of them if it does not say. */
function selectOutputs(
  { parameters, outputs: wanted }: InferRequest,
  known: readonly TensorMetadata[],
): readonly TensorMetadata[] {
  checkJsonOutput(parameters, 'binary_data_output', 'parameters');
  if (!CONTENT_TYPES.includes(parameters?.['content_type'])) fail('parameters.content_type', 'expected str, np or pd');
  if (!wanted?.length) return known;
  return wanted.map(({ name, parameters: own }, index) => {
    checkJsonOutput(own, 'binary_data', `outputs[${index}].parameters`);
    const place = `outputs[${index}].name`;
    if (wanted.findIndex((other) => other.name === name) < index) fail(place, 'expected each name once');
    const names = known.map((output) => JSON.stringify(output.name)).join(', ');
    return known.find((output) => output.name === name) ?? fail(place, `expected an output of the model: ${names}`);
  });
}

function checkJsonOutput(parameters: InferRequest['parameters'], key: string, place: string): void {
  if (parameters?.[key] === true) fail(`${place}.${key}`, 'binary tensors are not supported; the outputs are JSON');
}

interface Scored {
  readonly file: DeploymentFile;
  readonly version: string;
  readonly scores: Scores;
  readonly outputs: readonly TensorMetadata[];
  readonly rowCount: number;
}

/** Doubles are written as such, as in a scoring response. */
function writeReply(id: string | undefined, scored: Scored): JsonText<InferReply> {
  const { file, version, scores, outputs, rowCount } = scored;
  const writer = new JsonWriter(256 + 24 * rowCount * (1 + (file.label.classes?.length ?? 0)));
  const head = JSON.stringify({ model_name: file.id, model_version: version, ...(id !== undefined && { id }) });
  writer.write(`${head.slice(0, -1)},"outputs":[`);
  outputs.forEach((output, index) => {
    const [, ...width] = output.shape;
    const description = JSON.stringify({ ...output, shape: [rowCount, ...width] });
    writer.write(`${index === 0 ? '' : ','}${description.slice(0, -1)},"data":[`);
    writeData(writer, output, scores, file);
    writer.write(']}');
  });
  writer.write(']}');
  return new JsonText(writer.toText());
}

function writeData(
  writer: JsonWriter,
  { name }: TensorMetadata,
  scores: Scores,
  { label, result }: DeploymentFile,
): void {
  const { predictions, probabilities } = scores;
  const write = (numbers: ArrayLike<number>, toText: (number: number) => string) => {
    for (let index = 0; index < numbers.length; index++)
      writer.write(index === 0 ? toText(numbers[index] as number) : `,${toText(numbers[index] as number)}`);
  };
  if (name === result.prediction) {
    const isDouble = label.type === 'double';
    const labels = label.classes?.map((value) => (isDouble ? writeDouble(Number(value)) : JSON.stringify(value)));
    write(predictions, labels ? (index) => labels[index] as string : writeDouble);
  } else if (name === result.class_index) write(predictions, String);
  else if (probabilities) write(probabilities, writeDouble);
  else throw new EngineError('model_failed', 'The model of this deployment returned no probabilities.');
}

function fail(name: string, expectation: string): never {
  throw new EngineError('invalid_body', `${name}: ${expectation}.`, { target: { type: 'field', name } });
}
