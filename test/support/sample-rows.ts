/** Rows for a deployment, made of what its deployment.json says about its columns; seeded. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deploymentFileSchema, type DeploymentFile } from '../../models/deployment-file.ts';
import type { Random } from '../../training/forest/random.ts';

/** A table as a scoring request has it. */
export interface RequestTable {
  readonly fields: string[];
  readonly values: unknown[][];
}

/** Reads the deployment.json of a folder. */
export function readDeploymentFile(folder: string): DeploymentFile {
  return deploymentFileSchema.parse(JSON.parse(readFileSync(join(folder, 'deployment.json'), 'utf8')));
}

/** Makes a table of some rows that the deployment accepts. */
export function makeSampleTable({ columns, example }: DeploymentFile, rows: number, random: Random): RequestTable {
  const makeCell = ({ name, type, nullable, categories, range }: DeploymentFile['columns'][number]): unknown => {
    if (nullable && random.below(20) === 0) return null;
    if (categories) return categories[random.below(categories.length)];
    const known = example.values.map((row) => row[example.fields.indexOf(name)]);
    if (type === 'string' || type === 'boolean') return known[random.below(known.length)];
    const numbers = known.filter((cell): cell is number => typeof cell === 'number');
    const [low, high] = range ?? [Math.min(...numbers), Math.max(...numbers)];
    const number = low + (random.below(1000) / 1000) * (high - low);
    return type === 'double' ? Number(number.toFixed(1)) : Math.round(number);
  };
  return {
    fields: columns.map(({ name }) => name),
    values: Array.from({ length: rows }, () => columns.map(makeCell)),
  };
}
