/** Loads a deployment from its folder: checks the files, builds the model, and requires it to reproduce its example. */
import { basename, join } from 'node:path';
import { DeploymentError } from '../errors/deployment-error.ts';
import { deploymentFileSchema, type DeploymentFile } from '../models/deployment-file.ts';
import { readTextFile } from '../files/read-text-file.ts';
import { checkExample, checkRecord, scoreExample, toRecord } from './example.ts';
import { parsePart, type LoadedModel } from '../models/kinds/kind.ts';
import { findKind } from './kinds.ts';
import type { Deployment } from '../models/deployment.ts';
import { shareDeployment } from '../models/shared-deployment.ts';

export interface LoadOptions {
  /** Whether deployments of the kind `module`, which run their own code, may be loaded. */
  readonly allowModules: boolean;
}

/**
 * Loads the deployment in a folder.
 * @throws {DeploymentError} when it is invalid, with every problem that was found
 */
export async function loadDeployment(folder: string, { allowModules }: LoadOptions): Promise<Deployment> {
  const file = parsePart(deploymentFileSchema, await readJsonFile(folder, 'deployment.json'), 'deployment.json');
  if (file.id !== basename(folder)) throw new DeploymentError(['deployment.json.id: expected the folder name']);
  const { model, data, remote } = await loadModel(folder, file, allowModules);
  // Loading must not wait for another server: the recorded answer says whether there are probabilities.
  if (remote) return { file, model, remote, hasProbabilities: (await checkRecord(file)).probabilities !== undefined };
  const scores = await scoreExample(file, model);
  checkExample(file, scores);
  const hasProbabilities = scores.probabilities !== undefined;
  const deployment = { file, model, hasProbabilities };
  return data === undefined ? deployment : { ...deployment, shared: shareDeployment(deployment, data) };
}

/**
 * Builds the model of a deployment whose `deployment.json` is not written yet, and records its answer to the example.
 * @param folder holds the files that the kind needs
 * @returns the file with the answer recorded, and the model
 */
export async function recordExample(folder: string, file: DeploymentFile): Promise<Pick<Deployment, 'file' | 'model'>> {
  const { model } = await loadModel(folder, file, false);
  const answer = toRecord(await scoreExample(file, model), file.label.classes);
  return { file: { ...file, example: { ...file.example, answer } }, model };
}

function loadModel(folder: string, file: DeploymentFile, allowModules: boolean): Promise<LoadedModel> {
  return findKind(file).load({ file, folder, readJson: (name) => readJsonFile(folder, name), allowModules });
}

/** Settled when the last file has been read and parsed. */
let reading: Promise<unknown> = Promise.resolve();

/** Reads one file at a time: while it is parsed, a large model takes ten times the memory that it needs in service. */
function readJsonFile(folder: string, name: string): Promise<unknown> {
  const next = reading.then(() => parseFile(folder, name));
  reading = next.catch(() => undefined);
  return next;
}

async function parseFile(folder: string, name: string): Promise<unknown> {
  const path = join(folder, name);
  let text: string;
  try {
    text = await readTextFile(path);
  } catch (cause) {
    const expected = cause instanceof TypeError ? 'text in UTF-8' : 'a readable file';
    throw new DeploymentError([`${name}: expected ${expected}`], { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DeploymentError([`${name}: expected JSON`], { cause });
  }
}
