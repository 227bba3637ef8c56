/** Expressions of JSONata (https://docs.jsonata.org), bounded in time and depth: one that runs on ends, and the engine does not. */
import { setImmediate } from 'node:timers/promises';
import jsonata from 'jsonata';
import { BoundedRegExp } from './bounded-reg-exp.ts';
import { DeploymentError } from '../errors/deployment-error.ts';

/** Milliseconds, nested calls, and items of a list. */
const BOUNDS = {
  timeout: 2000,
  stack: 200,
  sequence: 10_000_000,
  RegexEngine: BoundedRegExp as RegExpConstructor,
};

/** Evaluates an expression over some data. Throws an ExpressionError whose message tells the code of JSONata's, and holds no data. */
export type Evaluate = (data: unknown) => Promise<unknown>;

/**
 * Parses an expression.
 * @param place where it stands, for the problem
 * @throws {DeploymentError} where it is none
 */
export function parseExpression(text: string, place: string): Evaluate {
  let expression: jsonata.Expression;
  try {
    expression = jsonata(text, BOUNDS);
  } catch (cause) {
    const { code, position } = cause as JsonataError;
    throw new DeploymentError([`${place}: expected an expression of JSONata (${code} at character ${position})`], {
      cause,
    });
  }
  return async (data) => {
    try {
      return await inTurn(async () => (await expression.evaluate(data)) as unknown);
    } catch (error) {
      // JSONata's own messages repeat values, and so would they as a cause.
      const { code } = error as JsonataError;
      throw new ExpressionError(`the expression failed (${String(code)})`);
    }
  };
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Does work after that which came before. JSONata's own time limit is one of the clock, and it gives the event loop no turn:
 * many evaluations at once would use up each other's time, and the engine would answer nobody meanwhile.
 */
function inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
  const mine = last.then(work);
  last = mine.catch(() => undefined).then(() => setImmediate());
  return mine;
}

/** An expression that could not be evaluated. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

interface JsonataError {
  readonly code?: string;
  readonly position?: number;
}
