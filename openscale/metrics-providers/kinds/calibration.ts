/**
 * Calibration: whether what is predicted with a probability of 0.8 comes true in 80 % of the cases. The expected and the maximum
 * calibration error are those of Guo et al. 2017 (equations 3 and 5), over bins of equal width, closed at their upper end; the
 * Brier score is Brier's (1950), for two classes that of one of them, as scikit-learn's brier_score_loss; the log loss is scikit-learn's.
 */
import { z } from 'zod';
import {
  ProviderError,
  takeColumn,
  type MetricGroup,
  type ProviderInput,
  type ProviderKind,
} from '../provider-kind.ts';
import { toKey, toVector } from '../record-table.ts';

const schema = z.object({
  bins: z.int().min(2).max(1000).default(10),
  /** Takes the probability of this class and how often it is right, in place of the most probable class of each row. */
  positive_class: z.union([z.string(), z.number()]).optional(),
});
type Parameters = z.infer<typeof schema>;

const upper = (limit: number) => ({ type: 'upper_limit', default: limit }) as const;

/** Probabilities are at least this in the log loss: the machine epsilon, as in scikit-learn 1.3 and later. */
const EPSILON = Number.EPSILON;

export const calibration: ProviderKind<Parameters> = {
  schema,
  dataSets: ['feedback', 'payload'],
  needsScores: true,
  tags: [{ name: 'class', description: 'the class whose probability is compared, or most_probable' }],
  metrics: [
    {
      name: 'expected_calibration_error',
      description: 'mean distance of confidence and accuracy',
      threshold: upper(0.1),
    },
    { name: 'maximum_calibration_error', description: 'largest distance of confidence and accuracy' },
    { name: 'brier_score', description: 'mean squared error of the probabilities' },
    { name: 'log_loss', description: 'mean negative logarithm of the probability of the label' },
    { name: 'mean_confidence', description: 'mean probability of what was predicted' },
    { name: 'observed_frequency', description: 'how often it came true' },
    { name: 'calibrated_records', description: 'records with probabilities and a label' },
    { name: 'records_without_label', description: 'records that were left out' },
  ],
  compute: (input, parameters) => [measure(input, parameters)],
};

/** A record's vector of probabilities, and the index of its label. */
interface Labelled {
  readonly vector: readonly number[];
  readonly actual: number;
}

function measure(input: ProviderInput, { bins, positive_class }: Parameters): MetricGroup {
  const { classes, records } = input;
  if (!classes) throw new ProviderError('Calibration is of classes; this deployment has none, or they are unknown.');
  const keys = classes.map(toKey);
  const positive = positive_class === undefined ? undefined : keys.indexOf(toKey(positive_class));
  if (positive === -1) throw new ProviderError('positive_class: expected one of the classes of the deployment.');
  const rows = takeLabelled(input, keys);
  const n = rows.length;
  if (n === 0)
    throw new ProviderError('No record has both probabilities and a label that is a class of the deployment.');
  const counts = new Float64Array(bins);
  const confidences = new Float64Array(bins);
  const hits = new Float64Array(bins);
  let brier = 0;
  let loss = 0;
  for (const { vector, actual } of rows) {
    const chosen = positive ?? toGreatest(vector);
    const confidence = vector[chosen] as number;
    const bin = findBin(confidence, bins);
    counts[bin] = (counts[bin] as number) + 1;
    confidences[bin] = (confidences[bin] as number) + confidence;
    if (actual === chosen) hits[bin] = (hits[bin] as number) + 1;
    brier += toBrier(vector, actual);
    loss -= Math.log(Math.min(Math.max(vector[actual] as number, EPSILON), 1 - EPSILON));
  }
  const gaps = Array.from(
    counts,
    (count, bin) => Math.abs((hits[bin] as number) - (confidences[bin] as number)) / count,
  );
  const sum = (values: Float64Array) => values.reduce((total, one) => total + one, 0);
  return {
    expected_calibration_error: gaps.reduce(
      (total, gap, bin) => total + (counts[bin] ? (gap * counts[bin]) / n : 0),
      0,
    ),
    maximum_calibration_error: gaps.reduce((max, gap) => (gap > max ? gap : max), 0),
    brier_score: brier / n,
    log_loss: loss / n,
    class: positive === undefined ? 'most_probable' : (keys[positive] as string),
    mean_confidence: sum(confidences) / n,
    observed_frequency: sum(hits) / n,
    calibrated_records: n,
    records_without_label: records.rowCount - n,
  };
}

function takeLabelled({ records, label, probability }: ProviderInput, classes: readonly string[]): readonly Labelled[] {
  if (label === undefined) throw new ProviderError('The records have no column with the label.');
  if (probability === undefined) throw new ProviderError('The records have no column with the probabilities.');
  const labels = takeColumn(records, label, 'label');
  const vectors = takeColumn(records, probability, 'probability');
  const rows: Labelled[] = [];
  for (let row = 0; row < records.rowCount; row++) {
    const actual = labels[row] === null ? -1 : classes.indexOf(toKey(labels[row]));
    const vector = toVector(vectors[row]);
    if (actual >= 0 && vector?.length === classes.length) rows.push({ vector: normalize(vector), actual });
  }
  return rows;
}

/** So that the probabilities of a row sum to 1 in spite of roundings. */
function normalize(vector: readonly number[]): readonly number[] {
  const sum = vector.reduce((total, one) => total + one, 0);
  return sum > 0 ? vector.map((one) => one / sum) : vector;
}

function toGreatest(vector: readonly number[]): number {
  return vector.reduce((best, one, index) => (one > (vector[best] as number) ? index : best), 0);
}

/** The bin of a probability: the first has all up to 1 / bins, inclusive. */
function findBin(probability: number, bins: number): number {
  let bin = Math.min(Math.max(Math.ceil(probability * bins) - 1, 0), bins - 1);
  // The product is rounded: the bounds themselves decide.
  if (bin > 0 && probability <= bin / bins) bin -= 1;
  else if (bin < bins - 1 && probability > (bin + 1) / bins) bin += 1;
  return bin;
}

/** The squared error of a row: summed over the classes, and for two classes that of one of them. */
function toBrier(vector: readonly number[], actual: number): number {
  const sum = vector.reduce((total, one, index) => total + (one - (index === actual ? 1 : 0)) ** 2, 0);
  return vector.length === 2 ? sum / 2 : sum;
}
