/** JSONata expressions (https://docs.jsonata.org), limited in time and depth so that a runaway one cannot block the engine. */
import { setImmediate } from 'node:timers/promises';
import jsonata from 'jsonata';
import { BoundedRegExp } from './bounded-reg-exp.ts';
import { DeploymentError } from '../errors/deployment-error.ts';

/** Max milliseconds, nested calls, and items of a list. */
const BOUNDS = {
  timeout: 2000,
  stack: 200,
  sequence: 10_000_000,
  RegexEngine: BoundedRegExp as RegExpConstructor,
};

/** Evaluates an expression on data. Throws an ExpressionError that names JSONata's error code and contains no data. */
export type Evaluate = (data: unknown) => Promise<unknown>;

/**
 * Parses an expression.
 * @param place where it is, for the problem
 * @throws {DeploymentError} if it is invalid
 */
export function parseExpression(text: string, place: string): Evaluate {
  let expression: jsonata.Expression;
  try {
    expression = jsonata(text, BOUNDS);
  } catch (cause) {
    const { code, position } = cause as JsonataError;
    throw new DeploymentError([`${place}: expected a JSONata expression (${code} at character ${position})`], {
      cause,
    });
  }
  return async (data) => {
    try {
      return await inTurn(async () => (await expression.evaluate(data)) as unknown);
    } catch (error) {
      // JSONata's own error contains values, so it is not even kept as a cause.
      const { code } = error as JsonataError;
      throw new ExpressionError(`the expression failed (${String(code)})`);
    }
  };
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs one evaluation at a time, and lets the event loop turn between two. JSONata measures wall-clock time and does not yield,
 * so concurrent evaluations would use up each other's time limits and block other requests.
 */
function inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
  const mine = last.then(work);
  last = mine.catch(() => undefined).then(() => setImmediate());
  return mine;
}

/** An expression failed. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

interface JsonataError {
  readonly code?: string;
  readonly position?: number;
}
