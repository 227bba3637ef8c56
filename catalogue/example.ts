/**
 * The example of a deployment: some rows, with the answer that was recorded. A model must reproduce it before it scores anyone
 * else's rows; of one that lives elsewhere the record is believed until it can be asked.
 */
import { EngineError } from '../errors/engine-error.ts';
import { DeploymentError } from '../errors/deployment-error.ts';
import type { DeploymentFile, Label } from '../models/deployment-file.ts';
import { NO_CALL, type Model, type Scores } from '../models/model.ts';
import { score } from '../models/score-table.ts';
import type { Deployment } from '../models/deployment.ts';

/** How far a recorded number may be from a computed one, relative to it: room for another processor's last bits. */
const TOLERANCE = 1e-9;
/** The same for a model elsewhere, which may compute in single precision, and in another order each time. */
const REMOTE_TOLERANCE = 1e-5;

type Recorded = NonNullable<DeploymentFile['example']['answer']>;

/**
 * The scores of the example.
 * @throws {DeploymentError} when it cannot be scored
 */
export async function scoreExample(file: DeploymentFile, model: Model): Promise<Scores> {
  try {
    return await score({ file, model }, file.example, 'example.');
  } catch (cause) {
    const problem = cause instanceof EngineError ? cause.message : 'the model failed to score it';
    throw new DeploymentError([`deployment.json.example: ${problem}`], { cause });
  }
}

/**
 * Compares the recorded answer with the scores. The numbers themselves are for the log: they are the error's cause.
 * @throws {DeploymentError} where they differ
 */
export function checkExample(file: DeploymentFile, scores: Scores): void {
  const { answer } = file.example;
  const scored = toRecord(scores, file.label.classes);
  const difference = answer ? compare(answer, scored, TOLERANCE) : ': expected the recorded answer of the model';
  if (difference === undefined) return;
  throw new DeploymentError([`deployment.json.example.answer${difference}; the log has what it answers now`], {
    cause: new Error(`the model answers ${JSON.stringify(scored)}`),
  });
}

/**
 * Checks the example and the answer that is recorded, without asking the model.
 * @returns what is recorded, as scores
 * @throws {DeploymentError} where no model could have answered so
 */
export async function checkRecord(file: DeploymentFile): Promise<Scores> {
  const { answer } = file.example;
  if (!answer)
    throw new DeploymentError(['deployment.json.example.answer: expected the recorded answer; `wrap` records it']);
  const recorded: Model = { score: () => fromRecord(answer, file.label.classes) };
  try {
    return await score({ file, model: recorded }, file.example, 'example.');
  } catch (error) {
    const { code, message, cause } = error as EngineError;
    const problem = code === 'model_failed' ? `.answer: ${(cause as Error).message}` : `: ${message}`;
    throw new DeploymentError([`deployment.json.example${problem}`]);
  }
}

/**
 * Has a model that lives elsewhere answer the example.
 * @param signal gives it up
 * @returns whether it answers as recorded
 * @throws {EngineError} when it does not answer
 */
export async function answersExample(
  { file, model }: Pick<Deployment, 'file' | 'model'>,
  signal: AbortSignal,
): Promise<boolean> {
  const scores = await score({ file, model }, file.example, 'example.', { ...NO_CALL, signal });
  const { answer } = file.example;
  return answer !== undefined && compare(answer, toRecord(scores, file.label.classes), REMOTE_TOLERANCE) === undefined;
}

/** Scores as `example.answer` records them. */
export function toRecord(scores: Scores, classes: Label['classes']): Recorded {
  const numbers = Array.from(scores.predictions);
  if (!classes) return { predictions: numbers };
  const predictions = numbers.map((index) => classes[index] as string | number);
  if (!scores.probabilities) return { predictions };
  const flat = Array.from(scores.probabilities);
  const width = classes.length;
  return { predictions, probabilities: numbers.map((_, row) => flat.slice(row * width, (row + 1) * width)) };
}

/** The scores that a record is of; a prediction that is no class is -1, which no model may answer. */
function fromRecord({ predictions, probabilities }: Recorded, classes: Label['classes']): Scores {
  return {
    predictions: predictions.map((value) =>
      classes ? classes.indexOf(value) : typeof value === 'number' ? value : NaN,
    ),
    ...(probabilities && { probabilities: probabilities.flat() }),
  };
}

function compare(recorded: Recorded, scored: Recorded, tolerance: number): string | undefined {
  return (
    findDifference('predictions', recorded.predictions, scored.predictions, tolerance) ??
    findDifference('probabilities', recorded.probabilities?.flat(), scored.probabilities?.flat(), tolerance)
  );
}

function findDifference(
  name: string,
  recorded: unknown[] | undefined,
  scored: unknown[] | undefined,
  tolerance: number,
): string | undefined {
  if (recorded?.length !== scored?.length) return `.${name}: expected ${scored?.length ?? 0} values`;
  const index = recorded?.findIndex((value, at) => !isClose(value, scored?.[at], tolerance)) ?? -1;
  return index < 0 ? undefined : `.${name}: the model answers otherwise, first at number ${index}`;
}

function isClose(recorded: unknown, scored: unknown, tolerance: number): boolean {
  if (typeof recorded !== 'number' || typeof scored !== 'number') return recorded === scored;
  return Math.abs(recorded - scored) <= tolerance * Math.max(1, Math.abs(recorded));
}
