import { expect } from 'chai';
import { CommandError } from '../../errors/command-error.ts';
import { crossValidate, describeWeights, type CrossValidationTask } from '../../training/cross-validate.ts';
import type { LearnedKind } from '../../training/hyperparameters.ts';
import type { Lesson } from '../../training/learned-model.ts';
import { catchError } from '../support/deployment.ts';

const KINDS: readonly LearnedKind[] = ['random-forest', 'gradient-boosting', 'linear-regression'];

/** Numbers from 0 to below the count. */
function toLesson(count: number): Lesson {
  const target = Float64Array.from({ length: count }, (_, row) => row);
  return {
    table: { rowCount: count, columns: [], target },
    rows: Int32Array.from(target.keys()),
    classCount: 0,
    seed: 1,
  };
}

/** Kinds that are wrong by so much, and take so many milliseconds for 1000 rows. */
function toTask(
  count: number,
  behaviours: Partial<Record<LearnedKind, { error: number; time?: number; failure?: string }>>,
  keys: Partial<CrossValidationTask> = {},
): { task: CrossValidationTask; fits: [kind: LearnedKind, rows: number][] } {
  const fits: [LearnedKind, number][] = [];
  let clock = 0;
  const task: CrossValidationTask = {
    lesson: toLesson(count),
    kinds: KINDS,
    folds: 5,
    criterion: { metric: 'rmse', isGain: false },
    blend: false,
    fit: (kind, lesson, test) => {
      const { error, time = 0, failure } = behaviours[kind] ?? { error: 9 };
      fits.push([kind, lesson.rows.length]);
      if (failure !== undefined) return Promise.reject(new CommandError(failure));
      clock += (time * lesson.rows.length) / 1000;
      return Promise.resolve({ predictions: Float64Array.from(test, (row) => row + error) });
    },
    now: () => clock,
    ...keys,
  };
  return { task, fits };
}

describe('cross-validation', () => {
  it('chooses the kind with the smallest error over all folds', async () => {
    const progress: [number, number][] = [];
    const { task, fits } = toTask(
      100,
      { 'random-forest': { error: 3 }, 'gradient-boosting': { error: 2 }, 'linear-regression': { error: 4 } },
      { onProgress: (done, total) => progress.push([done, total]) },
    );
    const { chosen, candidates, ...rest } = await crossValidate(task);
    expect(chosen).to.equal('gradient-boosting');
    expect(rest).to.deep.equal({ metric: 'rmse', folds: 5, rows: 100 });
    expect(candidates.map(({ kind, folds, metrics }) => [kind, folds, metrics['rmse']])).to.deep.equal([
      ['random-forest', 5, { mean: 3, std: 0 }],
      ['gradient-boosting', 5, { mean: 2, std: 0 }],
      ['linear-regression', 5, { mean: 4, std: 0 }],
    ]);
    expect(fits).to.have.length(15);
    expect(fits.every(([, rows]) => rows === 80)).to.equal(true);
    expect(progress).to.deep.equal(Array.from({ length: 15 }, (_, at) => [at + 1, 15]));
  });

  it('takes the kind with the most where more is better', async () => {
    const { task } = toTask(
      100,
      {},
      {
        lesson: {
          ...toLesson(100),
          classCount: 2,
          table: { ...toLesson(100).table, target: Float64Array.from({ length: 100 }, (_, row) => row % 2) },
        },
        criterion: { metric: 'balanced_accuracy', isGain: true },
        fit: (kind, _lesson, test) =>
          Promise.resolve({
            predictions: Float64Array.from(test, (row) => (kind === 'linear-regression' ? row % 2 : 0)),
            probabilities: Float64Array.from({ length: 2 * test.length }, () => 0.5),
          }),
      },
    );
    expect((await crossValidate(task)).chosen).to.equal('linear-regression');
  });

  it('measures the spread of the folds', async () => {
    const { task } = toTask(
      100,
      {},
      {
        kinds: ['linear-regression'],
        folds: 2,
        fit: (_kind, lesson, test) =>
          Promise.resolve({ predictions: Float64Array.from(test, (row) => row + (lesson.rows[0] === 0 ? 1 : 3)) }),
      },
    );
    const { candidates } = await crossValidate(task);
    expect(candidates[0]?.metrics['rmse']).to.deep.equal({ mean: 2, std: Math.SQRT2 });
  });

  describe('with a blend', () => {
    // Errors of opposite signs, which the mean does not have; of one kind they are larger.
    const fit: CrossValidationTask['fit'] = (kind, _lesson, test) => {
      const size = { 'random-forest': 1, 'gradient-boosting': -2 }[kind as string] ?? 50;
      return Promise.resolve({ predictions: Float64Array.from(test, (row) => row + size * (row % 3)) });
    };

    it('chooses the weighted mean of kinds that is better than each, and says what it consists of', async () => {
      const { task } = toTask(300, {}, { blend: true, fit });
      const { chosen, candidates } = await crossValidate(task);
      expect(chosen).to.equal('blend');
      const [blend] = candidates.slice(-1);
      expect(blend).to.deep.include({ kind: 'blend', folds: 5 });
      expect(blend?.weights).to.deep.equal({ 'random-forest': 0.667, 'gradient-boosting': 0.333 });
      expect(blend?.metrics['rmse']?.mean).to.be.below(0.01);
      expect(describeWeights(blend?.weights ?? {})).to.equal('0.67 × random-forest + 0.33 × gradient-boosting');
    });

    it('averages probabilities of classes', async () => {
      const target = Float64Array.from({ length: 300 }, (_, row) => row % 2);
      const { task } = toTask(
        300,
        {},
        {
          blend: true,
          kinds: ['logistic-regression', 'random-forest'],
          criterion: { metric: 'log_loss', isGain: false },
          lesson: { ...toLesson(300), classCount: 2, table: { ...toLesson(300).table, target } },
          fit: (kind, _lesson, test) => {
            // Each is sure of other rows, and knows nothing of the rest.
            const probabilities = Array.from(test).flatMap((row) => {
              const knows = row % 4 < 2 === (kind === 'random-forest');
              const own = knows ? 0.9 : 0.5;
              return row % 2 === 0 ? [own, 1 - own] : [1 - own, own];
            });
            return Promise.resolve({
              predictions: Float64Array.from(test, (row) => row % 2),
              probabilities: Float64Array.from(probabilities),
            });
          },
        },
      );
      const { chosen, candidates } = await crossValidate(task);
      expect(chosen).to.equal('blend');
      expect(candidates[2]?.metrics['log_loss']?.mean).to.be.closeTo(-Math.log(0.7), 0.001);
    });

    it('keeps the best kind where the mean is no better, or not wanted', async () => {
      const same = await crossValidate(toTask(300, { 'random-forest': { error: 1 } }, { blend: true }).task);
      expect([same.chosen, same.candidates.length]).to.deep.equal(['random-forest', 3]);
      const unwanted = await crossValidate(toTask(300, {}, { blend: false, fit }).task);
      expect(unwanted.chosen).to.equal('random-forest');
    });

    it('keeps the answers to a part of many rows', async () => {
      const { task } = toTask(120_000, {}, { blend: true, fit });
      expect((await crossValidate(task)).chosen).to.equal('blend');
    });
  });

  it('goes on without a kind that cannot be learned, and fails if none can', async () => {
    const failure = 'It is too large.';
    const { task } = toTask(100, {
      'random-forest': { error: 1, failure },
      'gradient-boosting': { error: 3 },
      'linear-regression': { error: 2 },
    });
    const { chosen, candidates } = await crossValidate(task);
    expect(chosen).to.equal('linear-regression');
    expect(candidates[0]).to.deep.equal({ kind: 'random-forest', metrics: {}, folds: 0, seconds: 0, note: failure });
    const none = toTask(100, Object.fromEntries(KINDS.map((kind) => [kind, { error: 1, failure }])));
    expect(await catchError(CommandError, () => crossValidate(none.task))).to.have.property('message', failure);
  });

  it('does not hide a fault of the engine', async () => {
    const { task } = toTask(100, {}, { fit: () => Promise.reject(new TypeError('x')) });
    expect(await catchError(TypeError, () => crossValidate(task))).to.have.property('message', 'x');
  });

  describe('with a budget', () => {
    const same = {
      'random-forest': { error: 3, time: 100 },
      'gradient-boosting': { error: 2, time: 50 },
      'linear-regression': { error: 4, time: 1 },
    };

    it('measures all folds of all rows where there is time', async () => {
      const { task, fits } = toTask(20_000, same, { budget: 60_000 });
      const { rows, candidates } = await crossValidate(task);
      expect(rows).to.equal(20_000);
      expect(candidates.map(({ folds }) => folds)).to.deep.equal([5, 5, 5]);
      expect(fits[0]).to.deep.equal(['random-forest', 4800]);
    });

    it('begins with fewer rows of a wide table of many classes', async () => {
      const target = Float64Array.from({ length: 20_000 }, (_, row) => row % 15);
      const columns = Array.from({ length: 650 }, () => ({})) as unknown as Lesson['table']['columns'];
      const lesson = { ...toLesson(20_000), classCount: 15, table: { rowCount: 20_000, columns, target } };
      const sizes: number[] = [];
      const { task } = toTask(
        20_000,
        {},
        {
          lesson,
          criterion: { metric: 'log_loss', isGain: false },
          budget: 1000,
          fit: (_kind, part, test) => {
            sizes.push(part.rows.length);
            return Promise.resolve({
              predictions: new Float64Array(test.length),
              probabilities: new Float64Array(15 * test.length).fill(1 / 15),
            });
          },
        },
      );
      await crossValidate(task);
      expect(sizes[0]).to.be.closeTo(800, 15);
    });

    it('takes as many rows as there is time for, before it takes more folds', async () => {
      const { task, fits } = toTask(1_000_000, same, { budget: 20_000 });
      const { rows, candidates, chosen } = await crossValidate(task);
      expect(chosen).to.equal('gradient-boosting');
      expect(rows).to.be.within(50_000, 200_000);
      expect(candidates.map(({ folds }) => folds)).to.deep.equal([1, 1, 1]);
      // A single fold has no spread.
      expect(candidates[0]?.metrics['rmse']).to.deep.equal({ mean: 3 });
      const milliseconds = fits.reduce(
        (sum, [kind, count]) =>
          sum + ((same as Record<string, { time: number }>)[kind]?.time as number) * (count / 1000),
        0,
      );
      expect(milliseconds).to.be.below(20_000);
    });

    it('stops after the folds that it has time for', async () => {
      const { task } = toTask(6000, same, { budget: 2000 });
      const { rows, folds, candidates } = await crossValidate(task);
      expect([rows, folds]).to.deep.equal([6000, 5]);
      expect(candidates.map((candidate) => candidate.folds)).to.deep.equal([2, 2, 2]);
    });

    it('chooses among those that were measured, and says which were not', async () => {
      const { task } = toTask(6000, { ...same, 'gradient-boosting': { error: 5, time: 1000 } }, { budget: 3000 });
      const { candidates, chosen } = await crossValidate(task);
      expect(chosen).to.equal('random-forest');
      expect(candidates.map(({ note }) => note)).to.deep.equal([
        undefined,
        undefined,
        'The time was over before it was learned.',
      ]);
    });

    it('ends a model that takes too long, and keeps what it knows of fewer rows', async () => {
      const { task } = toTask(20_000, same, {
        budget: 50,
        // Time stands still, so that only the limit of a model ends it.
        now: () => 0,
        fit: (kind, lesson, test, signal) =>
          lesson.rows.length < 6000
            ? Promise.resolve({
                predictions: Float64Array.from(test, (row) => row + (kind === 'random-forest' ? 1 : 2)),
              })
            : new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
      });
      const { rows, chosen } = await crossValidate(task);
      expect([rows, chosen]).to.deep.equal([6000, 'random-forest']);
    });
  });

  it('says so where the rows cannot be divided', async () => {
    const { task } = toTask(100, {});
    const lesson = { ...task.lesson, table: { ...task.lesson.table, groups: new Float64Array(100) } };
    const { chosen, candidates } = await crossValidate({ ...task, lesson });
    expect(chosen).to.equal('gradient-boosting');
    expect(candidates[0]?.note).to.equal('The rows cannot be divided into folds.');
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const { task } = toTask(
      100,
      {},
      {
        signal: stop.signal,
        fit: () => {
          stop.abort(new CommandError('Stopped.'));
          return Promise.resolve({ predictions: new Float64Array(20) });
        },
      },
    );
    expect(await catchError(CommandError, () => crossValidate(task))).to.have.property('message', 'Stopped.');
  });
});
