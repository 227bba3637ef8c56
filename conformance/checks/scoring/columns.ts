/** Checks that the columns of an answer are what was sent and published. */
import { toPredictionName, toProbabilityName } from '../../evidence/answer.ts';
import type { Check } from '../../check.ts';
import { fail, notApplicable, NotRun, pass } from '../../outcome.ts';
import { isReply } from '../../client/exchange.ts';
import { isObject } from '../../client/parse-json.ts';
import { isSame } from '../../evidence/compare-scores.ts';
import type { PublishedDeployment } from '../../evidence/published-deployment.ts';
import { isNumeric, isWhole } from '../../rows/generate-rows.ts';

/** Checks of the columns of an answer. */
export const columnChecks = {
  'echo-true': {
    scope: 'deployment',
    level: 'required',
    statement: 'Columns of the request that are returned contain what was sent.',
    why: 'Returned columns are logged as the payload; encoded or scaled values are not the user’s data.',
    fix: 'Return the cells of the request; transform a copy.',
    run: async (deployment) => {
      const { answer } = await deployment.scored();
      const { fields, values } = deployment.few;
      const positions = new Map(answer.fields.map((name, index) => [name, index]));
      for (const [column, name] of fields.entries()) {
        const at = positions.get(name);
        if (at === undefined) continue;
        const row = values.findIndex((cells, index) => !isSame(cells[column], answer.values[index]?.[at]));
        if (row >= 0) {
          const actual = JSON.stringify(answer.values[row]?.[at]);
          return fail(`row ${row}: ${JSON.stringify(name)} is ${actual}`, JSON.stringify(values[row]?.[column]));
        }
      }
      return pass();
    },
  },
  echo: {
    scope: 'deployment',
    level: 'recommended',
    statement: 'The columns of the request are returned, before the result columns.',
    why: "IBM's documentation asks for it, although its own sample leaves them out and works.",
    fix: 'Return the columns of the request, in their order, and then the result columns.',
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
    statement: 'The answer matches the published output schema: its fields, and their types.',
    why: 'OpenScale creates the payload table from the schema, and loses whatever does not fit.',
    fix: 'Publish the schema of what you return.',
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
        // A missing prediction or probability has a check of its own, and so do columns that are not echoed.
        if (at < 0 && isResult && !Object.values(results).includes(name))
          return fail(`the answer has no ${JSON.stringify(name)}`, 'the field');
        if (at < 0 || !isResult || name === results.probability) continue;
        // A prediction is compared with the label's type; only if that disagrees with the schema, too, the schema is wrong.
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
    statement: 'X-Global-Transaction-Id is returned as it was sent.',
    why: "IBM's runtime does this; it links a payload record to a line in the engine's log.",
    fix: 'Copy the header from the request to the response.',
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
