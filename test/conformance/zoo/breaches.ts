/** An engine for each check, which breaks it and no other. A check without such an engine does not compile. */
import type { CheckId } from '../../../conformance/checks/all-checks.ts';
import { toLoopback, type JudgeOptions } from './judge.ts';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { toGivenRows } from './given-rows.ts';
import { answerWithEnvelopes, changeReply, changeResults, isDiscovery, publish, publishProperties } from './patches.ts';
import {
  AUTHORIZATION,
  FEEDBACK,
  PASSWORD,
  PREDICTIONS,
  SCORING,
  USERNAME,
  type Loose,
  type Outgoing,
  type Patch,
  type Received,
  type Table,
} from './engine.ts';

export interface Breach extends Patch {
  /** How the checks are run. */
  readonly options?: JudgeOptions;
}

const isScoringPath = ({ path, method }: Received) => path === SCORING && method === 'POST';
/** Whether a request is one whose body the conforming engine reads. */
const isScoring = (received: Received) =>
  isScoringPath(received) &&
  received.headers.authorization === AUTHORIZATION &&
  received.headers['content-type'] === 'application/json';
const isFirstScore = (received: Received) =>
  isScoring(received) && toBody(received)?.values?.length === 40 && received.before === 0;
/** The body of a request; undefined if it is not JSON. */
const toBody = ({ body }: Received): Loose => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

/** Changes the table before it is checked and scored. */
const misread = (change: (table: Table) => Table): Patch => ({ read: change });
/** Replaces the response to some scoring requests. */
const answerWith = (which: (body: Loose, received: Received) => boolean, status: number, body: unknown): Patch =>
  changeReply(
    (received) => isScoring(received) && which(toBody(received), received),
    (reply) => ({ ...reply, status, body: JSON.stringify(body) }),
  );
const rejection = { trace: 'zoo', errors: [{ code: 'refused', message: 'No.' }] };
const hasRows = (body: Loose) => body?.values?.length > 0 || body?.input_data !== undefined;
const hasCell = (body: Loose, cell: unknown) =>
  Array.isArray(body?.values) && body.values.some((row: Loose) => Array.isArray(row) && row.includes(cell));
const isSlow: Patch = {
  reply: async (reply, received) => {
    if (isDiscovery(received)) await sleep(120);
    return reply;
  },
};
/** A host name that resolves to this machine, but is not a name for localhost. */
const elsewhere: JudgeOptions = {
  host: 'engine.example',
  lookup: toLoopback,
};
const withoutCredentials = (received: Received) => received.headers.authorization === undefined;
const isMalformed = ({ headers }: Received) => headers.authorization === 'Basic %%%';
const toLogin = ({ headers }: Received) => Buffer.from(String(headers.authorization).slice(6), 'base64').toString();
const isWrong = (received: Received) => toLogin(received) === `${USERNAME}:${PASSWORD}-wrong`;
const isAnother = (received: Received) => toLogin(received) === `not-${USERNAME}:${PASSWORD}`;
/** Accepts some requests that the conforming engine answers with 401. */
const letIn = (path: (received: Received) => boolean, who: (received: Received) => boolean): Patch => ({
  reply: (reply, received) =>
    reply.status === 401 && path(received) && who(received) ? { ...reply, status: 200, body: '{}' } : reply,
});

const LOGGING: JudgeOptions = { only: ['logging'] };
const isPredictions = ({ path }: Received) => path === PREDICTIONS;
const isFeedback = ({ path }: Received) => path === FEEDBACK;

export const BREACHES: Readonly<Record<CheckId, Breach>> = {
  'discovery-answers': {
    intercept: (received, response) => {
      if (isDiscovery(received)) response.destroy();
      return isDiscovery(received);
    },
  },
  'discovery-status': changeReply(isDiscovery, (reply) => ({
    ...reply,
    status: 302,
    headers: { Location: 'http://192.0.2.1/' },
  })),
  'discovery-json': changeReply(isDiscovery, (reply) => ({ ...reply, body: '{"count": NaN, "resources": []}' })),
  'discovery-content-type': changeReply(isDiscovery, (reply) => ({
    ...reply,
    headers: { ...reply.headers, 'Content-Type': 'text/html' },
  })),
  'discovery-time': { ...isSlow, options: { limits: { required: 60, recommended: 30 } } },
  'discovery-speed': { ...isSlow, options: { limits: { required: 60_000, recommended: 60 } } },
  'discovery-resources': { list: ({ resources, count }) => ({ deployments: resources, count }) },
  'discovery-count': { list: ({ resources }) => ({ count: 2, resources }) },
  'discovery-stable': {
    reply: (reply, received) =>
      isDiscovery(received) && received.number > 0
        ? { ...reply, body: String(reply.body).replaceAll('"loan"', '"loan-2"') }
        : reply,
  },
  'keys-gateway': publish(({ entity }) => delete entity.asset.name),
  'keys-direct-client': publish(({ metadata }) => delete metadata.created_at),
  'keys-sdk-v2': {
    ...publish(({ entity }) => delete entity.asset_properties),
    // Without properties nothing is published, which is only recommended; the user gives the rows.
    options: {
      skip: ['published-properties'],
      rows: toGivenRows(
        ['age', 'income', 'city'],
        [
          [30, 2.5, 'a'],
          [50, 1.5, 'b'],
        ],
      ),
    },
  },
  'keys-superset': publish(({ entity }) => delete entity.scoring_url),
  'published-properties': publishProperties((all) => delete all.categorical_fields),
  'ids-unique': { list: ({ resources }) => ({ count: 2, resources: [...resources, ...resources] }) },
  'ids-asset': publish(({ entity }) => (entity.asset.asset_id = 'another')),
  dates: publish(({ metadata }) => (metadata.modified_at = '31/01/2026')),
  'dates-utc': publish(({ metadata }) => (metadata.modified_at = '2026-01-31T12:00:00.000000')),
  words: publishProperties((all) => (all.input_data_type = 'tabular')),
  'urls-absolute': publish(({ metadata }) => (metadata.url = '/v1/deployments/loan')),
  'urls-agree': publish(({ entity }) => (entity.scoring_endpoint.url = `${entity.scoring_url}/`)),
  'urls-distinct': {
    list: ({ resources: [one] }) => {
      const two = structuredClone(one);
      two.metadata.guid = two.entity.asset.guid = two.entity.asset.asset_id = 'lean';
      return { count: 2, resources: [one, two] };
    },
    options: { skip: ['urls-path'] },
  },
  'urls-not-local': {
    ...publish(({ metadata }) => (metadata.url = 'http://localhost:5000/v1/deployments/loan')),
    options: { ...elsewhere, skip: ['auth-plain-http'] },
  },
  'urls-same-host': publish(({ entity }) => {
    entity.scoring_url = 'https://models.example.com/v1/deployments/loan/online';
    entity.scoring_endpoint.url = entity.scoring_url;
  }),
  'urls-scheme': {
    // Both URLs, on the port that speaks HTTP.
    ...publish(({ entity }) => {
      entity.scoring_url = entity.scoring_url.replace('http:', 'https:');
      entity.scoring_endpoint.url = entity.scoring_url;
    }),
  },
  'urls-path': {
    ...publish(({ entity }) => {
      entity.scoring_url = entity.scoring_url.replace('/v1/deployments/loan/online', '/score/loan');
      entity.scoring_endpoint.url = entity.scoring_url;
    }),
    scoringPath: '/score/loan',
  },
  'schemas-spark': publishProperties((all) => (all.training_data_schema.type = 'object')),
  'schemas-no-other': publishProperties((all) =>
    all.training_data_schema.fields.push({ name: 'x', type: 'other', nullable: true }),
  ),
  'schemas-roles': publishProperties((all) => (all.input_data_schema.fields[0].metadata.modeling_role = 'input')),
  'column-names': publishProperties((all) =>
    all.training_data_schema.fields.push({ name: 'a=b', type: 'string', nullable: true }),
  ),
  'feature-count': publishProperties((all) => {
    const more = Array.from({ length: 1010 }, (_, index) => ({
      name: `f${index}`,
      type: 'double',
      nullable: true,
      metadata: {},
    }));
    for (const key of ['input_data_schema', 'training_data_schema']) all[key].fields.push(...more);
    all.feature_fields.push(...more.map(({ name }) => name));
  }),
  'fields-features': publishProperties((all) => all.training_data_schema.fields.shift()),
  'fields-categorical': publishProperties((all) => (all.categorical_fields = ['town', 'city'])),
  'fields-label': publishProperties((all) => all.training_data_schema.fields.pop()),
  'fields-prediction': publishProperties((all) => {
    all.output_data_schema.fields = all.output_data_schema.fields.filter(({ name }: Loose) => name !== 'prediction');
  }),
  'fields-probability': publishProperties((all) => (all.output_data_schema.fields.at(-1).type = 'double')),
  'published-labels': publishProperties((all) => (all.labels = [true, false])),

  'scoring-answers': {
    intercept: (received, response) => {
      if (isFirstScore(received)) response.destroy();
      return isFirstScore(received);
    },
  },
  'scoring-status': answerWith(hasRows, 500, rejection),
  'scoring-json': answerWith(hasRows, 200, ['a list']),
  'scoring-content-type': changeReply(
    (received) => isScoring(received),
    (reply) => ({
      ...reply,
      headers: { ...reply.headers, ...(reply.status === 200 && { 'Content-Type': 'text/plain' }) },
    }),
  ),
  'scoring-shape': answerWithEnvelopes(),
  'row-count': { answer: ({ fields, values, labels }) => ({ fields, values: values.slice(1), labels }) },
  'row-width': {
    answer: ({ fields, values, labels }) => ({ fields, values: values.map((row: unknown[]) => row.slice(1)), labels }),
  },
  'no-error-word': { answer: (answer) => ({ ...answer, error: null }) },
  'prediction-column': {
    ...publishProperties((all) => {
      all.prediction_field = 'verdict';
      all.output_data_schema.fields.at(-2).name = 'verdict';
    }),
  },
  'prediction-boolean': changeResults((prediction, probability) => [prediction === 'bad', probability]),
  'prediction-type': {
    ...publishProperties((all) => {
      all.labels = [0, 1];
      all.training_data_schema.fields.at(-1).type = 'integer';
    }),
    answer: ({ fields, values }, table) => ({
      fields,
      values: values.map((row: unknown[]) => {
        const at = table.fields.length;
        return [...row.slice(0, at), row[at] === 'bad' ? '1' : '0', row[at + 1]];
      }),
      labels: [0, 1],
    }),
  },
  'prediction-label': changeResults((prediction, probability) => [`${prediction} loan`, probability]),
  'regression-finite': { task: 'regression', ...changeResults((prediction) => [String(prediction)]) },
  'labels-well-formed': { answer: (answer) => ({ ...answer, labels: [['good'], ['bad']] }) },
  'labels-agree': {
    ...publishProperties((all) => (all.labels = ['bad', 'good'])),
  },
  'labels-given': {
    ...publishProperties((all) => delete all.labels),
    answer: ({ fields, values }) => ({ fields, values }),
    options: { skip: ['published-properties'] },
  },
  'probability-given': {
    answer: ({ fields, values, labels }) => ({
      fields: fields.slice(0, -1),
      values: values.map((row: unknown[]) => row.slice(0, -1)),
      labels,
    }),
  },
  'probability-vector': changeResults((prediction, probability) => [prediction, Math.max(...probability)]),
  'probability-length': changeResults((prediction, probability) => [prediction, [...probability, 0]]),
  'probability-range': changeResults((prediction, [a, b]) => [prediction, a > b ? [2, -1] : [-1, 2]]),
  'probability-sum': changeResults((prediction, probability) => [
    prediction,
    probability.map((entry: number) => entry * 0.99),
  ]),
  'labels-order': {
    ...publishProperties((all) => (all.labels = ['bad', 'good'])),
    answer: (answer) => ({ ...answer, labels: ['bad', 'good'] }),
  },
  'echo-true': {
    answer: ({ fields, values, ...rest }) => {
      const age = fields.indexOf('age');
      return {
        fields,
        values: values.map((row: Loose[]) => row.map((cell, at) => (at === age ? cell / 100 : cell))),
        ...rest,
      };
    },
  },
  echo: {
    answer: ({ fields, values, ...rest }) => ({
      fields: fields.slice(-2),
      values: values.map((row: unknown[]) => row.slice(-2)),
      ...rest,
    }),
  },
  'output-schema': publishProperties((all) => {
    all.output_data_schema.fields.push({ name: 'score', type: 'double', nullable: true, metadata: {} });
  }),
  'transaction-id': changeReply(isScoring, ({ headers: { 'X-Global-Transaction-Id': _, ...headers }, ...reply }) => ({
    ...reply,
    headers,
  })),
  'row-order': {
    answer: ({ fields, values, ...rest }, table) => {
      // Sorted by the prediction, as after a careless join; the echoed columns stay in place.
      const at = table.fields.length;
      const sorted = [...values].sort((a: Loose, b: Loose) => a[at + 1][0] - b[at + 1][0]);
      const isBatch = values.length === 40 && table.fields[0] === 'age' && table.values[0]?.[0] !== 0;
      return {
        fields,
        values: isBatch
          ? values.map((row: Loose, index: number) => [...row.slice(0, at), ...sorted[index].slice(at)])
          : values,
        ...rest,
      };
    },
  },
  'columns-by-name': misread((table) =>
    Array.isArray(table.fields) && table.fields[0] === 'city' && table.values.length > 0
      ? { ...table, values: table.values.map(([city, income, age]) => [city, age, income]) }
      : table,
  ),
  'extra-columns': answerWith((body) => body?.fields?.length > 3, 400, rejection),
  'meta-harmless': answerWith((body) => body?.meta !== undefined, 400, rejection),
  'headers-harmless': answerWith((_, { headers }) => headers['x-conformance-check'] !== undefined, 400, rejection),
  'row-alone': changeReply((received) => isScoring(received) && toBody(received)?.values?.length === 1, reScore),
  repeatable: changeReply((received) => isScoring(received) && received.before === 1, reScore),
  fractions: answerWith((body) => body?.values?.some?.((row: Loose) => row[0] % 1 === 0.25) ?? false, 400, rejection),
  'empty-table': answerWith((body) => body?.values?.length === 0, 400, rejection),
  envelope: answerWith((body) => body?.input_data !== undefined, 400, rejection),
  'envelope-several': {
    reply: (reply, received) => {
      if (!isScoring(received) || toBody(received)?.input_data?.length !== 2 || reply.status !== 200) return reply;
      return {
        ...reply,
        body: JSON.stringify({ predictions: JSON.parse(String(reply.body)).predictions.slice(0, 1) }),
      };
    },
  },

  'load-many-rows': {
    ...answerWith((body) => body?.values?.length > 1000, 413, rejection),
    options: { only: ['load'] },
  },
  'load-explanation': {
    ...answerWith((body, { number }) => body?.values?.length === 1 && number > 150, 503, rejection),
    options: { only: ['load'] },
  },
  'load-concurrent': { ...mixUp(), options: { only: ['load-many-rows', 'load-concurrent'] } },

  'error-malformed-json': changeReply(
    (received) =>
      isScoring(received) && toBody(received) === undefined && received.headers['content-type'] === 'application/json',
    (reply) => ({ ...reply, status: 500 }),
  ),
  'error-no-table': answerWith((body) => JSON.stringify(body) === '{}', 200, {}),
  'error-missing-feature': misread((table) =>
    Array.isArray(table.fields) && !table.fields.includes('age')
      ? { fields: [...table.fields, 'age'], values: table.values.map((row) => [...row, 0]) }
      : table,
  ),
  'error-wrong-type': answerWith((body) => hasCell(body, 'not a number'), 500, rejection),
  'error-ragged-row': misread((table) =>
    Array.isArray(table.values) && table.fields.length === 3
      ? { ...table, values: table.values.map((row) => (row.length < 3 ? [...row, 'a'] : row)) }
      : table,
  ),
  'error-unknown-deployment': changeReply(
    ({ path }) => path.includes('no-such'),
    (reply) => ({ ...reply, status: 200 }),
  ),
  'error-wrong-method': changeReply(
    ({ method, path }) => method === 'GET' && path.endsWith('/online'),
    (reply) => ({ ...reply, status: 200 }),
  ),
  'error-other-media-type': changeReply(
    ({ headers }) => headers['content-type'] === 'text/csv',
    (reply) => ({ ...reply, status: 500 }),
  ),
  'error-json-as-text': changeReply(
    ({ headers }) => headers['content-type'] === 'text/plain',
    (reply) => ({ ...reply, status: 200 }),
  ),
  'error-null-cell': answerWith((body) => hasCell(body, null), 500, rejection),
  'error-unknown-category': answerWith((body) => hasCell(body, 'never seen before'), 500, rejection),
  'errors-json': changeReply(
    ({ path }) => path.includes('no-such'),
    (reply) => ({
      ...reply,
      headers: { 'Content-Type': 'text/html' },
      body: '<!doctype html><title>404 Not Found</title>',
    }),
  ),
  'errors-container': changeReply(isScoring, (reply) =>
    reply.status < 400 ? reply : { ...reply, body: '{"message": "No."}' },
  ),
  'errors-no-stack-trace': changeReply(isScoring, (reply) => {
    if (reply.status !== 400) return reply;
    const error = {
      code: 'refused',
      message: 'Traceback (most recent call last):\n  File "app.py", line 12, in score',
    };
    return { ...reply, body: JSON.stringify({ trace: 'zoo', errors: [error] }) };
  }),
  'errors-recovery': changeReply((received) => isScoring(received) && received.before === 2, reScore),

  'errors-connection': loseThread(),

  'auth-discovery-none': letIn(isDiscovery, withoutCredentials),
  'auth-discovery-wrong': letIn(isDiscovery, isWrong),
  'auth-discovery-user': letIn(isDiscovery, isAnother),
  'auth-discovery-malformed': letIn(isDiscovery, isMalformed),
  'auth-scoring-none': letIn(isScoringPath, withoutCredentials),
  'auth-scoring-wrong': letIn(isScoringPath, isWrong),
  'auth-scoring-user': letIn(isScoringPath, isAnother),
  'auth-scoring-malformed': letIn(isScoringPath, isMalformed),
  'auth-challenge': {
    reply: ({ headers: { 'WWW-Authenticate': _, ...headers }, ...reply }) => ({ ...reply, headers }),
  },
  'auth-open': { open: true, options: { anonymous: true } },
  'auth-plain-http': { options: elsewhere },
  'predictions-same': {
    ...changeReply(isPredictions, (reply) => ({ ...reply, body: String(reply.body).replace(/0\.\d+/, '0.5') })),
    options: LOGGING,
  },
  'predictions-id': {
    ...changeReply(
      (received) => isPredictions(received) && received.headers['x-scoring-id'] === undefined,
      (reply) => ({ ...reply, headers: { ...reply.headers, 'X-Scoring-Id': 'always the same' } }),
    ),
    options: LOGGING,
  },
  'predictions-own-id': {
    ...changeReply(isPredictions, (reply, { number }) => ({
      ...reply,
      headers: { ...reply.headers, 'X-Scoring-Id': `my-${number}` },
    })),
    options: LOGGING,
  },
  'predictions-meta': {
    ...changeReply(
      (received) => isPredictions(received) && received.body.includes('meta'),
      (reply) => ({ ...reply, status: 400, body: JSON.stringify(rejection) }),
    ),
    options: LOGGING,
  },
  'feedback-accepted': {
    ...changeReply(isFeedback, (reply) => ({ ...reply, status: 400, body: JSON.stringify(rejection) })),
    options: LOGGING,
  },
  'feedback-rejected': {
    ...changeReply(isFeedback, (reply) => ({ ...reply, status: 200, body: '{}' })),
    options: LOGGING,
  },
};

/** The response with other probabilities, or unchanged if it has none. */
function reScore(reply: Outgoing): Outgoing {
  if (reply.status !== 200) return reply;
  const answer = JSON.parse(String(reply.body));
  const values = answer.values.map((row: Loose[]) => [
    ...row.slice(0, -1),
    row.at(-1).map((entry: number) => entry * 0.9 + 0.05),
  ]);
  return { ...reply, body: JSON.stringify({ ...answer, values }) };
}

/** After rejecting a body, parses the rest of it as the next request on the connection. */
function loseThread(): Patch {
  const lost = new WeakSet<object>();
  return {
    intercept: ({ path }, { socket }) => {
      if (socket && path.includes('no-such')) lost.add(socket);
      else if (socket && lost.has(socket)) socket.end('<!DOCTYPE HTML>Bad request syntax');
      return socket?.writableEnded;
    },
  };
}

/** Stores the last answer in one place for all calls, like a global variable. */
function mixUp(): Patch {
  let last: Outgoing;
  return replaceSlowly(
    (received) => isScoring(received) && toBody(received)?.values?.length === 51,
    async (reply) => {
      last = reply;
      // Turns of the event loop, which the checks share, and not time: those that are sent at once have come by then.
      for (let turn = 0; turn < 200; turn++) await setImmediate();
      return last;
    },
  );
}

function replaceSlowly(which: (received: Received) => boolean, change: (reply: Outgoing) => Promise<Outgoing>): Patch {
  return { reply: (reply, received) => (which(received) ? change(reply) : reply) };
}
