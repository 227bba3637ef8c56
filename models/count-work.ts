/**
 * Estimates the steps that scoring one row takes, from the data of a model: of a forest, the nodes that a row visits; of anything
 * else, its numbers, each of which is used once at most. A step takes 2 to 10 ns. Data may have its estimate as `work`.
 */
export function countWork(data: unknown): number {
  if (data instanceof Float64Array || data instanceof Int32Array) return data.length;
  if (typeof data !== 'object' || data === null) return 1;
  // Texts, flags, and structures that are serialized.
  if (ArrayBuffer.isView(data)) return 0;
  const { work, roots, nodes, treeCount, tests, depths } = data as Readonly<Record<string, unknown>>;
  if (typeof work === 'number') return work;
  // A CompiledForest: a node is two integers, and trees are about twice as deep as balanced ones.
  if (roots instanceof Int32Array && nodes instanceof Int32Array && typeof treeCount === 'number')
    return treeCount * (1 + 2 * Math.log2(1 + nodes.length / 2 / Math.max(1, treeCount)));
  // A SymmetricForest.
  if (tests instanceof Int32Array && depths instanceof Int32Array) return tests.length;
  return Object.values(data).reduce<number>((sum, part) => sum + countWork(part), 0);
}
