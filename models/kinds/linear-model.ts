/** What the linear kinds share: the encoded table times the coefficients, computed by ml-matrix. */
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { DeploymentError } from '../../errors/deployment-error.ts';
import type { DeploymentFile } from '../deployment-file.ts';
import { listOf } from '../list-of.ts';
import { buildEncoder, encodingSchema, type Encoder } from '../encoding.ts';
import { toSharedFloats } from '../to-shared.ts';
import type { Table } from '../table.ts';
import { parsePart, type DeploymentSource } from './kind.ts';

const settingsSchema = z.strictObject({ encoding: encodingSchema.optional() });

const intercepts = z.preprocess((value) => (typeof value === 'number' ? [value] : value), listOf(z.number()));
/** `model.json` of a linear kind: one row of coefficients and one intercept per output, as scikit-learn's coef_ and intercept_. */
const rowsSchema = z.strictObject({ coefficients: listOf(listOf(z.number())), intercepts });
/** The same for one output: a list of coefficients and a single intercept, as scikit-learn's LinearRegression has them. */
const listSchema = z.strictObject({ coefficients: listOf(z.number()), intercepts });

/** Whether the coefficients of a `model.json` are a list of numbers rather than of rows. */
export function hasCoefficientList(json: unknown): boolean {
  const { coefficients } = Object(json) as { coefficients?: unknown };
  return Array.isArray(coefficients) && coefficients.length > 0 && !Array.isArray(coefficients[0]);
}

/** The parameters of a linear model, in shared memory. */
export type LinearData = Readonly<{
  /** Encoded features × outputs, row by row. */
  weights: Float64Array;
  /** One per output. */
  intercepts: Float64Array;
}>;

export interface LinearModel {
  /** Returns the linear outputs of a table: rows × outputs. */
  predict(table: Table): Matrix;
}

/**
 * Loads the coefficients of a deployment. Categorical columns are one-hot unless the settings say otherwise.
 * @param outputs the number of outputs that the kind needs
 * @throws {DeploymentError} with every problem that it finds
 */
export async function loadLinearData({ file, readJson }: DeploymentSource, outputs: number): Promise<LinearData> {
  const { width } = toEncoder(file);
  const json = await readJson('model.json');
  const isList = hasCoefficientList(json);
  const { coefficients, intercepts } = parsePart(isList ? listSchema : rowsSchema, json, 'model.json');
  const rows = isList ? [coefficients as number[]] : (coefficients as number[][]);
  const problems: string[] = [];
  if (rows.length !== outputs) problems.push(`model.json.coefficients: expected ${toCount(outputs, 'row')}`);
  if (intercepts.length !== outputs) problems.push(`model.json.intercepts: expected ${toCount(outputs, 'number')}`);
  rows.forEach((row, index) => {
    if (row.length !== width) {
      const place = isList ? '' : `[${index}]`;
      problems.push(`model.json.coefficients${place}: expected ${toCount(width, 'number')}, one per encoded feature`);
    }
  });
  if (problems.length > 0) throw new DeploymentError(problems);
  const weights = new Matrix(rows).transpose().to1DArray();
  return { weights: toSharedFloats(weights), intercepts: toSharedFloats(intercepts) };
}

/** Builds the model from the data of loadLinearData. */
export function buildLinearModel(file: DeploymentFile, data: LinearData): LinearModel {
  const encoder = toEncoder(file);
  const intercepts = Array.from(data.intercepts);
  const weights = Matrix.from1DArray(encoder.width, intercepts.length, data.weights);
  return { predict: (table) => toMatrix(encoder, table).mmul(weights).addRowVector(intercepts) };
}

function toEncoder(file: DeploymentFile): Encoder {
  const { encoding } = parsePart(settingsSchema, file.settings, 'deployment.json.settings');
  const defaults = { categories: 'one_hot', nan: false, unknown: file.unknown_categories } as const;
  return buildEncoder(file.columns, encoding, defaults);
}

function toMatrix(encoder: Encoder, table: Table): Matrix {
  return Matrix.from1DArray(table.rows.length, encoder.width, encoder.encode(table));
}

function toCount(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
