/** Checks of the probability vectors, and of the classes that they belong to. */
import { toProbabilityName } from '../../evidence/answer.ts';
import type { Check } from '../../check.ts';
import { fail, notApplicable, NotApplicable, NotRun, pass, type Outcome } from '../../outcome.ts';
import type { DeploymentEvidence } from '../../evidence/deployment-evidence.ts';
import { isLabelCount, toLabels } from '../../evidence/published-deployment.ts';
import { readClasses, readPredictedLabels } from './read-results.ts';

/** The tolerance of sums and bounds. */
const TOLERANCE = 1e-6;

/** The last of four decimals: IBM's consumers accept probabilities that are rounded that far. */
const UNIT = 1e-4;

/** Checks of the probability column, and of the labels. */
export const probabilityChecks = {
  'labels-well-formed': {
    scope: 'deployment',
    level: 'required',
    statement: 'The `labels` of an answer are distinct strings or numbers.',
    why: 'They define which probability belongs to which class.',
    fix: 'Return each class once, or leave `labels` out.',
    run: async (deployment) => {
      const { labels } = (await deployment.scored()).answer;
      if (labels === undefined) return notApplicable('the answer has no labels');
      return toLabels(labels) ? pass() : fail(JSON.stringify(labels), 'distinct strings or numbers');
    },
  },
  'labels-agree': {
    scope: 'deployment',
    level: 'required',
    statement: 'The `labels` of an answer are those of discovery, in the same order.',
    why: 'Some clients read one, some the other; both must read the same classes.',
    fix: 'Build both from one list, in the order of the probability vector (scikit-learn: classes_).',
    run: async (deployment) => {
      const sent = toLabels((await deployment.scored()).answer.labels);
      const { labels, properties } = deployment.published;
      if (labels && !isLabelCount(labels.length, properties['problem_type'])) throw new NotRun('see published-labels');
      if (!sent || !labels) return notApplicable('labels are not both published and returned');
      return JSON.stringify(sent) === JSON.stringify(labels)
        ? pass()
        : fail(JSON.stringify(sent), JSON.stringify(labels));
    },
  },
  'labels-given': {
    scope: 'deployment',
    level: 'recommended',
    statement: 'The labels are published, or returned with the answer.',
    why: 'Without them nobody knows which probability belongs to which class.',
    fix: 'Return `labels` beside `fields` and `values`, in the order of the probability vector.',
    run: async (deployment) => {
      const { labels, answer } = await readClasses(deployment);
      // Malformed labels have a check of their own.
      const given =
        labels !== undefined || answer.labels !== undefined || deployment.published.properties['labels'] !== undefined;
      return given ? pass() : fail('no labels', 'the classes');
    },
  },
  'probability-given': {
    scope: 'deployment',
    level: 'recommended',
    statement:
      'A classifier returns probabilities under the published name; if none is published, under the name probability.',
    why: 'Without probabilities there are no explanations and no automatic debiasing.',
    fix: 'Add a column with one vector per row (scikit-learn: predict_proba).',
    run: async (deployment) => {
      const { probability, answer } = await readClasses(deployment);
      if (probability !== undefined) return pass(JSON.stringify(answer.fields[probability]));
      const name = toProbabilityName(deployment.published) ?? 'probability';
      return fail(`fields: ${JSON.stringify(answer.fields)}`, `a column ${JSON.stringify(name)}`);
    },
  },
  'probability-vector': {
    scope: 'deployment',
    level: 'required',
    statement: 'A probability is a vector of numbers, not a single number.',
    why: 'OpenScale reads one entry per class, and ignores a single number.',
    fix: 'Return the probabilities of all classes as a list.',
    run: async (deployment) => {
      const cells = await readProbabilities(deployment);
      const at = cells.findIndex((cell) => !isVector(cell));
      return at < 0
        ? pass()
        : fail(`the probability of row ${at} is ${JSON.stringify(cells[at])}`, 'a list of numbers');
    },
  },
  'probability-length': {
    scope: 'deployment',
    level: 'required',
    statement: 'A probability vector has one entry per label.',
    why: 'An extra or missing entry shifts every class after it.',
    fix: 'Take the vectors and the labels from the same model.',
    run: async (deployment) => {
      const vectors = await readVectors(deployment);
      const { labels } = await deployment.scored();
      const expected = labels?.length ?? vectors[0]?.length ?? 0;
      const at = vectors.findIndex(({ length }) => length !== expected);
      return at < 0 ? pass() : fail(`the vector of row ${at} has ${vectors[at]?.length} entries`, `${expected}`);
    },
  },
  'probability-range': {
    scope: 'deployment',
    level: 'required',
    statement: 'Probabilities are between 0 and 1.',
    why: 'Logits and percentages are not probabilities; thresholds and explanations fail on them.',
    fix: 'Apply softmax, or divide by 100.',
    run: async (deployment) => {
      const vectors = await readVectors(deployment);
      const at = vectors.findIndex((vector) => !vector.every(isProbability));
      return at < 0 ? pass() : fail(`the vector of row ${at} is ${JSON.stringify(vectors[at])}`, 'entries from 0 to 1');
    },
  },
  'probability-sum': {
    scope: 'deployment',
    level: 'required',
    statement:
      'The probabilities of a row add up to 1, within 0.0001 per class: values with four decimals conform, even if their sum is 0.9999.',
    why: 'The shares of the classes are compared with each other.',
    fix: 'Do not round to fewer than four decimals; normalise scores that are not probabilities.',
    run: async (deployment) => {
      const vectors = await readVectors(deployment);
      if (!vectors.every((vector) => vector.every(isProbability))) throw new NotRun('see probability-range');
      await checkLengths(deployment, vectors);
      const sums = vectors.map((vector) => vector.reduce((sum, entry) => sum + entry, 0));
      const perClass = isCoarse(vectors) ? TOLERANCE : UNIT;
      const limit = (row: number) => TOLERANCE + perClass * (vectors[row] as number[]).length;
      const at = sums.findIndex((sum, row) => Math.abs(sum - 1) > limit(row));
      if (at >= 0)
        return fail(`the vector of row ${at} adds up to ${sums[at]}`, `1, within ${limit(at).toPrecision(1)}`);
      return sums.every((sum, row) => Math.abs(sum - 1) <= TOLERANCE * (vectors[row] as number[]).length)
        ? pass()
        : pass('every row adds up to 1 within the tolerance for four decimals');
    },
  },
  'labels-order': {
    scope: 'deployment',
    level: 'required',
    statement: 'The prediction is the label with the highest probability: labels[argmax(probability)] = prediction.',
    why: 'In the wrong order, every explanation and every debiased score is for the wrong class.',
    fix: 'Return the labels in the order of the vector (scikit-learn: model.classes_). IBM’s reference engine has them reversed.',
    run: async (deployment) => {
      const vectors = await readVectors(deployment);
      const { labels } = await deployment.scored();
      const predictions = await readPredictedLabels(deployment);
      await checkLengths(deployment, vectors);
      if (!labels) return judgeMapping(predictions, vectors);
      const names = labels.map(String);
      if (!predictions.every((value) => names.includes(String(value)))) throw new NotRun('see prediction-label');
      const isTop = (order: readonly string[]) => (row: number) => {
        const vector = vectors[row] as number[];
        return (vector[order.indexOf(String(predictions[row]))] ?? -1) >= findMaximum(vector) - TOLERANCE;
      };
      const rows = vectors.map((_, row) => row);
      const wrong = rows.find((row) => !isTop(names)(row));
      if (wrong === undefined) return pass();
      const isReversed = rows.every(isTop([...names].reverse()));
      return fail(
        `row ${wrong}: ${JSON.stringify(predictions[wrong])} with ${JSON.stringify(vectors[wrong])} for ${JSON.stringify(labels)}`,
        'the label with the highest probability',
        isReversed ? 'The labels are reversed: in the opposite order, every row is right.' : undefined,
      );
    },
  },
} as const satisfies Record<string, Check>;

async function readProbabilities(deployment: DeploymentEvidence): Promise<unknown[]> {
  const { probability, answer } = await readClasses(deployment);
  if (probability === undefined) throw new NotApplicable('there are no probabilities; see probability-given');
  return answer.values.map((row) => row[probability]);
}

async function readVectors(deployment: DeploymentEvidence): Promise<number[][]> {
  const cells = await readProbabilities(deployment);
  if (!cells.every(isVector)) throw new NotRun('see probability-vector');
  return cells;
}

/** @throws {NotRun} if the length of a vector is not the number of labels */
async function checkLengths(deployment: DeploymentEvidence, vectors: readonly number[][]): Promise<void> {
  const { labels } = await deployment.scored();
  if (labels && vectors.some(({ length }) => length !== labels.length)) throw new NotRun('see probability-length');
}

/** Whether probabilities are rounded to three decimals or fewer, which is not enough. */
function isCoarse(vectors: readonly number[][]): boolean {
  const isMultiple = (entry: number) => Math.abs(entry * 1000 - Math.round(entry * 1000)) < TOLERANCE;
  return vectors.every((vector) => vector.every(isMultiple));
}

/** Without labels: each prediction must at least have its own entry that is always the highest. */
function judgeMapping(predictions: readonly unknown[], vectors: readonly number[][]): Outcome {
  const byEntry = new Map<number, unknown>();
  for (const [row, vector] of vectors.entries()) {
    const sorted = [...vector].sort((a, b) => b - a);
    if ((sorted[0] ?? 0) - (sorted[1] ?? 0) < TOLERANCE) continue;
    const entry = vector.indexOf(findMaximum(vector));
    const known = byEntry.get(entry) ?? predictions[row];
    byEntry.set(entry, known);
    const others = [...byEntry].filter(([, value]) => value === predictions[row]);
    if (known !== predictions[row] || others.length > 1)
      return fail(
        `row ${row}: ${JSON.stringify(predictions[row])}, with entry ${entry} the highest`,
        'the same entry for each prediction',
      );
  }
  return pass('without labels, only that each prediction has its own entry');
}

/** The maximum of a vector, which may have more entries than a function takes arguments. */
function findMaximum(vector: readonly number[]): number {
  return vector.reduce((a, b) => Math.max(a, b), -Infinity);
}

function isVector(cell: unknown): cell is number[] {
  return (
    Array.isArray(cell) && cell.length > 0 && cell.every((entry) => typeof entry === 'number' && Number.isFinite(entry))
  );
}

function isProbability(entry: number): boolean {
  return entry >= -TOLERANCE && entry <= 1 + TOLERANCE;
}
