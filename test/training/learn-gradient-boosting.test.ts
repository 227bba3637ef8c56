import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadDeployment } from '../../catalogue/load-deployment.ts';
import { CommandError } from '../../errors/command-error.ts';
import { score } from '../../models/score-table.ts';
import type { Hyperparameters } from '../../training/hyperparameters.ts';
import type { ClassMetrics, RegressionMetrics } from '../../training/metrics.ts';
import { train } from '../../training/train.ts';
import type { TrainingOptions } from '../../training/training-options.ts';
import { catchError } from '../support/deployment.ts';
import { buildUniform, toCsv, toCustomers, toOptions, withFolder } from '../support/training.ts';

const isHigh = (risk: number) => (risk > 0.8 ? 'high' : 'low');

/** Boosts on the text of a CSV file with the label `risk`. */
function withBoosted<Result>(
  csv: string,
  hyperparameters: Hyperparameters,
  run: (trained: Awaited<ReturnType<typeof train>>) => Result | Promise<Result>,
  keys: Partial<TrainingOptions> = {},
): Promise<Result> {
  return withFolder(async (folder) => {
    await writeFile(join(folder, 'customers.csv'), csv);
    return run(await train(toOptions(folder, { kind: 'gradient-boosting', hyperparameters, ...keys })));
  });
}

const readRecord = async (folder: string) =>
  (JSON.parse(await readFile(join(folder, 'deployment.json'), 'utf8')) as { training: { hyperparameters: object } })
    .training;

describe('gradient boosting', () => {
  it('finds the number of trees, and records it with the other hyperparameters', () =>
    withBoosted(toCustomers(800, isHigh), { leaves: 8 }, async ({ folder }) => {
      const { hyperparameters } = await readRecord(folder);
      expect(hyperparameters).to.include({ leaves: 8, minLeaf: 5, learningRate: 0.05, objective: 'binary' });
      const { trees } = hyperparameters as { trees: number };
      expect(trees).to.be.within(5, 900);
      expect((await readFile(join(folder, 'model.txt'), 'utf8')).match(/^Tree=/gm)).to.have.length(trees);
    }));

  it('learns all trees that it is told to from too few rows to find the number', () =>
    withBoosted(toCustomers(60, isHigh), { trees: 7, minLeaf: 5 }, async ({ folder }) => {
      expect((await readRecord(folder)).hyperparameters).to.include({ trees: 7 });
    }));

  it('learns a column of many categories as one number per category, and knows what an unknown one is', async () => {
    const next = buildUniform(9);
    const effects = Array.from({ length: 150 }, () => 10 * next());
    const rows = Array.from({ length: 3600 }, (_, row) => [
      next(),
      `brand ${row % 150}`,
      (effects[row % 150] as number) + next(),
    ]);
    const csv = toCsv(['x', 'brand', 'risk'], rows);
    await withBoosted(csv, { trees: 60, learningRate: 0.2 }, async ({ folder, evaluation }) => {
      // The standard deviation of the effects is 2.9, that of the noise 0.3.
      expect((evaluation.metrics as RegressionMetrics).rmse).to.be.below(0.6);
      const { settings } = await loadDeployment(folder, { allowModules: false }).then(({ file }) => file);
      const { encoding } = settings as { encoding: { column: string; codes?: number[]; unknown?: number }[] };
      expect(encoding.map(({ column, codes }) => [column, codes?.length])).to.deep.equal([
        ['x', undefined],
        ['brand', 150],
      ]);
      expect(Math.abs(encoding[1]?.unknown ?? NaN)).to.be.below(1);
    });
  });

  it('finds more of a rare class with balanced weights', async () => {
    const next = buildUniform(5);
    const rows = Array.from({ length: 3000 }, () => {
      const x = next();
      return [x, next(), next() < 0.12 * x * x ? 'yes' : 'no'];
    });
    const csv = toCsv(['x', 'y', 'risk'], rows);
    const toRecall = ({ confusion }: ClassMetrics) => {
      const [no = 0, yes = 0] = confusion[1] ?? [];
      return yes / (no + yes);
    };
    const [plain, balanced] = await Promise.all(
      (['none', 'balanced'] as const).map((classWeights) =>
        withBoosted(csv, { classWeights }, ({ evaluation }) => toRecall(evaluation.metrics as ClassMetrics)),
      ),
    );
    expect(plain).to.be.below(0.1);
    expect(balanced).to.be.above(0.5);
  });

  it('predicts counts that are never negative with the Poisson objective', () => {
    const next = buildUniform(6);
    const rows = Array.from({ length: 1500 }, () => {
      const x = next();
      return [x, Math.floor(-Math.log(next()) * 6 * x ** 4)];
    });
    const hyperparameters = { objective: 'poisson' } as const;
    const keys = { choices: { label: 'risk', problemType: 'regression' } } as const;
    return withBoosted(
      toCsv(['x', 'risk'], rows),
      hyperparameters,
      async ({ folder }) => {
        const deployment = await loadDeployment(folder, { allowModules: false });
        const scores = await score(deployment, { fields: ['x'], values: rows.map(([x = 0]) => [x]) });
        const predictions = Array.from(scores.predictions);
        expect(Math.min(...predictions)).to.be.within(0, 0.2);
        expect(Math.max(...predictions)).to.be.above(3);
        expect(await readFile(join(folder, 'model.txt'), 'utf8')).to.include('\nobjective=poisson\n');
      },
      keys,
    );
  });

  for (const [hyperparameters, toLabel, message] of [
    [
      { classWeights: 'balanced' },
      (risk: number) => 100 * risk,
      /^--class-weights balanced .* leave the option out\.$/,
    ],
    [{ objective: 'poisson' }, isHigh, /^--objective poisson is for counts, .* --problem-type regression\.$/],
    [
      { objective: 'poisson' },
      (risk: number) => 100 * risk - 50,
      /^--objective poisson needs a label of 0 and above, /,
    ],
  ] as const) {
    it(`rejects ${JSON.stringify(hyperparameters)} for another kind of label: ${message.source.slice(1, 40)}`, async () => {
      const trained = () => withBoosted(toCustomers(100, toLabel), hyperparameters, () => undefined);
      expect((await catchError(CommandError, trained)).message).to.match(message);
    });
  }
});
