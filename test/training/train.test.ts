import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadDeployment } from '../../catalogue/load-deployment.ts';
import { score } from '../../models/score-table.ts';
import {
  measureClasses,
  measureRegression,
  type ClassMetrics,
  type RegressionMetrics,
} from '../../training/metrics.ts';
import { LEARNED_KINDS, type LearnedKind } from '../../training/hyperparameters.ts';
import { toRequest } from '../../training/load-table.ts';
import { train, type TrainingOptions } from '../../training/train.ts';
import type { TrainingResult } from '../../training/training-result.ts';
import { CommandError } from '../../errors/command-error.ts';
import { catchError } from '../support/deployment.ts';
import { buildUniform, readText, toCsv, toCustomers, toOptions, withFolder } from '../support/training.ts';

const toParts = (kind: LearnedKind) => [
  'deployment.json',
  kind === 'gradient-boosting' ? 'model.txt' : 'model.json',
  'report.html',
  'training-statistics.json',
];
const isHigh = (risk: number) => (risk > 0.8 ? 'high' : 'low');
const toLevel = (risk: number) => ['a', 'b', 'c', 'd'][Math.floor(2 * risk)];
const toNumber = (risk: number) => 100 * risk;

/** Trains on the text of a CSV file in a temporary folder, and runs with the result. */
function withTrained<Result>(
  csv: string,
  keys: Partial<TrainingOptions>,
  run: (result: TrainingResult, folder: string) => Result | Promise<Result>,
): Promise<Result> {
  return withFolder(async (folder) => {
    await writeFile(join(folder, 'customers.csv'), csv);
    return run(await train(toOptions(folder, keys)), folder);
  });
}

const SUITABLE: [LearnedKind, string, (risk: number) => unknown][] = [
  ['random-forest', 'binary', isHigh],
  ['random-forest', 'multiclass', toLevel],
  ['random-forest', 'regression', toNumber],
  ['gradient-boosting', 'binary', isHigh],
  ['gradient-boosting', 'multiclass', toLevel],
  ['gradient-boosting', 'regression', toNumber],
  ['logistic-regression', 'binary', isHigh],
  ['logistic-regression', 'multiclass', toLevel],
  ['linear-regression', 'regression', toNumber],
];

describe('training', () => {
  for (const [kind, problemType, toLabel] of SUITABLE) {
    describe(`a ${kind}, ${problemType}`, () => {
      const csv = toCustomers(600, toLabel);

      it('writes a deployment that the engine loads', () =>
        withTrained(csv, { kind }, async ({ folder }) => {
          expect((await readdir(folder)).sort()).to.deep.equal(toParts(kind));
          const { file } = await loadDeployment(folder, { allowModules: false });
          const servedBy = kind === 'gradient-boosting' ? 'lightgbm' : kind;
          expect(file).to.deep.include({ id: 'customers', kind: servedBy, problem_type: problemType });
          expect(file.columns.map(({ name, type, nullable }) => [name, type, nullable])).to.deep.equal([
            ['age', 'integer', true],
            ['income', 'double', false],
            ['plan', 'string', false],
            ['member', 'boolean', false],
          ]);
        }));

      it('learns what the data contains', () =>
        withTrained(csv, { kind }, ({ evaluation: { metrics, baseline, importances } }) => {
          if ('r2' in metrics) {
            expect(metrics.r2).to.be.above(0.8);
            expect(metrics.rmse).to.be.below(0.5 * (baseline as RegressionMetrics).rmse);
          } else {
            expect(metrics.accuracy).to.be.above(0.8);
            expect(metrics.accuracy).to.be.above((baseline as ClassMetrics).accuracy + 0.15);
          }
          const names = importances.map(({ feature }) => feature);
          expect(names.slice(0, 2).sort()).to.deep.equal(['age', 'plan']);
        }));

      it('reports the metrics of the deployment as served', () =>
        withTrained(csv, { kind }, async ({ folder, evaluation, split, plan }) => {
          const { table } = await readText(csv, { label: 'risk' });
          const deployment = await loadDeployment(folder, { allowModules: false });
          const scores = await score(deployment, toRequest(table, split.test));
          const truth = Array.from(split.test, (row) => table.target[row] as number);
          const expected = plan.label.classes
            ? measureClasses(truth, scores, plan.label.classes.length)
            : measureRegression(truth, scores.predictions);
          expect(evaluation.metrics).to.deep.equal(expected);
          expect(deployment.file.training?.['metrics']).to.deep.equal(JSON.parse(JSON.stringify(expected)));
        }));
    });
  }

  for (const kind of ['random-forest', 'gradient-boosting'] as const) {
    it(`writes the same ${kind} with any number of threads, and another with another seed`, async () => {
      // So many rows that boosting shares them out.
      const csv = toCustomers(kind === 'gradient-boosting' ? 20_000 : 400, toLevel);
      const learn = (keys: Partial<TrainingOptions>) =>
        withTrained(csv, { kind, ...keys }, ({ folder }) => readFile(join(folder, toParts(kind)[1] as string), 'utf8'));
      const model = await learn({ threads: 1 });
      expect(await learn({ threads: 2 })).to.equal(model);
      expect(await learn({ seed: 2 })).not.to.equal(model);
    });
  }

  it('reports progress after each tree', async () => {
    const reported: number[] = [];
    await withTrained(toCustomers(100, isHigh), { onProgress: (trees) => reported.push(trees) }, () => undefined);
    expect(reported).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('records the command, the seed and the rows', () =>
    withTrained(toCustomers(100, isHigh), {}, async ({ folder }) => {
      const { training } = JSON.parse(await readFile(join(folder, 'deployment.json'), 'utf8')) as { training: object };
      expect(training).to.deep.include({
        command: 'custom-ml-engine train customers.csv',
        seed: 1,
        rows: { training: 80, test: 20 },
      });
    }));

  it('rejects an existing id, and leaves the deployment unchanged', () =>
    withTrained(toCustomers(100, isHigh), {}, async ({ folder: made }, folder) => {
      const before = await readFile(join(made, 'deployment.json'), 'utf8');
      const { message } = await catchError(CommandError, () => train(toOptions(folder)));
      expect(message).to.include('--force');
      expect(await readFile(join(made, 'deployment.json'), 'utf8')).to.equal(before);
    }));

  it('replaces a whole deployment with force', () =>
    withTrained(toCustomers(100, isHigh), {}, async ({ folder: made }, folder) => {
      await writeFile(join(made, 'notes.txt'), 'of the one before');
      await train(toOptions(folder, { force: true, kind: 'logistic-regression' }));
      expect((await readdir(made)).sort()).to.deep.equal(toParts('logistic-regression'));
      expect((await loadDeployment(made, { allowModules: false })).file.kind).to.equal('logistic-regression');
      expect(await readdir(join(folder, 'deployments'))).to.deep.equal(['customers']);
    }));

  it('creates a deployment with force if there is none', () =>
    withTrained(toCustomers(100, isHigh), { force: true }, async ({ folder }) => {
      expect((await readdir(folder)).sort()).to.deep.equal(toParts('random-forest'));
    }));

  for (const kind of ['random-forest', 'gradient-boosting', 'logistic-regression'] as const) {
    it(`of a ${kind} that is aborted leaves nothing behind and the old deployment unchanged`, () =>
      withTrained(toCustomers(100, isHigh), {}, async ({ folder: made }, folder) => {
        const before = await readFile(join(made, 'deployment.json'), 'utf8');
        const abort = new AbortController();
        const reason = new CommandError('enough');
        const hyperparameters = kind === 'logistic-regression' ? {} : { trees: 2000 };
        const options = toOptions(folder, { kind, hyperparameters, force: true, signal: abort.signal });
        const stop = () => abort.abort(reason);
        const running = train({ ...options, onProgress: stop, onPlan: () => kind !== 'logistic-regression' || stop() });
        expect(await catchError(CommandError, () => running)).to.equal(reason);
        expect(await readdir(join(folder, 'deployments'))).to.deep.equal(['customers']);
        expect(await readFile(join(made, 'deployment.json'), 'utf8')).to.equal(before);
      }));
  }

  it('rejects an unusable out folder before learning', () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'customers.csv'), toCustomers(100, isHigh));
      const onProgress = () => expect.fail('learned');
      // Nothing can be created in /proc.
      const places = [
        join(folder, 'customers.csv'),
        join(folder, 'customers.csv', 'deployments'),
        '/proc/no/deployments',
      ];
      for (const out of places) {
        const { message } = await catchError(CommandError, () => train(toOptions(folder, { out, onProgress })));
        expect(message).to.match(/^The deployments folder \/\S+ cannot be written to \(E\w+\)\.$/);
      }
    }));

  it('leaves nothing behind if the deployment cannot be moved into place', () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'customers.csv'), toCustomers(100, isHigh));
      const out = join(folder, 'deployments');
      // Somebody else creates a deployment with this id while this one is being trained.
      const onPlan = () => void mkdir(join(out, 'customers', 'other'), { recursive: true });
      const { message } = await catchError(CommandError, () => train(toOptions(folder, { onPlan })));
      expect(message).to.match(/^The deployment cannot be written to \/\S+\/customers \(E\w+\)\.$/);
      expect(await readdir(out)).to.deep.equal(['customers']);
      expect((await stat(join(out, 'customers', 'other'))).isDirectory()).to.equal(true);
    }));

  it('rejects a kind that cannot learn the problem', () =>
    withFolder(async (folder) => {
      for (const [kind, toLabel] of [
        ['linear-regression', isHigh],
        ['logistic-regression', toNumber],
      ] as const) {
        await writeFile(join(folder, 'customers.csv'), toCustomers(100, toLabel));
        const { message } = await catchError(CommandError, () => train(toOptions(folder, { kind })));
        expect(message).to.include(`--kind ${kind}`);
      }
    }));

  it('rejects a file with too few rows to hold any out', () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'customers.csv'), 'x,risk\n1,a\n2,b\n');
      const { message } = await catchError(CommandError, () => train(toOptions(folder)));
      expect(message).to.include('too few rows');
    }));

  for (const kind of LEARNED_KINDS) {
    it(`trains a ${kind} on a handful of rows with categories`, () => {
      const rows = [1, 2, 3, 4, 5, 6].map((x) => [
        x * x,
        'xyz'[x % 3],
        kind === 'linear-regression' ? x / 2 : 'ab'[x % 2],
      ]);
      return withTrained(toCsv(['x', 'y', 'risk'], rows), { kind }, ({ split }) => {
        expect(split.test.length).to.be.above(0);
      });
    });

    it(`trains a ${kind} on categories that are all rare`, () => {
      const next = buildUniform(1);
      const rows = Array.from({ length: 60 }, (_, row) => [
        `street ${row % 25}`,
        next(),
        kind === 'linear-regression' ? next() : 'ab'[row % 2],
      ]);
      return withTrained(toCsv(['street', 'x', 'risk'], rows), { kind }, async ({ folder }) => {
        const { file } = await loadDeployment(folder, { allowModules: false });
        expect(file.columns[0]?.categories).to.have.length(1);
      });
    });
  }

  it('keeps only the frequent ones of tens of thousands of categories', () => {
    const rows = Array.from({ length: 24_000 }, (_, row) => [
      row % 2 === 0 ? `rare ${row}` : `of ${row % 50}`,
      'ab'[(row >> 1) % 2],
    ]);
    const choices = { label: 'risk', categorical: ['place'] };
    return withTrained(toCsv(['place', 'risk'], rows), { choices }, async ({ folder, evaluation }) => {
      const { file } = await loadDeployment(folder, { allowModules: false });
      expect(file.columns[0]?.categories).to.have.length(25);
      expect((evaluation.metrics as ClassMetrics).accuracy).to.be.within(0.4, 0.6);
    });
  });
});
