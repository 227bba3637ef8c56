/** A class of a classifier. */
export type Class = string | number;

const MAX_NAMES = 20;

/** Classes as a list in a message. */
export function formatClasses(classes: readonly Class[]): string {
  return [...classes.slice(0, MAX_NAMES), ...(classes.length > MAX_NAMES ? ['…'] : [])].join(', ');
}

/** Classes once each, in the order of numbers or of text. */
export function sortClasses(values: readonly Class[]): Class[] {
  return [...new Set(values)].sort((one, other) =>
    typeof one === 'number' && typeof other === 'number' ? one - other : String(one) < String(other) ? -1 : 1,
  );
}
