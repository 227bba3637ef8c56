import { AUTHORIZATION, type Loose, type Patch } from '../zoo/engine.ts';
import {
  changeResults,
  changeRows,
  changeScoringBody,
  drawScores,
  publishProperties,
  roundThirtyTo,
  roundTo,
  scaleByBatch,
} from '../zoo/patches.ts';
import { describeVariations, type Variation } from './describe-variations.ts';

const VARIATIONS: readonly Variation[] = [
  { what: 'a redirect of every scoring call', fails: 'scoring-status', patch: redirectScoring(308) },
  { what: 'a gateway that does not reach the engine', fails: 'scoring-status', patch: redirectScoring(503) },
  {
    what: 'an error message with status 200',
    fails: 'scoring-shape',
    patch: changeScoringBody(() => '{"error": "the model is not loaded"}'),
  },
  { what: 'scores that change from call to call', fails: 'repeatable', patch: drawScores() },
  {
    what: 'predictions of another type than published',
    fails: 'output-schema',
    patch: publishProperties((all) => (all.output_data_schema.fields.at(-2).type = 'double')),
  },
  {
    what: 'NaN in an answer',
    fails: 'scoring-json',
    patch: changeScoringBody((body) => body.replace(/\[0\.\d+/, '[NaN')),
  },
  { what: 'a truncated answer', fails: 'scoring-json', patch: changeScoringBody((body) => body.slice(0, -1)) },
  {
    what: 'an HTML page with status 200',
    fails: 'scoring-json',
    patch: changeScoringBody(() => '<html><body>Login</body></html>'),
  },
  {
    what: 'rows that are objects',
    fails: 'scoring-shape',
    patch: changeRows(() => ({})),
  },
  {
    what: 'fields that are not all names',
    fails: 'scoring-shape',
    patch: { answer: ({ fields, values, labels }) => ({ fields: [...fields.slice(0, -1), 5], values, labels }) },
  },
  {
    what: 'one boolean among numbers',
    fails: 'prediction-boolean',
    patch: { task: 'regression', ...changeResults((prediction, _, row) => [row === 1 ? true : prediction]) },
    skip: ['row-order'],
  },
  { what: 'no fields', fails: 'scoring-shape', patch: { answer: ({ values, labels }) => ({ values, labels }) } },
  {
    what: 'fields with a name twice',
    fails: 'scoring-shape',
    patch: { answer: ({ fields, values, labels }) => ({ fields: [...fields.slice(0, -1), 'age'], values, labels }) },
  },
  {
    what: 'an additional row',
    fails: 'row-count',
    patch: { answer: ({ fields, values, labels }) => ({ fields, values: [...values, ...values.slice(0, 1)], labels }) },
  },
  {
    what: 'one row that is too wide',
    fails: 'row-width',
    patch: changeRows((row, index) => (index === 3 ? [...row, 1] : row)),
  },
  {
    what: 'a prediction that is null',
    fails: 'prediction-type',
    patch: changeResults((prediction, probability, row) => [row === 2 ? null : prediction, probability]),
    skip: ['row-alone', 'row-order', 'envelope-several'],
  },
  {
    what: 'numbers instead of strings',
    fails: 'prediction-type',
    patch: {
      ...publishProperties((all) => (all.labels = ['0', '1'])),
      ...changeResults((prediction, probability) => [prediction === 'bad' ? 1 : 0, probability], ['0', '1']),
    },
  },
  {
    what: 'the index of the class instead of its label',
    fails: 'prediction-label',
    patch: changeResults((prediction, probability) => [prediction === 'bad' ? '1' : '0', probability]),
  },
  {
    what: 'predictions that are lists',
    fails: 'prediction-type',
    patch: changeResults((prediction, probability) => [[prediction], probability]),
  },
  {
    what: 'an infinite number',
    fails: 'regression-finite',
    patch: { task: 'regression', ...changeScoringBody((body) => body.replace(/(-?\d[\d.e-]*)\]\]/, '1e999]]')) },
    skip: ['row-alone', 'row-order', 'envelope-several'],
  },
  {
    what: 'predictions that are null',
    fails: 'regression-finite',
    patch: { task: 'regression', ...changeResults(() => [null]) },
  },
  {
    what: 'labels that are booleans',
    fails: 'labels-well-formed',
    patch: { answer: (answer) => ({ ...answer, labels: [true, false] }) },
  },
  {
    what: 'a duplicate label',
    fails: 'labels-well-formed',
    patch: { answer: (answer) => ({ ...answer, labels: ['good', 'good'] }) },
  },
  {
    what: 'labels that are strings instead of numbers',
    fails: 'labels-agree',
    patch: {
      ...publishProperties((all) => {
        all.labels = [0, 1];
        all.training_data_schema.fields.at(-1).type = 'integer';
        all.output_data_schema.fields.at(-2).type = 'integer';
      }),
      ...changeResults((prediction, probability) => [prediction === 'bad' ? 1 : 0, probability], ['0', '1']),
    },
  },
  {
    what: 'probabilities that are strings',
    fails: 'probability-vector',
    patch: changeResults((prediction, probability) => [prediction, probability.map(String)]),
  },
  {
    what: 'probabilities in an object',
    fails: 'probability-vector',
    patch: changeResults((prediction, [good, bad]) => [prediction, { good, bad }]),
  },
  { what: 'empty probabilities', fails: 'probability-vector', patch: changeResults((prediction) => [prediction, []]) },
  {
    what: 'the probability of the predicted class only',
    fails: 'probability-length',
    patch: changeResults((prediction, probability) => [prediction, [Math.max(...probability)]]),
  },
  {
    what: 'percentages',
    fails: 'probability-range',
    patch: changeResults((prediction, probability) => [prediction, probability.map((entry: number) => 100 * entry)]),
  },
  {
    what: 'probabilities rounded to three decimals',
    fails: 'probability-sum',
    patch: roundTo(3, Math.round),
    skip: ['labels-order'],
  },
  {
    what: 'probabilities of thirty classes, rounded to three decimals',
    fails: 'probability-sum',
    patch: roundThirtyTo(3),
  },
  {
    what: 'probabilities truncated to three decimals',
    fails: 'probability-sum',
    patch: roundTo(3, Math.floor),
    skip: ['labels-order'],
  },
  {
    what: 'probabilities that add up to 0.999',
    fails: 'probability-sum',
    patch: changeResults((prediction, [good, bad]) => [prediction, [good * 0.999, bad * 0.999]]),
  },
  {
    what: 'probabilities that add up to 1.0005',
    fails: 'probability-sum',
    patch: changeResults((prediction, [good, bad]) => [
      prediction,
      [good * 1.0005, bad * 1.0005].map((entry) => Math.min(entry, 1)),
    ]),
    skip: ['probability-range'],
  },
  {
    what: 'probabilities truncated to two decimals',
    fails: 'probability-sum',
    patch: roundTo(2, Math.floor),
  },
  {
    what: 'scores scaled by the batch',
    fails: 'row-alone',
    patch: scaleByBatch(),
  },
  {
    what: 'a decision threshold other than one half',
    fails: 'labels-order',
    patch: changeResults((_, [good, bad]) => [bad > 0.01 ? 'bad' : 'good', [good, bad]]),
  },
  {
    what: 'echoed strings in upper case',
    fails: 'echo-true',
    patch: changeRows((row, _, fields) =>
      row.map((cell, at) => (fields[at] === 'city' ? String(cell).toUpperCase() : cell)),
    ),
  },
  {
    what: 'an integer result column that contains strings',
    fails: 'output-schema',
    patch: {
      ...publishProperties((all) =>
        all.output_data_schema.fields.push({ name: 'index', type: 'integer', nullable: true, metadata: {} }),
      ),
      answer: ({ fields, values, labels }) => ({
        fields: [...fields, 'index'],
        values: values.map((row: Loose[]) => [...row, '0']),
        labels,
      }),
    },
  },
  {
    what: 'a boolean result column that contains strings',
    fails: 'output-schema',
    patch: {
      ...publishProperties((all) =>
        all.output_data_schema.fields.push({ name: 'flag', type: 'boolean', nullable: true, metadata: {} }),
      ),
      answer: ({ fields, values, labels }) => ({
        fields: [...fields, 'flag'],
        values: values.map((row: Loose[]) => [...row, 'true']),
        labels,
      }),
    },
  },
];

describeVariations('scoring', VARIATIONS);

function redirectScoring(status: number): Patch {
  return {
    reply: (reply, { path, headers }) =>
      path.endsWith('/online') && headers.authorization?.length === AUTHORIZATION.length
        ? { ...reply, status, headers: { ...reply.headers, Location: `${path}/` } }
        : reply,
  };
}
