/** The options of `train` for the hyperparameters of its learners. */
import { Option, type Command } from 'commander';
import {
  CLASS_WEIGHTS,
  HYPERPARAMETERS,
  REGRESSION_OBJECTIVES,
  type Hyperparameters,
} from '../training/hyperparameters.ts';
import { toNumberParser } from './to-number-parser.ts';

/** Adds the options. None has a default, so that those that are given can be told from the others. */
export function addHyperparameterOptions(command: Command): Command {
  const add = (name: keyof typeof NUMBERS, flags: string, description: string) => {
    const [min, max] = NUMBERS[name].limits;
    command.option(flags, description, toNumberParser(min, max, !('isFraction' in NUMBERS[name])));
  };
  add('trees', '--trees <number>', 'number of trees (default: 100); of boosting, at most so many iterations (1000)');
  add(
    'maxDepth',
    '--max-depth <number>',
    'maximum number of splits from the root to a leaf (default: 20 for a regression, 16 to 20 for classes, boosting 64)',
  );
  add(
    'minLeaf',
    '--min-leaf <rows>',
    'minimum number of rows in a leaf (default: 1, for a regression 3, boosting 5 to 20)',
  );
  add(
    'maxFeatures',
    '--max-features <number>',
    'forest: features tried per split (default: the square root of their number, for a regression two thirds of it)',
  );
  add('bins', '--bins <number>', 'maximum number of bins per feature (default: 255)');
  add(
    'learningRate',
    '--learning-rate <number>',
    'boosting: what each tree contributes (default: 0.05, or 0.1 with many rows)',
  );
  add(
    'leaves',
    '--leaves <number>',
    'boosting: maximum number of leaves per tree (default: 4 to 31, by the number of rows)',
  );
  add('l2', '--l2 <number>', 'boosting: L2 penalty of the leaves (default: 1)');
  add(
    'featureFraction',
    '--feature-fraction <share>',
    'boosting: share of the features per tree (default: 0.6, or 1 of few)',
  );
  add('rowFraction', '--row-fraction <share>', 'boosting: share of the rows per iteration (default: 0.8)');
  return command
    .option('--no-calibration', 'forest: leave probabilities as the trees vote')
    .addOption(
      new Option('--objective <name>', 'boosting: what a regression minimizes (default: squared-error)').choices(
        REGRESSION_OBJECTIVES,
      ),
    )
    .addOption(
      new Option(
        '--class-weights <name>',
        'trees: balanced makes rare classes count as much as others (default: none)',
      ).choices(CLASS_WEIGHTS),
    );
}

const { objective: _objective, classWeights: _classWeights, calibration: _calibration, ...NUMBERS } = HYPERPARAMETERS;

/** The hyperparameters that are given. */
export function toHyperparameters(options: Hyperparameters): Hyperparameters {
  const given = Object.keys(HYPERPARAMETERS).flatMap((key) => {
    const value = options[key as keyof Hyperparameters];
    // Without --no-calibration, nothing has been chosen.
    return value === undefined || value === true ? [] : [[key, value]];
  });
  return Object.fromEntries(given) as Hyperparameters;
}
