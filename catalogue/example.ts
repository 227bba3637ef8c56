/**
 * The example of a deployment: some rows and the recorded answer. A model must reproduce it before it is served; for a remote
 * model, the recorded answer is trusted until the upstream can be called.
 */
import { EngineError } from '../errors/engine-error.ts';
import { DeploymentError } from '../errors/deployment-error.ts';
import type { DeploymentFile, Label } from '../models/deployment-file.ts';
import { NO_CALL, type Model, type Scores } from '../models/model.ts';
import { score } from '../models/score-table.ts';
import type { Deployment } from '../models/deployment.ts';

/**
 * Max relative difference between a recorded and a computed number: the last bits differ between processors. A kind whose
 * models compute in single precision has its own.
 */
const TOLERANCE = 1e-9;
/** The same for a remote model, which may compute in single precision, and in a different order each time. */
const REMOTE_TOLERANCE = 1e-5;

type Recorded = NonNullable<DeploymentFile['example']['answer']>;

/**
 * Scores the example.
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
 * Compares the recorded answer with the scores. The error holds the numbers, for the log only.
 * @throws {DeploymentError} where they differ
 */
export function checkExample(file: DeploymentFile, scores: Scores, tolerance = TOLERANCE): void {
  const { answer } = file.example;
  const scored = toRecord(scores, file.label.classes);
  const difference = answer ? compare(answer, scored, tolerance) : ': expected the recorded answer of the model';
  if (difference === undefined) return;
  throw new DeploymentError([`deployment.json.example.answer${difference}; the log shows the model's answer`], {
    cause: new Error(`the model answers ${JSON.stringify(scored)}`),
    answer: scored,
  });
}

/**
 * Checks the example and its recorded answer without calling the model.
 * @returns the recorded answer as scores
 * @throws {DeploymentError} when the recorded answer is not a valid answer to the example
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
 * Scores the example with a remote model.
 * @param signal cancels the call
 * @returns whether the answer matches the recorded one
 * @throws {EngineError} when the model does not answer
 */
export async function answersExample(
  { file, model }: Pick<Deployment, 'file' | 'model'>,
  signal: AbortSignal,
): Promise<boolean> {
  const scores = await score({ file, model }, file.example, 'example.', { ...NO_CALL, signal });
  const { answer } = file.example;
  return answer !== undefined && compare(answer, toRecord(scores, file.label.classes), REMOTE_TOLERANCE) === undefined;
}

/** Converts scores to the format of `example.answer`. */
export function toRecord(scores: Scores, classes: Label['classes']): Recorded {
  const numbers = Array.from(scores.predictions);
  if (!classes) return { predictions: numbers };
  const predictions = numbers.map((index) => classes[index] as string | number);
  if (!scores.probabilities) return { predictions };
  const flat = Array.from(scores.probabilities);
  const width = classes.length;
  return { predictions, probabilities: numbers.map((_, row) => flat.slice(row * width, (row + 1) * width)) };
}

/** The inverse of toRecord. A prediction that is not a class becomes -1, which checkScores rejects. */
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
  return index < 0 ? undefined : `.${name}: the model's answer differs, first at index ${index}`;
}

function isClose(recorded: unknown, scored: unknown, tolerance: number): boolean {
  if (typeof recorded !== 'number' || typeof scored !== 'number') return recorded === scored;
  return Math.abs(recorded - scored) <= tolerance * Math.max(1, Math.abs(recorded));
}
