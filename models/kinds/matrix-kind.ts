/** What the kinds share that serve a file and whose models take a matrix of numbers: columns, classes and threads. */
import { z } from 'zod';
import { DeploymentError } from '../../errors/deployment-error.ts';
import type { Column, DeploymentFile, Scalar } from '../deployment-file.ts';
import { buildEncoder, encodingSchema, type Encoder, type EncodingDefaults } from '../encoding.ts';
import type { Scores } from '../model.ts';
import { parsePart, toShareableKind, type Shareable } from './kind.ts';
import { toFileSetting, type FileDescription, type FileFeature, type FileKind } from './model-file.ts';

/** A model file as a format reads it. */
export interface MatrixModel<Data extends Shareable> {
  readonly description: FileDescription;
  /** Compiles the model, in shared memory. Called only when the model is loaded to be served. */
  readonly compile: () => Data;
}

/** A file format of models that take a matrix. */
export interface MatrixFormat<Settings extends z.ZodRawShape, Data extends Shareable> {
  readonly fileName: string;
  /** The settings besides `file` and `encoding`; each needs a default. */
  readonly settings: Settings;
  readonly encoding: Omit<EncodingDefaults, 'unknown'>;
  readonly recognizes: (bytes: Uint8Array) => boolean;
  /**
   * Reads and checks a file.
   * @param settings undefined when the file is only described
   * @throws {DeploymentError} when the model cannot be served exactly
   */
  read(bytes: Uint8Array, place: string, settings: z.infer<z.ZodObject<Settings>> | undefined): MatrixModel<Data>;
  /**
   * Scores a matrix, featureCount numbers per row.
   * @param isPart whether the model is a part of another one, which takes its probabilities as the library computes them, even
   * if those of a row do not sum to 1
   */
  score(data: Data, matrix: Float64Array, classCount: number | undefined, isPart: boolean): Scores;
}

/** A kind whose models can also be a part of another file, such as the last step of a pipeline. */
export interface MatrixKind extends FileKind {
  /**
   * Reads a model that is a part of another file, with the default settings.
   * @throws {DeploymentError} when the model cannot be served exactly
   */
  readPart(bytes: Uint8Array, place: string): MatrixModel<Shareable>;
  /** Scores a matrix with the data that `compile` returned; in any thread. */
  scorePart(data: Shareable, matrix: Float64Array, classCount: number | undefined): Scores;
}

/** Makes a kind of a format. */
export function toMatrixKind<Settings extends z.ZodRawShape, Data extends Shareable>(
  format: MatrixFormat<Settings, Data>,
): MatrixKind {
  const schema = z.strictObject({
    file: toFileSetting(format.fileName),
    encoding: encodingSchema.optional(),
    ...format.settings,
  });
  type Parsed = z.infer<z.ZodObject<Settings>> & { file: string; encoding?: z.infer<typeof encodingSchema> };
  const parse = (file: DeploymentFile) => parsePart(schema, file.settings, 'deployment.json.settings') as Parsed;
  const toEncoder = (file: DeploymentFile): Encoder =>
    buildEncoder(file.columns, parse(file).encoding, { ...format.encoding, unknown: file.unknown_categories });
  const kind = toShareableKind<Data>(
    async ({ file, readBytes }) => {
      const settings = parse(file);
      const { width } = toEncoder(file);
      const { description, compile } = format.read(await readBytes(settings.file), settings.file, settings);
      checkDeployment(file, width, settings.encoding !== undefined, description, settings.file);
      return compile();
    },
    (file, data) => {
      const encoder = toEncoder(file);
      const classCount = file.label.classes?.length;
      return { score: (table) => format.score(data, encoder.encode(table), classCount, false) };
    },
  );
  const { fileName, recognizes } = format;
  return {
    ...kind,
    fileName,
    hasEncoding: true,
    recognizes,
    describe: (bytes, place) => format.read(bytes, place, undefined).description,
    readPart: (bytes, place) => format.read(bytes, place, schema.parse({}) as Parsed),
    // The data come from `compile`, in whichever thread.
    scorePart: (data, matrix, classCount) => format.score(data as Data, matrix, classCount, true),
  };
}

/**
 * Checks that a deployment.json fits the model file.
 * @param width the number of encoded features
 * @param hasEncoding whether the settings say how columns become features; else column i is feature i
 * @throws {DeploymentError} with every difference
 */
function checkDeployment(
  file: DeploymentFile,
  width: number,
  hasEncoding: boolean,
  { problemType, classCount, classes, features }: FileDescription,
  place: string,
): void {
  const problems: string[] = [];
  if (file.problem_type !== problemType)
    problems.push(`deployment.json.problem_type: expected "${problemType}", as ${place} says`);
  else if (file.label.classes?.length !== classCount)
    problems.push(`deployment.json.label.classes: expected ${classCount} classes, as ${place} says`);
  else if (classes?.some((name, index) => file.label.classes?.[index] !== name))
    problems.push(`deployment.json.label.classes: expected the classes of ${place}, in its order`);
  if (width !== features.length)
    problems.push(
      `deployment.json.columns: expected ${features.length} encoded features, as ${place} has, not ${width}`,
    );
  else if (!hasEncoding) problems.push(...findColumnProblems(file, features, place));
  if (problems.length > 0) throw new DeploymentError(problems);
}

/** Columns in another order than the file's features, and categories in another order than the file's codes. */
function findColumnProblems(
  { columns }: DeploymentFile,
  features: readonly FileFeature[],
  place: string,
): readonly string[] {
  const problems: string[] = [];
  for (const [index, feature] of features.entries()) {
    const { name, categories, codes, isCategorical, comparesTexts, nullable } = feature;
    const column = columns[index] as Column;
    const toCategory = (category: Scalar | undefined) => (comparesTexts ? toText(category) : category);
    const expect = (expected: string) => problems.push(`deployment.json.columns[${index}]${expected}`);
    if (column.nullable && !nullable && column.impute === undefined)
      expect(`.nullable: expected false, or impute, as the model in ${place} takes no missing cell in it`);
    if (column.name !== name && features.some((other) => other.name === column.name))
      expect(`: expected the columns in the order of the features of ${place}`);
    else if (codes && column.type === 'string')
      expect(`.type: expected a number, as the categories of the feature are integers in ${place}`);
    else if (codes && column.categories?.some((category, code) => category !== code))
      expect(`.categories: expected none, or codes in settings.encoding: the categories are their codes in ${place}`);
    else if (codes) continue;
    else if (isCategorical && !column.categories)
      expect('.categories: expected categories, in the order of their codes');
    else if (
      !isCategorical &&
      column.categories?.some((category, code) => typeof category === 'string' || Number(category) !== code)
    )
      expect(`.categories: expected no categories, as the feature is a number in ${place}; or settings.encoding`);
    else if (categories?.some((category, code) => toCategory(column.categories?.[code]) !== category))
      expect(`.categories: expected the categories of ${place}, in the order of their codes`);
  }
  return problems;
}

/** The text of a category where a model compares texts. */
function toText(category: Scalar | undefined): string {
  return typeof category === 'boolean' ? String(Number(category)) : String(category);
}
