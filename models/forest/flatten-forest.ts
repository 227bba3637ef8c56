/**
 * A forest in the JSON of ml-random-forest 2 (https://github.com/mljs/random-forest), checked and laid out in typed arrays.
 * The trees are followed without recursion, so that no depth is too great.
 */
import { z } from 'zod';
import { SUM_TOLERANCE } from '../check-scores.ts';
import { DeploymentError } from '../../errors/deployment-error.ts';

/** The format, apart from the nodes, which flattenForest checks. */
export const forestSchema = z.object({
  name: z.enum(['RFClassifier', 'RFRegression']),
  selectionMethod: z.enum(['mean', 'median']).optional(),
  baseModel: z.object({
    indexes: z.array(z.array(z.int().nonnegative())).min(1),
    estimators: z.array(z.object({ root: z.unknown() })).min(1),
  }),
});
export type ForestJson = z.infer<typeof forestSchema>;

/**
 * All trees of a forest, one node after the other. Node i is a leaf where feature[i] is -1, and child[i] is then the number
 * of its leaf; else its children are the nodes child[i] (taken where the feature is less than threshold[i]) and
 * child[i] + 1 (taken otherwise, and for NaN).
 */
export interface FlatForest {
  readonly roots: Int32Array;
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  readonly child: Int32Array;
  /** What the leaves hold: a number each for a regression, else a distribution over the classes each. */
  readonly leaves: Float64Array;
}

/**
 * Lays a forest out in typed arrays.
 * @param width how many numbers a row has
 * @param leafWidth how many numbers a leaf holds: the classes, or 1
 * @throws {DeploymentError} that names the first node that is none
 */
export function flattenForest({ baseModel }: ForestJson, width: number, leafWidth: number): FlatForest {
  const { estimators, indexes } = baseModel;
  if (indexes.length !== estimators.length) {
    throw new DeploymentError([`model.json.baseModel.indexes: expected ${estimators.length} arrays, one an estimator`]);
  }
  const roots: number[] = [];
  const feature: number[] = [];
  const threshold: number[] = [];
  const child: number[] = [];
  const leaves: number[] = [];
  const addNode = () => {
    threshold.push(0);
    child.push(0);
    return feature.push(-1) - 1;
  };

  for (const [tree, { root }] of estimators.entries()) {
    roots.push(addNode());
    const fail = (expected: string, path: Path | undefined): never => {
      throw new DeploymentError([
        `model.json.baseModel.estimators[${tree}].root${toPlace(path)}: expected ${expected}`,
      ]);
    };
    const pending: { json: unknown; node: number; path: Path | undefined }[] = [
      { json: root, node: roots[tree] as number, path: undefined },
    ];
    for (let next = pending.pop(); next; next = pending.pop()) {
      const { node, path } = next;
      if (typeof next.json !== 'object' || next.json === null) fail('a node', path);
      const json = next.json as Readonly<Record<string, unknown>>;
      if (json['distribution'] !== undefined) {
        child[node] = leaves.length / leafWidth;
        const numbers = parseLeaf(json['distribution'], leafWidth);
        for (const value of numbers ?? fail(toLeafName(leafWidth), { key: '.distribution', parent: path })) {
          leaves.push(value);
        }
        continue;
      }
      // A key such as "length" is no column, though an array has it.
      const column = Number.isInteger(json['splitColumn']) ? indexes[tree]?.[json['splitColumn'] as number] : undefined;
      if (column === undefined || column >= width)
        fail(`a column of the tree, and of the ${width} features`, { key: '.splitColumn', parent: path });
      if (!Number.isFinite(json['splitValue'])) fail('a number', { key: '.splitValue', parent: path });
      feature[node] = column as number;
      threshold[node] = json['splitValue'] as number;
      const left = (child[node] = addNode());
      pending.push({ json: json['right'], node: addNode(), path: { key: '.right', parent: path } });
      pending.push({ json: json['left'], node: left, path: { key: '.left', parent: path } });
    }
  }
  return {
    roots: Int32Array.from(roots),
    feature: Int32Array.from(feature),
    threshold: Float64Array.from(threshold),
    child: Int32Array.from(child),
    leaves: Float64Array.from(leaves),
  };
}

/** A way from a root to a node. Written out only where something is wrong: a string a node would be quadratic. */
interface Path {
  readonly key: string;
  readonly parent: Path | undefined;
}

function toPlace(path: Path | undefined): string {
  const keys: string[] = [];
  for (let at = path; at; at = at.parent) keys.push(at.key);
  return keys.reverse().join('');
}

/** A leaf's numbers, filled with 0 to its width (ml-cart leaves out the classes after the last that a leaf has). */
function parseLeaf(distribution: unknown, leafWidth: number): number[] | undefined {
  if (leafWidth === 1 && typeof distribution === 'number')
    return Number.isFinite(distribution) ? [distribution] : undefined;
  const numbers: unknown = Array.isArray(distribution) ? distribution[0] : undefined;
  if (!Array.isArray(numbers) || leafWidth === 1 || numbers.length > leafWidth) return undefined;
  if (!numbers.every((value) => typeof value === 'number' && value >= 0)) return undefined;
  const sum = (numbers as number[]).reduce((total, value) => total + value, 0);
  if (Math.abs(sum - 1) > SUM_TOLERANCE) return undefined;
  return [...(numbers as number[]), ...new Array<number>(leafWidth - numbers.length).fill(0)];
}

function toLeafName(leafWidth: number): string {
  return leafWidth === 1 ? 'a number' : `[[p0, p1, …]], at most ${leafWidth} numbers that sum to 1, none below 0`;
}
