/** A deployment that learned from dates takes them as they are in the file. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadDeployment } from '../../catalogue/load-deployment.ts';
import { EngineError } from '../../errors/engine-error.ts';
import type { DeploymentFile } from '../../models/deployment-file.ts';
import { score } from '../../models/score-table.ts';
import type { LearnedKind } from '../../training/hyperparameters.ts';
import { train } from '../../training/train.ts';
import { catchError } from '../support/deployment.ts';
import { toCsv, toOptions, withFolder } from '../support/training.ts';

const toDate = (day: number) => {
  const date = new Date(Date.UTC(2024, 0, 1 + day));
  return `${date.getUTCDate()}/${date.getUTCMonth() + 1}/${date.getUTCFullYear()}`;
};

/** Sales that are high on weekends, or that grow from day to day; every tenth date is missing. */
const toSales = (kind: LearnedKind, hasGaps: boolean) =>
  toCsv(
    ['day', 'shop', 'risk'],
    Array.from({ length: 500 }, (_, row) => {
      const day = (row * 37) % 500;
      const isWeekend = [0, 6].includes(new Date(Date.UTC(2024, 0, 1 + day)).getUTCDay());
      const label = kind === 'linear-regression' ? 10 + day / 4 : isWeekend ? 'high' : 'low';
      return [hasGaps && day % 10 === 9 ? 'n.a.' : toDate(day), ['A', 'B'][day % 2], label];
    }),
  );

const withTrained = (kind: LearnedKind, hasGaps: boolean, run: (folder: string) => Promise<void>) =>
  withFolder(async (folder) => {
    await writeFile(join(folder, 'customers.csv'), toSales(kind, hasGaps));
    const hyperparameters = kind === 'random-forest' ? { trees: 20, maxDepth: 8, maxFeatures: 3 } : {};
    const { folder: made } = await train(
      toOptions(folder, { kind, hyperparameters, choices: { label: 'risk', dates: true } }),
    );
    await run(made);
  });

const readDeployment = async (folder: string) =>
  JSON.parse(await readFile(join(folder, 'deployment.json'), 'utf8')) as DeploymentFile;

describe('a deployment that learned from dates', () => {
  it('takes a column of text, and encodes its parts', () =>
    withTrained('random-forest', true, async (folder) => {
      const { columns, settings } = await readDeployment(folder);
      expect(columns[0]).to.deep.equal({ name: 'day', type: 'string', nullable: true });
      expect((settings as { encoding: object[] }).encoding.slice(0, 4)).to.deep.equal([
        { column: 'day', date: 'year' },
        { column: 'day', date: 'month' },
        { column: 'day', date: 'weekday' },
        { column: 'day', date: 'days', since: '2024-01-01' },
      ]);
    }));

  it('scores dates that it has not seen, in other spellings, and a missing one', () =>
    withTrained('random-forest', true, async (folder) => {
      const deployment = await loadDeployment(folder, { allowModules: false });
      const { classes } = deployment.file.label;
      // A Saturday, a Monday, a Sunday.
      const days = ['2025-06-14', ' 16 Jun 2025 ', '15/06/2025', null];
      const { predictions } = await score(deployment, {
        fields: ['day', 'shop'],
        values: days.map((day) => [day, 'A']),
      });
      expect(Array.from(predictions, (index) => classes?.[index]).slice(0, 3)).to.deep.equal(['high', 'low', 'high']);
    }));

  it('treats text that is not a date as missing, or rejects it if unknown categories are rejected', () =>
    withTrained('random-forest', true, async (folder) => {
      const deployment = await loadDeployment(folder, { allowModules: false });
      const scoreDay = (day: unknown, { file, model } = deployment) =>
        score(
          { file, model },
          {
            fields: ['shop', 'day'],
            values: [
              ['A', '2025-06-14'],
              ['A', day],
            ],
          },
          'input_data[0].',
        );
      const [unknown, missing] = [await scoreDay('soon'), await scoreDay(null)];
      expect(Array.from(unknown.probabilities ?? [])).to.deep.equal(Array.from(missing.probabilities ?? []));

      const text = await readFile(join(folder, 'deployment.json'), 'utf8');
      await writeFile(join(folder, 'deployment.json'), text.replace('"accept"', '"refuse"'));
      const strict = await loadDeployment(folder, { allowModules: false });
      const { code, message } = await catchError(EngineError, () => scoreDay('soon', strict));
      expect(code).to.equal('invalid_value');
      expect(message).to.equal('input_data[0].values[1][1]: column "day": expected a date, such as 2026-11-23.');
    }));

  for (const kind of ['linear-regression', 'logistic-regression'] as const) {
    it(`is served as a ${kind}, where the median date stands in for a missing one`, () =>
      withTrained(kind, true, async (folder) => {
        const deployment = await loadDeployment(folder, { allowModules: false });
        const { columns } = deployment.file;
        const [date, month] = String(columns[0]?.impute).split('/').map(Number);
        // The 250th day is 6 September 2024.
        expect(100 * Number(month) + Number(date)).to.be.within(816, 926);
        const scoreDay = async (day: unknown) => {
          const { predictions } = await score(deployment, { fields: ['day', 'shop'], values: [[day, 'A']] });
          return predictions[0] as number;
        };
        expect(await scoreDay(null)).to.equal(await scoreDay(columns[0]?.impute));
        if (kind === 'linear-regression') expect(await scoreDay(toDate(600))).to.be.closeTo(160, 3);
      }));
  }

  it('reads dates in the order in which it learned them', () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'customers.csv'), toSales('random-forest', false));
      const text = await readFile(join(folder, 'customers.csv'), 'utf8');
      await writeFile(join(folder, 'customers.csv'), text.replace(/^(\d+)\/(\d+)\//gm, '$2/$1/'));
      const { folder: made } = await train(toOptions(folder, { choices: { label: 'risk', dates: true } }));
      const { settings } = await readDeployment(made);
      expect((settings as { encoding: object[] }).encoding[0]).to.deep.equal({
        column: 'day',
        date: 'year',
        order: 'mdy',
      });
      const deployment = await loadDeployment(made, { allowModules: false });
      const scoreDay = async (day: string) => {
        const { probabilities } = await score(deployment, { fields: ['day', 'shop'], values: [[day, 'A']] });
        return Array.from(probabilities ?? []);
      };
      // In this order, 14/6 is no date.
      expect(await scoreDay('6/14/2025')).to.deep.equal(await scoreDay('2025-06-14'));
      expect(await scoreDay('14/6/2025')).to.deep.equal(await scoreDay('never'));
    }));
});
