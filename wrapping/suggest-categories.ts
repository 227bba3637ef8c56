import { formatName, toArgument } from '../errors/quote-text.ts';
import { DeploymentError } from '../errors/deployment-error.ts';
import type { DeploymentFile } from '../models/deployment-file.ts';

/** The problem of an encoding (models/encoding.ts) that only the user can solve. */
const MISSING = 'text columns without';
const MAX_CATEGORIES = 20;

/** Adds to an error about text columns that have no categories how to name them, with the values in the rows. */
export function suggestCategories(error: unknown, { columns, example }: DeploymentFile): unknown {
  if (!(error instanceof DeploymentError) || !error.problems.some((problem) => problem.includes(MISSING))) return error;
  const hints = columns
    .filter(({ type, categories }) => type === 'string' && !categories)
    .map(({ name }) => {
      const index = example.fields.indexOf(name);
      const values = new Set(example.values.map((row) => row[index]).filter((cell) => typeof cell === 'string'));
      const list = [...values].sort().slice(0, MAX_CATEGORIES);
      return `--categories ${toArgument(`${name}=${JSON.stringify(list)}`)} names the categories of ${formatName(name)}, here those in the rows: add those that are missing, in the order of the model`;
    });
  return new DeploymentError([...error.problems, ...hints], { cause: error.cause });
}
