/**
 * A number as JSON that every reader takes for a double: with a decimal point or an exponent. Readers that infer types from
 * the text, such as Python's json, make an integer of `1`, and Spark refuses an integer in a column of doubles.
 */
export function writeDouble(value: number): string {
  // The values of a model that is certain, so that no text is made of them.
  if (value === 0) return '0.0';
  if (value === 1) return '1.0';
  // From 1e21 on, a number is written with an exponent.
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : String(value);
}
