/**
 * The one check of an ensemble, before it is compiled. What passes consists of trees, and every number in them is usable.
 * Time and memory are linear in the number of nodes. Trees are traversed without recursion, so any depth is fine.
 */
import { DeploymentError } from '../../errors/deployment-error.ts';
import { roundThreshold } from './to-cut.ts';
import { TEST, type Tree, type TreeEnsemble } from './tree-ensemble.ts';

/** The maximum number of nodes in an ensemble, including leaves. */
export const MAX_NODES = 2 ** 25;

/**
 * Checks an ensemble.
 * @param place where the ensemble comes from, a file name; the message starts with it
 * @throws {DeploymentError} with the first problem, naming the tree and the node, both counted from 0
 */
export function checkEnsemble(ensemble: TreeEnsemble, place: string): void {
  const problem = findProblem(ensemble);
  if (problem !== undefined) throw new DeploymentError([`${place}: ${problem}`]);
}

function findProblem(ensemble: TreeEnsemble): string | undefined {
  const { featureCount, outputCount, trees, aggregation, base } = ensemble;
  if (!(Number.isInteger(featureCount) && featureCount >= 1)) return 'expected one feature or more';
  if (!(Number.isInteger(outputCount) && outputCount >= 1)) return 'expected one output or more';
  if (trees.length === 0) return 'expected one tree or more';
  if (trees.reduce((sum, { test }) => sum + test.length, 0) > MAX_NODES) return `expected at most ${MAX_NODES} nodes`;
  if (base) {
    if (aggregation !== 'sum') return 'expected no base, because leaves are not summed';
    if (base.length !== outputCount) return `expected a base of length ${outputCount}`;
    const wrong = findIndex(base, (value) => !isSummand(value, ensemble));
    if (wrong >= 0) return `base ${wrong}: expected a finite number`;
  }
  return findLeavesProblem(ensemble) ?? findSetProblem(ensemble) ?? findTreeProblem(ensemble);
}

function findLeavesProblem(ensemble: TreeEnsemble): string | undefined {
  const { leaves = [], outputCount } = ensemble;
  if (leaves.length % outputCount !== 0) return `expected ${outputCount} values per leaf`;
  const wrong = findIndex(leaves, (value) => !isSummand(value, ensemble));
  return wrong < 0 ? undefined : `leaf ${Math.floor(wrong / outputCount)}: expected finite numbers`;
}

function findSetProblem({ sets = [], categories = 'equal', precision }: TreeEnsemble): string | undefined {
  const isMember = categories === 'equal' ? Number.isFinite : Number.isSafeInteger;
  for (const [index, set] of sets.entries()) {
    if (findIndex(set, (member) => !isMember(member) || !isMember(roundThreshold(member, precision))) >= 0) {
      return `set ${index}: expected ${categories === 'equal' ? 'finite numbers' : 'integers'}`;
    }
  }
  return undefined;
}

function findTreeProblem(ensemble: TreeEnsemble): string | undefined {
  const { trees } = ensemble;
  const hasOutput = trees[0]?.output !== undefined;
  // For each node of the current tree, whether it has been reached.
  const reached = new Uint8Array(trees.reduce((most, { test }) => Math.max(most, test.length), 0));
  for (const [index, tree] of trees.entries()) {
    const problem =
      findShapeProblem(ensemble, tree, hasOutput) ??
      findNodeProblem(ensemble, tree, reached.fill(0, 0, tree.test.length));
    if (problem !== undefined) return `tree ${index}${problem}`;
  }
  return undefined;
}

function findShapeProblem(
  { outputCount, aggregation, leaves }: TreeEnsemble,
  tree: Tree,
  hasOutput: boolean,
): string | undefined {
  const { test, output } = tree;
  if (test.length === 0) return ': expected one node or more';
  for (const name of ['feature', 'threshold', 'left', 'right', 'missing'] as const) {
    const values = tree[name];
    if (values && values.length !== test.length) return `, ${name}: expected an array of length ${test.length}`;
  }
  const numbers = test.length * (leaves ? 1 : toLeafWidth(tree, outputCount));
  if (tree.value.length !== numbers) return `, value: expected an array of length ${numbers}`;
  if ((output !== undefined) !== hasOutput) return ', output: expected in all trees or in none';
  if (output === undefined) return undefined;
  if (aggregation === 'vote') return ', output: expected none, because trees vote';
  if (leaves) return ', output: expected none, because leaves are shared';
  if (!isIndex(output, outputCount)) return `, output: expected ${toIndexName(outputCount)}`;
  return undefined;
}

/** The number of values in a leaf of the tree. */
export function toLeafWidth({ output }: Pick<Tree, 'output'>, outputCount: number): number {
  return output === undefined ? outputCount : 1;
}

function findNodeProblem(ensemble: TreeEnsemble, tree: Tree, reached: Uint8Array): string | undefined {
  const { featureCount, outputCount, leaves, sets = [] } = ensemble;
  const { test, feature, threshold, left, right, missing, value } = tree;
  const leafWidth = toLeafWidth(tree, outputCount);
  const pending = [0];
  reached[0] = 1;
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const code = test[node] as number;
    if (code === TEST.leaf && leaves) {
      const count = leaves.length / outputCount;
      if (!isIndex(value[node], count)) return `, node ${node}, value: expected ${toIndexName(count)}`;
      continue;
    }
    if (code === TEST.leaf) {
      for (let at = node * leafWidth; at < (node + 1) * leafWidth; at++) {
        if (!isSummand(value[at], ensemble)) return `, node ${node}, value: expected a finite number`;
      }
      continue;
    }
    if (!isIndex(code, 4)) return `, node ${node}, test: expected one of ${Object.keys(TEST).join(', ')}`;
    if (!isIndex(feature[node], featureCount)) {
      return `, node ${node}, feature: expected ${toIndexName(featureCount)}`;
    }
    if (code === TEST.inSet) {
      if (!isIndex(threshold[node], sets.length))
        return `, node ${node}, threshold: expected ${toIndexName(sets.length)}, the number of a set`;
    } else if (typeof threshold[node] !== 'number' || Number.isNaN(threshold[node])) {
      return `, node ${node}, threshold: expected a number`;
    }
    if (missing && !isIndex(missing[node], 4)) return `, node ${node}, missing: expected ${toIndexName(4)}`;
    for (const [name, child] of [
      ['left', left[node]],
      ['right', right[node]],
    ] as const) {
      if (!isIndex(child, test.length)) return `, node ${node}, ${name}: expected ${toIndexName(test.length)}`;
      if (reached[child] === 1) return `, node ${node}, ${name}: expected a node that no other node leads to`;
      reached[child] = 1;
      pending.push(child);
    }
  }
  return undefined;
}

/** Whether a leaf or a base is finite in the precision of sums. */
function isSummand(value: number | undefined, { precision }: TreeEnsemble): boolean {
  return Number.isFinite(value) && (precision.sums === 64 || Number.isFinite(Math.fround(value as number)));
}

function isIndex(value: number | undefined, count: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < count;
}

function findIndex(values: ArrayLike<number>, predicate: (value: number) => boolean): number {
  for (let index = 0; index < values.length; index++) if (predicate(values[index] as number)) return index;
  return -1;
}

function toIndexName(count: number): string {
  return `an integer from 0 to ${count - 1}`;
}
