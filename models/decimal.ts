/** Matches each digit in one way only, so that it cannot backtrack. */
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** No double needs more: the smallest takes 1,074 decimals when it is written without an exponent. */
const MAX_LENGTH = 1100;

/**
 * Whether a text is a number as programs write it: a sign, digits, a decimal point, an exponent. Its value need not be finite.
 * Texts of more than 1,100 characters are not numbers, so that the time does not depend on what comes from outside.
 */
export function isDecimal(text: string): boolean {
  return text.length <= MAX_LENGTH && DECIMAL.test(text);
}
