/** How both comparison servers score a request's table: with the model alone, without any checks. */
import { writeCells } from '../../models/json/written-cells.ts';
import { loadDeployment } from '../../catalogue/load-deployment.ts';
import type { RequestTable } from '../../models/table.ts';

/** Loads a deployment; returns a function that answers as the engine does, echoing the columns of the request. */
export async function loadPlainScoring(folder: string): Promise<(request: RequestTable) => Promise<object>> {
  const { file, model } = await loadDeployment(folder, { allowModules: false });
  const { classes } = file.label;
  if (!classes || !file.echo) throw new Error('expected a classifier that echoes');
  const width = classes.length;
  return async ({ fields, values }) => {
    const places = new Map(fields.map((field, index) => [field, index]));
    const positions = Int32Array.from(file.columns, ({ name }) => places.get(name) as number);
    const { predictions, probabilities } = await model.score({
      fields,
      columns: file.columns,
      rows: values,
      positions,
      toJson: () => writeCells(values),
    });
    if (!probabilities) throw new Error('expected a model that returns probabilities');
    return {
      fields: [...fields, file.result.prediction, file.result.probability],
      values: values.map((row, index) => {
        const vector: unknown[] = [];
        for (let at = index * width; at < (index + 1) * width; at++) vector.push(probabilities[at]);
        return [...row, classes[predictions[index] as number], vector];
      }),
      labels: classes,
    };
  };
}
