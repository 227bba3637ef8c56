/**
 * What a model kind is: a way to make a model from a deployment's folder, in two phases. Loading reads and checks the
 * folder, once; building makes the model of what was loaded, in whatever thread scores. A kind whose loaded data can be
 * posted to another thread is shareable; its models are built there again, of the same memory.
 */
import { z } from 'zod';
import { DeploymentError } from '../../errors/deployment-error.ts';
import type { DeploymentFile } from '../deployment-file.ts';
import { toProblems } from '../../errors/to-problems.ts';
import type { Model } from '../model.ts';
import type { Readiness } from '../readiness.ts';

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

/** What can be posted to another thread: whatever is big in typed arrays over shared memory, so that nothing is copied. */
export type Shareable =
  string | number | boolean | undefined | Int32Array | Float64Array | { readonly [key: string]: Shareable };

/** A model; of a shareable kind, the data that it was built of; of a remote one, whether it can be asked. */
export interface LoadedModel {
  readonly model: Model;
  readonly data?: Shareable;
  readonly remote?: Readiness;
}

export interface ModelKind {
  /** Reads and checks what the folder holds. Throws a DeploymentError with every problem that it finds. */
  load(source: DeploymentSource): Promise<LoadedModel>;
  /** Builds the model of the data that `load` gave, in another thread; missing where the kind is not shareable. */
  readonly build?: (file: DeploymentFile, data: Shareable) => Model;
}

/**
 * A kind of two phases, for models that are numbers.
 * @param load reads and checks; throws a DeploymentError with every problem that it finds
 * @param build makes the model, cheaply
 */
export function toShareableKind<Data extends Shareable>(
  load: (source: DeploymentSource) => Promise<Data>,
  build: (file: DeploymentFile, data: Data) => Model,
): ModelKind {
  return {
    load: async (source) => {
      const data = await load(source);
      return { model: build(source.file, data), data };
    },
    // The data are those of `load`, whichever thread they come from; here alone their type is taken on trust.
    build: (file, data) => build(file, data as Data),
  };
}

/** A kind whose models cannot leave their thread. */
export function toLocalKind(load: (source: DeploymentSource) => Promise<Model>): ModelKind {
  return { load: async (source) => ({ model: await load(source) }) };
}

/** Checks a part of a deployment against its schema. */
export function parsePart<Schema extends z.ZodType>(schema: Schema, value: unknown, place: string): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new DeploymentError(toProblems(parsed.error, place));
  return parsed.data;
}
