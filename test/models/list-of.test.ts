import { expect } from 'chai';
import { z } from 'zod';
import { deploymentFileSchema } from '../../models/deployment-file.ts';
import { encodingSchema } from '../../models/encoding.ts';
import { toScores } from '../../models/kinds/module/to-scores.ts';
import { listOf, recordOf } from '../../models/list-of.ts';
import { parseProviderSettings } from '../../openscale/metrics-providers/build-provider.ts';
import { writtenStatisticsSchema } from '../../openscale/written-statistics.ts';
import { remoteSettingsSchema } from '../../remote/remote-settings.ts';
import { toTrainingReport } from '../../server/console/training-report.ts';
import { parseKeyFile } from '../../server/access/key-file.ts';
import { toProblems } from '../../errors/to-problems.ts';
import { toJson } from '../support/deployment.ts';

/** More than fit on the stack as arguments of one call. */
const MANY = 300_000;

describe('a list of a schema', () => {
  const list = listOf(z.object({ name: z.string(), at: z.int() }), 1);
  const paths = (value: unknown) => list.safeParse(value).error?.issues.map(({ path }) => path.join('.'));

  it('has the items as the schema returns them', () => {
    expect(list.parse([{ name: 'a', at: 1, more: true }])).to.deep.equal([{ name: 'a', at: 1 }]);
  });

  it('has at least as many items as it must', () => {
    expect(paths([])).to.deep.equal(['']);
    expect(paths({})).to.deep.equal(['']);
    expect(listOf(z.string()).parse([])).to.deep.equal([]);
  });

  it('has at most as many items as it may, and no other problem if there are more', () => {
    const few = listOf(z.string(), 0, 2);
    expect(few.parse(['a', 'b'])).to.deep.equal(['a', 'b']);
    expect(few.safeParse([1, 2, 3]).error?.issues.map(({ code }) => code)).to.deep.equal(['too_big']);
  });

  it('names the places of all problems, if they are few', () => {
    expect(paths([{ name: 'a', at: 1 }, { at: 'wallaby' }, 'wallaby'])).to.deep.equal(['1.name', '1.at', '2']);
  });

  it('names the place in a long list', () => {
    const names = Array.from({ length: 2500 }, (_, at) => (at === 2100 ? 7 : 'a'));
    expect(
      listOf(z.string())
        .safeParse(names)
        .error?.issues.map(({ path }) => path),
    ).to.deep.equal([[2100]]);
    expect(listOf(listOf(z.string())).safeParse([[], names]).error?.issues[0]?.path).to.deep.equal([1, 2100]);
    expect(listOf(z.int()).parse([...names.keys()])).to.deep.equal([...names.keys()]);
  });

  it('names ten of many, also in a list of lists', () => {
    const bad = Array.from({ length: MANY }, () => null);
    expect(paths(bad)).to.have.length(10);
    expect(listOf(listOf(z.string())).safeParse([bad, bad]).error?.issues).to.have.length(10);
  });
});

describe('a record of a schema', () => {
  const record = recordOf(z.string().max(3), z.int());
  const paths = (value: unknown) => record.safeParse(value).error?.issues.map(({ path }) => path.join('.'));

  it('has the values as the schema returns them, and every key', () => {
    const long = Object.fromEntries(Array.from({ length: 2500 }, (_, at) => [at.toString(36), at]));
    expect(record.parse(long)).to.deep.equal(long);
    expect(recordOf(z.string(), z.string().optional().catch('b')).parse({ a: 1 })).to.deep.equal({ a: 'b' });
  });

  it('names the places of its problems, ten of many', () => {
    expect(paths({ abc: 1, abcd: 2, b: 'wallaby' })).to.deep.equal(['abcd', 'b']);
    expect(paths([])).to.deep.equal(['']);
    const bad = Object.fromEntries(Array.from({ length: MANY }, (_, at) => [at, null]));
    expect(z.object({ bad: record }).safeParse({ bad }).error?.issues).to.have.length(10);
  });
});

describe('what comes from outside with 300,000 wrong values', () => {
  const bad = Array.from({ length: MANY }, () => null);
  const texts = bad.map(() => 'wallaby');
  const record = Object.fromEntries(bad.entries());
  const list = (schema: z.ZodType, value: unknown) =>
    toProblems(schema.safeParse(value).error ?? new z.ZodError([]), '');
  const ofDeployment = (keys: object) => list(deploymentFileSchema, toJson(keys));

  for (const [what, first, listProblems] of [
    ['the columns of a deployment', '.columns: expected at most 1012 items', () => ofDeployment({ columns: bad })],
    [
      'categories of the wrong type',
      '.columns[0].categories: expected a value of type double',
      () => ofDeployment({ columns: [{ name: 'x', type: 'double', categories: texts }] }),
    ],
    [
      'columns that cannot be left out of records',
      '.payload_log.redact[0]: expected a column that is neither the label nor a result',
      () => ofDeployment({ payload_log: { redact: texts }, label: { name: 'wallaby', type: 'double' } }),
    ],
    ['an encoding', '[0]: expected object', () => list(encodingSchema, bad)],
    [
      'training statistics',
      '.outcomes.labels[0]: expected string or number or tuple',
      () =>
        list(writtenStatisticsSchema, { common_configuration: {}, outcomes: { rows: 1, labels: bad, features: [] } }),
    ],
    [
      'the names of probabilities on another server',
      '.output.probability: expected string',
      () => list(remoteSettingsSchema, { url: 'http://127.0.0.1', output: { probability: bad } }),
    ],
    [
      'the labels of another server',
      '.output.labels.0: expected string or number',
      () => list(remoteSettingsSchema, { url: 'http://127.0.0.1', output: { labels: record } }),
    ],
    [
      'the settings of a metrics provider',
      '.tags[0]: expected object',
      () => {
        const parsed = parseProviderSettings({ type: 'module', file: 'a.js', metrics: [{ name: 'a' }], tags: bad }, '');
        return 'problems' in parsed ? parsed.problems : [];
      },
    ],
  ] as const) {
    it(`names the first places in ${what}`, () => {
      const problems = listProblems();
      expect(problems[0]).to.equal(first);
      expect(problems).to.have.length.at.most(10);
    });
  }

  it('is an invalid file of keys', () => {
    expect(() => parseKeyFile(JSON.stringify({ keys: bad }))).to.throw(/^keys: expected at most 1000 items$/);
  });

  it('is the wrong answer of a module, as one value is', () => {
    for (const probabilities of [bad, [bad], [[0.5, null]], [[0.5, NaN]], new Array(1), [new Array(2)]]) {
      expect(() => toScores({ probabilities }, ['a', 'b'])).to.throw(/^the module returned neither/);
    }
    expect(() => toScores({ predictions: bad }, undefined)).to.throw(/^the module returned neither/);
  });

  it('is left out of a training report', () => {
    const metrics = { accuracy: 0.5, confusion: [bad, bad], largest_confusions: bad, precision: bad };
    expect(toTrainingReport({ kind: 'a', importances: bad, metrics }, 2)).to.deep.include({
      kind: 'a',
      importances: [],
      classes: [],
      figures: [{ key: 'accuracy', name: 'Accuracy', value: 0.5 }],
    });
  });
});
