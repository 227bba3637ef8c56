/** The built engine with a folder of deployments, for a browser. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEngineProcess, type EngineProcess } from '../support/engine-process.ts';
import { FIXTURES, SAMPLES } from '../support/engine.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

export interface PagesEngineOptions {
  /** The sample deployments that it serves; all by default. */
  readonly samples?: readonly string[];
  /** The fixtures of other tests that it serves. */
  readonly fixtures?: readonly string[];
  /** Files to add to the folder: their content by path. What is no string is written as JSON. */
  readonly files?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly parameters?: readonly string[];
}

export interface PagesEngine extends EngineProcess {
  /** The folder of its deployments. */
  readonly folder: string;
}

/** Starts it on a free port of loopback. */
export async function startPagesEngine(options: PagesEngineOptions = {}): Promise<PagesEngine> {
  const { samples, fixtures = [], files = {}, environment = {}, parameters = [] } = options;
  const folder = makeTemporaryFolder('deployments');
  if (samples === undefined) cpSync(SAMPLES, folder, { recursive: true });
  for (const id of samples ?? []) cpSync(join(SAMPLES, id), join(folder, id), { recursive: true });
  for (const id of fixtures) cpSync(join(FIXTURES, id), join(folder, id), { recursive: true });
  for (const [path, content] of Object.entries(files)) writeDeploymentFile(folder, path, content);
  const output = makeTemporaryFolder('output');
  return { ...(await startEngineProcess({ deployments: folder, folder: output, environment, parameters })), folder };
}

/** Writes a file into a folder of deployments, and the folders that it needs. */
export function writeDeploymentFile(folder: string, path: string, content: unknown): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
}
