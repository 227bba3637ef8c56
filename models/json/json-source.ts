/** A symbol, so that neither JSON nor a validator sees it among the keys of the value. */
const SOURCE = Symbol('the JSON text that this value was parsed from');

interface Sourced {
  [SOURCE]?: Uint8Array;
}

/** Keeps a JSON text, in UTF-8, inside the object or array that was parsed from it. Other values cannot keep it. */
export function keepSource<Value>(value: Value, source: Uint8Array): Value {
  if (typeof value === 'object' && value !== null) (value as Sourced)[SOURCE] = source;
  return value;
}

/** The JSON text that a value was parsed from, where it was kept. */
export function findSource(value: object): Uint8Array | undefined {
  return (value as Sourced)[SOURCE];
}
