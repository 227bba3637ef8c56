/** A class of a classifier. */
export type Class = string | number;

const MAX_NAMES = 20;

/** Classes as a list in a message. */
export function formatClasses(classes: readonly Class[]): string {
  return [...classes.slice(0, MAX_NAMES).map(formatClass), ...(classes.length > MAX_NAMES ? ['…'] : [])].join(', ');
}

/** A class in a message; in quotes if it is empty, or its blanks would not be seen. */
export function formatClass(name: Class): string {
  const text = String(name);
  return text === '' || text !== text.trim() ? JSON.stringify(text) : text;
}

/** Classes once each, in the order of numbers or of text. */
export function sortClasses(values: readonly Class[]): Class[] {
  return [...new Set(values)].sort((one, other) =>
    typeof one === 'number' && typeof other === 'number' ? one - other : String(one) < String(other) ? -1 : 1,
  );
}
