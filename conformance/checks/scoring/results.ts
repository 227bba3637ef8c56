/** Whether the results are what OpenScale makes of them: predictions, probabilities, labels, and the columns echoed. */
import { toPredictionName, toProbabilityName } from '../../answer.ts';
import { fail, notApplicable, NotApplicable, NotRun, pass, type Check, type Outcome } from '../../check.ts';
import { isSame } from '../../compare-scores.ts';
import { isReply } from '../../client/exchange.ts';
import { isObject } from '../../client/parse-json.ts';
import type { DeploymentEvidence, Scored } from '../../deployment-evidence.ts';
import { toLabels } from '../../published.ts';
import { isNumeric, isWhole } from '../../rows/generate-rows.ts';

const NO_CLASSES = 'the model tells no classes';
/** How far sums and ends of probabilities may be off. */
const SLACK = 1e-6;

export const resultChecks = {
  'prediction-column': {
    scope: 'deployment',
    level: 'required',
    statement: 'The answer has the column of predictions under the published name; without one, it is called prediction.',
    why: 'OpenScale finds the prediction by this name.',
    mend: 'Name the column as prediction_field says.',
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
    statement: 'Predictions are no booleans.',
    why: 'OpenScale refuses boolean predictions.',
    mend: 'Answer the label as a text or a number.',
    run: async (deployment) => {
      const at = (await readPredictions(deployment)).findIndex((value) => typeof value === 'boolean');
      return at < 0 ? pass() : fail(`the prediction of row ${at} is a boolean`, 'a text or a number');
    },
  },
  'prediction-type': {
    scope: 'deployment',
    level: 'required',
    statement: 'Predictions are of the type of the label column: texts, or numbers.',
    why: 'Quality compares predictions with the labels of feedback data; "1" is not 1.',
    mend: 'Decode the prediction to the very values of the label column.',
    run: async (deployment) => {
      if (!(await deployment.isClassifier())) return notApplicable(NO_CLASSES);
      const predictions = await readPredictions(deployment);
      if (predictions.some((value) => typeof value === 'boolean')) throw new NotRun('see prediction-boolean');
      const { labels } = await deployment.scored();
      const { published } = deployment;
      const label = published.text('label_column');
      const type = published.schema('training_data_schema')?.find(({ name }) => name === label)?.type;
      const expected = type === 'string' ? 'string' : isNumeric(type) ? 'number' : typeof (labels?.[0] ?? predictions[0]);
      const known = expected === 'string' || expected === 'number' ? [expected] : ['string', 'number'];
      const at = predictions.findIndex((value) => !known.includes(typeof value));
      return at < 0 ? pass() : fail(`the prediction of row ${at} is ${JSON.stringify(predictions[at])}`, `a ${known.join(' or a ')}`);
    },
  },
  'prediction-label': {
    scope: 'deployment',
    level: 'required',
    statement: 'Every prediction is one of the labels.',
    why: 'A prediction that is no label counts as wrong, and belongs to no group of outcomes.',
    mend: 'Answer the decoded label, not the index of the class.',
    run: async (deployment) => {
      const { labels } = await readClasses(deployment);
      if (!labels) return notApplicable('no labels are published or sent');
      const predictions = await readPredictions(deployment);
      if (predictions.some((value) => typeof value === 'boolean')) throw new NotRun('see prediction-boolean');
      const known = labels.map(String);
      const at = predictions.findIndex((value) => !known.includes(String(value)));
      return at < 0 ? pass() : fail(`the prediction of row ${at} is ${JSON.stringify(predictions[at])}`, `one of ${JSON.stringify(labels)}`);
    },
  },
  'regression-finite': {
    scope: 'deployment',
    level: 'required',
    statement: 'The predictions of a regression are finite numbers.',
    why: 'Quality and drift are sums over them.',
    mend: 'Answer a number for each row, neither a text nor null.',
    run: async (deployment) => {
      if (await deployment.isClassifier()) return notApplicable('the model tells classes');
      const predictions = await readPredictions(deployment);
      if (predictions.some((value) => typeof value === 'boolean')) throw new NotRun('see prediction-boolean');
      const at = predictions.findIndex((value) => typeof value !== 'number' || !Number.isFinite(value));
      return at < 0 ? pass() : fail(`the prediction of row ${at} is ${JSON.stringify(predictions[at])}`, 'a number');
    },
  },
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
      const { labels } = deployment.published;
      if (!sent || !labels) return notApplicable('labels are not both published and sent');
      return JSON.stringify(sent) === JSON.stringify(labels) ? pass() : fail(JSON.stringify(sent), JSON.stringify(labels));
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
      const given = labels !== undefined || answer.labels !== undefined || deployment.published.properties['labels'] !== undefined;
      return given ? pass() : fail('no labels', 'the classes');
    },
  },
  'probability-given': {
    scope: 'deployment',
    level: 'recommended',
    statement: 'A classifier answers with probabilities, under the published name; without one, it is called probability.',
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
      return at < 0 ? pass() : fail(`the probability of row ${at} is ${JSON.stringify(cells[at])}`, 'a list of numbers');
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
      const predictions = await readPredictions(deployment);
      if (labels && vectors.some(({ length }) => length !== labels.length)) throw new NotRun('see probability-length');
      if (!labels) return judgeMapping(predictions, vectors);
      const names = labels.map(String);
      if (!predictions.every((value) => names.includes(String(value)))) throw new NotRun('see prediction-label');
      const isTop = (order: readonly string[]) => (row: number) => {
        const vector = vectors[row] as number[];
        return (vector[order.indexOf(String(predictions[row]))] ?? -1) >= Math.max(...vector) - SLACK;
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
  'echo-true': {
    scope: 'deployment',
    level: 'required',
    statement: 'Columns of the request that come back hold what was sent.',
    why: 'What is echoed is logged as the payload; encoded or scaled values are not the data of the user.',
    mend: 'Echo the cells of the request; work on a copy.',
    run: async (deployment) => {
      const { answer } = await deployment.scored();
      const { fields, values } = deployment.few;
      for (const [column, name] of fields.entries()) {
        const at = answer.fields.indexOf(name);
        if (at < 0) continue;
        const row = values.findIndex((cells, index) => !isSame(cells[column], answer.values[index]?.[at]));
        if (row >= 0) {
          const came = JSON.stringify(answer.values[row]?.[at]);
          return fail(`row ${row}: ${JSON.stringify(name)} is ${came}`, JSON.stringify(values[row]?.[column]));
        }
      }
      return pass();
    },
  },
  echo: {
    scope: 'deployment',
    level: 'recommended',
    statement: 'The columns of the request come back, before the results.',
    why: "IBM's documentation asks for it, though its own sample leaves them out, and works.",
    mend: 'Answer the columns of the request, in their order, and then the results.',
    run: async (deployment) => {
      const { fields } = (await deployment.scored()).answer;
      const sent = deployment.few.fields;
      const isEcho = sent.every((name, index) => fields[index] === name);
      return isEcho ? pass() : fail(`fields: ${JSON.stringify(fields)}`, `first ${JSON.stringify(sent)}`);
    },
  },
  'output-schema': {
    scope: 'deployment',
    level: 'recommended',
    statement: 'The answer is what the published schema of the output says: its fields, and their types.',
    why: 'OpenScale makes the table of the payload from the schema, and loses what does not fit.',
    mend: 'Publish the schema of what you answer.',
    run: async (deployment) => {
      const schema = deployment.published.schema('output_data_schema');
      if (!schema) return notApplicable('output_data_schema is not published');
      const { fields, values } = (await deployment.scored()).answer;
      for (const { name, type } of schema) {
        const at = fields.indexOf(name);
        const isResult = !deployment.few.fields.includes(name);
        // A prediction or probability that is missing has a check of its own, and so have columns that are not echoed.
        if (at < 0 && isResult && !isNamedResult(deployment, name)) return fail(`the answer has no ${JSON.stringify(name)}`, 'the field');
        if (at < 0 || !isResult || isNamedResult(deployment, name)) continue;
        const row = values.findIndex((cells) => cells[at] !== null && !isOfType(cells[at], type));
        if (row >= 0) return fail(`row ${row}: ${JSON.stringify(name)} is ${JSON.stringify(values[row]?.[at])}`, JSON.stringify(type));
      }
      return pass();
    },
  },
  'transaction-id': {
    scope: 'deployment',
    level: 'informative',
    statement: 'X-Global-Transaction-Id comes back as it was sent.',
    why: "IBM's runtime does so; it ties a payload record to a line of the engine's log.",
    mend: 'Repeat the header in the reply.',
    probes: ['headers'],
    run: async (deployment) => {
      const exchange = await deployment.exchange('headers');
      if (!isReply(exchange)) throw new NotRun('the call was not answered; see headers-harmless');
      const id = exchange.headers['x-global-transaction-id'];
      return id === 'conformance-check-1' ? pass() : fail(id ?? 'no such header', 'conformance-check-1');
    },
  },
} as const satisfies Record<string, Check>;

async function readPredictions(deployment: DeploymentEvidence): Promise<unknown[]> {
  const { prediction, answer } = await deployment.scored();
  if (prediction === undefined) throw new NotRun('there is no column of predictions; see prediction-column');
  return answer.values.map((row) => row[prediction]);
}

/** The answer of a classifier. @throws {NotApplicable} where it is none */
async function readClasses(deployment: DeploymentEvidence): Promise<Scored> {
  if (!(await deployment.isClassifier())) throw new NotApplicable(NO_CLASSES);
  return deployment.scored();
}

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

/** Without labels: at least the same entry must be the greatest for the same prediction, and another for another. */
function judgeMapping(predictions: readonly unknown[], vectors: readonly number[][]): Outcome {
  const byEntry = new Map<number, unknown>();
  for (const [row, vector] of vectors.entries()) {
    const sorted = [...vector].sort((a, b) => b - a);
    if ((sorted[0] ?? 0) - (sorted[1] ?? 0) < SLACK) continue;
    const entry = vector.indexOf(Math.max(...vector));
    const known = byEntry.get(entry) ?? predictions[row];
    byEntry.set(entry, known);
    const others = [...byEntry].filter(([, value]) => value === predictions[row]);
    if (known !== predictions[row] || others.length > 1)
      return fail(`row ${row}: ${JSON.stringify(predictions[row])}, with entry ${entry} the greatest`, 'one entry for each prediction');
  }
  return pass('without labels, only that the same entry stands for the same prediction');
}

function isNamedResult({ published }: DeploymentEvidence, name: string): boolean {
  return name === toPredictionName(published) || name === toProbabilityName(published);
}

function isVector(cell: unknown): cell is number[] {
  return Array.isArray(cell) && cell.length > 0 && cell.every((entry) => typeof entry === 'number' && Number.isFinite(entry));
}

function isProbability(entry: number): boolean {
  return entry >= -SLACK && entry <= 1 + SLACK;
}

function isOfType(cell: unknown, type: unknown): boolean {
  if (isObject(type)) return type['type'] !== 'array' || Array.isArray(cell);
  if (isWhole(type)) return Number.isInteger(cell);
  if (isNumeric(type)) return typeof cell === 'number';
  return type === 'string' || type === 'boolean' ? typeof cell === type : true;
}
