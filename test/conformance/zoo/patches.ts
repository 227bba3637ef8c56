/** Common changes to the engine of the zoo. */
import type { Loose, Outgoing, Patch, Received } from './engine.ts';

/** Changes the published resource in place. */
export function publish(change: (resource: Loose) => void): Patch {
  return {
    resource: (resource) => {
      change(resource);
      return resource;
    },
  };
}

/** Changes the published asset_properties in place. */
export function publishProperties(change: (properties: Loose) => void): Patch {
  return publish(({ entity }) => change(entity.asset_properties));
}

/** Adds a field to the published schema of the training data. */
export function publishField(field: unknown): Patch {
  return publishProperties((all) => all.training_data_schema.fields.push(field));
}

/** Changes the result columns of each row of an answer, and the labels. */
export function changeResults(
  change: (prediction: Loose, probability: Loose, row: number) => unknown[],
  labels?: unknown,
): Patch {
  return {
    answer: ({ fields, values, ...rest }, table) => {
      const width = table.fields.length;
      const changed = values.map((row: Loose[], index: number) => [
        ...row.slice(0, width),
        ...change(row[width], row[width + 1], index),
      ]);
      return { fields, values: changed, ...rest, ...(labels !== undefined && { labels }) };
    },
  };
}

/** Changes the rows of an answer. */
export function changeRows(change: (row: Loose[], index: number, fields: readonly string[]) => unknown): Patch {
  return {
    answer: ({ fields, values, ...rest }) => ({
      fields,
      values: values.map((row: Loose[], index: number) => change(row, index, fields)),
      ...rest,
    }),
  };
}

/** Changes the response to some requests. */
export function changeReply(
  which: (received: Received, reply: Outgoing) => boolean,
  change: (reply: Outgoing, received: Received) => Outgoing,
): Patch {
  return { reply: (reply, received) => (which(received, reply) ? change(reply, received) : reply) };
}

/** Whether a request is one for discovery. */
export function isDiscovery({ path }: Received): boolean {
  return path === '/v1/deployments';
}

/** Replaces the body of discovery. */
export function replaceDiscovery(body: string): Patch {
  return changeReply(
    (received, { status }) => isDiscovery(received) && status === 200,
    (reply) => ({ ...reply, body }),
  );
}

/** Changes the body of answers to scoring calls. */
export function changeScoringBody(change: (body: string) => string): Patch {
  return changeReply(
    ({ path }, { status }) => path.endsWith('/online') && status === 200,
    (reply) => ({ ...reply, body: change(String(reply.body)) }),
  );
}

/** Replaces the body of responses with status 400. */
export function replaceRejection(body: object): Patch {
  return changeReply(
    (_, { status }) => status === 400,
    (reply) => ({ ...reply, body: JSON.stringify(body) }),
  );
}

/** Rejects tables that are not in an envelope. */
export function takeEnvelopesOnly(rejection: Partial<Outgoing> = { status: 400 }): Patch {
  return {
    reply: (reply, { path, body }) => {
      const isTable = path.endsWith('/online') && body.includes('"fields"') && !body.includes('"input_data"');
      return isTable && reply.status === 200
        ? { ...reply, body: '{"detail":"input_data is missing"}', ...rejection }
        : reply;
    },
  };
}

/** Answers every table with an envelope. */
export function answerWithEnvelopes(): Patch {
  return changeReply(
    ({ path, body }, { status }) => path.endsWith('/online') && status === 200 && !body.includes('"input_data"'),
    (reply) => ({ ...reply, body: `{"predictions":[${String(reply.body)}]}` }),
  );
}

/** Answers discovery with something else. */
export function withoutDiscovery(answer: Partial<Outgoing>): Patch {
  return changeReply(isDiscovery, (reply) => ({ ...reply, status: 404, body: '{"detail":"Not Found"}', ...answer }));
}

/** Each call shifts the probabilities a little further, like dropout and sampling. */
export function drawScores(): Patch {
  let calls = 0;
  return changeResults((prediction, [good, bad], row) => {
    if (row === 0) calls += 1;
    const shift = (calls % 97) * 1e-4 * Math.min(good, bad);
    const signed = good > bad ? shift : -shift;
    return [prediction, [Number(good) + signed, Number(bad) - signed]];
  });
}

/** Probabilities of three classes, rounded to some decimals. */
export function roundTo(decimals: number, round: (value: number) => number): Patch {
  const unit = 10 ** decimals;
  const toRounded = (entry: number) => round(entry * unit) / unit;
  return {
    task: 'multiclass',
    ...changeResults((prediction, probability) => [prediction, probability.map(toRounded)]),
  };
}

const THIRTY = Array.from({ length: 30 }, (_, index) => `class ${index}`);

/** Thirty classes, with probabilities rounded to some decimals, that add up to one unit of the last decimal less than 1. */
export function roundThirtyTo(decimals: number): Patch {
  const unit = 10 ** decimals;
  return {
    ...publishProperties((all) => {
      all.problem_type = 'multiclass';
      all.labels = THIRTY;
    }),
    ...changeResults((_, [good]) => {
      const powers = THIRTY.map((__, index) => Math.exp(good * Math.sin(index * 7)));
      const sum = powers.reduce((a, b) => a + b, 0);
      const units = powers.map((power) => Math.round((power / sum) * unit));
      const top = units.indexOf(Math.max(...units));
      units[top] = (units[top] as number) + unit - 1 - units.reduce((a, b) => a + b, 0);
      return [THIRTY[units.indexOf(Math.max(...units))], units.map((count) => count / unit)];
    }, THIRTY),
  };
}

/** A regression whose predictions depend on the other rows of the call. */
export function scaleByBatch(): Patch {
  return {
    task: 'regression',
    answer: ({ fields, values }) => {
      const minimum = Math.min(...values.map((row: Loose[]) => row.at(-1)));
      return { fields, values: values.map((row: Loose[]) => [...row.slice(0, -1), row.at(-1) - minimum]) };
    },
  };
}
