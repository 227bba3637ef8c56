/**
 * What OpenScale needs to know about training data that it cannot read: statistics for explanations, and how often each
 * outcome occurs for each value of a feature, from which `register` computes the distributions of fairness groups. Both are
 * computed as in IBM's TrainingStats (ibm-watson-openscale), which drops every row that has a missing cell.
 */
import {
  isCategorical,
  toExplainabilityStatistics,
  type ExplainabilityStatistics,
} from './explainability-statistics.ts';
import type { TrainingTable } from './load-table.ts';
import { countOutcomes, type Outcomes } from './outcomes.ts';
import type { TrainingPlan } from './plan-training.ts';

/** The content of training-statistics.json. */
export interface TrainingStatistics {
  readonly common_configuration: {
    readonly problem_type: string;
    readonly label_column: string;
    readonly feature_fields: readonly string[];
    readonly categorical_fields: readonly string[];
  };
  /** Missing if no row is complete. */
  readonly explainability_configuration?: ExplainabilityStatistics;
  readonly outcomes: Outcomes;
}

/** Computes the statistics of a table. Boolean columns count as categories, as discovery publishes them. */
export function toTrainingStatistics(table: TrainingTable, plan: TrainingPlan): TrainingStatistics {
  const complete = takeCompleteRows(table);
  return {
    common_configuration: {
      problem_type: plan.problemType,
      label_column: plan.label.name,
      feature_fields: table.columns.map(({ plan: { name } }) => name),
      categorical_fields: table.columns.filter(isCategorical).map(({ plan: { name } }) => name),
    },
    ...(complete.rowCount > 0 && {
      explainability_configuration: toExplainabilityStatistics(complete, plan.label.classes ?? []),
    }),
    outcomes: countOutcomes(complete, plan.label.classes),
  };
}

/** The rows without missing cells. */
function takeCompleteRows({ rowCount, columns, target }: TrainingTable): TrainingTable {
  const isComplete = (row: number) => columns.every(({ values }) => !Number.isNaN(values[row]));
  const rows = Array.from({ length: rowCount }, (_, row) => row).filter(isComplete);
  const take = (values: Float64Array) => Float64Array.from(rows, (row) => values[row] as number);
  return {
    rowCount: rows.length,
    columns: columns.map((column) => ({ ...column, values: take(column.values) })),
    target: take(target),
  };
}
