/** Learns a random forest with ml-random-forest itself, in place of the learner of `train`. */
import { RandomForestClassifier } from 'ml-random-forest';
import { toJsonFile, type LearnedModel, type Lesson } from '../training/learned-model.ts';

/** Learns a classifier of numeric columns without missing values. */
export function learnWithMlRandomForest({ table, rows, seed }: Lesson): LearnedModel {
  const forest = new RandomForestClassifier({ seed, nEstimators: 50, maxFeatures: 2, replacement: false, noOOB: true });
  forest.train(
    Array.from(rows, (row) => table.columns.map(({ values }) => values[row] as number)),
    Array.from(rows, (row) => table.target[row] as number),
  );
  return {
    kind: 'random-forest',
    files: [toJsonFile(forest.toJSON())],
    columns: table.columns.map(({ plan: { name, type, nullable, survey } }) => ({
      name,
      type,
      nullable,
      range: [survey.range[0], survey.range[1]],
    })),
    settings: {},
    hyperparameters: { trees: 50, maxFeatures: 2 },
  };
}
