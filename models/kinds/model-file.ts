/**
 * Kinds whose model is a file of another library: XGBoost, LightGBM, CatBoost, scikit-learn, PMML, ONNX. The file stays as it
 * is beside deployment.json. A kind recognizes its format from the content, and describes the model so that `import` can
 * write the deployment.
 */
import { z } from 'zod';
import type { Column, ProblemType, Scalar } from '../deployment-file.ts';
import type { ModelKind } from './kind.ts';

/** A feature of a model, in the order of its inputs. */
export interface FileFeature {
  /** Missing where the file has no names. */
  readonly name?: string;
  /** Missing where the file does not say; the rows do. */
  readonly type?: Column['type'];
  /** Whether the model treats the feature as categories. */
  readonly isCategorical: boolean;
  /** The categories, in the order of their codes, where the file has them. */
  readonly categories?: readonly Scalar[];
  /** Their codes, where these are not 0, 1, 2 and so on: `codes` of the setting `encoding`, where the column has categories. */
  readonly codes?: readonly number[];
  /**
   * Whether the model compares the texts of categories: the integer 1 is "1", and so is true. Then a column may have further
   * categories after those of the file, which make no difference to the model.
   */
  readonly comparesTexts?: boolean;
  /** Whether the model takes a missing cell. */
  readonly nullable: boolean;
}

/** A table with the scores that the library computed for it. */
export interface ScoredRows {
  readonly fields: readonly string[];
  readonly values: readonly (readonly unknown[])[];
  readonly predictions?: readonly (string | number)[];
  /** One list per row, in the order of the classes. */
  readonly probabilities?: readonly (readonly number[])[];
}

/** What a model file says about its model. */
export interface FileDescription {
  /** The format and its version, such as "XGBoost 3.2.0, UBJSON". */
  readonly format: string;
  /** What else is worth saying, in order: the objective, the number of trees, … */
  readonly facts: Readonly<Record<string, string | number>>;
  readonly problemType: ProblemType;
  /** The number of classes; missing for a regression. */
  readonly classCount?: number;
  /** The classes in the order of the model's outputs, where the file has them. They are never guessed. */
  readonly classes?: readonly (string | number)[];
  /**
   * Whether the class that the library predicts is not always its most probable one. A deployment answers either the
   * predictions, without probabilities, or the most probable classes with theirs.
   */
  readonly mayDisagree?: boolean;
  /** Whether the library's probabilities of a row do not sum to 1, so that the engine's are those divided by their sum. */
  readonly isNormalized?: boolean;
  /** The name of the target, where the file has it. */
  readonly label?: string;
  readonly features: readonly FileFeature[];
  /** Settings to write into deployment.json, where the file leaves a choice. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** What the user should know, one sentence each. */
  readonly notices: readonly string[];
  /** Whether the model rejects categories that it does not know, in every column of categories. */
  readonly rejectsUnknown?: boolean;
  /** Rows that the file has with their scores. */
  readonly verification?: ScoredRows;
}

/** A kind that serves a file. */
export interface FileKind extends ModelKind {
  /** The name of the file in the deployment's folder, unless the setting `file` has another. */
  readonly fileName: string;
  /** Whether the kind has the setting `encoding`. */
  readonly hasEncoding: boolean;
  /** Whether a file has this format, from its content; must be fast and never throws. */
  readonly recognizes: (bytes: Uint8Array) => boolean;
  /**
   * Reads and checks a whole file.
   * @param place the name of the file; messages start with it
   * @param settings those that the user has chosen, where a format needs some to understand the file
   * @throws {DeploymentError} when the model cannot be served exactly, with the reason and the way out
   */
  describe(
    bytes: Uint8Array,
    place: string,
    settings?: Readonly<Record<string, unknown>>,
  ): FileDescription | Promise<FileDescription>;
}

/** The setting `file` of a kind that serves a file: its name in the deployment's folder. */
export function toFileSetting(fileName: string) {
  return z
    .string()
    .regex(/^(?!\.)[^/\\\0]{1,255}$/, "the name of a file in the deployment's folder")
    .default(fileName);
}
