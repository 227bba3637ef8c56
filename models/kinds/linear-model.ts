/** What the linear kinds share: an encoded table times coefficients, on ml-matrix. */
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { DeploymentError } from '../deployment-error.ts';
import { encodingSchema, planEncoding, type Encoder } from '../encoding.ts';
import type { Table } from '../table.ts';
import { parsePart, type DeploymentSource } from './kind.ts';

const settingsSchema = z.strictObject({ encoding: encodingSchema.optional() });

/** `model.json` of a linear kind: one row of coefficients and one intercept an output, as scikit-learn's coef_ and intercept_. */
const linearSchema = z.strictObject({
  coefficients: z.array(z.array(z.number())),
  intercepts: z.array(z.number()),
});

export interface LinearModel {
  /** The linear outputs of a table: rows × outputs. */
  predict(table: Table): Matrix;
}

/**
 * Loads the coefficients of a deployment. Categorical columns are one-hot unless the settings say otherwise.
 * @param outputs how many rows of coefficients the kind needs
 */
export async function loadLinearModel({ file, readJson }: DeploymentSource, outputs: number): Promise<LinearModel> {
  const { encoding } = parsePart(settingsSchema, file.settings, 'deployment.json.settings');
  const planned = planEncoding(file.columns, encoding, { categories: 'one_hot', nan: false });
  if ('problems' in planned) throw new DeploymentError(planned.problems);
  const { encoder } = planned;
  const { coefficients, intercepts } = parsePart(linearSchema, await readJson('model.json'), 'model.json');
  const problems: string[] = [];
  if (coefficients.length !== outputs) problems.push(`model.json.coefficients: expected ${toCount(outputs, 'row')}`);
  if (intercepts.length !== outputs) problems.push(`model.json.intercepts: expected ${toCount(outputs, 'number')}`);
  coefficients.forEach((row, index) => {
    if (row.length !== encoder.width) {
      problems.push(
        `model.json.coefficients[${index}]: expected ${toCount(encoder.width, 'number')}, one an encoded feature`,
      );
    }
  });
  if (problems.length > 0) throw new DeploymentError(problems);
  const weights = new Matrix(coefficients).transpose();
  return { predict: (table) => toMatrix(encoder, table).mmul(weights).addRowVector(intercepts) };
}

function toMatrix(encoder: Encoder, table: Table): Matrix {
  return Matrix.from1DArray(table.rows.length, encoder.width, encoder.encode(table));
}

function toCount(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
