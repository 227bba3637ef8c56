/** The columns of a drift archive: the features, the label and the scores of the training data. */
import { quoteText } from '../../errors/quote-text.ts';
import { CommandError } from '../../errors/command-error.ts';
import type { DeploymentFile } from '../../models/deployment-file.ts';
import { isCategorical } from '../../training/explainability-statistics.ts';
import type { TableColumn, TypedTable } from '../../training/load-table.ts';
import { toDriftColumn, toUncountedColumn, type DriftColumn, type DriftInput } from './drift/drift-column.ts';
import type { RowScores } from './score-rows.ts';

/**
 * Describes the columns.
 * @param counted the features that are counted
 * @throws {CommandError} if a column has the name of one that IBM's monitor adds
 */
export function toDriftColumns(
  file: Pick<DeploymentFile, 'label' | 'result' | 'columns'>,
  table: TypedTable,
  scores: RowScores,
  counted: ReadonlySet<string>,
): DriftColumn[] {
  const { label, result } = file;
  const { classes } = label;
  const width = classes?.length ?? 0;
  const { probabilities } = scores;
  const results: DriftInput[] = [
    toOutcome(label.name, 'label', table.target, file),
    toOutcome(result.prediction, 'prediction', scores.predictions, file),
    ...(probabilities && classes ? classes : []).map((value, index): DriftInput => ({
      name: `Class Probability for ${value}`,
      role: 'probability_score',
      dataType: 'float',
      values: Float64Array.from(
        { length: table.rowCount },
        (_, row) => (probabilities as Float64Array)[row * width + index] as number,
      ),
      isDiscrete: false,
    })),
  ];
  const taken = file.columns.find(({ name }) => results.some((column) => column.name === name));
  if (taken)
    throw new CommandError(
      `Column ${quoteText(taken.name)} has the name that OpenScale gives to probabilities of a class; rename it, or leave the drift baseline out with --no-drift.`,
    );
  return [
    ...table.columns.map((column) => {
      const input = toFeature(column);
      return counted.has(input.name) ? toDriftColumn(input) : toUncountedColumn(input);
    }),
    ...results.map(toDriftColumn),
  ];
}

function toFeature(column: TableColumn): DriftInput {
  const { plan, values, categories } = column;
  const { name, type } = plan;
  const role = isCategorical(column) ? 'categorical' : 'feature';
  if (type === 'string') return { name, role, dataType: 'str', values, texts: categories.map(String) };
  if (type === 'boolean') return { name, role, dataType: 'bool', values };
  const numbers = plan.categorical ? values.map((position) => Number(categories[position])) : values;
  return { name, role, dataType: toNumberType(type, numbers), values: numbers };
}

/** Whole numbers, unless some are not, whatever the column says. */
function toNumberType(type: string, values: Float64Array): 'int' | 'float' {
  return type !== 'double' && values.every(Number.isInteger) ? 'int' : 'float';
}

/** The label or the prediction. The classes of predictions are never divided into bins, the numbers of a regression always. */
function toOutcome(
  name: string,
  role: 'label' | 'prediction',
  values: Float64Array,
  { label: { type, classes } }: Pick<DeploymentFile, 'label'>,
): DriftInput {
  const isDiscrete = role === 'prediction' ? { isDiscrete: classes !== undefined } : {};
  if (!classes) {
    const dataType = role === 'prediction' ? 'float' : toNumberType(type, values);
    return { name, role, dataType, values, ...isDiscrete };
  }
  if (type === 'string') return { name, role, dataType: 'str', values, texts: classes.map(String) };
  const numbers = values.map((index) => Number(classes[index]));
  return { name, role, dataType: toNumberType(type, numbers), values: numbers, ...isDiscrete };
}
