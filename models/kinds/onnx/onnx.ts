/**
 * Models in ONNX format, run by onnxruntime: an optional peer dependency, onnxruntime-node or onnxruntime-web. It works in
 * another process (session.ts), which also reads the file: it delays no request, and cannot take the engine with it.
 */
import { z } from 'zod';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import type { DeploymentFile } from '../../deployment-file.ts';
import { encodingSchema } from '../../encoding.ts';
import type { Scores } from '../../model.ts';
import { parsePart, toSplitKind } from '../kind.ts';
import { toFileSetting, type FileDescription, type FileKind } from '../model-file.ts';
import type { Prepare, ScoreParts } from '../../split-model.ts';
import { buildFeeder } from './build-feeder.ts';
import { outputSchema } from './output-setting.ts';
import { quote, toFeatures, type InputPlan } from './plan-inputs.ts';
import type { OutputPlan } from './plan-outputs.ts';
import { readFile, type FilePlan } from './read-file.ts';
import { isOnnx } from './read-model.ts';
import { MissingRuntimeError, RejectedModelError, Session } from './session.ts';
import type { Tensor } from './tensor.ts';
import { buildToScores } from './to-scores.ts';

const settingsSchema = z.strictObject({
  file: toFileSetting('model.onnx'),
  encoding: encodingSchema.optional(),
  output: outputSchema.optional(),
  /** How many threads the runtime uses for a request. */
  threads: z.int().min(1).max(256).default(1),
  /** Megabytes that the process of the runtime may take, with the model; then it is ended. */
  memory: z.int().min(256).max(1_000_000).default(4096),
  /** Milliseconds after which a run of up to BATCH rows fails. */
  timeout: z.int().min(1).max(600_000).default(30_000),
});

/** How many rows are run at a time: between them, other requests have their turn. */
const BATCH = 1024;

/** How far scores may be apart on different processors: the arithmetic of most graphs has 32 bits. */
const TOLERANCE = 1e-5;

/** Rows as the graph's inputs. */
interface Batch {
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly rowCount: number;
}

const split = toSplitKind<InputPlan, Batch>(async ({ file, readBytes }) => {
  const settings = parsePart(settingsSchema, file.settings, 'deployment.json.settings');
  const place = settings.file;
  const session = new Session(await readBytes(place), { ...settings, place, output: settings.output });
  const close = () => session.close();
  try {
    const plan = await startSession(session, place);
    checkLabel(file, plan.outputs, place);
    return {
      data: plan.inputs,
      isSlow: false,
      scoreParts: buildScoreParts(session, plan.outputs, file),
      tolerance: TOLERANCE,
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}, buildPrepare);

/** The kind onnx. It is not shareable: its model is in another process already. */
export const onnx: FileKind = {
  fileName: 'model.onnx',
  hasEncoding: true,
  recognizes: isOnnx,
  describe: (bytes, place, settings) => {
    const { output } = parsePart(settingsSchema.partial(), settings ?? {}, 'settings');
    return toDescription(readFile(bytes, place, output));
  },
  ...split,
};

async function startSession(session: Session, place: string): Promise<FilePlan> {
  try {
    return await session.start();
  } catch (cause) {
    if (cause instanceof MissingRuntimeError) {
      const ways = 'npm install onnxruntime-node, or npm install onnxruntime-web where the former has no build';
      throw new DeploymentError([`${place}: ONNX models need one more package: ${ways}`], { cause });
    }
    if (!(cause instanceof RejectedModelError)) throw cause;
    throw new DeploymentError([`${place}: expected a model that onnxruntime accepts; the log shows what it says`], {
      cause,
    });
  }
}

function buildPrepare(file: DeploymentFile, inputs: InputPlan): Prepare<Batch> {
  const { encoding, file: place } = parsePart(settingsSchema, file.settings, 'deployment.json.settings');
  const toFeedsOf = buildFeeder(file, inputs, encoding, place);
  const size = inputs.isRowByRow ? 1 : BATCH;
  return function* (table) {
    const toFeeds = toFeedsOf(table);
    for (let from = 0; from < table.rows.length; from += size) {
      const to = Math.min(table.rows.length, from + size);
      yield { feeds: toFeeds(from, to), rowCount: to - from };
    }
  };
}

function buildScoreParts(
  session: Session,
  outputs: OutputPlan,
  { label: { classes } }: DeploymentFile,
): ScoreParts<Batch> {
  const { roles } = outputs;
  const fetches = Object.values(roles).filter((name) => name !== undefined);
  const toScores = buildToScores(outputs, classes);
  const hasProbabilities = roles.probabilities !== undefined || roles.logits !== undefined;
  return async (batches, rowCount) => {
    const parts: Scores[] = [];
    for (let next = await batches.next(); !next.done; next = await batches.next()) {
      const { feeds, rowCount: count } = next.value;
      parts.push(toScores(await session.run(feeds, fetches), count));
    }
    return join(parts, rowCount, hasProbabilities ? classes?.length : undefined);
  };
}

/** Joins the scores of parts of a table. */
function join(parts: readonly Scores[], rowCount: number, classCount: number | undefined): Scores {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const predictions = new Float64Array(rowCount);
  const probabilities = classCount === undefined ? undefined : new Float64Array(rowCount * classCount);
  let row = 0;
  for (const part of parts) {
    predictions.set(part.predictions, row);
    if (part.probabilities) probabilities?.set(part.probabilities, row * (classCount ?? 0));
    row += part.predictions.length;
  }
  return { predictions, ...(probabilities && { probabilities }) };
}

/** Checks that the label of a deployment.json fits the outputs. */
function checkLabel(file: DeploymentFile, outputs: OutputPlan, place: string): void {
  const { problemType, classCount, classes, roles, hasTextLabels } = outputs;
  const found = file.label.classes;
  let problem: string | undefined;
  if (file.problem_type !== problemType)
    problem = `deployment.json.problem_type: expected "${problemType}", as ${place} says`;
  else if (found?.length !== classCount)
    problem = `deployment.json.label.classes: expected ${classCount} classes, as ${place} says`;
  else if (classes?.some((value, index) => found?.[index] !== value))
    problem = `deployment.json.label.classes: expected the classes of ${place}, in its order`;
  else if (roles.labels !== undefined && found?.some((value) => (typeof value === 'string') !== hasTextLabels)) {
    problem =
      `deployment.json.label.classes: expected ${hasTextLabels ? 'texts' : 'integers'}, as the labels of ${place} are; ` +
      'or settings.output with probabilities alone';
  }
  if (problem !== undefined) throw new DeploymentError([problem]);
}

function toDescription({ model, inputs, outputs }: ReturnType<typeof readFile>): FileDescription {
  const { operatorSets, irVersion, producer, nodes } = model;
  const sets = operatorSets.map(([domain, version]) => `${domain === '' ? 'opset' : domain} ${version}`).join(', ');
  const operators = new Map<string, number>();
  for (const { operator } of nodes) operators.set(operator, (operators.get(operator) ?? 0) + 1);
  const most = [...operators].sort(([, one], [, other]) => other - one).slice(0, 6);
  const { problemType, classCount, classes, roles } = outputs;
  return {
    format: `ONNX (IR ${irVersion}${sets && `, ${sets}`})${producer && `, made by ${producer}`}`,
    facts: {
      inputs: inputs.inputs
        .slice(0, 6)
        .map(({ name, type, width }) => `${quote(name)} (${type}, ${width})`)
        .join(', '),
      outputs: Object.entries(roles)
        .map(([role, name = '']) => `${quote(name)} (${role})`)
        .join(', '),
      nodes: `${nodes.length}: ${most.map(([name, count]) => `${count} ${name}`).join(', ')}`,
    },
    problemType,
    ...(classCount !== undefined && { classCount }),
    ...(classes && { classes }),
    features: toFeatures(inputs),
    notices: [
      'A conversion to ONNX can change scores without an error: compare them with those of the library that trained the model.',
      ...(inputs.isRowByRow ? ['The model takes one row at a time, which is slow for many rows.'] : []),
    ],
  };
}
