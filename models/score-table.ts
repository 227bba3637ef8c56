/** A request's table to a deployment's answer: check, score, check, answer. */
import { EngineError } from '../errors/engine-error.ts';
import { toAnswer, type Answer } from './answer.ts';
import { checkScores } from './check-scores.ts';
import type { Deployment } from './deployment.ts';
import type { DeploymentFile } from './deployment-file.ts';
import type { JsonText } from './json/json-text.ts';
import type { Model, Scores, ScoringCall } from './model.ts';
import { parseTable, type RequestTable, type Table } from './table.ts';

/**
 * Scores a table.
 * @param place where it stands in the body, for messages: '' or 'input_data[2].'
 * @throws {EngineError} as parseTable and checkScores do; model_failed when the model throws
 */
export async function scoreTable(
  deployment: Pick<Deployment, 'file' | 'model'>,
  request: RequestTable,
  place = '',
  call?: ScoringCall,
): Promise<JsonText<Answer>> {
  const { file } = deployment;
  const table = parse(file, request, place);
  return toAnswer(table, await scoreChecked(deployment, table, place, call), file);
}

/** The checked scores of a table, before they become an answer. */
export async function score(
  deployment: Pick<Deployment, 'file' | 'model'>,
  request: RequestTable,
  place = '',
  call?: ScoringCall,
): Promise<Scores> {
  return scoreChecked(deployment, parse(deployment.file, request, place), place, call);
}

function parse({ columns, unknown_categories }: DeploymentFile, request: RequestTable, place: string): Table {
  return parseTable(request, columns, { unknownCategories: unknown_categories, place });
}

async function scoreChecked(
  { file, model }: Pick<Deployment, 'file' | 'model'>,
  table: Table,
  place: string,
  call?: ScoringCall,
): Promise<Scores> {
  const scores = await scoreWith(model, table, place, call);
  checkScores(scores, table.rows.length, file);
  return scores;
}

async function scoreWith(model: Model, table: Table, place: string, call?: ScoringCall): Promise<Scores> {
  try {
    return await model.score(table, call);
  } catch (cause) {
    if (cause instanceof EngineError) throw toPlace(cause, place);
    throw new EngineError('model_failed', 'The model of this deployment failed to score the request.', { cause });
  }
}

/** A model knows rows and not where their table stands. */
function toPlace(error: EngineError, place: string): EngineError {
  const { code, message, target, cause } = error;
  if (place === '' || target?.type !== 'field') return error;
  return new EngineError(code, `${place}${message}`, { cause, target: { ...target, name: `${place}${target.name}` } });
}
