import type { ErrorObject } from 'ajv';
import { EngineError } from '../../errors/engine-error.ts';

/** The alternatives of a scoring body, in the order of `oneOf` in the contract. */
const TABLE = 0;
const ENVELOPE = 1;

/**
 * An error of ajv, translated for the caller: the place in the body and what was expected, never a value. Of the two formats
 * of a scoring request, the message is about the one that the caller seems to mean.
 */
export function toValidationError(errors: readonly ErrorObject[], body: unknown): EngineError {
  if (errors.some(({ instancePath }) => instancePath.startsWith('/path')))
    return new EngineError('malformed_request', 'The path: expected parameters that match the contract.');
  const ofHeader = errors.find(({ instancePath }) => instancePath.startsWith('/header/'));
  if (ofHeader) return toHeaderError(ofHeader);
  const isChoice = errors.some(({ keyword }) => keyword === 'oneOf' || keyword === 'not');
  if (!isChoice) return toBodyError(errors[0]);
  const shape = toShape(body);
  if (shape === 'both') return invalid('body', 'expected either fields and values, or input_data; got both');
  if (shape === undefined) return invalid('body', 'expected an object with fields and values, or with input_data');
  // ajv stops at the first error of each alternative. Its schemaPath does not distinguish them: once openapi-backend has
  // resolved the references, a schema that both alternatives contain has the path of its first occurrence.
  return toBodyError(errors[shape]);
}

function toBodyError(error: ErrorObject | undefined): EngineError {
  const name = toPlace(error?.instancePath ?? '');
  if (error?.keyword === 'uniqueItems') return toRepetition(name, error.params as { i: number; j: number });
  return invalid(name, toExpectation(error));
}

function toShape(body: unknown): typeof TABLE | typeof ENVELOPE | 'both' | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const table = Object.hasOwn(body, 'fields') || Object.hasOwn(body, 'values');
  const envelope = Object.hasOwn(body, 'input_data');
  if (table && envelope) return 'both';
  if (table) return TABLE;
  return envelope ? ENVELOPE : undefined;
}

/** `/requestBody/input_data/0/fields/2` as `input_data[0].fields[2]`. */
function toPlace(instancePath: string): string {
  const keys = instancePath.split('/').slice(2);
  const place = keys.map((key) => (/^\d+$/.test(key) ? `[${key}]` : `.${key}`)).join('');
  return place.replace(/^\./, '') || 'body';
}

function toExpectation(error: ErrorObject | undefined): string {
  const params = error?.params as Record<string, unknown> | undefined;
  switch (error?.keyword) {
    case 'type':
      return `expected ${/^[aeiou]/.test(String(params?.['type'])) ? 'an' : 'a'} ${String(params?.['type'])}`;
    case 'required':
      return `expected the key ${String(params?.['missingProperty'])}`;
    case 'minItems':
      return `expected at least ${String(params?.['limit'])}`;
    case 'minLength':
      return 'expected a string that is not empty';
    default:
      return 'expected a value that matches the contract';
  }
}

/** The pattern is of the contract. */
function toHeaderError({ instancePath, params }: ErrorObject): EngineError {
  const name = instancePath.slice('/header/'.length).replace(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());
  const { pattern } = params as { readonly pattern?: string };
  const message = `${name}: expected text that matches ${pattern ?? 'the contract'}`;
  return new EngineError('malformed_request', `${message}, once.`, { target: { type: 'header', name } });
}

/** The only list of the contract with unique items: the fields of a table. parseTable reports what ajv overlooks. */
function toRepetition(place: string, { i, j }: { i: number; j: number }): EngineError {
  const [first, second] = [Math.min(i, j), Math.max(i, j)];
  const name = `${place}[${second}]`;
  const message = `${name}: expected each name once; it repeats ${place}[${first}].`;
  return new EngineError('invalid_fields', message, { target: { type: 'field', name } });
}

function invalid(name: string, expectation: string): EngineError {
  return new EngineError('invalid_body', `${name}: ${expectation}.`, { target: { type: 'field', name } });
}
