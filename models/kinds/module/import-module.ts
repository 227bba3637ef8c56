import { pathToFileURL } from 'node:url';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import type { RequestTable } from '../../table.ts';

/**
 * The function that a module exports. It gets the deployment's columns in order, with nulls kept, and its own copy of the
 * rows. It returns one vector of probabilities per row, in the order of the classes, or one prediction per row: a class, or
 * for a regression a number.
 */
export type ScoreFunction = (table: RequestTable) => unknown;

/**
 * Imports a module.
 * @param name of the file, for problems
 * @param version becomes a part of the URL
 * @throws {DeploymentError} if it cannot be imported, or exports no function
 */
export async function importModule(path: string, name: string, version: string): Promise<ScoreFunction> {
  let loaded: { default?: unknown };
  try {
    loaded = (await import(`${pathToFileURL(path).href}?${version}`)) as { default?: unknown };
  } catch (cause) {
    throw new DeploymentError([`${name}: expected a JavaScript module that can be imported`], { cause });
  }
  if (typeof loaded.default !== 'function')
    throw new DeploymentError([`${name}: expected a function as the default export`]);
  return loaded.default as ScoreFunction;
}
