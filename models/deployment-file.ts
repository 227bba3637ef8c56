/**
 * The format of `deployment.json`: what a deployment is, apart from the mathematics of its kind. Written by people and by
 * programs, so every key is known, every problem is named, and what contradicts itself is refused.
 */
import { z } from 'zod';

/** Column names that OpenScale's own queries break on. */
const columnName = z
  .string()
  .min(1)
  .regex(/^[^"=]*$/, 'a column name without `"` and `=`, on which OpenScale fails');
const category = z.union([z.string(), z.number(), z.boolean()]);
const dateTime = z.iso.datetime('a date and time in UTC, such as 2026-11-23T12:00:00Z');

const columnSchema = z.strictObject({
  name: columnName,
  type: z.enum(['string', 'integer', 'long', 'double', 'boolean']),
  /** Whether a cell may be null. */
  nullable: z.boolean().default(false),
  /** The categories that the model learned, of the column's type. Makes the column categorical. */
  categories: z.array(category).min(1).optional(),
  /** The least and the greatest value in the training data; published, not enforced. */
  range: z.tuple([z.number(), z.number()]).optional(),
  /** What stands in for a null: what the model learned it with. */
  impute: category.optional(),
});

const tableSchema = z.strictObject({
  fields: z.array(z.string()).min(1),
  values: z.array(z.array(z.unknown())).min(1),
});

const exampleSchema = z.strictObject({
  ...tableSchema.shape,
  /** What the model answered when the example was recorded; a deployment that answers otherwise is not served. */
  answer: z
    .strictObject({
      predictions: z.array(z.union([z.string(), z.number()])),
      probabilities: z.array(z.array(z.number())).optional(),
    })
    .optional(),
});

/** The id of a deployment: the name of its folder, a segment of its URL. */
export const DEPLOYMENT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export const deploymentFileSchema = z
  .strictObject({
    id: z.string().regex(DEPLOYMENT_ID, 'letters, digits, `.`, `_` and `-`, at most 128, first a letter or digit'),
    name: z.string().min(1),
    description: z.string().default(''),
    /** The model kind, one of models/kinds/kinds.ts. */
    kind: z.string(),
    /** What the kind wants to know; the kind checks it. */
    settings: z.unknown().default({}),
    problem_type: z.enum(['binary', 'multiclass', 'regression']),
    input_data_type: z.enum(['structured', 'unstructured_text', 'unstructured_image']).default('structured'),
    /** The features, in the order in which the model takes them. */
    columns: z.array(columnSchema).min(1).max(1012),
    label: z.strictObject({
      name: columnName,
      type: z.enum(['string', 'integer', 'long', 'double']),
      /** The classes, in the order of the model's outputs; none for a regression. */
      classes: z.array(z.union([z.string(), z.number()])).optional(),
    }),
    /** The names of the result columns; `class_index` adds a column with the number of the class. */
    result: z
      .strictObject({
        prediction: columnName.default('prediction'),
        probability: columnName.default('probability'),
        class_index: columnName.optional(),
      })
      .prefault({}),
    /** Whether the answer repeats the columns of the request. */
    echo: z.boolean().default(true),
    /** What happens to a category that the model never learned. */
    unknown_categories: z.enum(['accept', 'refuse']).default('accept'),
    example: exampleSchema,
    /** How it was trained and how well it does; for people and programs, not for the engine. */
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
      if (names.has(column.name)) problem(['columns', index, 'name'], 'a name that no other column has');
      names.add(column.name);
      for (const key of ['impute', 'categories'] as const) {
        for (const value of [column[key] ?? []].flat()) {
          if (!isOfType(value, column.type)) problem(['columns', index, key], `a value of the type ${column.type}`);
        }
      }
      if (column.categories && new Set(column.categories).size < column.categories.length)
        problem(['columns', index, 'categories'], 'each category once');
      if (column.range && column.range[0] > column.range[1])
        problem(['columns', index, 'range'], 'the least value before the greatest');
    }
    if (names.has(file.label.name)) problem(['label', 'name'], 'a name that no feature has');

    const { classes } = file.label;
    if (file.problem_type === 'regression') {
      if (classes) problem(['label', 'classes'], 'nothing: a regression has no classes');
      if (file.label.type === 'string') problem(['label', 'type'], 'a type of number: this is a regression');
      if (file.result.class_index) problem(['result', 'class_index'], 'nothing: a regression has no classes');
    } else if (!classes) {
      problem(['label', 'classes'], 'the classes, in the order of the outputs of the model');
    } else {
      if (new Set(classes).size < classes.length) problem(['label', 'classes'], 'each class once');
      if (!classes.every((value) => isOfType(value, file.label.type)))
        problem(['label', 'classes'], `values of the type ${file.label.type}`);
      if (file.problem_type === 'binary' ? classes.length !== 2 : classes.length < 3)
        problem(['label', 'classes'], file.problem_type === 'binary' ? 'two classes' : 'three classes or more');
    }
    const { prediction, probability, class_index } = file.result;
    const results = classes ? [prediction, probability, class_index].filter(Boolean) : [prediction];
    if (new Set(results).size < results.length) problem(['result'], 'a name of its own for each result column');
    if (results.some((name) => name && names.has(name))) problem(['result'], 'names that no feature has');
  });

/** A checked `deployment.json`, defaults filled in. */
export type DeploymentFile = z.infer<typeof deploymentFileSchema>;
export type ProblemType = DeploymentFile['problem_type'];
/** What a deployment is called, and whether its answers echo the request. */
export type DeploymentDescription = Pick<DeploymentFile, 'id' | 'name' | 'description' | 'echo'>;
export type Column = DeploymentFile['columns'][number];
export type Label = DeploymentFile['label'];
/** What a cell of a column or a class can be, other than null. */
export type Scalar = string | number | boolean;
