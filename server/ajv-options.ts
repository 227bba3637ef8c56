import type { Ajv, Options } from 'ajv';
import addFormats from 'ajv-formats';

/**
 * How the schemas of the contract are compiled, whoever does it. Never with allErrors: each value of a bad table would become an
 * error of its own, and a hundred thousand overflow the stack.
 */
export const AJV_OPTIONS = { strict: false, allErrors: false } satisfies Options;

/** Adds the formats that the contract's schemas may name. */
export function addContractFormats(ajv: Ajv): Ajv {
  addFormats.default(ajv);
  return ajv;
}
