type Class = string | number;

/**
 * The classes in the order of the probabilities, as proved by the rows: the predicted class has the highest probability. Rows
 * with ties for the highest probability prove nothing.
 * @param predictions one class per row
 * @param vectors the probabilities of each row, all of the same length
 * @param classes all classes, as many as probabilities
 * @returns undefined if rows contradict each other, or more than one order agrees with them
 */
export function findOrder(
  predictions: readonly Class[],
  vectors: readonly (readonly number[])[],
  classes: readonly Class[],
): Class[] | undefined {
  const byPosition = new Map<number, Class>();
  for (const [row, vector] of vectors.entries()) {
    const highest = Math.max(...vector);
    const position = vector.indexOf(highest);
    if (vector.lastIndexOf(highest) !== position) continue;
    const predicted = predictions[row] as Class;
    if (!byPosition.has(position)) byPosition.set(position, predicted);
    else if (byPosition.get(position) !== predicted) return undefined;
  }
  const seen = new Set(byPosition.values());
  // One class is at two positions, or is not among the known ones.
  if (seen.size < byPosition.size || [...seen].some((name) => !classes.includes(name))) return undefined;
  const unseen = classes.filter((name) => !seen.has(name));
  if (unseen.length > 1) return undefined;
  return classes.map((_, position) => byPosition.get(position) ?? (unseen[0] as Class));
}
