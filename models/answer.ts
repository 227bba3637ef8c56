/** From scores to the table that a caller reads. */
import type { DeploymentFile, Scalar } from './deployment-file.ts';
import type { Scores } from './model.ts';
import type { RequestTable } from './table.ts';

/** A scored table: as many rows as the request had, in their order; `labels` in the order of the probability vectors. */
export interface Answer {
  fields: string[];
  values: unknown[][];
  labels?: Scalar[];
}

/**
 * Appends the result columns to the columns of the request, or gives them alone where the deployment does not echo. A
 * column of the request with the name of a result column makes way for it.
 */
export function toAnswer(request: RequestTable, scores: Scores, file: DeploymentFile): Answer {
  const { classes } = file.label;
  const fields = toResultFields(file, scores.probabilities !== undefined);
  const kept = file.echo ? toKept(request.fields, fields) : [];
  const all = kept.length === request.fields.length;
  const answer: Answer = {
    fields: [...kept.map((index) => request.fields[index] as string), ...fields],
    values: request.values.map((cells, row) => {
      const answered = all ? cells.slice() : kept.map((position) => cells[position]);
      pushResults(answered, scores, row, file);
      return answered;
    }),
  };
  if (classes) answer.labels = [...classes];
  return answer;
}

/** The positions of a request's fields that are echoed. */
function toKept(fields: readonly string[], results: readonly string[]): number[] {
  return [...fields.keys()].filter((index) => !results.includes(fields[index] as string));
}

/** Adds a row's results to its cells, one by one: V8 writes an array that was made with holes much more slowly. */
function pushResults(
  cells: unknown[],
  { predictions, probabilities }: Scores,
  row: number,
  file: DeploymentFile,
): void {
  const { classes } = file.label;
  const prediction = predictions[row] as number;
  if (!classes) {
    cells.push(prediction);
    return;
  }
  cells.push(classes[prediction]);
  if (probabilities) {
    const vector: number[] = [];
    for (let index = 0, at = row * classes.length; index < classes.length; index++, at++)
      vector.push(probabilities[at] as number);
    cells.push(vector);
  }
  if (file.result.class_index) cells.push(prediction);
}

/** The names of a deployment's result columns, in the order of the answer. */
export function toResultFields({ result, label }: DeploymentFile, hasProbabilities: boolean): string[] {
  const fields = [result.prediction];
  if (label.classes && hasProbabilities) fields.push(result.probability);
  if (label.classes && result.class_index) fields.push(result.class_index);
  return fields;
}
