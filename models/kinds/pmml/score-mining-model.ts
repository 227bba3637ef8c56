/** Scores rows with the segments of a mining model. */
import { scoreForest } from '../../forest/score-forest.ts';
import { buildJudge, TRUTH } from './build-predicates.ts';
import { countClasses, toWinners, type Evaluate, type ModelBuilder, type Result } from './evaluate.ts';
import { rejectRow, type Frame } from './frame.ts';
import type { MiningModelPlan } from './plan.ts';
import { buildMatrix } from './score-forest.ts';

export function buildMiningModel(plan: MiningModelPlan, builder: ModelBuilder): Evaluate {
  const general = buildSegments(plan, builder);
  const { forest, segments, method, float } = plan;
  if (!forest) return general;
  const toMatrix = buildMatrix(forest, builder.getters);
  const width = forest.forest.outputCount;
  const total = segments.reduce((sum, { weight }) => sum + (method.startsWith('weighted') ? weight : 1), 0);
  const divisor = method === 'sum' || method === 'weightedSum' ? 1 : total;
  const round = float ? Math.fround : (x: number) => x;
  const classCount = countClasses(plan, builder);
  return (frames) => {
    const { numbers, hasMissing } = toMatrix(frames);
    // A missing value that the kernel sends elsewhere than the trees do.
    if (!forest.takesMissing && hasMissing.includes(1)) return general(frames);
    const sums = scoreForest(forest.forest, numbers);
    if (divisor !== 1) for (let at = 0; at < sums.length; at++) sums[at] = round((sums[at] as number) / divisor);
    if (!plan.isClassifier) return { values: sums };
    const probabilities = width === classCount ? sums : widen(sums, width, classCount);
    return { values: toWinners(probabilities, classCount), probabilities };
  };
}

/** Classes that were not known yet have the probability 0. */
function widen(values: Float64Array, width: number, classCount: number): Float64Array {
  const wider = new Float64Array((values.length / width) * classCount);
  for (let row = 0; row * width < values.length; row++)
    wider.set(values.subarray(row * width, (row + 1) * width), row * classCount);
  return wider;
}

/** What the segments say about one row: a value each, NaN for none, with the weights. */
interface Votes {
  readonly values: number[];
  readonly weights: number[];
  /** Where the probabilities of each are. */
  readonly places: { readonly result: Result; readonly row: number }[];
}

function buildSegments(plan: MiningModelPlan, builder: ModelBuilder): Evaluate {
  const { method, missing, missingThreshold } = plan;
  const judge = buildJudge(plan.predicates, builder.getters);
  const segments = plan.segments.map((segment) => ({ ...segment, evaluate: builder.buildModel(segment.model) }));
  const classCount = countClasses(plan, builder);
  const isFirst = method === 'selectFirst';
  const isChain = method === 'modelChain';

  return (frames) => {
    const votes: Votes[] = frames.map(() => ({ values: [], weights: [], places: [] }));
    const isDone = new Uint8Array(frames.length);
    for (const { predicate, weight, evaluate, gives } of segments) {
      const rows: number[] = [];
      for (let row = 0; row < frames.length; row++)
        if (isDone[row] === 0 && judge(predicate, frames[row] as Frame) === TRUTH.true) rows.push(row);
      if (rows.length === 0) continue;
      const result = evaluate(rows.length === frames.length ? frames : rows.map((row) => frames[row] as Frame));
      for (const [index, row] of rows.entries()) {
        const { values, weights, places } = votes[row] as Votes;
        const value = result.values[index] as number;
        if (isChain && missing === 'returnMissing' && Number.isNaN(value)) isDone[row] = 1;
        if (isChain) values.length = weights.length = places.length = 0;
        // A segment without a prediction is left for the next one.
        if (isFirst && Number.isNaN(value) && missing === 'skipSegment') continue;
        values.push(gives || !isChain ? value : NaN);
        weights.push(weight);
        places.push({ result, row: index });
        if (isFirst) isDone[row] = 1;
      }
    }
    const values = new Float64Array(frames.length).fill(NaN);
    const probabilities = plan.isClassifier ? new Float64Array(frames.length * classCount) : undefined;
    for (let row = 0; row < frames.length; row++) {
      const own = votes[row] as Votes;
      const counted = isChain || isFirst ? own : leaveOutMissing(own, missing, missingThreshold);
      if (!counted || counted.values.length === 0) continue;
      if (probabilities) {
        const target = probabilities.subarray(row * classCount, (row + 1) * classCount);
        values[row] = combineClasses(plan, counted, target);
      } else values[row] = combineNumbers(plan, counted);
    }
    return { values, probabilities };
  };
}

/** The segments that count; undefined where there is no prediction. */
function leaveOutMissing(votes: Votes, treatment: MiningModelPlan['missing'], threshold: number): Votes | undefined {
  const missing = votes.values.filter(Number.isNaN).length;
  if (missing === 0) return votes;
  if (treatment !== 'skipSegment') {
    if (treatment === 'returnMissing') return undefined;
    // What a missing prediction counts for, engines disagree on.
    return rejectRow('a segment of the model has no prediction for this row');
  }
  const weights = votes.weights.reduce((sum, weight) => sum + weight, 0);
  const lost = votes.weights.reduce((sum, weight, at) => sum + (Number.isNaN(votes.values[at]) ? weight : 0), 0);
  if (weights > 0 && lost / weights > threshold) return undefined;
  const kept = [...votes.values.keys()].filter((at) => !Number.isNaN(votes.values[at]));
  return {
    values: kept.map((at) => votes.values[at] as number),
    weights: kept.map((at) => votes.weights[at] as number),
    places: kept.map((at) => votes.places[at] as Votes['places'][number]),
  };
}

function combineNumbers({ method, float }: MiningModelPlan, { values, weights }: Votes): number {
  const round = float ? Math.fround : (x: number) => x;
  const isWeighted = method.startsWith('weighted');
  const add = (numbers: readonly number[]) => numbers.reduce((sum, number) => round(sum + round(number)), 0);
  const weighted = isWeighted ? values.map((value, at) => round(value * round(weights[at] as number))) : values;
  switch (method) {
    case 'sum':
    case 'weightedSum':
      return add(weighted);
    case 'average':
    case 'weightedAverage': {
      const total = isWeighted ? add(weights) : values.length;
      return total > 0 ? round(add(weighted) / total) : NaN;
    }
    case 'max':
      return toMax(values);
    case 'median': {
      const sorted = Float64Array.from(values).sort();
      const middle = sorted.length >> 1;
      const upper = sorted[middle] as number;
      return sorted.length % 2 === 1 ? upper : round(round((sorted[middle - 1] as number) + upper) / 2);
    }
    case 'weightedMedian':
      return toWeightedMedian(values, weights);
    default:
      return values[0] as number;
  }
}

/** The first value, in order, at which half of the weight is reached. */
function toWeightedMedian(values: readonly number[], weights: readonly number[]): number {
  const order = [...values.keys()].sort((one, other) => (values[one] as number) - (values[other] as number));
  const half = weights.reduce((sum, weight) => sum + weight, 0) / 2;
  let sum = 0;
  for (const at of order) {
    sum += weights[at] as number;
    // Between two values, engines disagree on which it is.
    if (sum === half) rejectRow('the weighted median of the model lies between two of its segments');
    if (sum > half) return values[at] as number;
  }
  return NaN;
}

/** The class that segments agree on; its probabilities are written to `target`. */
function combineClasses({ method, float }: MiningModelPlan, votes: Votes, target: Float64Array): number {
  const { values, weights, places } = votes;
  const round = float ? Math.fround : (x: number) => x;
  const width = target.length;
  const copy = ({ result, row }: Votes['places'][number]) =>
    result.probabilities?.subarray(row * width, (row + 1) * width) ?? target.subarray(0, 0);
  if (method === 'selectFirst' || method === 'modelChain') {
    if (Number.isNaN(values[0])) return NaN;
    target.set(copy(places[0] as Votes['places'][number]));
    return values[0] as number;
  }
  if (method === 'max') return toMost(places.map(copy), target);
  const isWeighted = method.startsWith('weighted');
  let total = 0;
  for (const [at, value] of values.entries()) {
    const weight = isWeighted ? (weights[at] as number) : 1;
    total += weight;
    if (method === 'average' || method === 'weightedAverage') {
      copy(places[at] as Votes['places'][number]).forEach((probability, index) => {
        target[index] = round((target[index] as number) + round(probability * weight));
      });
    } else target[value] = (target[value] as number) + weight;
  }
  if (!(total > 0)) return NaN;
  for (let index = 0; index < width; index++) target[index] = round((target[index] as number) / total);
  return toWinners(target, width)[0] as number;
}

/** The greatest number; a call with 100,000 arguments, which is how many segments there may be, would overflow the stack. */
function toMax(numbers: Iterable<number>): number {
  let max = -Infinity;
  for (const number of numbers) max = Math.max(max, number);
  return max;
}

/** The class that has the greatest probability in any segment, and the mean of the segments that say so. */
function toMost(lists: readonly Float64Array[], target: Float64Array): number {
  const most = toMax(lists.map(toMax));
  const winners = new Set(lists.flatMap((list) => [...list.keys()].filter((index) => list[index] === most)));
  const [winner] = winners;
  if (winner === undefined) return NaN;
  // What then is the result, engines disagree on.
  if (winners.size > 1) rejectRow('two classes have the greatest probability of all segments');
  const chosen = lists.filter((list) => list[winner] === most);
  for (const list of chosen)
    list.forEach((probability, index) => (target[index] = (target[index] as number) + probability / chosen.length));
  return winner;
}
