import type { Ajv, Options } from 'ajv';
import addFormats from 'ajv-formats';

/**
 * The options for compiling the schemas of the contract. Never allErrors: every invalid cell of a table would become an error
 * object, and a hundred thousand of them overflow the stack.
 */
export const AJV_OPTIONS = { strict: false, allErrors: false } satisfies Options;

/** Adds the string and number formats that schemas of the contract may use. */
export function addContractFormats(ajv: Ajv): Ajv {
  addFormats.default(ajv);
  return ajv;
}
