/**
 * The baseline of OpenScale's drift monitor (drift_v2_archive.tar.gz), as ibm-metrics-plugin 5.4 writes it without model-quality drift:
 * which columns and which pairs of them are compared, and their statistics. All files are JSON.
 */
import { randomUUID } from 'node:crypto';
import type { ProblemType } from '../../../models/deployment-file.ts';
import type { TarEntry } from '../tar.ts';
import { MAX_CATEGORIES, MAX_UNIQUE_SHARE, type DriftColumn } from './drift-column.ts';
import { executeOperation, toOperationSummary, type Operation } from './drift-operations.ts';
import { round } from './round.ts';

/** What a drift archive is made of. */
export interface DriftBaseline {
  readonly problemType: ProblemType;
  readonly rows: number;
  /** In the order of the table; the features first, then the label, the prediction, and the probability of each class. */
  readonly columns: readonly DriftColumn[];
  /** The name of the result column with the vectors of probabilities. */
  readonly probability: string | undefined;
  /** The classes in the order of the probabilities; undefined for a regression. */
  readonly classes: readonly (string | number)[] | undefined;
  /** The classes of the label that occur, in the order of their first rows. */
  readonly labels: readonly (string | number)[];
  /** The importance of each feature. */
  readonly importances: ReadonlyMap<string, number>;
}

/** Only so many of the most important features are counted at all (SINGLE_COLUMN_OPERATION_LIMIT). */
export const MAX_COUNTED = 100;
/** And only so many in pairs (TWO_COLUMN_OPERATION_LIMIT). */
const MAX_PAIRED = 10;
/** The version of the format that is written, and that IBM's plugin reads. */
const VERSION = '0.0.5';
const CONTROLS = { enable_model_quality_drift: false };
/** The column with the vectors of probabilities, as IBM names the type of a list. */
const VECTOR_TYPE = 'str';

/** The files of a drift archive, one by one, because together they can be large. */
export function* toDriftArchive(baseline: DriftBaseline): Generator<TarEntry> {
  const id = randomUUID();
  const ranked = rankFeatures(baseline.importances);
  const operations = planOperations(baseline, ranked);
  const messages = toMessages(baseline);
  yield toJsonEntry('summary.json', toSummary(baseline, id, ranked, operations));
  yield toJsonEntry('version.json', { packages: [{ name: 'drift_data_set', version: VERSION }] });
  yield toJsonEntry('advanced_controls.json', CONTROLS);
  if (Object.keys(messages).length > 0) yield toJsonEntry('messages.json', messages);
  for (const operation of operations) {
    const { kind, file_name } = toOperationSummary(operation);
    yield toJsonEntry(`operations/${kind}/${file_name}`, executeOperation(operation, id));
  }
}

function toJsonEntry(name: string, value: object): TarEntry {
  return { name, content: JSON.stringify(value, null, 4) };
}

/** The features, the most important first; equally important ones in the order of the table. */
export function rankFeatures(importances: ReadonlyMap<string, number>): string[] {
  return [...importances].sort(([, one], [, other]) => other - one).map(([name]) => name);
}

/** Every column alone, then pairs of the prediction, the most important features and the probabilities. */
function planOperations({ columns }: DriftBaseline, ranked: readonly string[]): Operation[] {
  const usable = columns.filter(({ cells }) => cells !== undefined);
  const important = ranked.slice(0, MAX_PAIRED);
  const paired = usable.filter((column) => isCompared(column, important));
  const rank = ({ role, name }: DriftColumn) => (role === 'prediction' ? -1 : important.indexOf(name));
  const discrete = paired.filter(isDiscrete).sort((one, other) => rank(one) - rank(other));
  const continuous = paired.filter((column) => !isDiscrete(column));
  return [
    ...usable.map((target) => ({ target })),
    ...discrete.flatMap((source) =>
      discrete.filter((target) => target !== source).map((target) => ({ source, target })),
    ),
    ...discrete.flatMap((source) => continuous.map((target) => ({ source, target }))),
  ];
}

/** Whether a column is counted with others, and drift is explained by it. */
function isCompared({ name, role, isPairable }: DriftColumn, important: readonly string[]): boolean {
  return isPairable && (role === 'feature' || role === 'categorical' ? important.includes(name) : role !== 'label');
}

function isFeature({ role }: DriftColumn): boolean {
  return role === 'feature' || role === 'categorical';
}

function isDiscrete({ cells }: DriftColumn): boolean {
  return cells?.kind === 'discrete';
}

function toSummary(
  { problemType, rows, columns, probability, classes, labels, importances }: DriftBaseline,
  id: string,
  ranked: readonly string[],
  operations: readonly Operation[],
): object {
  const important = ranked.slice(0, MAX_PAIRED);
  const types: [string, string][] = columns.map(({ name, dataType }) => [name, dataType]);
  const vectorAt = columns.findIndex(({ role }) => role === 'probability_score');
  if (probability !== undefined) types.splice(vectorAt, 0, [probability, VECTOR_TYPE]);
  return {
    id,
    version: VERSION,
    type: 'baseline',
    advanced_controls: CONTROLS,
    count: rows,
    asset_type: 'model',
    input_data_type: 'structured',
    problem_type: problemType,
    schema: Object.fromEntries(types),
    feature_importance_input_format: 'json_format',
    feature_importance: Object.fromEntries(ranked.map((name) => [name, round(importances.get(name) as number)])),
    most_important_features: important,
    ...(classes && { unique_labels: labels, predicted_labels: classes }),
    ...(probability !== undefined && { probability_column: probability }),
    columns: Object.fromEntries(
      columns.map((column) => [
        column.name,
        {
          ...column.summary,
          is_eligible_for_operation: column.cells !== undefined,
          is_eligible_for_insights: isCompared(column, important),
          ...toClassOf(column, columns, classes),
        },
      ]),
    ),
    operations: operations.map(toOperationSummary),
    has_model_quality_drift: false,
    has_data_quality_issues: false,
    data_quality_issues: [],
  };
}

/** The class whose probabilities a column has. */
function toClassOf(
  column: DriftColumn,
  columns: readonly DriftColumn[],
  classes: DriftBaseline['classes'],
): object | undefined {
  if (column.role !== 'probability_score') return undefined;
  const index = columns.filter(({ role }) => role === 'probability_score').indexOf(column);
  return { prediction: classes?.[index], probability_index: index };
}

/** Warnings about the columns that the monitor will not use, metric by metric, in IBM's words. */
function toMessages({ columns, rows }: DriftBaseline): object {
  const messages: Record<string, { warning: object[] }> = {};
  for (const column of columns) {
    if (column.problem === undefined || column.role === 'label') continue;
    const metric = isFeature(column) ? 'feature_drift' : 'output_drift';
    (messages[metric] ??= { warning: [] }).warning.push(toMessage(column, metric, rows));
  }
  return messages;
}

function toMessage({ name, problem, distinctCount }: DriftColumn, metric: string, rows: number): object {
  const start = `The '${metric}' metric will not be computed for '${name}' because the data`;
  if (problem === 'sparse_data')
    return { code: problem, message: `${start} is very sparse.`, parameters: [metric, name] };
  if (distinctCount > MAX_CATEGORIES)
    return {
      code: problem,
      message: `${start} has large number of unique categories. The number of unique values [${distinctCount}] is too high. Please adjust 'max_distinct_categories [${MAX_CATEGORIES}] in advanced_controls.`,
      parameters: [metric, name, distinctCount, MAX_CATEGORIES],
    };
  const share = round(distinctCount / rows);
  return {
    code: problem,
    message: `${start} has large number of unique categories. The ratio of number of unique values [${distinctCount}] to the total count [${rows}] is ${toPythonNumber(share)}. Please adjust 'categorical_unique_threshold' [${MAX_UNIQUE_SHARE}] in advanced_controls.`,
    parameters: [metric, name, distinctCount, rows, share, MAX_UNIQUE_SHARE],
  };
}

function toPythonNumber(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
