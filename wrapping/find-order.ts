type Class = string | number;

/**
 * The classes in the order of the probabilities, as the rows prove it: where a class is predicted, its probability is the
 * greatest. Rows whose greatest probability is not one alone prove nothing.
 * @param predictions a class a row
 * @param vectors its probabilities, all of one length
 * @param classes all that there are, as many as probabilities
 * @returns undefined where rows contradict each other, or more than one order agrees with them
 */
export function findOrder(
  predictions: readonly Class[],
  vectors: readonly (readonly number[])[],
  classes: readonly Class[],
): Class[] | undefined {
  const byPosition = new Map<number, Class>();
  for (const [row, vector] of vectors.entries()) {
    const greatest = Math.max(...vector);
    const position = vector.indexOf(greatest);
    if (vector.lastIndexOf(greatest) !== position) continue;
    const predicted = predictions[row] as Class;
    if (!byPosition.has(position)) byPosition.set(position, predicted);
    else if (byPosition.get(position) !== predicted) return undefined;
  }
  const seen = new Set(byPosition.values());
  // One class at two positions, or one that is not among those there are.
  if (seen.size < byPosition.size || [...seen].some((name) => !classes.includes(name))) return undefined;
  const unseen = classes.filter((name) => !seen.has(name));
  if (unseen.length > 1) return undefined;
  return classes.map((_, position) => byPosition.get(position) ?? (unseen[0] as Class));
}
