/** Checks that the published field names agree with the schemas. */
import type { Check } from '../../check.ts';
import { fail, notApplicable, pass, type Outcome } from '../../outcome.ts';
import { isObject } from '../../client/parse-json.ts';
import {
  isLabelCount,
  toLabels,
  type PublishedDeployment,
  type SchemaKey,
} from '../../evidence/published-deployment.ts';
import { isNumeric } from '../../rows/generate-rows.ts';

const MAX_FEATURES = 1012;

/** Checks of the published field names. */
export const fieldChecks = {
  'feature-count': {
    scope: 'published',
    level: 'required',
    statement: `There are at most ${MAX_FEATURES} features.`,
    why: 'OpenScale stores rows in tables that cannot have more columns.',
    fix: 'Drop features that the model can do without.',
    run: ({ features }) => {
      if (!features) return notApplicable('no features are published');
      return features.length <= MAX_FEATURES ? pass() : fail(`${features.length} features`, `at most ${MAX_FEATURES}`);
    },
  },
  'fields-features': {
    scope: 'published',
    level: 'required',
    statement: 'Each of feature_fields is listed once, and is in the schemas of the input and of the training data.',
    why: 'OpenScale rejects a subscription whose features are not in the schema.',
    fix: 'Generate the schemas and feature_fields from the same list.',
    run: (published) => {
      const { feature_fields: raw } = published.properties;
      if (raw === undefined) return notApplicable('feature_fields is not published');
      if (!Array.isArray(raw) || !raw.every((name) => typeof name === 'string'))
        return fail('feature_fields is not a list of names', 'a list of names');
      const listed = new Set<string>();
      const twice = raw.find((name: string) => listed.size === listed.add(name).size);
      if (twice !== undefined) return fail(`feature_fields contains ${JSON.stringify(twice)} twice`, 'each name once');
      for (const key of ['input_data_schema', 'training_data_schema'] as const) {
        const isThere = (name: string) => published.findField(key, name) !== undefined;
        const missing = published.schema(key) && raw.find((name: string) => !isThere(name));
        if (missing !== undefined)
          return fail(`${key} has no ${JSON.stringify(missing)}`, 'every one of feature_fields');
      }
      return pass();
    },
  },
  'fields-categorical': {
    scope: 'published',
    level: 'required',
    statement: 'Each of categorical_fields is a feature, and every string feature is listed.',
    why: 'Explanations perturb categories and numbers differently; a string that is treated as a number breaks them.',
    fix: 'List the features that are categorical, and no other columns.',
    run: (published) => {
      const { categorical_fields: raw } = published.properties;
      if (raw === undefined) return notApplicable('categorical_fields is not published');
      const { features } = published;
      if (!Array.isArray(raw)) return fail('categorical_fields is not a list', 'a list of names');
      if (!features) return notApplicable('no features are published');
      const known = new Set<unknown>(features);
      const unknown: unknown = raw.find((name) => !known.has(name));
      if (unknown !== undefined) return fail(`${JSON.stringify(unknown)} is not a feature`, 'features only');
      const isText = published.text('input_data_type') === 'unstructured_text';
      const listed = new Set<unknown>(raw);
      const left = features.find(
        (name) => !isText && published.findInput(name)?.type === 'string' && !listed.has(name),
      );
      return left === undefined
        ? pass()
        : fail(`${JSON.stringify(left)} is a string, and not listed`, 'every string feature');
    },
  },
  'fields-label': {
    scope: 'published',
    level: 'required',
    statement: 'label_column is in the schema of the training data, has the role target there, and is not a feature.',
    why: 'Quality and fairness are computed from it; a model that sees its own label cannot be evaluated.',
    fix: 'Publish the label in the training schema only.',
    run: (published) => {
      const label = published.text('label_column');
      if (label === undefined) return notApplicable('label_column is not published');
      if (published.features?.includes(label)) return fail('the label is one of the features', 'a column of its own');
      return judgeRole(published, 'training_data_schema', ['target'], label);
    },
  },
  'fields-prediction': {
    scope: 'published',
    level: 'required',
    statement: 'prediction_field is in the schema of the output, with the role prediction (or decoded-target).',
    why: 'OpenScale finds the prediction in logged payloads by this name.',
    fix: 'Use the same name for the result column, the schema and prediction_field.',
    run: (published) => {
      const name = published.text('prediction_field');
      if (name === undefined) return notApplicable('prediction_field is not published');
      return judgeRole(published, 'output_data_schema', ['prediction', 'decoded-target'], name);
    },
  },
  'fields-probability': {
    scope: 'published',
    level: 'required',
    statement:
      'prediction_probability_field is in the schema of the output: an array of numbers, with the role probability.',
    why: 'Explanations and debiasing need the vector, and OpenScale finds it by this name.',
    fix: 'Publish it as {"type": "array", "elementType": "double", "containsNull": false}.',
    run: (published) => {
      const name = published.text('prediction_probability_field');
      if (name === undefined) return notApplicable('prediction_probability_field is not published');
      const field = published.schema('output_data_schema')?.find((candidate) => candidate.name === name);
      const isVector = isObject(field?.type) && field.type['type'] === 'array' && isNumeric(field.type['elementType']);
      if (field && !isVector)
        return fail(`${JSON.stringify(name)} has the type ${JSON.stringify(field.type)}`, 'an array of numbers');
      return judgeRole(published, 'output_data_schema', ['probability'], name);
    },
  },
  'published-labels': {
    scope: 'published',
    level: 'required',
    statement: 'labels is a list of distinct strings or numbers; two of them if the problem is binary.',
    why: 'The probabilities are in the order of the labels; booleans are not accepted as labels.',
    fix: 'Publish the classes in the order of the probability vector.',
    run: ({ properties }) => {
      const { labels, problem_type: type } = properties;
      if (labels === undefined) return notApplicable('labels is not published');
      const list = toLabels(labels);
      if (!list) return fail(JSON.stringify(labels), 'distinct strings or numbers');
      return isLabelCount(list.length, type) ? pass() : fail(`${list.length} labels`, 'two');
    },
  },
} as const satisfies Record<string, Check>;

/** A named field must be in the schema; if only other fields have its role, one of the two is wrong. */
function judgeRole(published: PublishedDeployment, key: SchemaKey, roles: readonly string[], name: string): Outcome {
  const fields = published.schema(key);
  if (!fields) return notApplicable(`${key} is not published`);
  if (!fields.some((field) => field.name === name)) return fail(`${key} has no ${JSON.stringify(name)}`, 'the field');
  const marked = fields.filter(({ metadata }) => roles.includes(metadata['modeling_role'] as string));
  return marked.length > 0 && !marked.some((field) => field.name === name)
    ? fail(`${JSON.stringify(marked[0]?.name)} has the role ${roles[0]}`, JSON.stringify(name))
    : pass();
}
