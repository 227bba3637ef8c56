/** Scores rows with one tree: with the kernel where it can, else node by node with every strategy for missing values. */
import { listLeaves } from '../../forest/score-forest.ts';
import { buildJudge, TRUTH, type Judge } from './build-predicates.ts';
import { countClasses, toWinners, type Evaluate, type ModelBuilder } from './evaluate.ts';
import type { Frame } from './frame.ts';
import { buildMatrix } from './score-forest.ts';
import type { TreeModelPlan } from './plan.ts';

/** Where a row ends: a node, none (-1), or in several nodes, whose classes have been added up. */
type End = number | Float64Array;

export function buildTree(plan: TreeModelPlan, builder: ModelBuilder): Evaluate {
  const { tree, forest } = plan;
  const classCount = countClasses(plan, builder);
  const walk = buildWalk(plan, buildJudge(plan.predicates, builder.getters));
  const toMatrix = forest && buildMatrix(forest, builder.getters);
  return (frames) => {
    const values = new Float64Array(frames.length);
    const probabilities = plan.isClassifier ? new Float64Array(frames.length * classCount) : undefined;
    const nodes = new Int32Array(frames.length).fill(-1);
    const finish = (row: number, end: End): void => {
      if (typeof end !== 'number') {
        probabilities?.set(end, row * classCount);
        values[row] = toWinners(end, classCount)[0] as number;
        return;
      }
      nodes[row] = end;
      values[row] = end < 0 ? NaN : (tree.score[end] as number);
      const shares = end < 0 ? -1 : (tree.shares[end] as number);
      if (shares < 0 || !probabilities) return;
      const from = shares * tree.width;
      for (let index = 0; index < tree.width; index++)
        probabilities[row * classCount + index] = tree.probabilities[from + index] as number;
    };
    const matrix = toMatrix?.(frames);
    if (matrix && forest) {
      const leaves = listLeaves(forest.forest, matrix.numbers);
      for (let row = 0; row < frames.length; row++)
        if (matrix.hasMissing[row] === 0 || forest.takesMissing) finish(row, leaves[row] as number);
        else finish(row, walk(frames[row] as Frame));
    } else for (let row = 0; row < frames.length; row++) finish(row, walk(frames[row] as Frame));
    return { values, probabilities, nodes };
  };
}

function buildWalk(plan: TreeModelPlan, judge: Judge): (frame: Frame) => End {
  const { tree, missing, returnsLast } = plan;
  const { firstChild, nextSibling, predicate, score, defaultChild } = tree;
  const toEnd = (node: number) => (Number.isNaN(score[node]) ? -1 : node);

  /** The next node of a row, or the end of its way: ~node for an end in a node, NO for none. */
  const step = (node: number, frame: Frame): number => {
    let child = firstChild[node] as number;
    if (child < 0) return ~node;
    for (; child >= 0; child = nextSibling[child] as number) {
      const truth = judge(predicate[child] as number, frame);
      if (truth === TRUTH.true) return child;
      if (truth === TRUTH.false || missing === 'none') continue;
      if (missing === 'lastPrediction') return ~node;
      if (missing === 'defaultChild') {
        const next = defaultChild[node] as number;
        return next < 0 ? NO : next;
      }
      return missing === 'nullPrediction' ? NO : SEVERAL;
    }
    return returnsLast ? ~node : NO;
  };

  return (frame) => {
    const root = judge(predicate[0] as number, frame);
    if (root === TRUTH.false) return -1;
    // The root has no node above it that a row could end in.
    if (root === TRUTH.unknown && missing !== 'weightedConfidence' && missing !== 'aggregateNodes') return -1;
    let node = 0;
    for (;;) {
      const next = step(node, frame);
      if (next === NO) return -1;
      if (next === SEVERAL) return missing === 'aggregateNodes' ? aggregate(node, frame) : weigh(node, frame);
      if (next < 0) return toEnd(~next);
      node = next;
    }
  };

  /** Adds up the records of all leaves that a row may reach. */
  function aggregate(start: number, frame: Frame): End {
    const { width, shares, records } = tree;
    const sums = new Float64Array(width);
    const open = [start];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      let child = firstChild[node] as number;
      let isEnd = child < 0;
      let isFollowed = false;
      for (; child >= 0; child = nextSibling[child] as number) {
        const truth = judge(predicate[child] as number, frame);
        if (truth === TRUTH.false) continue;
        isFollowed = true;
        open.push(child);
        if (truth === TRUTH.true) break;
      }
      if (!isEnd && !isFollowed) {
        if (!returnsLast) return -1;
        isEnd = true;
      }
      if (!isEnd) continue;
      const from = (shares[node] as number) * width;
      if (from < 0) return -1;
      for (let index = 0; index < width; index++)
        sums[index] = (sums[index] as number) + (records[from + index] as number);
    }
    const total = sums.reduce((sum, count) => sum + count, 0);
    return total > 0 ? sums.map((count) => count / total) : -1;
  }

  /** Adds up the confidences of the nodes that a row may end in, weighted by their records. */
  function weigh(start: number, frame: Frame): End {
    const { width, shares, confidences, recordCount } = tree;
    const sums = new Float64Array(width);
    const open: { readonly node: number; readonly weight: number }[] = [{ node: start, weight: 1 }];
    for (let next = open.pop(); next; next = open.pop()) {
      const { node, weight } = next;
      const following = step(node, frame);
      if (following === NO) return -1;
      if (following === SEVERAL) {
        // The nodes that are not ruled out, by their share of the records.
        const children: number[] = [];
        for (let child = firstChild[node] as number; child >= 0; child = nextSibling[child] as number)
          if (judge(predicate[child] as number, frame) !== TRUTH.false) children.push(child);
        const total = children.reduce((sum, child) => sum + (recordCount[child] as number), 0);
        if (!(total > 0)) return -1;
        for (const child of children)
          open.push({ node: child, weight: (weight * (recordCount[child] as number)) / total });
        continue;
      }
      if (following >= 0) {
        open.push({ node: following, weight });
        continue;
      }
      const from = (shares[~following] as number) * width;
      if (from < 0) return -1;
      for (let index = 0; index < width; index++)
        sums[index] = (sums[index] as number) + weight * (confidences[from + index] as number);
    }
    return sums;
  }
}

/** No node, and several ones; other negative numbers are ends. */
const NO = -(2 ** 31);
const SEVERAL = NO + 1;
