/** Deployments that are large in each direction: 200 columns, 40 classes, categories that are rejected, a column of dates. */
import { toJson } from '../support/deployment.ts';

/** The columns of `wide`: every tenth has categories, the others are numbers. */
export const WIDE_FIELDS: readonly string[] = Array.from({ length: 200 }, (_, index) => `sensor ${index}`);
const WIDE_COLUMNS = WIDE_FIELDS.map((name, index) =>
  index % 10 === 9 ? { name, type: 'string', categories: ['red', 'green'] } : { name, type: 'double', range: [0, 10] },
);
/** The row of its example. */
export const WIDE_ROW: readonly unknown[] = WIDE_FIELDS.map((_, index) => (index % 10 === 9 ? 'red' : 5));

/** Sensor 150 moves the answer most, sensor 7 less, and all others a little. */
const toWeight = (index: number) => (index === 150 ? 10 : index === 7 ? 5 : 0.01);

/** The labels of `classes`: the number moves from one to the next. */
export const LABELS: readonly string[] = Array.from({ length: 40 }, (_, index) => `label ${index}`);

/** The answers that the models record. */
const WIDE_SUM = WIDE_FIELDS.reduce((sum, _, index) => sum + (index % 10 === 9 ? 1 : 5 * toWeight(index)), 0);
const LOGITS = LABELS.map((_, index) => 2 * index * 20 - index ** 2 + 0.5 * (index % 2));
const SHARES = LOGITS.map((logit) => Math.exp(logit - Math.max(...LOGITS)));
const PROBABILITIES = SHARES.map((share) => share / SHARES.reduce((one, other) => one + other));

/** The files of the deployments `wide`, `classes`, `strict` and `dates`. */
export const LARGE_FILES: Readonly<Record<string, unknown>> = {
  'wide/deployment.json': toJson({
    id: 'wide',
    name: 'Wide',
    columns: WIDE_COLUMNS,
    example: { fields: WIDE_FIELDS, values: [WIDE_ROW], answer: { predictions: [WIDE_SUM] } },
  }),
  'wide/model.json': {
    coefficients: [WIDE_FIELDS.flatMap((_, index) => (index % 10 === 9 ? [1, 2] : [toWeight(index)]))],
    intercepts: [0],
  },
  'classes/deployment.json': toJson({
    id: 'classes',
    name: 'Classes',
    kind: 'logistic-regression',
    problem_type: 'multiclass',
    columns: [
      { name: 'x', type: 'double', range: [0, 39] },
      { name: 'colour', type: 'string', categories: ['red', 'green'] },
    ],
    label: { name: 'label', type: 'string', classes: LABELS },
    example: {
      fields: ['x', 'colour'],
      values: [[20, 'red']],
      answer: { predictions: ['label 20'], probabilities: [PROBABILITIES] },
    },
  }),
  // -(x - k)² without x², which is the same for all of them.
  'classes/model.json': {
    coefficients: LABELS.map((_, index) => [2 * index, 0.5 * (index % 2), 0]),
    intercepts: LABELS.map((_, index) => -(index ** 2)),
  },
  'strict/deployment.json': toJson({
    id: 'strict',
    name: 'Strict',
    columns: [{ name: 'colour', type: 'string', categories: ['red', 'green'] }],
    unknown_categories: 'refuse',
    example: { fields: ['colour'], values: [['red']], answer: { predictions: [1] } },
  }),
  'strict/model.json': { coefficients: [[1, 2]], intercepts: [0] },
  'dates/deployment.json': toJson({
    id: 'dates',
    name: 'Dates',
    columns: [
      { name: 'day', type: 'string' },
      { name: 'note', type: 'string' },
    ],
    settings: { encoding: [{ column: 'day', date: 'days', since: '2026-01-01' }] },
    example: {
      fields: ['day', 'note'],
      values: [
        ['2026-02-01T10:00:00Z', 'free'],
        ['2026-04-11T10:00:00Z', 'text'],
      ],
      answer: { predictions: [31, 100] },
    },
  }),
  'dates/model.json': { coefficients: [[1]], intercepts: [0] },
};
