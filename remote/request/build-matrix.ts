/** A table as the matrix of numbers that an upstream takes, encoded as the setting `encoding` says. */
import type { z } from 'zod';
import { DeploymentError } from '../../errors/deployment-error.ts';
import type { DeploymentFile } from '../../models/deployment-file.ts';
import { planEncoding, type Encoder, type encodingSchema } from '../../models/encoding.ts';

export interface MatrixSettings {
  readonly round: boolean;
  /** Every column in its order where there is none. */
  readonly encoding?: z.infer<typeof encodingSchema> | undefined;
}

/**
 * Plans the encoding. The categories of a model that was trained elsewhere are not guessed: they need the setting.
 * @param nan whether the upstream takes NaN
 * @throws {DeploymentError} with every problem
 */
export function buildMatrix({ columns }: DeploymentFile, settings: MatrixSettings, nan: boolean): Encoder {
  const planned = planEncoding(columns, settings.encoding, { categories: 'codes', nan });
  const problems = 'problems' in planned ? planned.problems : [];
  if (!settings.encoding && columns.some(({ categories }) => categories))
    problems.push('deployment.json.settings.encoding: expected the features, for there are columns with categories');
  if (settings.round)
    problems.push(
      'deployment.json.settings.round: expected nothing where numbers are encoded; they may have fractions',
    );
  if (problems.length > 0 || 'problems' in planned) throw new DeploymentError(problems);
  return planned.encoder;
}
