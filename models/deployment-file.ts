/**
 * The format of `deployment.json`: everything about a deployment except the parameters of its model. People write it as well
 * as programs, so unknown keys and contradictions are rejected, and every problem is reported at once.
 */
import { z } from 'zod';
import { listOf } from './list-of.ts';

/** OpenScale's own queries fail on some column names. */
const columnName = z
  .string()
  .min(1)
  .regex(/^[^"=]*$/, 'a column name without `"` and `=`, which OpenScale cannot handle');
const category = z.union([z.string(), z.number(), z.boolean()]);
const dateTime = z.iso.datetime('a date and time in UTC, such as 2026-11-23T12:00:00Z');

/** A column of the table. */
export const columnSchema = z.strictObject({
  name: columnName,
  type: z.enum(['string', 'integer', 'long', 'double', 'boolean']),
  /** Whether a cell may be null. */
  nullable: z.boolean().default(false),
  /** The categories in the training data, of the column's type. Makes the column categorical. */
  categories: listOf(category, 1).optional(),
  /** The minimum and maximum in the training data; published, not enforced. */
  range: z.tuple([z.number(), z.number()]).optional(),
  /** Replaces a null, as it did when the model was trained. */
  impute: category.optional(),
});

const tableSchema = z.strictObject({
  fields: listOf(z.string(), 1),
  values: listOf(z.array(z.unknown()), 1),
});

const exampleSchema = z.strictObject({
  ...tableSchema.shape,
  /** The recorded answer of the model; a deployment that does not reproduce it is not served. */
  answer: z
    .strictObject({
      predictions: listOf(z.union([z.string(), z.number()])),
      probabilities: listOf(listOf(z.number())).optional(),
    })
    .optional(),
});

/** The id of a deployment: the name of its folder, a segment of its URL. */
export const DEPLOYMENT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export const deploymentFileSchema = z
  .strictObject({
    id: z.string().regex(DEPLOYMENT_ID, 'up to 128 letters, digits, `.`, `_` and `-`, starting with a letter or digit'),
    name: z.string().min(1),
    description: z.string().default(''),
    /** The model kind, one of catalogue/kinds.ts. */
    kind: z.string(),
    /** The settings of the kind, which checks them. */
    settings: z.unknown().default({}),
    problem_type: z.enum(['binary', 'multiclass', 'regression']),
    input_data_type: z.enum(['structured', 'unstructured_text', 'unstructured_image']).default('structured'),
    /** The features, in the order of the model's inputs. */
    columns: listOf(columnSchema, 1, 1012),
    label: z.strictObject({
      name: columnName,
      type: z.enum(['string', 'integer', 'long', 'double']),
      /** The classes, in the order of the model's outputs; missing for a regression. */
      classes: listOf(z.union([z.string(), z.number()])).optional(),
    }),
    /** The names of the result columns; `class_index` adds a column with the index of the predicted class. */
    result: z
      .strictObject({
        prediction: columnName.default('prediction'),
        probability: columnName.default('probability'),
        class_index: columnName.optional(),
      })
      .prefault({}),
    /** Whether the answer repeats the columns of the request. */
    echo: z.boolean().default(true),
    /** What happens to a category that is not among a column's categories. */
    unknown_categories: z.enum(['accept', 'refuse']).default('accept'),
    /** What is logged of its requests, where requests are logged at all (docs/payload-logging.md). */
    payload_log: z
      .strictObject({
        /** Whether they are; by default, what the settings of the engine say. */
        enabled: z.boolean().optional(),
        /** Columns that are left out of records: of the table, of `meta`, and of the answer. */
        redact: listOf(z.string().min(1)).default([]),
      })
      .optional(),
    example: exampleSchema,
    /** How the model was trained, and its metrics; not used by the engine. */
    training: z.record(z.string(), z.unknown()).optional(),
    created_at: dateTime,
    modified_at: dateTime,
  })
  .superRefine((file, context) => {
    const problem = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message, input: undefined });
    const isOfType = (value: unknown, type: string) =>
      type === 'string' || type === 'boolean' ? typeof value === type : typeof value === 'number';

    const names = new Set<string>();
    for (const [index, column] of file.columns.entries()) {
      if (names.has(column.name)) problem(['columns', index, 'name'], 'a unique column name');
      names.add(column.name);
      for (const key of ['impute', 'categories'] as const) {
        if (![column[key] ?? []].flat().every((value) => isOfType(value, column.type)))
          problem(['columns', index, key], `a value of type ${column.type}`);
      }
      if (column.categories && new Set(column.categories).size < column.categories.length)
        problem(['columns', index, 'categories'], 'unique categories');
      if (column.range && column.range[0] > column.range[1])
        problem(['columns', index, 'range'], 'the minimum before the maximum');
    }
    if (names.has(file.label.name)) problem(['label', 'name'], 'a name that no column has');

    const { classes } = file.label;
    if (file.problem_type === 'regression') {
      if (classes) problem(['label', 'classes'], 'no classes for a regression');
      if (file.label.type === 'string') problem(['label', 'type'], 'a numeric type for a regression');
      if (file.result.class_index) problem(['result', 'class_index'], 'no class_index for a regression');
    } else if (!classes) {
      problem(['label', 'classes'], "the classes, in the order of the model's outputs");
    } else {
      if (new Set(classes).size < classes.length) problem(['label', 'classes'], 'unique classes');
      if (!classes.every((value) => isOfType(value, file.label.type)))
        problem(['label', 'classes'], `values of type ${file.label.type}`);
      if (file.problem_type === 'binary' ? classes.length !== 2 : classes.length < 3)
        problem(['label', 'classes'], file.problem_type === 'binary' ? 'two classes' : 'three classes or more');
    }
    const { prediction, probability, class_index } = file.result;
    const results = classes ? [prediction, probability, class_index].filter(Boolean) : [prediction];
    if (new Set(results).size < results.length) problem(['result'], 'a different name for each result column');
    if (results.some((name) => name && names.has(name))) problem(['result'], 'names that no column has');
    // Records without them are of no use.
    const needed = (file.payload_log?.redact ?? []).findIndex(
      (name) => name === file.label.name || results.includes(name),
    );
    if (needed >= 0) problem(['payload_log', 'redact', needed], 'a column that is neither the label nor a result');
  });

/** A valid `deployment.json`, defaults filled in. */
export type DeploymentFile = z.infer<typeof deploymentFileSchema>;
export type ProblemType = DeploymentFile['problem_type'];
/** The keys of a deployment that commands let the user choose. */
export type DeploymentDescription = Pick<DeploymentFile, 'id' | 'name' | 'description' | 'echo'>;
export type Column = DeploymentFile['columns'][number];
export type Label = DeploymentFile['label'];
/** The value of a cell or a class, other than null. */
export type Scalar = string | number | boolean;
