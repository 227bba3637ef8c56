/**
 * A model kind makes a model from a deployment's folder, in two phases. Loading reads and checks the folder, once; building
 * makes a model of the loaded data. A kind is shareable when its data can be posted to another thread, where the model is
 * built again on the same memory.
 */
import { z } from 'zod';
import { DeploymentError } from '../../errors/deployment-error.ts';
import type { DeploymentFile } from '../deployment-file.ts';
import { toProblems } from '../../errors/to-problems.ts';
import { NO_CALL, type Model } from '../model.ts';
import type { Readiness } from '../readiness.ts';
import type { Elsewhere, Prepare, ScoreParts } from '../split-model.ts';

/** The pieces of a file, from its start. */
export type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** What a kind can read from a deployment. */
export interface DeploymentSource {
  readonly file: DeploymentFile;
  /** The absolute path of the deployment's folder. */
  readonly folder: string;
  /** Reads and parses a JSON file of the folder. Throws a DeploymentError. */
  readonly readJson: (name: string) => Promise<unknown>;
  /** Reads a file of the folder. Throws a DeploymentError. */
  readonly readBytes: (name: string) => Promise<Uint8Array>;
  /** Reads a file of the folder piece by piece. Throws a DeploymentError. */
  readonly readPieces: (name: string) => Pieces;
  /** Whether the operator allows deployments to run their own code. */
  readonly allowModules: boolean;
}

/** Data that can be posted to another thread; anything large is a typed array over shared memory, so that nothing is copied. */
export type Shareable =
  | string
  | number
  | boolean
  | undefined
  | Uint8Array
  | Int32Array
  | Float64Array
  | { readonly [key: string]: Shareable };

/** A model; for a shareable kind also the data that it was built from, for a remote kind its readiness. */
export interface LoadedModel {
  readonly model: Model;
  readonly data?: Shareable;
  /** Of a model that runs elsewhere. */
  readonly elsewhere?: Elsewhere;
  readonly remote?: Readiness;
  /** How far numbers may be from those of the recorded example, relative where they exceed 1; 1e-9 by default. */
  readonly tolerance?: number;
  /** Releases what the model holds besides memory. Called when no new request will be scored with it. */
  readonly close?: () => void;
}

export interface ModelKind {
  /** Reads and checks the folder. Throws a DeploymentError with every problem that it finds. */
  load(source: DeploymentSource): Promise<LoadedModel>;
  /** Builds the model in another thread, from the data of `load`; missing where the kind is not shareable. */
  readonly build?: (file: DeploymentFile, data: Shareable) => Model;
  /** Prepares in another thread what its model is sent, from the data of `elsewhere`; missing where the model runs in this process. */
  readonly prepare?: (file: DeploymentFile, data: unknown) => Prepare<unknown>;
}

/**
 * Makes a shareable kind.
 * @param load reads and checks; throws a DeploymentError with every problem that it finds
 * @param build builds the model; called once per thread, so it must be cheap
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
    // The data come from `load`, in whichever thread; this is the only place where their type is asserted.
    build: (file, data) => build(file, data as Data),
  };
}

/** Makes a kind whose models cannot be shared between threads. */
export function toLocalKind(load: (source: DeploymentSource) => Promise<Model>): ModelKind {
  return { load: async (source) => ({ model: await load(source) }) };
}

/** What is loaded of a model that runs elsewhere. */
export interface LoadedParts<Data, Part> extends Omit<LoadedModel, 'model' | 'data' | 'elsewhere'> {
  /** What parts are prepared from besides the deployment file; can be posted to another thread. */
  readonly data: Data;
  /** Whether preparing takes long, however short a table is. */
  readonly isSlow: boolean;
  readonly scoreParts: ScoreParts<Part>;
}

/**
 * Makes a kind whose models run elsewhere.
 * @param load reads and checks; throws a DeploymentError with every problem that it finds
 * @param buildPrepare called once per thread; parts can be posted to another thread
 */
export function toSplitKind<Data, Part>(
  load: (source: DeploymentSource) => Promise<LoadedParts<Data, Part>>,
  buildPrepare: (file: DeploymentFile, data: Data) => Prepare<Part>,
): Required<Pick<ModelKind, 'load' | 'prepare'>> {
  return {
    load: async (source) => {
      const { data, isSlow, scoreParts, ...loaded } = await load(source);
      const prepare = buildOrClose(() => buildPrepare(source.file, data), loaded.close);
      return {
        ...loaded,
        model: { score: (table, call = NO_CALL) => scoreParts(prepare(table), table.rows.length, call) },
        elsewhere: { data, isSlow, scoreParts: scoreParts as ScoreParts<unknown> },
      };
    },
    // The data come from `load`, and the parts go to its `scoreParts`; this is the only place where their types are asserted.
    prepare: (file, data) => buildPrepare(file, data as Data),
  };
}

function buildOrClose<Part>(build: () => Prepare<Part>, close: (() => void) | undefined): Prepare<Part> {
  try {
    return build();
  } catch (error) {
    close?.();
    throw error;
  }
}

/**
 * Checks a part of a deployment against its schema.
 * @param place names the part in problems
 * @throws {DeploymentError} with every problem
 */
export function parsePart<Schema extends z.ZodType>(schema: Schema, value: unknown, place: string): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new DeploymentError(toProblems(parsed.error, place));
  return parsed.data;
}
