/** One rule can be broken in many ways: each is found, under the same name and no other. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { CheckId } from '../../conformance/checks/all-checks.ts';
import { AUTHORIZATION, type Loose, type Outgoing, type Patch } from './zoo/engine.ts';
import { judgePatched, listIds, type JudgeOptions } from './zoo/judge.ts';

const publish = (change: (resource: Loose) => void): Patch => ({
  resource: (resource) => {
    change(resource);
    return resource;
  },
});
const properties = (change: (all: Loose) => void) => publish(({ entity }) => change(entity.asset_properties));
/** Adds a field to the training schema. */
const addField = (field: unknown) => properties((all) => all.training_data_schema.fields.push(field));
const results = (
  change: (prediction: Loose, probability: Loose, row: number) => unknown[],
  labels?: unknown,
): Patch => ({
  answer: ({ fields, values, ...rest }, table) => {
    const width = table.fields.length;
    const changed = values.map((row: Loose[], index: number) => [
      ...row.slice(0, width),
      ...change(row[width], row[width + 1], index),
    ]);
    return { fields, values: changed, ...rest, ...(labels !== undefined && { labels }) };
  },
});
const discovery = (body: string): Patch => ({
  reply: (reply, { path }) => (path === '/v1/deployments' && reply.status === 200 ? { ...reply, body } : reply),
});
const scoring = (change: (body: string) => string): Patch => ({
  reply: (reply, { path }) =>
    path.endsWith('/online') && reply.status === 200 ? { ...reply, body: change(String(reply.body)) } : reply,
});
const refusals = (message: string): Patch => ({
  reply: (reply) =>
    reply.status === 400 ? { ...reply, body: JSON.stringify({ trace: 'x', errors: [{ code: 'x', message }] }) } : reply,
});
const withProperties = ['published-properties'];

const VARIATIONS: readonly (readonly [what: string, id: CheckId, patch: Patch, skip?: readonly string[]])[] = [
  ['errors without a trace', 'errors-container', refuseWith({ errors: [{ code: 'x', message: 'y' }] })],
  ['no errors', 'errors-container', refuseWith({ trace: 'x', errors: [] })],
  ['errors without a message', 'errors-container', refuseWith({ trace: 'x', errors: [{ code: 'x' }] })],
  ['errors that are an object', 'errors-container', refuseWith({ trace: 'x', errors: { code: 'x', message: 'y' } })],
  [
    'a URL on another port of this machine',
    'urls-same-host',
    publish(({ entity }) => {
      entity.scoring_url = entity.scoring_endpoint.url = 'http://localhost:1/v1/deployments/loan/online';
    }),
  ],
  [
    'a URL on this machine under another name, with a path of its own',
    'urls-path',
    {
      scoringPath: '/score/loan',
      ...publish(({ entity }) => {
        const { port } = new URL(entity.scoring_url);
        entity.scoring_url = entity.scoring_endpoint.url = `http://localhost:${port}/score/loan`;
      }),
    },
  ],
  ['a list for a body', 'discovery-json', discovery('[]')],
  ['a text for a body', 'discovery-json', discovery('"error"')],
  ['JSON that breaks off', 'discovery-json', discovery('{"count": 0, "resources": [')],
  [
    'JSON with single quotes, as Python prints a dictionary',
    'discovery-json',
    discovery("{'count': 0, 'resources': []}"),
  ],
  ['Infinity', 'discovery-json', discovery('{"count": 0, "x": [-Infinity], "resources": []}')],
  ['resources that are an object', 'discovery-resources', discovery('{"count": 1, "resources": {"a": {}}}')],
  ['resources that are texts', 'discovery-resources', discovery('{"count": 1, "resources": ["a"]}')],
  [
    'more resources than anyone has',
    'discovery-resources',
    discovery(`{"count": 20000, "resources": [${'{},'.repeat(19_999)}{}]}`),
  ],
  ['more values than anyone sends', 'discovery-answers', discovery(`[${'0,'.repeat(5_000_000)}0]`)],
  ['a count that is a text', 'discovery-count', { list: ({ resources }) => ({ count: '1', resources }) }],
  ['no count', 'discovery-count', { list: ({ resources }) => ({ resources }) }],
  [
    'an asset without an id',
    'keys-gateway',
    publish(({ entity }) => (entity.asset = { ...entity.asset, guid: 1, asset_id: 1 })),
  ],
  ['an empty name', 'keys-gateway', publish(({ entity }) => (entity.name = ''))],
  ['a URL that is a number', 'keys-gateway', publish(({ entity }) => (entity.scoring_url = 5))],
  [
    'asset_properties that are a list',
    'keys-sdk-v2',
    publish(({ entity }) => (entity.asset_properties = [])),
    [...withProperties, 'scoring'],
  ],
  ['one URL that is empty', 'keys-gateway', publish(({ entity }) => (entity.scoring_endpoint.url = ''))],
  ['no description', 'keys-superset', publish(({ entity }) => delete entity.description)],
  ['the id of the asset in one of two keys', 'keys-superset', publish(({ entity }) => delete entity.asset.guid)],
  ['no labels', 'published-properties', properties((all) => delete all.labels)],
  ['a month that there is not', 'dates', publish(({ metadata }) => (metadata.created_at = '2026-13-01T00:00:00Z'))],
  ['a day that there is not', 'dates', publish(({ metadata }) => (metadata.created_at = '2026-02-30T00:00:00Z'))],
  ['a date that is a number', 'dates', publish(({ metadata }) => (metadata.modified_at = 1_700_000_000))],
  ['a date of 2018 that is a number', 'dates', publish(({ metadata }) => (metadata.created_at = 1_700_000_000))],
  ['an hour that there is not', 'dates', publish(({ metadata }) => (metadata.created_at = '2026-01-31T25:00:00Z'))],
  ['a minute that there is not', 'dates', publish(({ metadata }) => (metadata.created_at = '2026-01-31T23:60:00Z'))],
  ['a type that is a number', 'words', publish(({ entity }) => (entity.type = 1))],
  ['a URL of the asset that is a number', 'urls-absolute', publish(({ entity }) => (entity.asset.url = 1))],
  ['multi-class', 'words', properties((all) => (all.problem_type = 'multi-class'))],
  ['batch', 'words', publish(({ entity }) => (entity.type = 'batch'))],
  ['function', 'words', publish(({ entity }) => (entity.asset.asset_type = 'function'))],
  [
    'a URL with a password in it',
    'urls-absolute',
    publish(({ metadata }) => (metadata.url = 'http://a:b@example.com/')),
  ],
  ['a URL of another kind', 'urls-absolute', publish(({ entity }) => (entity.asset.url = 'file:///model'))],
  ['a field without a name', 'schemas-spark', addField({ type: 'string', nullable: true })],
  ['a field with an empty name', 'schemas-spark', addField({ name: '', type: 'string', nullable: true })],
  ['a field twice', 'schemas-spark', addField({ name: 'age', type: 'integer', nullable: false })],
  ['a field without nullable', 'schemas-spark', addField({ name: 'x', type: 'string' })],
  ['a type of pandas', 'schemas-spark', addField({ name: 'x', type: 'float64', nullable: true })],
  [
    'an array of nothing',
    'schemas-spark',
    addField({ name: 'x', type: { type: 'array', containsNull: true }, nullable: true }),
  ],
  [
    'a map without values',
    'schemas-spark',
    addField({ name: 'x', type: { type: 'map', keyType: 'string' }, nullable: true }),
  ],
  ['metadata that is a text', 'schemas-spark', addField({ name: 'x', type: 'string', nullable: true, metadata: 'x' })],
  ['a field that is a text', 'schemas-spark', addField('x')],
  [
    'fields that are an object',
    'schemas-spark',
    properties((all) => (all.training_data_schema.fields = { age: 'integer' })),
  ],
  ['a schema that is a text', 'schemas-spark', properties((all) => (all.training_data_schema = 'struct'))],
  [
    'a map of unknown values',
    'schemas-spark',
    addField({ name: 'x', type: { type: 'map', keyType: 'string', valueType: 'any' }, nullable: true }),
  ],
  [
    'a quote in the name of the label',
    'column-names',
    properties((all) => {
      all.label_column = '"outcome"';
      delete all.training_data_schema;
    }),
    withProperties,
  ],
  ['a quote in a name', 'column-names', addField({ name: '"x"', type: 'string', nullable: true })],
  ['a feature twice', 'fields-features', properties((all) => all.feature_fields.push('age'))],
  [
    'a feature that is in no schema',
    'fields-features',
    properties((all) => all.feature_fields.push('height')),
    ['scoring', 'errors'],
  ],
  ['features that are a text', 'fields-features', properties((all) => (all.feature_fields = 'age,income,city'))],
  ['a text that is no category', 'fields-categorical', properties((all) => (all.categorical_fields = []))],
  ['categories that are a text', 'fields-categorical', properties((all) => (all.categorical_fields = 'city'))],
  ['a label that is a feature', 'fields-label', properties((all) => (all.label_column = 'age'))],
  ['a label whose role another column has', 'fields-label', addLabel()],
  [
    'a prediction whose role another column has',
    'fields-prediction',
    properties(({ output_data_schema: { fields } }) => {
      fields.at(-2).metadata = {};
      fields[0].metadata = { modeling_role: 'prediction' };
    }),
  ],
  [
    'probabilities that the schema does not have',
    'fields-probability',
    properties(({ output_data_schema: { fields } }) => fields.pop()),
  ],
  [
    'an array of texts for probabilities',
    'fields-probability',
    properties(({ output_data_schema: { fields } }) => (fields.at(-1).type.elementType = 'string')),
  ],
  ['a label twice', 'published-labels', properties((all) => (all.labels = ['good', 'good']))],
  ['three labels for a binary model', 'published-labels', properties((all) => (all.labels = ['good', 'bad', 'ugly']))],

  ['a redirect of every scoring call', 'scoring-status', redirectScoring(308)],
  ['a gateway without an engine', 'scoring-status', redirectScoring(503)],
  ['an error with 200', 'scoring-shape', scoring(() => '{"error": "the model is not loaded"}')],
  ['scores that are drawn by lot', 'repeatable', drawScores()],
  [
    'predictions of another type than is published',
    'output-schema',
    properties((all) => (all.output_data_schema.fields.at(-2).type = 'double')),
  ],
  ['NaN in an answer', 'scoring-json', scoring((body) => body.replace(/\[0\.\d+/, '[NaN'))],
  ['an answer that breaks off', 'scoring-json', scoring((body) => body.slice(0, -1))],
  ['a page with 200', 'scoring-json', scoring(() => '<html><body>Login</body></html>')],
  [
    'rows that are objects',
    'scoring-shape',
    { answer: ({ fields, values, labels }) => ({ fields, values: values.map(() => ({})), labels }) },
  ],
  [
    'fields that are not all names',
    'scoring-shape',
    { answer: ({ fields, values, labels }) => ({ fields: [...fields.slice(0, -1), 5], values, labels }) },
  ],
  [
    'one boolean among numbers',
    'prediction-boolean',
    { task: 'regression', ...results((prediction, _, row) => [row === 1 ? true : prediction]) },
    ['row-order'],
  ],
  [
    'a redirect for a row of nulls',
    'error-null-cell',
    whenSent('[null,null,null]', (reply) => ({ ...reply, status: 302 })),
  ],
  [
    'a row of nulls that is left out',
    'error-null-cell',
    whenSent('[null,null,null]', (reply) => ({ ...reply, status: 200, body: '{"fields":["prediction"],"values":[]}' })),
  ],
  [
    'an unknown category that is not answered with JSON',
    'error-unknown-category',
    whenSent('never seen before', (reply) => ({ ...reply, body: '{"fields":["x"],"values":[[NaN]]}' })),
  ],
  ['no fields', 'scoring-shape', { answer: ({ values, labels }) => ({ values, labels }) }],
  [
    'fields with a name twice',
    'scoring-shape',
    { answer: ({ fields, values, labels }) => ({ fields: [...fields.slice(0, -1), 'age'], values, labels }) },
  ],
  [
    'a row too many',
    'row-count',
    { answer: ({ fields, values, labels }) => ({ fields, values: [...values, ...values.slice(0, 1)], labels }) },
  ],
  [
    'one row that is too wide',
    'row-width',
    {
      answer: ({ fields, values, labels }) => ({
        fields,
        values: values.map((row: Loose, at: number) => (at === 3 ? [...row, 1] : row)),
        labels,
      }),
    },
  ],
  [
    'a prediction that is null',
    'prediction-type',
    results((prediction, probability, row) => [row === 2 ? null : prediction, probability]),
    ['row-alone', 'row-order', 'envelope-several'],
  ],
  [
    'a number for a text',
    'prediction-type',
    {
      ...properties((all) => (all.labels = ['0', '1'])),
      ...results((prediction, probability) => [prediction === 'bad' ? 1 : 0, probability], ['0', '1']),
    },
  ],
  [
    'an index for a label',
    'prediction-label',
    results((prediction, probability) => [prediction === 'bad' ? '1' : '0', probability]),
  ],
  ['a list for a prediction', 'prediction-type', results((prediction, probability) => [[prediction], probability])],
  [
    'an infinite number',
    'regression-finite',
    { task: 'regression', ...scoring((body) => body.replace(/(-?\d[\d.e-]*)\]\]/, '1e999]]')) },
    ['row-alone', 'row-order', 'envelope-several'],
  ],
  ['null for a number', 'regression-finite', { task: 'regression', ...results(() => [null]) }],
  ['labels that are booleans', 'labels-well-formed', { answer: (answer) => ({ ...answer, labels: [true, false] }) }],
  ['labels twice', 'labels-well-formed', { answer: (answer) => ({ ...answer, labels: ['good', 'good'] }) }],
  [
    'labels in the types of texts',
    'labels-agree',
    {
      ...properties((all) => {
        all.labels = [0, 1];
        all.training_data_schema.fields.at(-1).type = 'integer';
        all.output_data_schema.fields.at(-2).type = 'integer';
      }),
      ...results((prediction, probability) => [prediction === 'bad' ? 1 : 0, probability], ['0', '1']),
    },
  ],
  [
    'probabilities that are texts',
    'probability-vector',
    results((prediction, probability) => [prediction, probability.map(String)]),
  ],
  [
    'probabilities in an object',
    'probability-vector',
    results((prediction, [good, bad]) => [prediction, { good, bad }]),
  ],
  ['empty probabilities', 'probability-vector', results((prediction) => [prediction, []])],
  [
    'a probability of one class',
    'probability-length',
    results((prediction, probability) => [prediction, [Math.max(...probability)]]),
  ],
  [
    'percentages',
    'probability-range',
    results((prediction, probability) => [prediction, probability.map((entry: number) => 100 * entry)]),
  ],
  [
    'rounded probabilities',
    'probability-sum',
    {
      task: 'multiclass',
      ...results((prediction, probability) => [
        prediction,
        probability.map((entry: number) => Math.floor(entry * 100) / 100),
      ]),
    },
  ],
  [
    'scores that are scaled by the batch',
    'row-alone',
    {
      task: 'regression',
      answer: ({ fields, values }) => {
        const least = Math.min(...values.map((row: Loose[]) => row.at(-1)));
        return { fields, values: values.map((row: Loose[]) => [...row.slice(0, -1), row.at(-1) - least]) };
      },
    },
  ],
  ['a threshold of its own', 'labels-order', results((_, [good, bad]) => [bad > 0.01 ? 'bad' : 'good', [good, bad]])],
  [
    'texts in lower case, echoed',
    'echo-true',
    {
      answer: ({ fields, values, labels }) => ({
        fields,
        values: values.map((row: Loose[]) =>
          row.map((cell, at) => (at === fields.indexOf('city') ? String(cell).toUpperCase() : cell)),
        ),
        labels,
      }),
    },
  ],
  [
    'an index that is a text',
    'output-schema',
    {
      ...properties((all) =>
        all.output_data_schema.fields.push({ name: 'index', type: 'integer', nullable: true, metadata: {} }),
      ),
      answer: ({ fields, values, labels }) => ({
        fields: [...fields, 'index'],
        values: values.map((row: Loose[]) => [...row, '0']),
        labels,
      }),
    },
  ],

  [
    'a flag that is a text',
    'output-schema',
    {
      ...properties((all) =>
        all.output_data_schema.fields.push({ name: 'flag', type: 'boolean', nullable: true, metadata: {} }),
      ),
      answer: ({ fields, values, labels }) => ({
        fields: [...fields, 'flag'],
        values: values.map((row: Loose[]) => [...row, 'true']),
        labels,
      }),
    },
  ],
  [
    'a second call that fails',
    'discovery-stable',
    {
      reply: (reply, { path, before }) =>
        path === '/v1/deployments' && reply.status === 200 && before === 1 ? { ...reply, status: 503 } : reply,
    },
  ],
  [
    'a second call that lists nothing',
    'discovery-stable',
    {
      reply: (reply, { path, before }) =>
        path === '/v1/deployments' && reply.status === 200 && before === 1
          ? { ...reply, body: '{"resources": 1}' }
          : reply,
    },
  ],
  ['a stack trace of Node', 'errors-no-stack-trace', refusals('TypeError: x\n    at score (/srv/app/index.js:10:5)')],
  [
    'a stack trace of Java',
    'errors-no-stack-trace',
    refusals('java.lang.NullPointerException\n\tat com.example.Engine.score(Engine.java:42)'),
  ],
  [
    'a stack trace of .NET',
    'errors-no-stack-trace',
    refusals('at Engine.Score(Request r) in C:\\src\\Engine.cs:line 42'),
  ],
  ['a stack trace of Go', 'errors-no-stack-trace', refusals('goroutine 17 [running]:')],
  ['a stack trace of PHP', 'errors-no-stack-trace', refusals('#0 /var/www/index.php(12): score()')],
  ['a stack trace of Ruby', 'errors-no-stack-trace', refusals("/app/engine.rb:12:in `score'")],
  [
    'refusals in plain text',
    'errors-json',
    { reply: (reply) => (reply.status === 415 ? { ...reply, body: 'Unsupported' } : reply) },
  ],
  [
    'refusals without a body',
    'errors-json',
    { reply: (reply) => (reply.status === 405 ? { ...reply, body: '' } : reply) },
  ],
];

function whenSent(text: string, change: (reply: Outgoing) => Outgoing): Patch {
  return { reply: (reply, { body }) => (body.includes(text) ? change(reply) : reply) };
}

function redirectScoring(status: number): Patch {
  return {
    reply: (reply, { path, headers }) =>
      path.endsWith('/online') && headers.authorization?.length === AUTHORIZATION.length
        ? { ...reply, status, headers: { ...reply.headers, Location: `${path}/` } }
        : reply,
  };
}

/** Each call shifts the probabilities a little further, as dropout and samples do. */
function drawScores(): Patch {
  let calls = 0;
  return results((prediction, [good, bad], row) => {
    if (row === 0) calls += 1;
    const shift = (calls % 97) * 1e-4 * Math.min(good, bad);
    const signed = good > bad ? shift : -shift;
    return [prediction, [Number(good) + signed, Number(bad) - signed]];
  });
}

function refuseWith(body: object): Patch {
  return { reply: (reply) => (reply.status === 400 ? { ...reply, body: JSON.stringify(body) } : reply) };
}

function addLabel(): Patch {
  return properties(({ training_data_schema: { fields } }) => {
    fields.at(-1).metadata = {};
    fields.push({ name: 'target', type: 'string', nullable: false, metadata: { modeling_role: 'target' } });
  });
}

describe('what came', () => {
  const came = async (id: CheckId, patch: Patch, options: JudgeOptions = {}) => {
    const report = await judgePatched(patch, { only: [id], ...options });
    const [finding] = report.results[0]?.findings ?? [];
    return finding?.verdict === 'failed' ? [finding.came, finding.expected] : finding;
  };

  it('is told in words where there is nothing to quote', async () => {
    const bare: Patch = { reply: (reply) => ({ ...reply, headers: {}, body: reply.status === 200 ? reply.body : '' }) };
    expect(await came('discovery-content-type', bare)).to.deep.equal(['no Content-Type', 'application/json']);
    expect(await came('errors-json', bare))
      .to.have.property('0')
      .that.matches(/^malformed-json: 400, no Content-Type, no body; /);
  });

  it('is told with the place', async () => {
    expect(await came('scoring-shape', { answer: (answer) => ({ predictions: [answer] }) })).to.deep.equal([
      'an envelope of predictions came, where a table was sent',
      'fields and values',
    ]);
    expect(
      await came('repeatable', {
        reply: (reply, { before, path }) =>
          path.endsWith('/online') && before === 1
            ? { ...reply, body: String(reply.body).replaceAll('"good"', '"bad"') }
            : reply,
      }),
    )
      .to.have.property('0')
      .that.matches(/^row \d: "prediction" is "bad"; before it was "good"$/);
    expect(
      await came('row-width', {
        answer: ({ fields, values, labels }) => ({
          fields,
          values: values.map((row: unknown[]) => row.slice(1)),
          labels,
        }),
      }),
    ).to.deep.equal(['values[0] has 4 cells; fields has 5 names', 'a cell for each of fields']);
  });

  it('is a time, where an explanation takes too long', async () => {
    const slow: Patch = {
      reply: async (reply) => {
        await sleep(20);
        return reply;
      },
    };
    const [text, expected] = (await came('load-explanation', slow, { timeout: 600 })) as string[];
    expect(text).to.match(/^\d+ of 201 calls in \d\.\d\d s$/);
    expect(expected).to.equal('all within 3.00 s');
  });
});

describe('a rule that is broken', () => {
  it('by scores that are drawn by lot is not broken by the load as well', async () => {
    const report = await judgePatched(drawScores(), { only: ['repeatable', 'load', 'errors-connection'] });
    expect(listIds(report, 'failed')).to.deep.equal(['repeatable']);
    expect(listIds(report, 'not-run')).to.have.length(4);
  });

  it('by scores that depend on the batch is not broken by the load as well', async () => {
    const scaled = VARIATIONS.find(([what]) => what === 'scores that are scaled by the batch')?.[2] as Patch;
    const report = await judgePatched(scaled, { only: ['row-alone', 'load'] });
    expect(listIds(report, 'failed')).to.deep.equal(['row-alone']);
    expect(listIds(report, 'not-run')).to.deep.equal(['load-many-rows', 'load-explanation', 'load-concurrent']);
  });

  for (const [what, id, patch, skip = []] of VARIATIONS) {
    it(`by ${what} is ${id}`, async () => {
      const options: JudgeOptions = { skip: ['load', ...skip] };
      expect(listIds(await judgePatched(patch, options), 'failed')).to.deep.equal([id]);
    });
  }
});
