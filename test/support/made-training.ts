/** Trainings with made scores, whose figures can be computed by hand. */
import type { Model } from '../../models/model.ts';
import { toPredictions } from '../../models/model.ts';
import { evaluate } from '../../training/evaluate.ts';
import type { ReportInput } from '../../training/report/section.ts';
import type { TrainingChoices } from '../../training/training-choices.ts';
import { toFile } from './deployment.ts';
import { readText, toCsv } from './training.ts';

/** The rows of a training, the last of which are held out, and what a model makes of their cells. */
export interface MadeTraining {
  readonly header: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly heldOut: number;
  readonly choices: TrainingChoices;
  /** The probabilities of a row's classes, or its prediction. */
  readonly toScore: (cells: Readonly<Record<string, unknown>>) => readonly number[] | number;
  readonly result?: Partial<ReportInput['result']>;
}

/** Evaluates the made scores as those of a model. */
export async function evaluateMade({
  header,
  rows,
  heldOut,
  choices,
  toScore,
  result,
}: MadeTraining): Promise<ReportInput> {
  const { plan, table } = await readText(toCsv(header, rows), choices);
  const { classes, name, type } = plan.label;
  const columns = plan.features.map((feature) => ({ name: feature.name, type: feature.type, nullable: true }));
  const file = toFile({
    name: 'Made <by hand>',
    columns,
    problem_type: plan.problemType,
    label: { name, type: classes ? type : 'double', ...(classes && { classes }) },
    example: { fields: [columns[0]?.name], values: [[null]] },
  });
  const model: Model = {
    score: ({ rows: lines, positions }) => {
      const scores = lines.map((cells) =>
        toScore(Object.fromEntries(columns.map((column, at) => [column.name, cells[positions[at] as number]]))),
      );
      if (!classes) return { predictions: scores as number[] };
      const probabilities = scores.flat();
      return { predictions: toPredictions(probabilities, classes.length), probabilities };
    },
  };
  const all = Int32Array.from({ length: table.rowCount }, (_, row) => row);
  const split = { training: all.subarray(0, rows.length - heldOut), test: all.subarray(rows.length - heldOut) };
  const evaluation = await evaluate({ file, model }, table, split, plan, 1);
  return {
    file,
    command: 'custom-ml-engine train made.csv',
    result: {
      plan,
      kind: 'random-forest',
      hyperparameters: { trees: 5 },
      split,
      evaluation,
      seconds: 1,
      isRefitted: false,
      ...result,
    },
  };
}
