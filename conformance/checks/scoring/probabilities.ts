/** Whether probabilities are vectors of probabilities, and whether it is known of which classes. */
import { toProbabilityName } from '../../evidence/answer.ts';
import type { Check } from '../../check.ts';
import { fail, notApplicable, NotApplicable, NotRun, pass, type Outcome } from '../../outcome.ts';
import type { DeploymentEvidence } from '../../evidence/deployment-evidence.ts';
import { isLabelCount, toLabels } from '../../evidence/published-deployment.ts';
import { readClasses, readPredictedLabels } from './read-results.ts';

/** How far sums and ends of probabilities may be off. */
const SLACK = 1e-6;

/** The column of probabilities, and the labels. */
export const probabilityChecks = {
  'labels-well-formed': {
    scope: 'deployment',
    level: 'required',
    statement: 'The `labels` of an answer are different texts or numbers.',
    why: 'They say which probability is of which class.',
    mend: 'Answer the classes once each, or leave `labels` out.',
    run: async (deployment) => {
      const { labels } = (await deployment.scored()).answer;
      if (labels === undefined) return notApplicable('the answer has no labels');
      return toLabels(labels) ? pass() : fail(JSON.stringify(labels), 'different texts or numbers');
    },
  },
  'labels-agree': {
    scope: 'deployment',
    level: 'required',
    statement: 'The `labels` of an answer are those of discovery, in the same order.',
    why: 'Some clients read the one, some the other; both must read the same classes.',
    mend: 'Make both from one list, in the order of the probability vector (scikit-learn: classes_).',
    run: async (deployment) => {
      const sent = toLabels((await deployment.scored()).answer.labels);
      const { labels, properties } = deployment.published;
      if (labels && !isLabelCount(labels.length, properties['problem_type'])) throw new NotRun('see published-labels');
      if (!sent || !labels) return notApplicable('labels are not both published and sent');
      return JSON.stringify(sent) === JSON.stringify(labels)
        ? pass()
        : fail(JSON.stringify(sent), JSON.stringify(labels));
    },
  },
  'labels-given': {
    scope: 'deployment',
    level: 'recommended',
    statement: 'The labels are published, or sent with the answer.',
    why: 'Without them nobody knows which probability is of which class.',
    mend: 'Answer `labels` beside `fields` and `values`, in the order of the probability vector.',
    run: async (deployment) => {
      const { labels, answer } = await readClasses(deployment);
      // Ones that are malformed have a check of their own.
      const given =
        labels !== undefined || answer.labels !== undefined || deployment.published.properties['labels'] !== undefined;
      return given ? pass() : fail('no labels', 'the classes');
    },
  },
  'probability-given': {
    scope: 'deployment',
    level: 'recommended',
    statement:
      'A classifier answers with probabilities, under the published name; without one, it is called probability.',
    why: 'Without probabilities there are no explanations and no automatic debiasing.',
    mend: 'Add a column with one vector a row (scikit-learn: predict_proba).',
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
    statement: 'A probability is a vector of numbers, not a number.',
    why: 'OpenScale reads one entry a class; a single number it takes for nothing.',
    mend: 'Answer the probabilities of all classes as a list.',
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
    statement: 'A vector of probabilities has one entry a label.',
    why: 'An entry too many or too few shifts every class after it.',
    mend: 'Answer the vectors and the labels from the same model.',
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
    statement: 'Probabilities are from 0 to 1.',
    why: 'Logits and percentages are no probabilities; thresholds and explanations fail on them.',
    mend: 'Send them through softmax, or divide by 100.',
    run: async (deployment) => {
      const vectors = await readVectors(deployment);
      const at = vectors.findIndex((vector) => !vector.every(isProbability));
      return at < 0 ? pass() : fail(`the vector of row ${at} is ${JSON.stringify(vectors[at])}`, 'entries from 0 to 1');
    },
  },
  'probability-sum': {
    scope: 'deployment',
    level: 'required',
    statement: 'The probabilities of a row sum up to 1, give or take a millionth.',
    why: 'The shares of the classes are compared with each other.',
    mend: 'Do not round; normalise scores that are no probabilities.',
    run: async (deployment) => {
      const vectors = await readVectors(deployment);
      if (!vectors.every((vector) => vector.every(isProbability))) throw new NotRun('see probability-range');
      await checkLengths(deployment, vectors);
      const sums = vectors.map((vector) => vector.reduce((sum, entry) => sum + entry, 0));
      const at = sums.findIndex((sum) => Math.abs(sum - 1) > SLACK);
      return at < 0 ? pass() : fail(`the vector of row ${at} sums up to ${sums[at]}`, '1');
    },
  },
  'labels-order': {
    scope: 'deployment',
    level: 'required',
    statement: 'The prediction is the label with the greatest probability: labels[argmax(probability)] = prediction.',
    why: 'In the wrong order every explanation and every debiased score is of another class.',
    mend: 'Send the labels in the order of the vector (scikit-learn: model.classes_). IBM’s reference engine has them reversed.',
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
        return (vector[order.indexOf(String(predictions[row]))] ?? -1) >= findGreatest(vector) - SLACK;
      };
      const rows = vectors.map((_, row) => row);
      const wrong = rows.find((row) => !isTop(names)(row));
      if (wrong === undefined) return pass();
      const isReversed = rows.every(isTop([...names].reverse()));
      return fail(
        `row ${wrong}: ${JSON.stringify(predictions[wrong])} with ${JSON.stringify(vectors[wrong])} for ${JSON.stringify(labels)}`,
        'the label with the greatest probability',
        isReversed ? 'The labels are reversed: the other way round, every row is right.' : undefined,
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

/** @throws {NotRun} where a vector is of another length than the labels */
async function checkLengths(deployment: DeploymentEvidence, vectors: readonly number[][]): Promise<void> {
  const { labels } = await deployment.scored();
  if (labels && vectors.some(({ length }) => length !== labels.length)) throw new NotRun('see probability-length');
}

/** Without labels: at least the same entry must be the greatest for the same prediction, and another for another. */
function judgeMapping(predictions: readonly unknown[], vectors: readonly number[][]): Outcome {
  const byEntry = new Map<number, unknown>();
  for (const [row, vector] of vectors.entries()) {
    const sorted = [...vector].sort((a, b) => b - a);
    if ((sorted[0] ?? 0) - (sorted[1] ?? 0) < SLACK) continue;
    const entry = vector.indexOf(findGreatest(vector));
    const known = byEntry.get(entry) ?? predictions[row];
    byEntry.set(entry, known);
    const others = [...byEntry].filter(([, value]) => value === predictions[row]);
    if (known !== predictions[row] || others.length > 1)
      return fail(
        `row ${row}: ${JSON.stringify(predictions[row])}, with entry ${entry} the greatest`,
        'one entry for each prediction',
      );
  }
  return pass('without labels, only that the same entry stands for the same prediction');
}

/** The vector may have more entries than a function takes arguments. */
function findGreatest(vector: readonly number[]): number {
  return vector.reduce((a, b) => Math.max(a, b), -Infinity);
}

function isVector(cell: unknown): cell is number[] {
  return (
    Array.isArray(cell) && cell.length > 0 && cell.every((entry) => typeof entry === 'number' && Number.isFinite(entry))
  );
}

function isProbability(entry: number): boolean {
  return entry >= -SLACK && entry <= 1 + SLACK;
}
