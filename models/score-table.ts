/** A request's table to a deployment's answer: check, score, check, answer. */
import { EngineError } from '../errors/engine-error.ts';
import { toAnswer, type Answer } from './answer.ts';
import { checkScores } from './check-scores.ts';
import type { DeploymentFile } from './deployment-file.ts';
import type { Model, Scores, ScoringCall } from './model.ts';
import type { Readiness } from './remote/readiness.ts';
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
  /** Whether the model can be asked, where it lives elsewhere. */
  readonly remote?: Readiness;
}

/**
 * Scores a table.
 * @param place where it stands in the body, for messages: '' or 'input_data[2].'
 * @throws {EngineError} as parseTable and checkScores do; model_failed when the model throws
 */
export async function scoreTable(
  deployment: Deployment,
  request: RequestTable,
  place = '',
  call?: ScoringCall,
): Promise<Answer> {
  return toAnswer(request, await score(deployment, request, place, call), deployment.file);
}

/** The checked scores of a table, before they become an answer. */
export async function score(
  { file, model }: Pick<Deployment, 'file' | 'model'>,
  request: RequestTable,
  place = '',
  call?: ScoringCall,
): Promise<Scores> {
  const table = parseTable(request, file.columns, { unknownCategories: file.unknown_categories, place });
  const scores = await scoreWith(model, table, call);
  checkScores(scores, table.rows.length, file);
  return scores;
}

async function scoreWith(model: Model, ...call: Parameters<Model['score']>): Promise<Scores> {
  try {
    return await model.score(...call);
  } catch (cause) {
    if (cause instanceof EngineError) throw cause;
    throw new EngineError('model_failed', 'The model of this deployment failed to score the request.', { cause });
  }
}
