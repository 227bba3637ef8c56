/** Encodes a table as a matrix of numbers, as the setting `encoding` describes. */
import type { z } from 'zod';
import { DeploymentError } from '../../errors/deployment-error.ts';
import type { DeploymentFile } from '../../models/deployment-file.ts';
import { planEncoding, type Encoder, type encodingSchema } from '../../models/encoding.ts';

export interface MatrixSettings {
  readonly round: boolean;
  /** Without it, every column in order. */
  readonly encoding?: z.infer<typeof encodingSchema> | undefined;
}

/**
 * Plans the encoding. How a model that was trained elsewhere encodes categories is not guessed: it requires the setting.
 * @param nan whether the upstream accepts NaN
 * @throws {DeploymentError} with every problem
 */
export function buildMatrix({ columns }: DeploymentFile, settings: MatrixSettings, nan: boolean): Encoder {
  const planned = planEncoding(columns, settings.encoding, { categories: 'codes', nan });
  const problems = 'problems' in planned ? planned.problems : [];
  if (!settings.encoding && columns.some(({ categories }) => categories))
    problems.push('deployment.json.settings.encoding: expected the features, because some columns have categories');
  if (settings.round)
    problems.push('deployment.json.settings.round: expected no value, because encoded numbers may have fractions');
  if (problems.length > 0 || 'problems' in planned) throw new DeploymentError(problems);
  return planned.encoder;
}
