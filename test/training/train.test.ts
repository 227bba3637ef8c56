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
import { toForestDefaults } from '../../training/forest/forest-defaults.ts';
import { LEARNED_KINDS, type LearnedKind } from '../../training/hyperparameters.ts';
import { toRequest } from '../../training/load-table.ts';
import { train } from '../../training/train.ts';
import type { TrainingOptions } from '../../training/training-options.ts';
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
  for (const kind of LEARNED_KINDS)
    it(`learns a ${kind} from numbers of up to 1e30, and rejects larger ones`, async () => {
      const isRegression = kind === 'linear-regression' || kind === 'gradient-boosting';
      const toCsvOf = (feature: number, label: number) => {
        const rows = Array.from({ length: 60 }, (_, row) => ((row * 37) % 60) / 60 - 0.5);
        const toTarget = (one: number) => (isRegression ? one * label : one > 0.1 ? 'yes' : 'no');
        return ['size,risk', ...rows.map((one) => `${2 * one * feature},${String(toTarget(2 * one))}`)].join('\n');
      };
      const keys: Partial<TrainingOptions> = { kind };
      await withTrained(toCsvOf(1e30, 1e30), keys, ({ evaluation }) => {
        // JSON has null for what is not finite.
        const { metrics } = JSON.parse(JSON.stringify(evaluation)) as { metrics: object };
        expect(Object.values(metrics)).to.have.length.above(2).and.not.include(null);
      });
      const findError = (csv: string) => catchError(CommandError, () => withTrained(csv, keys, () => undefined));
      const withOne = toCsvOf(1, 1).replace(/\n[^,]+,/, '\n-1.1e30,');
      expect((await findError(withOne)).message).to.match(/^Column size has numbers beyond 1e\+30, /);
      for (const large of [1.1e30, 1e39, 1e100, 1e200, 1.7e308]) {
        expect((await findError(toCsvOf(large, 1))).message).to.match(
          /^Column size has numbers beyond 1e\+30, .*--drop size/,
        );
        if (!isRegression) continue;
        expect((await findError(toCsvOf(1, large))).message).to.match(/^The label risk has numbers beyond 1e\+30, /);
      }
    });

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

  describe('that compares kinds', () => {
    const next = buildUniform(11);
    const points = Array.from({ length: 300 }, () => [next(), next(), next()] as const);
    const toTable = (toLabel: (a: number, b: number) => unknown) =>
      toCsv(
        ['a', 'b', 'noise', 'risk'],
        points.map(([a, b, noise]) => [a, b, noise, toLabel(a, b)]),
      );

    it('learns a straight line by a linear regression, and a corner by trees', async () => {
      const compare = (csv: string, keys: { folds?: number } = {}) =>
        withTrained(csv, { kind: 'auto', budget: 600, hyperparameters: { trees: 10 }, ...keys }, (result) => result);
      const line = await compare(toTable((a, b) => 3 * a - 2 * b));
      expect([line.kind, line.crossValidation?.chosen]).to.deep.equal(['linear-regression', 'linear-regression']);
      const corner = await compare(
        toTable((a, b) => (a > 0.5 && b > 0.5 ? 'in' : 'out')),
        { folds: 2 },
      );
      expect(corner.kind).to.be.oneOf(['random-forest', 'gradient-boosting']);
      expect(corner.crossValidation?.candidates.map(({ kind, folds }) => [kind, folds])).to.deep.equal([
        ['logistic-regression', 2],
        ['random-forest', 2],
        ['gradient-boosting', 2],
      ]);
      // Of few rows, there are more folds by default.
      expect(line.crossValidation?.folds).to.equal(10);
    }).timeout(120_000);

    it('serves a weighted mean of kinds where it is better than each, but for --no-blend', async () => {
      const csv = toTable((a, b) => 20 * a - 10 * b + (a > 0.5 && b > 0.5 ? 3 : 0));
      const options = { kind: 'auto', folds: 3, budget: 600, hyperparameters: { trees: 20 } } as const;
      await withTrained(csv, options, async ({ folder, kind, crossValidation, hyperparameters }) => {
        expect([kind, crossValidation?.chosen]).to.deep.equal(['blend', 'blend']);
        const [blend, ...singles] = [...(crossValidation?.candidates ?? [])].reverse();
        for (const { metrics } of singles)
          expect(blend?.metrics['rmse']?.mean).to.be.below(metrics['rmse']?.mean as number);
        const weights = Object.entries(blend?.weights ?? {});
        expect(weights.reduce((total, [, weight]) => total + weight, 0)).to.be.closeTo(1, 0.002);
        for (const [name, weight] of weights) expect(hyperparameters).to.include({ [`${name}.weight`]: weight });
        const { file } = await loadDeployment(folder, { allowModules: false });
        const { members } = file.settings as { members: { name: string }[] };
        expect(file.kind).to.equal('blend');
        expect(members.map(({ name }) => name)).to.deep.equal(weights.map(([name]) => name));
      });
      const { kind } = await withTrained(csv, { ...options, blend: false }, (result) => result);
      expect(kind).to.not.equal('blend');
    });

    it('gives each kind the hyperparameters that it has, and records the choice', () =>
      withTrained(
        toTable((a, b) => 3 * a - 2 * b),
        { kind: 'auto', folds: 2, hyperparameters: { trees: 3, maxFeatures: 2, learningRate: 0.3 } },
        async ({ folder, kind, crossValidation }) => {
          const { file } = await loadDeployment(folder, { allowModules: false });
          expect(file.kind).to.equal('linear-regression');
          expect(file.training).to.deep.include({
            kind,
            cross_validation: JSON.parse(JSON.stringify(crossValidation)) as unknown,
          });
          expect(await readdir(folder)).to.have.members(toParts('linear-regression'));
        },
      ));

    it('compares only kinds that can learn what is asked for', async () => {
      const csv = toTable((a, b) => Math.round(10 * a * b));
      await withTrained(
        csv,
        {
          kind: 'auto',
          choices: { label: 'risk', problemType: 'regression' },
          hyperparameters: { objective: 'poisson', trees: 20 },
        },
        (result) => {
          expect([result.kind, result.crossValidation]).to.deep.equal(['gradient-boosting', undefined]);
        },
      );
      await withTrained(
        toTable((a) => (a > 0.8 ? 'yes' : 'no')),
        { kind: 'auto', folds: 2, hyperparameters: { classWeights: 'balanced', trees: 5 } },
        ({ crossValidation }) => {
          expect(crossValidation?.metric).to.equal('balanced_accuracy');
          expect(crossValidation?.candidates.map(({ kind }) => kind)).to.deep.equal([
            'random-forest',
            'gradient-boosting',
          ]);
        },
      );
    });

    it('says why nothing can be learned', async () => {
      const error = await catchError(CommandError, () =>
        withTrained(
          toTable((a, b) => a - b),
          { kind: 'auto', hyperparameters: { classWeights: 'balanced' } },
          () => undefined,
        ),
      );
      expect(error.message).to.equal(
        '--class-weights balanced weighs classes, and the label is a number; leave the option out.',
      );
    });

    it('cross-validates one kind, if that is asked for', () =>
      withTrained(
        toTable((a, b) => 3 * a - 2 * b),
        { kind: 'linear-regression', folds: 4 },
        ({ crossValidation }) => {
          const [candidate] = crossValidation?.candidates ?? [];
          expect(candidate?.folds).to.equal(4);
          expect(candidate?.metrics['r2']?.mean).to.be.closeTo(1, 1e-6);
        },
      ));
  });

  it('serves a model of all rows, and reports the figures of one that has not seen those held out', async () => {
    const next = buildUniform(5);
    const rows = Array.from({ length: 100 }, () => {
      const x = next();
      return [x, 2 * x + 0.1 * next()];
    });
    const learn = (csv: string, keys: Partial<TrainingOptions>) =>
      withTrained(csv, { kind: 'linear-regression', ...keys }, async ({ folder, evaluation, isRefitted }) => {
        const model = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')) as { coefficients: [[number]] };
        expect((await readdir(folder)).sort()).to.deep.equal(toParts('linear-regression'));
        return { slope: model.coefficients[0][0], metrics: evaluation.metrics, isRefitted };
      });
    const csv = toCsv(['x', 'risk'], rows);
    const [evaluated, served] = [await learn(csv, { refit: false }), await learn(csv, { refit: true })];
    expect([evaluated.isRefitted, served.isRefitted]).to.deep.equal([false, true]);
    expect(served.metrics).to.deep.equal(evaluated.metrics);
    const mean = (at: number) => rows.reduce((sum, row) => sum + (row[at] as number) / 100, 0);
    const [x, y] = [mean(0), mean(1)];
    const covariance = rows.reduce((sum, row) => sum + ((row[0] as number) - x) * ((row[1] as number) - y), 0);
    const slope = covariance / rows.reduce((sum, row) => sum + ((row[0] as number) - x) ** 2, 0);
    expect(served.slope).to.be.closeTo(slope, 1e-6);
    expect(evaluated.slope).not.to.be.closeTo(slope, 1e-6);
  });

  describe('with groups or times', () => {
    const next = buildUniform(8);
    const rows = Array.from({ length: 200 }, (_, row) => {
      const a = next();
      const minute = String(row % 60).padStart(2, '0');
      return [
        a,
        `p${row % 23}`,
        `3/4/2026 ${8 + Math.floor(row / 60)}:${minute}`,
        a + 0.1 * next() > 0.5 ? 'high' : 'low',
      ];
    });
    const csv = toCsv(['a', 'patient', 'seen', 'risk'], rows);

    it('holds out whole groups, and does not learn from their column', () =>
      withTrained(
        csv,
        { choices: { label: 'risk', group: 'patient', drop: ['seen'] } },
        async ({ folder, split, plan, outOfBag }) => {
          const held = new Set(Array.from(split.test, (row) => rows[row]?.[1]));
          expect(Array.from(split.training, (row) => rows[row]?.[1]).some((patient) => held.has(patient))).to.equal(
            false,
          );
          expect(split.test.length).to.be.within(20, 40);
          const { file } = await loadDeployment(folder, { allowModules: false });
          expect(file.columns.map(({ name }) => name)).to.deep.equal(['a']);
          expect(plan.notices).to.include(
            'patient: decides which rows are held out, and is not learned from (--features can name it).',
          );
          expect(outOfBag).to.equal(undefined);
        },
      ));

    it('holds out the latest rows, by date and time of day', () =>
      withTrained(
        csv,
        { choices: { label: 'risk', time: 'seen', dateOrder: 'dmy', drop: ['patient'] } },
        ({ split }) => {
          expect([...split.test]).to.deep.equal(Array.from({ length: 40 }, (_, at) => 160 + at));
        },
      ));

    it('learns from the column where --features names it', () =>
      withTrained(csv, { choices: { label: 'risk', group: 'patient', features: ['a', 'patient'] } }, ({ plan }) => {
        expect(plan.features.map(({ name }) => name)).to.deep.equal(['a', 'patient']);
      }));

    const late = toCsv(
      ['a', 'year', 'city', 'flat', 'risk'],
      rows.map(([a], row) => [a, 2000 + Math.floor(row / 10), `c${row % 50}`, 1, row < 190 ? 'low' : 'high']),
    );
    const refuse = async (csvText: string, choices: Partial<TrainingOptions['choices']>, message: RegExp) => {
      const error = await catchError(CommandError, () =>
        withTrained(csvText, { choices: { label: 'risk', ...choices } }, () => undefined),
      );
      expect(error.message).to.match(message);
    };

    it('refuses columns by which rows cannot be held out', async () => {
      await refuse(
        late,
        { time: 'year' },
        /^--time: the latest 40 rows are held out, and only they have the class "high"\. Choose/,
      );
      await refuse(late, { time: 'city' }, /^--time: column "city" must have dates or numbers, not texts such as "c0"/);
      await refuse(late, { group: 'flat' }, /^--group: column "flat" has the same value in every row/);
      await refuse(late, { group: 'none' }, /^--group: there is no column "none"/);
      await refuse(late, { group: 'city', time: 'year' }, /^--group and --time cannot be combined/);
      await refuse(late, { time: 'risk' }, /^--time: the label cannot decide/);
      await refuse(csv, { time: 'seen', drop: ['patient'] }, /seen.*--date-order/s);
    });

    it('warns of rows without a time', () =>
      withTrained(late.replace(',2003,', ',,'), { choices: { label: 'risk', group: 'year' } }, ({ plan }) => {
        expect(plan.warnings).to.include('1 row without a "year" is treated as a group of its own.');
      }));
  });

  it('makes a forest find more of a rare class by weights, which calibration does not undo', async () => {
    const next = buildUniform(12);
    const rows = Array.from({ length: 1500 }, () => {
      const [a, b] = [next(), next()];
      return [a, b, next() < (a > 0.7 ? 0.3 : 0.02) ? 'yes' : 'no'];
    });
    const csv = toCsv(['a', 'b', 'risk'], rows);
    const toRecall = (classWeights: 'none' | 'balanced') =>
      withTrained(
        csv,
        { hyperparameters: { trees: 30, minLeaf: 20, classWeights } },
        async ({ folder, evaluation, hyperparameters }) => {
          const { file } = await loadDeployment(folder, { allowModules: false });
          expect(hyperparameters['classWeights']).to.equal(classWeights);
          if (classWeights === 'balanced') expect(file.settings).not.to.have.property('calibration');
          const [, [missed, found]] = (evaluation.metrics as ClassMetrics).confusion as [number[], [number, number]];
          return found / (missed + found);
        },
      );
    expect(await toRecall('none')).to.be.below(0.3);
    expect(await toRecall('balanced')).to.be.above(0.6);
  });

  for (const [name, toLabel] of [
    ['classes', toLevel],
    ['numbers', toNumber],
  ] as const) {
    it(`says how a forest of ${name} does on its out-of-bag rows`, () =>
      withTrained(
        toCustomers(1500, toLabel),
        { kind: 'random-forest', hyperparameters: { trees: 60 } },
        ({ outOfBag, evaluation }) => {
          const key = name === 'classes' ? 'accuracy' : 'r2';
          const held = (evaluation.metrics as unknown as Record<string, number>)[key] as number;
          expect(outOfBag?.[key]).to.be.closeTo(held, 0.05);
        },
      ));
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

  it('calibrates the probabilities of many classes, and says what they were before', async () => {
    const next = buildUniform(7);
    const centres = Array.from({ length: 10 }, () => Array.from({ length: 6 }, () => 3 * next()));
    const rows = Array.from({ length: 2000 }, (_, row) => [
      ...(centres[row % 10] as number[]).map((centre) => centre + 2 * next()),
      `class ${row % 10}`,
    ]);
    const csv = toCsv(['a', 'b', 'c', 'd', 'e', 'f', 'risk'], rows);
    const learn = (calibration: boolean) =>
      withTrained(csv, { hyperparameters: { trees: 50, bins: 255, calibration } }, async ({ folder, evaluation }) => ({
        ...evaluation,
        settings: (await loadDeployment(folder, { allowModules: false })).file.settings,
      }));
    const [calibrated, raw] = [await learn(true), await learn(false)];
    expect(raw.settings).not.to.have.property('calibration');
    expect(raw.uncalibrated).to.equal(undefined);
    expect(calibrated.settings).to.have.nested.property('calibration.temperature').that.is.below(1);
    const [before, after] = [raw.metrics as ClassMetrics, calibrated.metrics as ClassMetrics];
    expect(after.log_loss).to.be.below(0.9 * before.log_loss);
    expect(after.calibration_error).to.be.below(0.05);
    expect(before.calibration_error).to.be.above(0.08);
    expect(calibrated.uncalibrated?.log_loss).to.be.closeTo(before.log_loss, 1e-6);
    expect(calibrated.uncalibrated?.calibration_error).to.be.closeTo(before.calibration_error, 1e-6);
    expect(calibrated.scores.predictions).to.deep.equal(raw.scores.predictions);
    expect(after.accuracy).to.equal(before.accuracy);
  });

  it('ranks features as scikit-learn does, by permutation_importance with neg_log_loss', () => {
    const next = buildUniform(8);
    const rows = Array.from({ length: 6000 }, () => {
      const x = Array.from({ length: 10 }, () => Math.round(1e4 * next()) / 1e4);
      const margin = x.reduce((sum, value, index) => sum + 0.5 * (9 - index) * (value - 0.5), 0);
      return [...x, next() < 1 / (1 + Math.exp(-margin)) ? 'yes' : 'no'];
    });
    const csv = toCsv([...Array.from({ length: 10 }, (_, column) => `x${column}`), 'risk'], rows);
    // scikit-learn 1.5, a forest of 100 trees of depth 16, on a third of these rows that it did not learn from.
    const theirs = [0.16415, 0.12302, 0.08922, 0.0703, 0.03205, 0.02641, 0.01129, 0.00516, -0.00048, 0.00099];
    const keys = { testFraction: 0.33, hyperparameters: { trees: 60, bins: 255 } };
    return withTrained(csv, keys, ({ evaluation: { importances } }) => {
      const ranks = [...theirs.keys()].sort((a, b) => (theirs[b] as number) - (theirs[a] as number));
      const distances = importances.map(({ feature }, rank) => (rank - ranks.indexOf(Number(feature.slice(1)))) ** 2);
      // Spearman's rank correlation.
      const correlation = 1 - (6 * distances.reduce((sum, distance) => sum + distance, 0)) / (10 * 99);
      expect(correlation).to.be.at.least(0.95);
    });
  });

  it('goes deeper for more classes, and for a regression takes more features and larger leaves', () => {
    expect(toForestDefaults(2, 16)).to.deep.equal({ maxDepth: 16, minLeaf: 1, maxFeatures: 4 });
    expect(toForestDefaults(15, 16)).to.deep.equal({ maxDepth: 20, minLeaf: 1, maxFeatures: 4 });
    expect(toForestDefaults(1000, 1)).to.deep.equal({ maxDepth: 20, minLeaf: 1, maxFeatures: 1 });
    expect(toForestDefaults(0, 12)).to.deep.equal({ maxDepth: 20, minLeaf: 3, maxFeatures: 8 });
  });

  it('does not measure the importance of a column that no tree splits', () => {
    const next = buildUniform(9);
    const rows = Array.from({ length: 3000 }, () => [next(), `n${Math.floor(300 * next())}`, next() < 0.5 ? 'a' : 'b']);
    return withTrained(toCsv(['x', 'noise', 'risk'], rows), {}, ({ evaluation: { importances } }) => {
      expect(importances.find(({ feature }) => feature === 'noise')).to.deep.equal({
        feature: 'noise',
        mean: 0,
        std: 0,
      });
    });
  });

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
      expect((await readdir(join(folder, 'deployments'))).sort()).to.deep.equal(['.versions', 'customers']);
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
