/** The vectors as arrays of numbers of the same length; empty if they are anything else. */
export function toVectors(probabilities: readonly unknown[], rowCount: number): number[][] {
  const width = toWidth(probabilities, rowCount);
  const vectors = Array.isArray(probabilities[0])
    ? probabilities
    : Array.from({ length: rowCount }, (_, row) => probabilities.slice(row * width, (row + 1) * width));
  const areVectors = vectors.every(
    (vector): vector is number[] =>
      Array.isArray(vector) && vector.length === width && vector.every((value) => typeof value === 'number'),
  );
  return areVectors && vectors.length === rowCount ? (vectors as number[][]) : [];
}

/** The number of probabilities per row. */
export function toWidth(probabilities: readonly unknown[], rowCount = 1): number {
  const [first] = probabilities;
  return Array.isArray(first) ? first.length : Math.floor(probabilities.length / rowCount);
}
