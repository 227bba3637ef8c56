/** A request's table to a deployment's answer: check, score, check, answer. */
import { EngineError } from '../errors/engine-error.ts';
import { toAnswer, type Answer } from './answer.ts';
import { checkScores } from './check-scores.ts';
import type { DeploymentFile } from './deployment-file.ts';
import type { Model, Scores } from './model.ts';
import type { SharedDeployment } from './shared-deployment.ts';
import { parseTable, type RequestTable } from './table.ts';

/** A deployment in service: what its file says and the model that scores its tables. */
export interface Deployment {
  readonly file: DeploymentFile;
  readonly model: Model;
  /** Whether the model gives probabilities, as seen when its example was scored. */
  readonly hasProbabilities: boolean;
  /** What another thread needs to serve it as well; missing where the kind keeps its models to their thread. */
  readonly shared?: SharedDeployment;
}

/**
 * Scores a table.
 * @param place where it stands in the body, for messages: '' or 'input_data[2].'
 * @throws {EngineError} as parseTable and checkScores do; model_failed when the model throws
 */
export async function scoreTable(deployment: Deployment, request: RequestTable, place = ''): Promise<Answer> {
  return toAnswer(request, await score(deployment, request, place), deployment.file);
}

/** The checked scores of a table, before they become an answer. */
export async function score(
  { file, model }: Pick<Deployment, 'file' | 'model'>,
  request: RequestTable,
  place = '',
): Promise<Scores> {
  const table = parseTable(request, file.columns, { unknownCategories: file.unknown_categories, place });
  const scores = await scoreWith(model, table);
  checkScores(scores, table.rows.length, file);
  return scores;
}

async function scoreWith(model: Model, table: Parameters<Model['score']>[0]): Promise<Scores> {
  try {
    return await model.score(table);
  } catch (cause) {
    if (cause instanceof EngineError) throw cause;
    throw new EngineError('model_failed', 'The model of this deployment failed to score the request.', { cause });
  }
}
