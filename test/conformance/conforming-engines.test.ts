/** Engines unlike ours that conform, or have few faults: no check fails wrongly. */
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { respond, type Loose, type Patch } from './zoo/engine.ts';
import { toGivenRows } from './zoo/given-rows.ts';
import { judgePatched, listIds, type JudgeOptions } from './zoo/judge.ts';
import { changeResults, publish, roundThirtyTo, roundTo } from './zoo/patches.ts';
import { SHAPES, withoutSchemas } from './zoo/shapes.ts';

const FIELDS = ['age', 'income', 'city', 'outcome'];
const VALUES = Array.from({ length: 20 }, (_, row) => [
  20 + row * 3,
  row / 2,
  ['Rome', 'Oslo', 'Bonn'][row % 3],
  'good',
]);
const ROWS = toGivenRows(FIELDS, VALUES);

const failures = async (patch: Patch, options: JudgeOptions = {}) => {
  const report = await judgePatched(patch, { skip: ['load-explanation'], ...options });
  return { report, failed: listIds(report, 'failed') };
};

describe('the public shapes of discovery', () => {
  const EXPECTED = {
    A: ['keys-superset', 'published-properties'],
    B: ['keys-superset', 'published-properties'],
    "B'": ['keys-superset'],
    '0': ['keys-gateway', 'keys-sdk-v2', 'keys-superset', 'published-properties'],
  } as const satisfies Record<keyof typeof SHAPES, readonly string[]>;
  for (const [shape, expected] of Object.entries(EXPECTED) as [keyof typeof SHAPES, readonly string[]][]) {
    it(`${shape}: only ${expected.join(', ')}`, async () => {
      const { report, failed } = await failures(SHAPES[shape], { rows: ROWS });
      expect(failed).to.deep.equal(expected);
      expect(report.conclusion).to.equal(shape === '0' ? 'does-not-conform' : 'conforms');
    });
  }

  it('are undecided without rows if they publish no schema', async () => {
    const { report, failed } = await failures(SHAPES.A);
    expect(failed).to.deep.equal(EXPECTED.A);
    expect(report.conclusion).to.equal('undecided');
    expect(listIds(report, 'not-run')).to.include.members([
      'scoring-status',
      'labels-order',
      'load-many-rows',
      'error-missing-feature',
    ]);
    const [finding] = report.results.find(({ id }) => id === 'scoring-status')?.findings ?? [];
    expect(finding).to.deep.equal({
      verdict: 'not-run',
      reason: 'no schema is published to generate rows from; pass rows with --rows',
      deployment: 'loan',
    });
  });
});

/** Changes the body of responses. */
const resend = (change: (body: Loose) => Loose): Patch => ({
  reply: (reply) => ({ ...reply, body: JSON.stringify(change(JSON.parse(String(reply.body)))) }),
});
const reverseKeys = (value: Loose): Loose => {
  if (Array.isArray(value)) return value.map(reverseKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reverseKeys(item)]),
  );
};
const status = (which: (reply: { status: number; path: string; method: string }) => boolean, to: number): Patch => ({
  reply: (reply, { path, method }) =>
    which({ status: reply.status, path, method }) ? { ...reply, status: to } : reply,
});
/** Labels and predictions as integers. */
const WITH_NUMBERS: Patch = {
  resource: (resource) => {
    const all = resource.entity.asset_properties;
    all.labels = [0, 1];
    all.training_data_schema.fields.at(-1).type = 'integer';
    all.output_data_schema.fields.at(-2).type = 'integer';
    return resource;
  },
  answer: ({ fields, values, labels }) => ({
    fields,
    values: values.map((row: Loose[]) => [...row.slice(0, -2), labels.indexOf(row.at(-2)), row.at(-1)]),
    labels: [0, 1],
  }),
};

const CONFORMING: Readonly<Record<string, Patch>> = {
  'keys in another order': resend(reverseKeys),
  'unknown keys': resend((body) => ({ ...body, version: 3, links: { self: '/' } })),
  'a charset in the Content-Type': {
    reply: (reply) => ({ ...reply, headers: { ...reply.headers, 'Content-Type': 'application/JSON; charset=UTF-8' } }),
  },
  'gzip-compressed responses': {
    reply: (reply) => ({
      ...reply,
      headers: { ...reply.headers, 'Content-Encoding': 'gzip' },
      body: gzipSync(reply.body),
    }),
  },
  'chunked responses': {
    reply: (reply) => ({ ...reply, headers: { ...reply.headers, 'Transfer-Encoding': 'chunked' } }),
  },
  'HTTP/1.0 responses, which end with the connection': {
    intercept: (received, response) => {
      const { socket } = response;
      const { status, headers, body } = respond(received, {});
      const lines = Object.entries(headers).map(([name, value]) => `${name.toLowerCase()}: ${value}\r\n`);
      socket?.end(`HTTP/1.0 ${status} x\r\n${lines.join('')}\r\n${String(body)}`);
      return true;
    },
  },
  'header names in capitals': {
    reply: (reply) => ({
      ...reply,
      headers: Object.fromEntries(Object.entries(reply.headers).map(([name, value]) => [name.toUpperCase(), value])),
    }),
  },
  'spaces and new lines in JSON': {
    reply: (reply) => ({ ...reply, body: `\n${JSON.stringify(JSON.parse(String(reply.body)), null, 4)}\n` }),
  },
  'characters written as escapes': {
    reply: (reply) => ({ ...reply, body: String(reply.body).replaceAll('o', '\\u006f') }),
  },
  '422 for what is invalid': status((reply) => reply.status === 400, 422),
  '400 for an unknown deployment': status((reply) => reply.status === 404, 400),
  '404 for a wrong method': status((reply) => reply.status === 405, 404),
  '501 for a wrong method': status((reply) => reply.status === 405, 501),
  'labels that are integers': WITH_NUMBERS,
  'probabilities that are integers': {
    answer: ({ fields, values, labels }) => ({
      fields,
      values: values.map((row: Loose[]) => [
        ...row.slice(0, -1),
        labels.map((label: string) => (label === row.at(-2) ? 1 : 0)),
      ]),
      labels,
    }),
  },
  'probabilities rounded to four decimals': roundTo(4, Math.round),
  'probabilities truncated to four decimals': roundTo(4, Math.floor),
  'probabilities that add up to 0.9999': changeResults((prediction, [good, bad]) => [
    prediction,
    good > bad ? [good - 1e-4, bad] : [good, bad - 1e-4],
  ]),
  'probabilities of thirty classes, rounded to four decimals': roundThirtyTo(4),
  'probabilities of four decimals of which the last one depends on the batch': {
    answer: ({ fields, values, labels }) => ({
      fields,
      values: values.map((row: Loose[]) => {
        const good = Math.round(row.at(-1)[0] * 1e4) / 1e4 + (values.length === 1 && row.at(-1)[0] < 0.9 ? 1e-4 : 0);
        return [...row.slice(0, -1), [good, Math.round((1 - good) * 1e4) / 1e4]];
      }),
      labels,
    }),
  },
  'scores of single precision': {
    answer: ({ fields, values, labels }) => ({
      fields,
      values: values.map((row: Loose[], index: number) => [
        ...row.slice(0, -1),
        row.at(-1).map((p: number, at: number) => p + (at === 0 ? 1 : -1) * (index % 3) * 1e-7),
      ]),
      labels,
    }),
  },
  'an index of the class beside the label': {
    resource: (resource) => {
      const { fields } = resource.entity.asset_properties.output_data_schema;
      fields.push({ name: 'index', type: 'integer', nullable: false, metadata: {} });
      return resource;
    },
    answer: ({ fields, values, labels }) => ({
      fields: [...fields, 'index'],
      values: values.map((row: Loose[]) => [...row, labels.indexOf(row.at(-2))]),
      labels,
    }),
  },
  'a decoded label beside the prediction of a pipeline': {
    resource: (resource) => {
      const all = resource.entity.asset_properties;
      all.prediction_field = 'predictedLabel';
      all.output_data_schema.fields.at(-2).type = 'double';
      all.output_data_schema.fields.push({
        name: 'predictedLabel',
        type: 'string',
        nullable: true,
        metadata: { modeling_role: 'decoded-target' },
      });
      return resource;
    },
    answer: ({ fields, values, labels }) => ({
      fields: [...fields, 'predictedLabel'],
      values: values.map((row: Loose[]) => [...row.slice(0, -2), labels.indexOf(row.at(-2)), row.at(-1), row.at(-2)]),
      labels,
    }),
  },
  'properties that are null': {
    resource: (resource) => {
      for (const key of ['predicted_target_field', 'example', 'transaction_id_field'])
        resource.entity.asset_properties[key] = null;
      return resource;
    },
  },
  'a list without deployments': { list: () => ({ count: 0, resources: [] }) },
};

describe('an engine unlike ours that conforms', () => {
  for (const [what, patch] of Object.entries(CONFORMING)) {
    it(`may have ${what}`, async () => {
      expect((await failures(patch)).failed).to.deep.equal([]);
    });
  }

  it('fails recommended checks only if it has no probabilities', async () => {
    const { failed, report } = await failures({
      resource: (resource) => {
        const all = resource.entity.asset_properties;
        delete all.prediction_probability_field;
        delete all.probability_fields;
        all.output_data_schema.fields.pop();
        return resource;
      },
      answer: ({ fields, values, labels }) => ({
        fields: fields.slice(0, -1),
        values: values.map((row: Loose[]) => row.slice(0, -1)),
        labels,
      }),
    });
    expect(failed).to.deep.equal(['published-properties', 'probability-given']);
    expect(report.conclusion).to.equal('conforms');
  });

  it('fails a recommended check only if the asset has an id of its own', async () => {
    const { failed, report } = await failures(
      publish(({ entity }) => (entity.asset.guid = entity.asset.asset_id = 'm')),
    );
    expect([failed, report.conclusion]).to.deep.equal([['ids-asset'], 'conforms']);
  });

  it('may write null for each key of the other shape', async () => {
    const { failed } = await failures({
      resource: (resource) => {
        const { metadata, entity } = resource;
        entity.scoring_url = entity.asset.guid = entity.asset.url = metadata.modified_at = entity.type = null;
        return resource;
      },
    });
    expect(failed).to.deep.equal(['keys-superset']);
  });

  it('is scored with forty rows, from a file or generated', async () => {
    const sent: number[] = [];
    const values = Array.from({ length: 45 }, (_, row) => [20 + row, 2, 'Rome']);
    const rounding: Patch = {
      read: (table) => {
        sent.push(table.values.length);
        return table;
      },
      answer: ({ fields, values: rows, labels }) => ({
        fields,
        values: rows.map((row: Loose[]) => (row[0] === 58 ? [...row.slice(0, -1), [0.33, 0.66]] : row)),
        labels,
      }),
    };
    const options: JudgeOptions = { only: ['probability-sum'] };
    const rows = toGivenRows(['age', 'income', 'city'], values);
    expect((await failures(rounding, { ...options, rows })).failed).to.deep.equal(['probability-sum']);
    await failures(rounding, options);
    expect(sent).to.deep.equal([40, 40]);
  });

  it('may be scored with one row, which leaves checks undecided that need two', async () => {
    const { failed, report } = await failures({}, { rows: toGivenRows(FIELDS, VALUES.slice(0, 1)) });
    expect(failed).to.deep.equal([]);
    expect(listIds(report, 'not-run')).to.deep.equal(['row-order', 'row-alone']);
    expect(report.conclusion).to.equal('undecided');
  });

  it('is undecided under load if --max-rows limits the load', async () => {
    const { failed, report } = await failures({}, { maxRows: 50, skip: [] });
    expect(failed).to.deep.equal([]);
    expect(listIds(report, 'not-run')).to.deep.equal(['load-many-rows', 'load-explanation']);
    expect(JSON.stringify(report))
      .to.match(/--max-rows does not allow 5000; 50 rows in /)
      .and.match(/does not allow 51; 201 calls/);
  });

  it('may close a connection after rejecting a request', async () => {
    const closing = new WeakSet<object>();
    const { failed } = await failures({
      intercept: ({ path }, { socket }) => {
        if (socket && path.includes('no-such')) closing.add(socket);
        else if (socket && closing.has(socket)) socket.destroy();
        return socket?.destroyed;
      },
    });
    expect(failed).to.deep.equal([]);
  });

  it('may return result columns only, and be scored with rows that have extra columns', async () => {
    const { failed, report } = await failures(
      {
        answer: ({ fields, values, labels }) => ({
          fields: fields.slice(-2),
          values: values.map((row: Loose[]) => row.slice(-2)),
          labels,
        }),
      },
      { rows: ROWS },
    );
    expect(failed).to.deep.equal(['echo']);
    expect(report.deployments[0]?.rows).to.equal('from --rows');
  });

  it('may reject generated categories, and is then undecided without --rows', async () => {
    const strict: Patch = {
      read: (table) => {
        if (
          Array.isArray(table.values) &&
          table.values.some((row) => !row.every((cell) => cell === 'Rome' || typeof cell !== 'string'))
        )
          return { fields: [], values: [[]] };
        return table;
      },
    };
    const { failed, report } = await failures(strict);
    expect(failed).to.deep.equal([]);
    expect(report.conclusion).to.equal('undecided');
    expect(JSON.stringify(report)).to.match(
      /rejected rows generated from its schema; pass real ones with --rows \(400/,
    );

    const values = VALUES.map((row) => row.map((cell, at) => (at === 2 ? 'Rome' : cell)));
    const second = await failures(strict, { rows: toGivenRows(FIELDS, values) });
    // The label column that the check adds contains a string, too.
    expect(second.failed).to.deep.equal(['extra-columns']);
  });

  it('is scored with the categories and ranges that it publishes, or with its own example', async () => {
    const sent: Loose[] = [];
    const listen: Patch['read'] = (table) => {
      sent.push(table);
      return table;
    };
    await failures({
      read: listen,
      resource: (resource) => {
        const [age, , city] = resource.entity.asset_properties.input_data_schema.fields;
        age.metadata.range = [18, 75];
        city.metadata.categories = ['Rome', 'Oslo'];
        return resource;
      },
    });
    expect(new Set(sent[0].values.map(([age]: Loose[]) => age >= 18 && age <= 75))).to.deep.equal(new Set([true]));
    expect(new Set(sent[0].values.map((row: Loose[]) => row[2]))).to.deep.equal(new Set(['Rome', 'Oslo']));

    sent.length = 0;
    const example = { fields: ['age', 'income', 'city'], values: [[44, 1.5, 'Bonn']] };
    const { report, failed } = await failures({
      read: listen,
      resource: (resource) => {
        resource.entity.asset_properties.example = example;
        return withoutSchemas(resource);
      },
    });
    expect(sent[0]).to.deep.equal(example);
    expect([report.deployments[0]?.rows, failed]).to.deep.equal([
      'from the example that discovery publishes',
      ['published-properties'],
    ]);
  });
});

describe('an engine of many deployments', () => {
  const many = (count: number): Patch => ({
    list: ({ resources: [one] }) => ({
      count,
      resources: Array.from({ length: count }, (_, index) => {
        const { metadata, entity } = structuredClone(one);
        metadata.guid = entity.asset.guid = entity.asset.asset_id = `loan-${index}`;
        return { metadata, entity };
      }),
    }),
  });
  const judgeMany = (count: number, options: JudgeOptions = {}) =>
    judgePatched(many(count), { only: ['ids-unique', 'ids-asset', 'scoring-status'], ...options });

  it('is checked up to a limit of 100 scored and 1000 published deployments', async () => {
    expect((await judgeMany(100)).conclusion).to.equal('conforms');
    const report = await judgeMany(1001);
    expect(report.deployments).to.have.length(100);
    expect(listIds(report, 'not-run')).to.deep.equal(['ids-asset', 'scoring-status']);
    for (const [id, what] of [
      ['ids-asset', 'only the first 1000 of 1001 deployments were judged'],
      ['scoring-status', 'only the first 100 of 1001 deployments were scored'],
    ])
      expect(JSON.stringify(report.results.find((result) => result.id === id)?.findings.at(-1))).to.contain(what);
  });

  it('is scored at the requested deployments', async () => {
    const report = await judgeMany(150, { deployments: ['loan-149', 'loan-3'] });
    expect(report.deployments.map(({ id }) => id)).to.deep.equal(['loan-3', 'loan-149']);
    expect(report.conclusion).to.equal('conforms');
  });
});

describe('an engine of IBM’s documentation', () => {
  it('is scored with the example of the documentation if it publishes no schema', async () => {
    const { report, failed } = await failures(
      {
        resource: (resource) => {
          const bare = withoutSchemas(resource);
          delete bare.entity.asset_properties.feature_fields;
          delete bare.entity.asset_properties.categorical_fields;
          return bare;
        },
        read: (table) =>
          ['name', 'position'].every((name) => (table.fields as unknown as string[] | undefined)?.includes(name))
            ? {
                fields: [...table.fields, 'income', 'city'],
                values: table.values.map((row) => (row.length === table.fields.length ? [...row, 2, 'a'] : row)),
              }
            : { fields: [], values: [[]] },
        answer: ({ fields, values, labels }) => ({
          fields: fields.filter((name: string) => name !== 'income' && name !== 'city'),
          values: values.map((row: Loose[]) => [...row.slice(0, -4), ...row.slice(-2)]),
          labels,
        }),
      },
      { skip: ['load-explanation', 'published-properties'] },
    );
    expect(failed).to.deep.equal([]);
    expect([report.deployments[0]?.rows, report.conclusion]).to.deep.equal([
      'from the example of IBM’s documentation',
      'conforms',
    ]);
  });
});

describe('labels in the wrong order', () => {
  const reverse: Patch = {
    resource: (resource) => {
      resource.entity.asset_properties.labels.reverse();
      return resource;
    },
    answer: (answer) => ({ ...answer, labels: ['bad', 'good'] }),
  };
  it('are reported as reversed, as in IBM’s reference engine', async () => {
    const { report } = await failures(reverse);
    const [finding] = report.results.find(({ id }) => id === 'labels-order')?.findings ?? [];
    expect(finding?.verdict === 'failed' && finding.note).to.equal(
      'The labels are reversed: in the opposite order, every row is right.',
    );
  });

  it('are found without labels if a prediction has two different highest entries', async () => {
    const { failed } = await failures(
      {
        resource: (resource) => {
          delete resource.entity.asset_properties.labels;
          return resource;
        },
        answer: ({ fields, values }) => ({
          fields,
          values: values.map((row: Loose[], index: number) => [
            ...row.slice(0, -1),
            index % 2 ? row.at(-1) : [...row.at(-1)].reverse(),
          ]),
        }),
      },
      { only: ['labels-order'] },
    );
    expect(failed).to.deep.equal(['labels-order']);
  });
});
