/**
 * From a model file of another library to a deployment: recognizes the format, plans columns and classes, scores the rows, and
 * compares the scores with the library's own. Nothing is written if they differ.
 */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { recordExample } from '../catalogue/load-deployment.ts';
import { toRecord } from '../catalogue/example.ts';
import { checkFree, writeDeployment, writeJson } from '../catalogue/write-deployment.ts';
import { loadRows, toRows, type RowsFile, type RowsFormat } from '../csv/load-rows.ts';
import { CommandError } from '../errors/command-error.ts';
import { DeploymentError } from '../errors/deployment-error.ts';
import { formatCount, quoteList } from '../errors/quote-text.ts';
import { toProblems } from '../errors/to-problems.ts';
import {
  deploymentFileSchema,
  type DeploymentDescription,
  type DeploymentFile,
  type Label,
} from '../models/deployment-file.ts';
import type { FileDescription } from '../models/kinds/model-file.ts';
import type { Model } from '../models/model.ts';
import { score } from '../models/score-table.ts';
import { compareScores, type RecordedAnswer, type ScoreComparison } from './compare-scores.ts';
import { planFeatures, type FeatureChoices, type FeaturePlan } from './plan-features.ts';
import { normalizeScores, readScores, toExpected, type ExpectedScores } from './read-scores.ts';
import { recognizeFormat } from './recognize-format.ts';

export interface ImportOptions extends Omit<FeatureChoices, 'label'> {
  /** The model file. */
  readonly path: string;
  /** The file with the rows; not needed where the model file has rows of its own. */
  readonly rows?: string;
  readonly rowsFormat?: RowsFormat;
  /** The name of what is predicted; by default the model file's, or `label`. A column of the rows with this name is ignored. */
  readonly label?: string;
  /** The classes, in the order of the model's outputs. */
  readonly labels?: readonly (string | number)[];
  /** The file with what the library predicted for the rows. */
  readonly scores?: string;
  /** How far two numbers may be apart, relative where they exceed 1. */
  readonly tolerance: number;
  /** Settings of the kind. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly deployment: Omit<DeploymentDescription, 'description'> & { readonly description?: string };
  /** The folder of the deployments. */
  readonly out: string;
  readonly force: boolean;
  /** How many of the versions that have been replaced are kept. */
  readonly keep?: number;
  /** The time of creation; now by default. */
  readonly date?: Date;
  /** Is given what the file says before the rows are scored. */
  readonly onDescription?: (description: FileDescription) => void;
}

export interface ImportResult {
  /** The deployment's folder. */
  readonly folder: string;
  /** The deployment as it was written. */
  readonly file: DeploymentFile;
  readonly description: FileDescription;
  readonly scored: FeaturePlan['table'] & { readonly answer: RecordedAnswer };
  /** The comparisons that were made, with their sources; all of them found no difference. */
  readonly comparisons: readonly ScoreComparison[];
  /** Notices for the user, one sentence each. */
  readonly notices: readonly string[];
}

/** The scores of a deployment would differ from the library's. */
export class ScoresDifferError extends CommandError {
  readonly comparison: ScoreComparison;

  constructor(comparison: ScoreComparison) {
    const { source, rows, equal } = comparison;
    super(`${rows - equal} of ${formatCount(rows, 'row')} have other scores than in ${source}. Nothing was written.`);
    this.comparison = comparison;
  }
}

/** More rows prove little more. */
const MAX_ROWS = 100_000;
/** How many rows become the example, which is scored each time the deployment is loaded. */
const MAX_EXAMPLE = 100;
const MAX_BYTES = 2 ** 29 - 2 ** 20;

/**
 * Imports a model file and writes its deployment.
 * @throws {CommandError} when file, rows and choices do not fit, with the way out
 * @throws {ScoresDifferError} when the engine's scores differ from those that are given
 * @throws {DeploymentError} when the model cannot be served exactly
 */
export async function importModel(options: ImportOptions): Promise<ImportResult> {
  const destination = { ...options, id: options.deployment.id };
  const folder = await checkFree(destination);
  const bytes = await readModel(options.path);
  const { kind, format } = recognizeFormat(bytes);
  const fileName = toFileName(options.path, format.fileName);
  const description = await format.describe(bytes, fileName, options.settings);
  options.onDescription?.(description);
  const label = planLabel(options, description);
  const rows = await readRows(options, description);
  const plan = planFeatures(rows, description.features, { ...options, label: label.name }, format.hasEncoding);
  const expected = options.scores === undefined ? undefined : await readScores(options.scores, rows, label.classes);
  const draft = toDeploymentFile(options, kind, fileName, format.fileName, description, plan, label);
  return writeDeployment(destination, async (scratch) => {
    await writeFile(join(scratch, fileName), bytes);
    const { file, model } = await recordExample(scratch, draft);
    await writeJson(join(scratch, 'deployment.json'), file);
    const answer = await scoreAll(file, model, plan.table);
    const notices = [...rows.notices.filter((notice) => !plan.mistaken.includes(notice)), ...description.notices];
    const comparisons = expected ? [compare(options, description, file, answer, expected, notices)] : [];
    const verified = await verify(options, description, file, model, notices);
    if (verified) comparisons.push(verified);
    if (plan.unused.length > 0) notices.push(`Not used by the model: ${quoteList(plan.unused)}.`);
    return { folder, file, description, scored: { ...plan.table, answer }, comparisons, notices };
  });
}

async function readModel(path: string): Promise<Buffer> {
  let size: number;
  try {
    const stats = await stat(path);
    // Opening a pipe would block until something writes to it.
    if (!stats.isFile()) throw new CommandError('The model file is not a regular file.');
    size = stats.size;
    if (size <= MAX_BYTES) return await readFile(path);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`The model file cannot be read (${String((error as NodeJS.ErrnoException).code)}).`);
  }
  throw new CommandError(
    `The model file has ${Math.ceil(size / 2 ** 20)} MiB; at most ${MAX_BYTES / 2 ** 20} can be read.`,
  );
}

/** The name of the file in the deployment's folder: its own, unless that needs quoting or is taken. */
function toFileName(path: string, usual: string): string {
  const name = basename(path);
  const isTaken = ['deployment.json', 'training-statistics.json'].includes(name.toLowerCase());
  return /^[A-Za-z0-9][\w.-]{0,99}$/.test(name) && !isTaken ? name : usual;
}

async function readRows({ rows, rowsFormat }: ImportOptions, { verification }: FileDescription): Promise<RowsFile> {
  if (rows !== undefined) return loadRows(rows, MAX_ROWS, rowsFormat);
  if (verification) return toRows({ fields: verification.fields, values: verification.values }, MAX_ROWS);
  throw new CommandError(
    'The model file has no rows of its own: give some with --rows, which become the example that the deployment must reproduce.',
  );
}

/** The label: classes come from the file or the user, and are never guessed. */
function planLabel(options: ImportOptions, { problemType, classCount = 0, classes, label }: FileDescription): Label {
  const { labels } = options;
  const name = options.label ?? label ?? 'label';
  if (problemType === 'regression') {
    if (labels) throw new CommandError('--labels: the model is a regression, which has no classes.');
    return { name, type: 'double' };
  }
  if (labels && classes && labels.some((value, index) => String(value) !== String(classes[index])))
    throw new CommandError(`--labels: the model file has the classes ${quoteList(classes.map(String))} itself.`);
  if (!labels && !classes) {
    const example = Array.from({ length: Math.min(classCount, 5) }, (_, index) => index).join();
    throw new CommandError(
      `The model has ${classCount} classes, and the file does not name them. Name them in the order of their codes with --labels, ` +
        `for example --labels ${example}${classCount > 5 ? ',…' : ''} or the names that the codes stand for.`,
    );
  }
  const chosen = classes ?? labels ?? [];
  if (chosen.length !== classCount)
    throw new CommandError(
      `--labels: expected ${formatCount(classCount, 'name')}, one per class, not ${chosen.length}.`,
    );
  if (new Set(chosen.map(String)).size < chosen.length) throw new CommandError('--labels: expected each name once.');
  return { name, type: toLabelType(chosen), classes: [...chosen] };
}

function toLabelType(classes: readonly (string | number)[]): Label['type'] {
  if (!classes.every((value) => typeof value === 'number')) return 'string';
  return classes.every(Number.isInteger) ? 'integer' : 'double';
}

function toDeploymentFile(
  { deployment, settings, date = new Date() }: ImportOptions,
  kind: string,
  fileName: string,
  usualName: string,
  description: FileDescription,
  { columns, table, encoding }: FeaturePlan,
  label: Label,
): DeploymentFile {
  const now = date.toISOString();
  const classes = label.type === 'string' ? label.classes?.map(String) : label.classes;
  const parsed = deploymentFileSchema.safeParse({
    ...deployment,
    description: deployment.description ?? `Predicts ${label.name}. ${description.format}.`,
    kind,
    settings: {
      ...(fileName !== usualName && { file: fileName }),
      ...(encoding && { encoding }),
      ...description.settings,
      ...settings,
    },
    problem_type: description.problemType,
    columns,
    label: { ...label, ...(classes && { classes }) },
    ...(description.rejectsUnknown && { unknown_categories: 'refuse' }),
    example: { fields: table.fields, values: table.values.slice(0, MAX_EXAMPLE) },
    created_at: now,
    modified_at: now,
  });
  if (!parsed.success) throw new DeploymentError(toProblems(parsed.error, 'deployment.json'));
  return parsed.data;
}

async function scoreAll(file: DeploymentFile, model: Model, table: FeaturePlan['table']): Promise<RecordedAnswer> {
  return toRecord(await score({ file, model }, table, 'rows.'), file.label.classes);
}

/** Scores the rows that the model file has itself, and compares. */
async function verify(
  options: ImportOptions,
  description: FileDescription,
  file: DeploymentFile,
  model: Model,
  notices: string[],
): Promise<ScoreComparison | undefined> {
  const { verification, features } = description;
  if (!verification?.predictions && !verification?.probabilities) return undefined;
  const rows = toRows({ fields: verification.fields, values: verification.values });
  const names = file.columns.map(({ name }, index) => features[index]?.name ?? name);
  const cells = names.map((name) => rows.columns.find((column) => column.name === name)?.toCells('string'));
  const table = {
    fields: file.columns.map(({ name }) => name),
    values: verification.values.map((_, row) => cells.map((column) => column?.[row] ?? null)),
  };
  const expected = toExpected(verification, file.label.classes);
  return compare(options, description, file, await scoreAll(file, model, table), expected, notices);
}

/** @param notices what is not compared is added */
function compare(
  { tolerance }: ImportOptions,
  description: FileDescription,
  { label: { classes } }: DeploymentFile,
  answer: RecordedAnswer,
  expected: ExpectedScores,
  notices: string[],
): ScoreComparison {
  const comparable = toComparable(expected, answer, description, notices);
  const scores = description.isNormalized ? normalizeScores(comparable) : comparable;
  const comparison = compareScores(answer, scores, classes, tolerance);
  if (comparison.equal < comparison.rows) throw new ScoresDifferError(comparison);
  return comparison;
}

/** Those scores that a deployment answers, too. */
function toComparable(
  { predictions, probabilities, ...rest }: ExpectedScores,
  answer: RecordedAnswer,
  { mayDisagree = false }: FileDescription,
  notices: string[],
): ExpectedScores {
  const { source } = rest;
  if (!answer.probabilities && probabilities) {
    if (!predictions)
      throw new CommandError(
        `${source}: the deployment answers classes without probabilities; give a column "prediction" to compare.`,
      );
    notices.push(`The deployment answers classes without probabilities: those of ${source} were not compared.`);
    return { ...rest, predictions };
  }
  if (answer.probabilities && mayDisagree && probabilities) {
    if (predictions)
      notices.push(`The deployment answers the most probable class: the predictions of ${source} were not compared.`);
    return { ...rest, probabilities };
  }
  return { ...rest, ...(predictions && { predictions }), ...(probabilities && { probabilities }) };
}
