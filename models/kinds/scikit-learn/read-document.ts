/** Reads the file that export.py writes. */
import { DeploymentError } from '../../../errors/deployment-error.ts';
import type { ProblemType, Scalar } from '../../deployment-file.ts';
import type { FileDescription, FileFeature, ScoredRows } from '../model-file.ts';
import { Cursor } from './cursor.ts';
import type { EstimatorStep, ReadForest } from './program.ts';
import { hasProbabilities, isUnnormalized } from './outputs.ts';
import { MAX_CLASSES, readEstimator } from './read-estimator.ts';
import { Reader, type InputColumn, type Slot } from './reader.ts';

/** The key `format` of the file. */
export const FORMAT = 'custom-ml-engine/scikit-learn';
/** The highest `version` that is read. */
const VERSION = 1;
const TYPES = ['string', 'integer', 'double', 'boolean'] as const;

/** A model as the file has it. */
export interface ReadModel {
  readonly description: FileDescription;
  readonly program: EstimatorStep<ReadForest>;
}

const MAY_DISAGREE =
  'The class that this support vector machine predicts is not always its most probable one. The engine answers the ' +
  'predicted class, without probabilities; with the setting "probabilities": true (--set probabilities=true), the most probable class with its ' +
  'probabilities.';

/**
 * Reads and checks a file.
 * @param place the name of the file; messages start with it
 * @throws {DeploymentError} with the first problem
 */
export function readDocument(bytes: Uint8Array, place: string): ReadModel {
  const root = new Cursor(parse(bytes, place), place);
  const format = root.at('format');
  if (format.value !== FORMAT) format.fail(`"${FORMAT}"; export-script prints the script that writes the file`);
  root.at('version').integer(1, VERSION);
  const version = root.at('scikit_learn').text();
  const classes = root.has('classes') ? readClasses(root.at('classes')) : undefined;
  const columns = root
    .at('columns')
    .list()
    .map((column) => readColumn(column));
  const names = columns.map(({ name }) => name);
  if (new Set(names).size < names.length) root.at('columns').fail('columns with different names');
  const reader = new Reader();
  const used = columns.filter((column) => column.isUsed);
  if (used.length === 0) root.at('columns').fail('a column that is used');
  const program = readEstimator(reader, root.at('model'), toSlots(columns));
  if (program.classes !== (classes?.length ?? 0))
    root
      .at('model')
      .at('classes')
      .fail(classes ? `${classes.length}, as there are classes` : 'none, as the file has no classes');
  const problemType: ProblemType = !classes ? 'regression' : classes.length === 2 ? 'binary' : 'multiclass';
  const mayDisagree = isSvm(program) && hasProbabilities(program);
  const verification = root.has('rows')
    ? readRows(
        root.at('rows'),
        used.map(({ name }) => name),
        classes,
      )
    : undefined;
  const description: FileDescription = {
    format: `scikit-learn ${version}, exported as JSON`,
    facts: {
      model: root.at('model_type').text(),
      ...countTrees(program),
      columns: used.length,
      ...(verification && { 'scored rows': verification.values.length }),
    },
    problemType,
    mayDisagree,
    isNormalized: isUnnormalized(program),
    ...(classes && { classCount: classes.length, classes }),
    ...(root.has('label') && { label: root.at('label').text() }),
    features: used.map((column): FileFeature => {
      const { name, type, categories } = column;
      const isCategorical = categories !== undefined;
      return {
        name,
        type,
        isCategorical,
        ...(isCategorical && { categories }),
        nullable: !reader.required.has(column),
      };
    }),
    notices: [...(mayDisagree ? [MAY_DISAGREE] : []), ...reader.notices],
    ...(verification && { verification }),
  };
  return { description, program };
}

function parse(bytes: Uint8Array, place: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (cause) {
    throw new DeploymentError([`${place}: expected JSON in UTF-8`], { cause });
  }
}

function readClasses(cursor: Cursor): readonly (string | number)[] {
  const classes = cursor.list().map((item) => {
    const value = item.scalar();
    return typeof value === 'string' || typeof value === 'number' ? value : item.fail('text or a number');
  });
  if (classes.length < 2 || classes.length > MAX_CLASSES) cursor.fail(`2 to ${MAX_CLASSES} classes`);
  if (new Set(classes).size < classes.length) cursor.fail('classes that are different');
  if (new Set(classes.map((value) => typeof value)).size > 1) cursor.fail('classes of one type, text or numbers');
  return classes;
}

interface ReadColumn extends InputColumn {
  readonly type: (typeof TYPES)[number];
  readonly isUsed: boolean;
  readonly categories: readonly Scalar[] | undefined;
}

function readColumn(cursor: Cursor): ReadColumn {
  const name = cursor.at('name').text();
  const type = cursor.at('type').oneOf(TYPES);
  const isUsed = !cursor.has('used') || cursor.at('used').flag();
  if (!cursor.has('categories')) {
    if (type === 'string' && isUsed) cursor.at('categories').fail('the categories of a text column');
    return { name, type, isUsed, categories: undefined, codes: undefined };
  }
  const expected = type === 'string' || type === 'boolean' ? type : 'number';
  const categories = cursor
    .at('categories')
    .list()
    .map((item) => {
      const value = item.scalar();
      return value !== null && typeof value === expected
        ? value
        : item.fail(`a ${expected}, as the type of the column`);
    });
  const codes = new Map(categories.map((category, code) => [category, code]));
  if (codes.size < categories.length) cursor.at('categories').fail('categories that are different');
  return { name, type, isUsed, categories, codes };
}

/** The columns of the matrix that the program starts with: those that are used. */
function toSlots(columns: readonly ReadColumn[]): readonly Slot[] {
  let at = 0;
  return columns.map((column) => ({ at: column.isUsed ? at++ : -1, column, missing: new Set([column]) }));
}

function isSvm(step: EstimatorStep<unknown>): boolean {
  if (step.type === 'estimate') return isSvm(step.last);
  return step.type === 'stack' ? isSvm(step.final) : step.type === 'svm';
}

function countTrees(step: EstimatorStep<ReadForest>): { readonly trees?: number } {
  if (step.type === 'estimate') return countTrees(step.last);
  return step.type === 'forest' ? { trees: step.forest.ensemble.trees.length } : {};
}

/** How many scored rows are read. */
const MAX_ROWS = 100_000;

function readRows(
  cursor: Cursor,
  names: readonly string[],
  classes: readonly (string | number)[] | undefined,
): ScoredRows {
  const fields = cursor
    .at('fields')
    .list(names.length)
    .map((field, index) =>
      field.value === names[index] ? field.text() : field.fail('the columns that are used, in order'),
    );
  const values = cursor.at('values').list();
  if (values.length > MAX_ROWS) cursor.at('values').fail(`at most ${MAX_ROWS} rows`);
  const rows = values.map((row) => row.list(fields.length).map((cell) => cell.scalar()));
  const predictions = cursor
    .at('predictions')
    .list(rows.length)
    .map((item) => {
      const value = item.scalar();
      const isValid = classes ? classes.includes(value as string | number) : typeof value === 'number';
      return isValid ? (value as string | number) : item.fail(classes ? 'one of the classes' : 'a number');
    });
  if (!classes || !cursor.has('probabilities')) return { fields, values: rows, predictions };
  const probabilities = cursor
    .at('probabilities')
    .list(rows.length)
    .map((row) => Array.from(row.numbers(classes.length)));
  return { fields, values: rows, predictions, probabilities };
}
