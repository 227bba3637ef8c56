/** Checks that predictions can be compared with labels. */
import { toPredictionName } from '../../evidence/answer.ts';
import type { Check } from '../../check.ts';
import { fail, notApplicable, NotRun, pass } from '../../outcome.ts';
import { isNumeric } from '../../rows/generate-rows.ts';
import { NO_CLASSES, readClasses, readPredictedLabels, readPredictions } from './read-results.ts';

/** Checks of the prediction column. */
export const predictionChecks = {
  'prediction-column': {
    scope: 'deployment',
    level: 'required',
    statement:
      'The answer has the prediction column under the published name; if none is published, under the name prediction.',
    why: 'OpenScale finds the prediction by this name.',
    fix: 'Name the column as prediction_field does.',
    run: async (deployment) => {
      const { prediction, answer } = await deployment.scored();
      if (prediction !== undefined) return pass(JSON.stringify(answer.fields[prediction]));
      const name = toPredictionName(deployment.published) ?? 'prediction';
      return fail(`fields: ${JSON.stringify(answer.fields)}`, `a column ${JSON.stringify(name)}`);
    },
  },
  'prediction-boolean': {
    scope: 'deployment',
    level: 'required',
    statement: 'Predictions are not booleans.',
    why: 'OpenScale rejects boolean predictions.',
    fix: 'Return the label as a string or a number.',
    run: async (deployment) => {
      const at = (await readPredictions(deployment)).findIndex((value) => typeof value === 'boolean');
      return at < 0 ? pass() : fail(`the prediction of row ${at} is a boolean`, 'a string or a number');
    },
  },
  'prediction-type': {
    scope: 'deployment',
    level: 'required',
    statement: 'Predictions have the type of the label column: strings, or numbers.',
    why: 'Quality compares predictions with the labels of feedback data; "1" is not 1.',
    fix: 'Decode each prediction to the exact value of the label column.',
    run: async (deployment) => {
      if (!(await deployment.isClassifier())) return notApplicable(NO_CLASSES);
      const predictions = await readPredictions(deployment);
      if (predictions.some((value) => typeof value === 'boolean')) throw new NotRun('see prediction-boolean');
      const { labels } = await deployment.scored();
      const { published } = deployment;
      const label = published.text('label_column');
      if (label !== undefined && published.features?.includes(label)) throw new NotRun('see fields-label');
      const type = published.schema('training_data_schema')?.find(({ name }) => name === label)?.type;
      const expected =
        type === 'string' ? 'string' : isNumeric(type) ? 'number' : typeof (labels?.[0] ?? predictions[0]);
      const known = expected === 'string' || expected === 'number' ? [expected] : ['string', 'number'];
      const at = predictions.findIndex((value) => !known.includes(typeof value));
      return at < 0
        ? pass()
        : fail(`the prediction of row ${at} is ${JSON.stringify(predictions[at])}`, `a ${known.join(' or a ')}`);
    },
  },
  'prediction-label': {
    scope: 'deployment',
    level: 'required',
    statement: 'Every prediction is one of the labels.',
    why: 'A prediction that is not a label counts as wrong, and as neither favourable nor unfavourable.',
    fix: 'Return the decoded label, not the index of the class.',
    run: async (deployment) => {
      const { labels } = await readClasses(deployment);
      if (!labels) return notApplicable('no labels are published or returned');
      const predictions = await readPredictedLabels(deployment);
      const known = labels.map(String);
      const at = predictions.findIndex((value) => !known.includes(String(value)));
      return at < 0
        ? pass()
        : fail(`the prediction of row ${at} is ${JSON.stringify(predictions[at])}`, `one of ${JSON.stringify(labels)}`);
    },
  },
  'regression-finite': {
    scope: 'deployment',
    level: 'required',
    statement: 'The predictions of a regression are finite numbers.',
    why: 'Quality and drift are computed by summing them.',
    fix: 'Return a number for each row, never a string or null.',
    run: async (deployment) => {
      if (await deployment.isClassifier()) return notApplicable('the model is a classifier');
      const predictions = await readPredictions(deployment);
      if (predictions.some((value) => typeof value === 'boolean')) throw new NotRun('see prediction-boolean');
      const at = predictions.findIndex((value) => typeof value !== 'number' || !Number.isFinite(value));
      return at < 0 ? pass() : fail(`the prediction of row ${at} is ${JSON.stringify(predictions[at])}`, 'a number');
    },
  },
} as const satisfies Record<string, Check>;
