/** What a model kind is: a way to make a model from a deployment's folder. */
import { z } from 'zod';
import { DeploymentError } from '../deployment-error.ts';
import { toProblems, type DeploymentFile } from '../deployment-file.ts';
import type { Model } from '../model.ts';

/** What a kind may read of a deployment. */
export interface DeploymentSource {
  readonly file: DeploymentFile;
  /** The absolute path of the deployment's folder. */
  readonly folder: string;
  /** Reads and parses a JSON file of the folder. Throws a DeploymentError. */
  readonly readJson: (name: string) => Promise<unknown>;
  /** Whether the operator allows deployments to bring their own code. */
  readonly allowModules: boolean;
}

/** Makes the model. Throws a DeploymentError with every problem that it finds. */
export type ModelKind = (source: DeploymentSource) => Promise<Model>;

/** Checks a part of a deployment against its schema. */
export function parsePart<Schema extends z.ZodType>(schema: Schema, value: unknown, place: string): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new DeploymentError(toProblems(parsed.error, place));
  return parsed.data;
}
