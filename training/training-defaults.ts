/** What `train` does unless it is told otherwise, on the command line and as a function. */
import { basename, extname } from 'node:path';
import { CommandError } from '../errors/command-error.ts';
import { DEPLOYMENT_ID } from '../models/deployment-file.ts';
import { HYPERPARAMETERS, type Hyperparameters } from './hyperparameters.ts';

export const TRAINING_DEFAULTS = {
  kind: 'auto',
  testFraction: 0.2,
  /** Of a comparison of kinds. */
  folds: 5,
  foldsOfFew: 10,
  /** In seconds. */
  budget: 60,
  refit: true,
  seed: 1,
  out: './deployments',
} as const;

/** The limits of the numbers that are not hyperparameters; all but the share of the rows are whole numbers. */
export const TRAINING_LIMITS = {
  testFraction: [0.01, 0.9],
  folds: [2, 50],
  budget: [1, 86_400],
  seed: [0, 2 ** 31 - 1],
  threads: [1, 256],
} as const satisfies Record<string, readonly [min: number, max: number]>;

/**
 * Checks the numbers of a training, and those of its hyperparameters.
 * @throws {CommandError} for one outside its limits
 */
export function checkTrainingNumbers(
  numbers: Readonly<Partial<Record<keyof typeof TRAINING_LIMITS | keyof Hyperparameters, unknown>>>,
): void {
  for (const [name, limits] of Object.entries(TRAINING_LIMITS))
    checkNumber(name, numbers[name as keyof typeof TRAINING_LIMITS], limits, name === 'testFraction');
  for (const [name, rule] of Object.entries(HYPERPARAMETERS)) {
    if ('limits' in rule) checkNumber(name, numbers[name as keyof Hyperparameters], rule.limits, 'isFraction' in rule);
  }
}

function checkNumber(name: string, value: unknown, [min, max]: readonly [number, number], isFraction: boolean): void {
  if (value === undefined) return;
  if (typeof value === 'number' && value >= min && value <= max && (isFraction || Number.isInteger(value))) return;
  throw new CommandError(`${name}: expected a ${isFraction ? '' : 'whole '}number from ${min} to ${max}.`);
}

/**
 * Derives a deployment id from the name of a file.
 * @throws {CommandError} if there is none
 */
export function toDeploymentId(file: string): string {
  const id = basename(file, extname(file))
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+|-+$/g, '');
  if (!DEPLOYMENT_ID.test(id))
    throw new CommandError('The file name cannot be turned into a valid deployment id; set one with --id.');
  return id;
}
