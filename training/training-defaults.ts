/** What `train` does unless it is told otherwise, on the command line and as a function. */
import { basename, extname } from 'node:path';
import { CommandError } from '../errors/command-error.ts';
import { DEPLOYMENT_ID } from '../models/deployment-file.ts';
import { MAX_BINS } from './forest/bin-feature.ts';

export const TRAINING_DEFAULTS = {
  kind: 'random-forest',
  testFraction: 0.2,
  seed: 1,
  trees: 100,
  calibration: true,
  bins: MAX_BINS - 1,
  out: './deployments',
} as const;

/** The limits of each number; all but the share of the rows are whole numbers. */
export const TRAINING_LIMITS = {
  testFraction: [0.01, 0.9],
  seed: [0, 2 ** 31 - 1],
  trees: [1, 10_000],
  maxDepth: [1, 64],
  minLeaf: [1, 1_000_000],
  maxFeatures: [1, 1012],
  bins: [2, MAX_BINS],
  threads: [1, 256],
} as const satisfies Record<string, readonly [min: number, max: number]>;

/**
 * Checks the numbers of a training.
 * @throws {CommandError} for one outside its limits
 */
export function checkTrainingNumbers(
  numbers: Readonly<Partial<Record<keyof typeof TRAINING_LIMITS, number | undefined>>>,
): void {
  for (const [name, [min, max]] of Object.entries(TRAINING_LIMITS)) {
    const value = numbers[name as keyof typeof TRAINING_LIMITS];
    const isShare = name === 'testFraction';
    if (value === undefined || (value >= min && value <= max && (isShare || Number.isInteger(value)))) continue;
    throw new CommandError(`${name}: expected a ${isShare ? '' : 'whole '}number from ${min} to ${max}.`);
  }
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
