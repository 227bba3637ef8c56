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
  const { predictions, probabilities } = scores;
  const width = classes?.length ?? 0;
  const fields = toResultFields(file, probabilities !== undefined);

  const results = request.values.map((_, row): unknown[] => {
    const prediction = predictions[row] as number;
    if (!classes) return [prediction];
    const result: unknown[] = [classes[prediction]];
    if (probabilities) result.push(toVector(probabilities, row * width, width));
    if (file.result.class_index) result.push(prediction);
    return result;
  });
  const answer: Answer = file.echo ? echo(request, fields, results) : { fields, values: results };
  if (classes) answer.labels = [...classes];
  return answer;
}

/** The names of a deployment's result columns, in the order of the answer. */
export function toResultFields({ result, label }: DeploymentFile, hasProbabilities: boolean): string[] {
  const fields = [result.prediction];
  if (label.classes && hasProbabilities) fields.push(result.probability);
  if (label.classes && result.class_index) fields.push(result.class_index);
  return fields;
}

function echo(request: RequestTable, fields: string[], results: unknown[][]): Answer {
  const kept = request.fields.flatMap((field, index) => (fields.includes(field) ? [] : [index]));
  const all = kept.length === request.fields.length;
  return {
    fields: [...kept.map((index) => request.fields[index] as string), ...fields],
    values: request.values.map((row, index) => [
      ...(all ? row : kept.map((position) => row[position])),
      ...(results[index] as unknown[]),
    ]),
  };
}

function toVector(numbers: ArrayLike<number>, from: number, width: number): number[] {
  const vector = new Array<number>(width);
  for (let index = 0; index < width; index++) vector[index] = numbers[from + index] as number;
  return vector;
}
