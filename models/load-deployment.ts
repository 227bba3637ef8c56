/** Reads a deployment's folder, makes its model, and has it score its own example before anyone else's rows. */
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { EngineError } from '../errors/engine-error.ts';
import { DeploymentError } from './deployment-error.ts';
import { deploymentFileSchema, type DeploymentFile, type Label } from './deployment-file.ts';
import { parsePart, type LoadedModel } from './kinds/kind.ts';
import { findKind } from './kinds/kinds.ts';
import type { Model, Scores } from './model.ts';
import { score, type Deployment } from './score-table.ts';
import { shareDeployment } from './shared-deployment.ts';

/** How far a recorded number may be from a computed one, relative to it: room for another processor's last bits. */
const TOLERANCE = 1e-9;

export interface LoadOptions {
  /** Whether deployments of the kind `module`, which bring their own code, may be loaded. */
  readonly allowModules: boolean;
}

/**
 * Loads the deployment in a folder.
 * @throws {DeploymentError} when it cannot be served, with every problem that was found
 */
export async function loadDeployment(folder: string, { allowModules }: LoadOptions): Promise<Deployment> {
  const file = parsePart(deploymentFileSchema, await readJsonFile(folder, 'deployment.json'), 'deployment.json');
  if (file.id !== basename(folder)) throw new DeploymentError(['deployment.json.id: expected the name of its folder']);
  const { model, data } = await loadModel(folder, file, allowModules);
  const scores = await scoreExample(file, model);
  checkExample(file, scores);
  const hasProbabilities = scores.probabilities !== undefined;
  const deployment = { file, model, hasProbabilities };
  return data === undefined ? deployment : { ...deployment, shared: shareDeployment(deployment, data) };
}

/**
 * Makes the model of a deployment whose `deployment.json` is not written yet, and has it answer its own example.
 * @param folder where the files of its kind are
 * @returns the deployment's file with the answer recorded, and the model
 */
export async function recordExample(folder: string, file: DeploymentFile): Promise<Pick<Deployment, 'file' | 'model'>> {
  const { model } = await loadModel(folder, file, false);
  const answer = toRecord(await scoreExample(file, model), file.label.classes);
  return { file: { ...file, example: { ...file.example, answer } }, model };
}

function loadModel(folder: string, file: DeploymentFile, allowModules: boolean): Promise<LoadedModel> {
  return findKind(file).load({ file, folder, readJson: (name) => readJsonFile(folder, name), allowModules });
}

/** The file that is read now, with its parsing. */
let reading: Promise<unknown> = Promise.resolve();

/** Reads files one after the other: parsed, a large model takes ten times the memory that it is served from. */
function readJsonFile(folder: string, name: string): Promise<unknown> {
  const next = reading.then(() => parseFile(folder, name));
  reading = next.catch(() => undefined);
  return next;
}

async function parseFile(folder: string, name: string): Promise<unknown> {
  const path = join(folder, name);
  let text: string;
  try {
    // Reading a pipe would wait for its writer, and all others would with it.
    if (!(await stat(path)).isFile()) throw new Error('not a regular file');
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new DeploymentError([`${name}: expected a file that can be read`], { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DeploymentError([`${name}: expected JSON`], { cause });
  }
}

async function scoreExample(file: DeploymentFile, model: Model): Promise<Scores> {
  try {
    return await score({ file, model }, file.example, 'example.');
  } catch (cause) {
    const problem = cause instanceof EngineError ? cause.message : 'the model failed to score it';
    throw new DeploymentError([`deployment.json.example: ${problem}`], { cause });
  }
}

/** Compares the recorded answer with the scores. The numbers themselves are for the log: they are the error's cause. */
function checkExample({ example, label }: DeploymentFile, scores: Scores): void {
  const scored = toRecord(scores, label.classes);
  const { answer } = example;
  const difference = answer
    ? (findDifference('predictions', answer.predictions, scored.predictions) ??
      findDifference('probabilities', answer.probabilities?.flat(), scored.probabilities?.flat()))
    : ': expected the recorded answer of the model';
  if (difference === undefined) return;
  throw new DeploymentError([`deployment.json.example.answer${difference}; the log has what it answers now`], {
    cause: new Error(`the model answers ${JSON.stringify(scored)}`),
  });
}

/** Scores as `example.answer` records them. */
function toRecord(scores: Scores, classes: Label['classes']): NonNullable<DeploymentFile['example']['answer']> {
  const numbers = Array.from(scores.predictions);
  if (!classes) return { predictions: numbers };
  const predictions = numbers.map((index) => classes[index] as string | number);
  if (!scores.probabilities) return { predictions };
  const flat = Array.from(scores.probabilities);
  const width = classes.length;
  return { predictions, probabilities: numbers.map((_, row) => flat.slice(row * width, (row + 1) * width)) };
}

function findDifference(
  name: string,
  recorded: unknown[] | undefined,
  scored: unknown[] | undefined,
): string | undefined {
  if (recorded?.length !== scored?.length) return `.${name}: expected ${scored?.length ?? 0} values`;
  const index = recorded?.findIndex((value, at) => !isClose(value, scored?.[at])) ?? -1;
  return index < 0 ? undefined : `.${name}: the model answers otherwise, first at number ${index}`;
}

function isClose(recorded: unknown, scored: unknown): boolean {
  if (typeof recorded !== 'number' || typeof scored !== 'number') return recorded === scored;
  return Math.abs(recorded - scored) <= TOLERANCE * Math.max(1, Math.abs(recorded));
}
