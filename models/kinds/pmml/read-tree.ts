/** Reads TreeModel. */
import { MISSING_STRATEGIES, type MissingStrategy, type TreeModelPlan, type TreePlan } from './plan.ts';
import type { ClassList } from './class-list.ts';
import { expectInModel, type ModelHead } from './read-model.ts';
import { resolvePredicates } from './read-predicates.ts';
import type { FileContext } from './scope.ts';
import type { RawTree } from './raw-tree.ts';
import { fail, toName, toNumber } from './place.ts';
import { findNumber, findWord } from './xml-element.ts';

/** What a tree model has besides what all models have. */
export type TreeBody = Pick<TreeModelPlan, 'kind' | 'tree' | 'predicates' | 'missing' | 'returnsLast' | 'forest'>;

export function readTreeModel(head: ModelHead): TreeBody {
  const { element, scope, float, classList, context } = head;
  expectInModel(
    element,
    ['missingValueStrategy', 'missingValuePenalty', 'noTrueChildStrategy', 'splitCharacteristic'],
    [],
  );
  const raw = element.tree;
  if (!raw) fail(element, 'expected a Node in TreeModel');
  const missing = findWord(element, 'missingValueStrategy', MISSING_STRATEGIES) ?? 'none';
  const strategy = findWord(element, 'noTrueChildStrategy', ['returnNullPrediction', 'returnLastPrediction']);
  // A penalty reduces the confidence, which is not part of the answer.
  findNumber(element, 'missingValuePenalty');
  if (!classList && (missing === 'weightedConfidence' || missing === 'aggregateNodes'))
    fail(element, `missingValueStrategy="${missing}" of a regression is not supported: it is defined for classes`);
  const predicates = resolvePredicates(raw.predicates, scope);
  const tree = readNodes(raw, classList, float, missing, context);
  const returnsLast = strategy === 'returnLastPrediction';
  // The forest is made when it is known whether the trees of a MiningModel have one together (add-forests.ts).
  return { kind: 'tree', tree, predicates, missing, returnsLast, forest: undefined };
}

function readNodes(
  raw: RawTree,
  classList: ClassList | undefined,
  float: boolean,
  missing: MissingStrategy,
  context: FileContext,
): TreePlan {
  const count = raw.length;
  const firstChild = raw.firstChild.toArray();
  const nextSibling = raw.nextSibling.toArray();
  const round = float ? Math.fround : (x: number) => x;
  for (let node = 0; node < count; node++)
    if (raw.predicate.get(node) < 0) fail(raw.toPlace(node), 'expected a predicate in Node');
  const shares = readShares(raw, classList, missing, context);
  const score = new Float64Array(count).fill(NaN);
  // Numbers of scores and classes are found once per text.
  const known = new Map<number, number>();
  for (let node = 0; node < count; node++) {
    const text = raw.score.get(node);
    if (text < 0) {
      const at = shares.shares[node] as number;
      if (classList && at >= 0) score[node] = findGreatest(shares.ranking, at * shares.width, shares.width);
      continue;
    }
    let value = known.get(text);
    if (value === undefined) {
      const at = raw.toPlace(node);
      const word = raw.texts.list[text] as string;
      value = classList
        ? classList.toIndex(word, at)
        : round(toNumber(word) ?? fail(at, 'the score of Node: expected a finite number'));
      known.set(text, value);
    }
    score[node] = value;
  }
  return {
    firstChild,
    nextSibling,
    predicate: raw.predicate.toArray(),
    score,
    defaultChild: missing === 'defaultChild' ? readDefaultChildren(raw, firstChild, nextSibling) : new Int32Array(0),
    shares: shares.shares,
    width: shares.width,
    probabilities: shares.probabilities.map(round),
    confidences: shares.confidences,
    records: shares.records,
    recordCount: raw.recordCount.toArray(),
    ids: toIds(raw),
  };
}

/** The ids of the nodes; none where a node has none. */
function toIds(raw: RawTree): readonly string[] {
  const ids: string[] = [];
  for (let node = 0; node < raw.length; node++) {
    const id = raw.id.get(node);
    if (id < 0) return [];
    ids.push(raw.texts.list[id] as string);
  }
  return ids;
}

function readDefaultChildren(raw: RawTree, firstChild: Int32Array, nextSibling: Int32Array): Int32Array {
  const children = new Int32Array(raw.length).fill(-1);
  for (let node = 0; node < raw.length; node++) {
    const id = raw.defaultChild.get(node);
    if (id < 0) continue;
    let child = firstChild[node] as number;
    while (child >= 0 && raw.id.get(child) !== id) child = nextSibling[child] as number;
    if (child < 0)
      fail(raw.toPlace(node), `defaultChild: expected the id of a child, not ${toName(raw.texts.list[id] as string)}`);
    children[node] = child;
  }
  return children;
}

interface Shares {
  readonly shares: Int32Array;
  readonly width: number;
  readonly probabilities: Float64Array;
  readonly confidences: Float64Array;
  readonly records: Float64Array;
  /** What the class of a node without a score is found with: record counts, or else probabilities. */
  readonly ranking: Float64Array;
}

/** The ScoreDistributions: for each node that has some, a number per class. */
function readShares(
  raw: RawTree,
  classList: ClassList | undefined,
  missing: MissingStrategy,
  context: FileContext,
): Shares {
  const shares = new Int32Array(raw.length).fill(-1);
  if (!classList) {
    const none = new Float64Array(0);
    return { shares, width: 0, probabilities: none, confidences: none, records: none, ranking: none };
  }
  // All classes first: their number is the width of the arrays.
  const classes = new Map<number, number>();
  let count = 0;
  for (let node = 0; node < raw.length; node++) {
    if (raw.shareCount.get(node) > 0) shares[node] = count++;
    const end = raw.firstShare.get(node) + raw.shareCount.get(node);
    for (let share = raw.firstShare.get(node); share >= 0 && share < end; share++) {
      const text = raw.shareClass.get(share);
      if (!classes.has(text)) classes.set(text, classList.toIndex(raw.texts.list[text] as string, raw.toPlace(node)));
    }
    const score = raw.score.get(node);
    if (score >= 0) classList.toIndex(raw.texts.list[score] as string, raw.toPlace(node));
  }
  const width = classList.values.length;
  context.takeNumbers(count * width, raw.toPlace(0), 'probabilities in the nodes of trees');
  const probabilities = new Float64Array(count * width);
  const records = new Float64Array(count * width);
  const confidences = new Float64Array(missing === 'weightedConfidence' ? count * width : 0);
  const ranking = new Float64Array(count * width);
  for (let node = 0; node < raw.length; node++) {
    const from = (shares[node] as number) * width;
    if (from < 0) continue;
    const first = raw.firstShare.get(node);
    const end = first + raw.shareCount.get(node);
    let sum = 0;
    let hasAll = true;
    const seen = new Set<number>();
    for (let share = first; share < end; share++) {
      const at = from + (classes.get(raw.shareClass.get(share)) as number);
      if (seen.has(at)) fail(raw.toPlace(node), 'expected one ScoreDistribution per class');
      seen.add(at);
      const count = raw.shareRecords.get(share);
      const probability = raw.shareProbability.get(share);
      hasAll &&= !Number.isNaN(probability);
      sum += count;
      records[at] = count;
      probabilities[at] = probability;
      ranking[at] = Number.isNaN(count) ? probability : count;
      if (confidences.length > 0) confidences[at] = raw.shareConfidence.get(share);
    }
    const hasRecords = Number.isFinite(sum) && sum > 0;
    if (!hasAll && !hasRecords)
      fail(raw.toPlace(node), 'expected a recordCount in each ScoreDistribution, some above 0, or a probability');
    if (!hasRecords && (missing === 'aggregateNodes' || missing === 'weightedConfidence'))
      fail(
        raw.toPlace(node),
        `expected a recordCount in each ScoreDistribution, for missingValueStrategy="${missing}"`,
      );
    for (let at = from; at < from + width; at++) {
      if (!hasAll) probabilities[at] = (records[at] as number) / sum;
      if (confidences.length > 0 && !((confidences[at] as number) >= 0))
        confidences[at] = (records[at] as number) / sum;
    }
  }
  // Only this strategy needs what probabilities have been made of.
  const kept = missing === 'aggregateNodes' ? records : new Float64Array(0);
  return { shares, width, probabilities, confidences, records: kept, ranking };
}

/** The first class with the greatest number. */
export function findGreatest(numbers: ArrayLike<number>, from: number, width: number): number {
  let best = 0;
  for (let index = 1; index < width; index++)
    if ((numbers[from + index] as number) > (numbers[from + best] as number)) best = index;
  return best;
}
