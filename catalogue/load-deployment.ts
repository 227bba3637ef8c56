/** Loads a deployment from its folder: checks the files, builds the model, and requires it to reproduce its example. */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DeploymentError } from '../errors/deployment-error.ts';
import { deploymentFileSchema, type DeploymentFile } from '../models/deployment-file.ts';
import { decodeText } from '../files/decode-text.ts';
import { isDeep, MAX_DEPTH } from '../files/is-deep.ts';
import { checkExample, checkRecord, scoreExample, toRecord } from './example.ts';
import { hashFolder } from './hash-folder.ts';
import { parsePart, type LoadedModel } from '../models/kinds/kind.ts';
import { findKind } from './kinds.ts';
import type { Deployment, SharedDeployment } from '../models/deployment.ts';
import type { Scores } from '../models/model.ts';
import { relayDeployment, shareDeployment } from '../models/shared-deployment.ts';

/** The size of the largest file that is loaded: Node’s longest string has 512 MiB. */
export const MAX_FILE_BYTES = 2 ** 29 - 2 ** 20;

const DEPLOYMENT_FILE = 'deployment.json';

/** How much of a file is read at a time, where all of it is not needed at once. */
const PIECE_BYTES = 2 ** 20;

export interface LoadOptions {
  /** Whether deployments of the kind `module`, which run their own code, may be loaded. */
  readonly allowModules: boolean;
}

/**
 * Loads the deployment in a folder.
 * @throws {DeploymentError} when it is invalid, with every problem that was found
 */
export async function loadDeployment(folder: string, { allowModules }: LoadOptions): Promise<Deployment> {
  return loadFile(folder, await readDeploymentFile(folder), allowModules);
}

/**
 * Loads the deployment in a folder for another thread.
 * @returns undefined where its kind is not shareable: nothing has been loaded then
 * @throws {DeploymentError} when it is invalid, with every problem that was found
 */
export async function loadShared(folder: string): Promise<SharedDeployment | undefined> {
  const file = await readDeploymentFile(folder);
  if (!findKind(file).build) return undefined;
  return (await loadFile(folder, file, false)).shared;
}

/**
 * Reads and checks the deployment.json in a folder, without its model.
 * @throws {DeploymentError} when it is invalid
 */
export async function readDeploymentFile(folder: string): Promise<DeploymentFile> {
  const json = await readJsonFile(folder, DEPLOYMENT_FILE, (text) => {
    // Its settings and what it says of the training are passed on between threads, which takes a call per level.
    if (isDeep(text))
      throw new DeploymentError([`${DEPLOYMENT_FILE}: expected JSON nested at most ${MAX_DEPTH} levels deep`]);
  });
  const file = parsePart(deploymentFileSchema, json, DEPLOYMENT_FILE);
  if (file.id !== basename(folder)) throw new DeploymentError(['deployment.json.id: expected the folder name']);
  return file;
}

async function loadFile(folder: string, file: DeploymentFile, allowModules: boolean): Promise<Deployment> {
  // If the folder changes while it is loaded, it is loaded again.
  const version = await hashFolder(folder);
  const { model, data, elsewhere, remote, tolerance, close } = await loadModel(folder, file, allowModules);
  // Loading must not wait for another server: the recorded answer says whether there are probabilities.
  if (remote) {
    const hasProbabilities = (await checkRecord(file)).probabilities !== undefined;
    return withThreads({ file, version, model, remote, hasProbabilities }, undefined, elsewhere);
  }
  let scores: Scores;
  try {
    scores = await scoreExample(file, model);
    checkExample(file, scores, tolerance);
  } catch (error) {
    close?.();
    throw error;
  }
  const hasProbabilities = scores.probabilities !== undefined;
  return withThreads({ file, version, model, hasProbabilities, ...(close && { close }) }, data, elsewhere);
}

/** Adds what other threads need of a deployment. */
function withThreads(
  deployment: Deployment,
  data: LoadedModel['data'],
  elsewhere: LoadedModel['elsewhere'],
): Deployment {
  if (elsewhere) return { ...deployment, relayed: relayDeployment(deployment, elsewhere) };
  return data === undefined ? deployment : { ...deployment, shared: shareDeployment(deployment, data) };
}

/**
 * Builds the model of a deployment whose `deployment.json` is not written yet, and records its answer to the example.
 * @param folder holds the files that the kind needs
 * @returns the file with the answer recorded, the model, and how to release what it holds
 */
export async function recordExample(
  folder: string,
  file: DeploymentFile,
): Promise<Pick<Deployment, 'file' | 'model' | 'close'>> {
  const { model, close } = await loadModel(folder, file, false);
  try {
    const answer = toRecord(await scoreExample(file, model), file.label.classes);
    return { file: { ...file, example: { ...file.example, answer } }, model, ...(close && { close }) };
  } catch (error) {
    close?.();
    throw error;
  }
}

function loadModel(folder: string, file: DeploymentFile, allowModules: boolean): Promise<LoadedModel> {
  return findKind(file).load({
    file,
    folder,
    readJson: (name) => readJsonFile(folder, name),
    readBytes: (name) => readOne(() => readBytes(folder, name)),
    readPieces: (name) => readPieces(folder, name),
    allowModules,
  });
}

/** Settled when the last file has been read and parsed. */
let reading: Promise<unknown> = Promise.resolve();

/** Reads one file at a time: while it is parsed, a large model takes ten times the memory that it needs in service. */
function readOne<Content>(read: () => Promise<Content>): Promise<Content> {
  const next = reading.then(read);
  reading = next.catch(() => undefined);
  return next;
}

function readJsonFile(folder: string, name: string, check?: (text: string) => void): Promise<unknown> {
  return readOne(async () => {
    const text = toText(await readBytes(folder, name), name);
    check?.(text);
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw new DeploymentError([`${name}: expected JSON`], { cause });
    }
  });
}

function toText(bytes: Buffer, name: string): string {
  try {
    return decodeText(bytes);
  } catch (cause) {
    throw new DeploymentError([`${name}: expected text in UTF-8`], { cause });
  }
}

async function readBytes(folder: string, name: string): Promise<Buffer> {
  const path = join(folder, name);
  await checkFile(path, name);
  return readFile(path).catch((cause: unknown) => reject(name, cause));
}

async function* readPieces(folder: string, name: string): AsyncIterable<Uint8Array> {
  const path = join(folder, name);
  await checkFile(path, name);
  const stream: AsyncIterable<Uint8Array> = createReadStream(path, { highWaterMark: PIECE_BYTES });
  try {
    yield* stream;
  } catch (cause) {
    reject(name, cause);
  }
}

async function checkFile(path: string, name: string): Promise<void> {
  const stats = await stat(path).catch((cause: unknown) => reject(name, cause));
  // Reading a pipe would wait for its writer, and block all other loads.
  if (!stats.isFile()) reject(name, new Error('not a regular file'));
  if (stats.size > MAX_FILE_BYTES)
    throw new DeploymentError([`${name}: expected at most ${MAX_FILE_BYTES / 2 ** 20} MiB`]);
}

function reject(name: string, cause: unknown): never {
  throw new DeploymentError([`${name}: expected a readable file`], { cause });
}
