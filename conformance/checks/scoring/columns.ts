/** Whether the other columns of an answer are what was sent, and what was published. */
import { toPredictionName, toProbabilityName } from '../../evidence/answer.ts';
import type { Check } from '../../check.ts';
import { fail, notApplicable, NotRun, pass } from '../../outcome.ts';
import { isReply } from '../../client/exchange.ts';
import { isObject } from '../../client/parse-json.ts';
import { isSame } from '../../evidence/compare-scores.ts';
import type { PublishedDeployment } from '../../evidence/published-deployment.ts';
import { isNumeric, isWhole } from '../../rows/generate-rows.ts';

/** The columns that are no results. */
export const columnChecks = {
  'echo-true': {
    scope: 'deployment',
    level: 'required',
    statement: 'Columns of the request that come back hold what was sent.',
    why: 'What is echoed is logged as the payload; encoded or scaled values are not the data of the user.',
    mend: 'Echo the cells of the request; work on a copy.',
    run: async (deployment) => {
      const { answer } = await deployment.scored();
      const { fields, values } = deployment.few;
      const positions = new Map(answer.fields.map((name, index) => [name, index]));
      for (const [column, name] of fields.entries()) {
        const at = positions.get(name);
        if (at === undefined) continue;
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
      const positions = new Map(fields.map((name, index) => [name, index]));
      const sent = new Set(deployment.few.fields);
      const { published } = deployment;
      const results = { prediction: toPredictionName(published), probability: toProbabilityName(published) };
      for (const { name, type } of schema) {
        const at = positions.get(name) ?? -1;
        const isResult = !sent.has(name);
        // A prediction or probability that is missing has a check of its own, and so have columns that are not echoed.
        if (at < 0 && isResult && !Object.values(results).includes(name))
          return fail(`the answer has no ${JSON.stringify(name)}`, 'the field');
        if (at < 0 || !isResult || name === results.probability) continue;
        // A prediction is held against the label; only where the label is of another kind is it the schema that is wrong.
        if (name === results.prediction && isOfLabelKind(published, type)) continue;
        const row = values.findIndex((cells) => cells[at] !== null && !isOfType(cells[at], type));
        if (row >= 0)
          return fail(
            `row ${row}: ${JSON.stringify(name)} is ${JSON.stringify(values[row]?.[at])}`,
            JSON.stringify(type),
          );
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
      await deployment.scored();
      const exchange = await deployment.exchange('headers');
      if (!isReply(exchange)) throw new NotRun('the call was not answered; see headers-harmless');
      const id = exchange.headers['x-global-transaction-id'];
      return id === 'conformance-check-1' ? pass() : fail(id ?? 'no such header', 'conformance-check-1');
    },
  },
} as const satisfies Record<string, Check>;

function isOfLabelKind(published: PublishedDeployment, type: unknown): boolean {
  const label = published.findField('training_data_schema', published.text('label_column') ?? '')?.type;
  return label === undefined || isNumeric(label) === isNumeric(type);
}

function isOfType(cell: unknown, type: unknown): boolean {
  if (isObject(type)) return type['type'] !== 'array' || Array.isArray(cell);
  if (isWhole(type)) return Number.isInteger(cell);
  if (isNumeric(type)) return typeof cell === 'number';
  return type === 'string' || type === 'boolean' ? typeof cell === type : true;
}
