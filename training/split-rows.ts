/**
 * Which rows a model learns from, and which it is judged by: drawn at random, by whole groups, or the latest of all. A model that
 * has seen other rows of the same patient, or later ones, does better on held-out rows than it will in service.
 */
import { Random, shuffle } from './forest/random.ts';
import type { Lesson } from './learned-model.ts';

/** Positions in the rows of a lesson, each part in their order. */
export interface Split {
  readonly training: Int32Array;
  readonly test: Int32Array;
}

/**
 * Holds out a share of the rows. Those drawn at random have the same share of each class, and a class with a single row is not
 * held out; of groups and of times as many rows are held out as come closest without separating what belongs together.
 * @returns no test rows if they cannot be separated
 */
export function holdOut(lesson: Lesson, fraction: number): Split {
  const { groups, times } = lesson.table;
  const random = new Random(lesson.seed);
  if (times) return holdOutLatest(gather(times, lesson), fraction);
  if (groups) return holdOutGroups(lesson, gather(groups, lesson), fraction, random);
  const isTest = new Uint8Array(lesson.rows.length);
  for (const positions of listClasses(lesson)) {
    const held = Math.min(positions.length - 1, Math.round(positions.length * fraction));
    for (const position of shuffle(positions, random).subarray(0, Math.max(0, held))) isTest[position] = 1;
  }
  return toSplit(isTest);
}

/**
 * Divides the rows into folds, each of which is the test rows of a split: of random folds and groups the others are its training
 * rows, of times only the earlier ones. Splits whose training rows lack a class are left out.
 * @returns at most `count` splits; none if the rows cannot be divided
 */
export function toFolds(lesson: Lesson, count: number): Split[] {
  const { groups, times } = lesson.table;
  const random = new Random(lesson.seed, FOLD_STREAM);
  const splits = times
    ? toLaterFolds(gather(times, lesson), count)
    : toOtherFolds(groups ? dealGroups(gather(groups, lesson), count, random) : dealRows(lesson, count, random), count);
  return splits.filter((split) => split.test.length > 0 && listUnlearned(lesson, split).length === 0);
}

/** The classes that occur, but not among the training rows of a split. */
export function listUnlearned({ table, rows, classCount }: Lesson, { training }: Split): number[] {
  if (classCount === 0) return training.length === 0 && rows.length > 0 ? [0] : [];
  const [occurs, isLearned] = [new Uint8Array(classCount), new Uint8Array(classCount)];
  for (const row of rows) occurs[table.target[row] as number] = 1;
  for (const position of training) isLearned[table.target[rows[position] as number] as number] = 1;
  return Array.from(occurs.keys()).filter((index) => occurs[index] === 1 && isLearned[index] === 0);
}

/** The part of a lesson that has the rows at some positions. */
export function takeRows(lesson: Lesson, positions: Int32Array): Lesson {
  return { ...lesson, rows: positions.map((position) => lesson.rows[position] as number) };
}

/** Folds are drawn independently of the held-out rows, trees and categories. */
const FOLD_STREAM = -10_000;

function gather(values: Float64Array, { rows }: Lesson): Float64Array {
  return Float64Array.from(rows, (row) => values[row] as number);
}

function toSplit(isTest: Uint8Array): Split {
  const all = Int32Array.from(isTest.keys());
  return { training: all.filter((row) => isTest[row] === 0), test: all.filter((row) => isTest[row] === 1) };
}

/** The positions of each class; of a regression, all. */
function listClasses({ table, rows, classCount }: Lesson): Int32Array[] {
  const lists = Array.from({ length: Math.max(1, classCount) }, () => [] as number[]);
  rows.forEach((row, position) => lists[classCount === 0 ? 0 : (table.target[row] as number)]?.push(position));
  return lists.map((list) => Int32Array.from(list));
}

/** The positions of each group, in random order. A row without a group is one of its own. */
function listGroups(groups: Float64Array, random: Random): number[][] {
  const lists = new Map<number, number[]>();
  groups.forEach((group, position) => {
    const key = Number.isNaN(group) ? -1 - position : group;
    const list = lists.get(key);
    if (list) list.push(position);
    else lists.set(key, [position]);
  });
  const all = [...lists.values()];
  return Array.from(shuffle(Int32Array.from(all.keys()), random), (at) => all[at] as number[]);
}

function holdOutGroups(lesson: Lesson, groups: Float64Array, fraction: number, random: Random): Split {
  const lists = listGroups(groups, random);
  const isTest = new Uint8Array(groups.length);
  if (lists.length < 2) return toSplit(isTest);
  const wanted = Math.max(1, Math.round(groups.length * fraction));
  let held = 0;
  for (const list of lists) {
    if (held + list.length > wanted) continue;
    held += list.length;
    for (const position of list) isTest[position] = 1;
  }
  const [smallest] = [...lists].sort((a, b) => a.length - b.length);
  if (held === 0) for (const position of smallest as number[]) isTest[position] = 1;
  // A class that would be in held-out groups only is learned from instead.
  for (const unlearned of listUnlearned(lesson, toSplit(isTest))) {
    const back = lists.find((list) => list.some((position) => classAt(lesson, position) === unlearned)) as number[];
    for (const position of back) isTest[position] = 0;
  }
  return toSplit(isTest);
}

function classAt({ table, rows }: Lesson, position: number): number {
  return table.target[rows[position] as number] as number;
}

function holdOutLatest(times: Float64Array, fraction: number): Split {
  const order = orderByTime(times);
  const cut = findCut(times, order, order.length - Math.max(1, Math.round(order.length * fraction)));
  const isTest = new Uint8Array(times.length);
  for (const position of order.slice(cut)) isTest[position] = 1;
  return toSplit(isTest);
}

/** Positions by time; rows without a time count as the earliest. */
function orderByTime(times: Float64Array): number[] {
  const toKey = (position: number) => (Number.isNaN(times[position]) ? -Infinity : (times[position] as number));
  return Array.from(times.keys()).sort((a, b) => (toKey(a) === toKey(b) ? a - b : toKey(a) - toKey(b)));
}

/** The place closest to the wanted one at which the time changes; all rows if there is none. */
function findCut(times: Float64Array, order: readonly number[], wanted: number): number {
  const changes = (at: number) =>
    at > 0 && at < order.length && !Object.is(times[order[at - 1] as number], times[order[at] as number]);
  for (let distance = 0; distance <= order.length; distance++) {
    if (changes(wanted + distance)) return wanted + distance;
    if (changes(wanted - distance)) return wanted - distance;
  }
  return order.length;
}

/** The fold of each row, so that the shares of the classes are alike; -1 for the only row of a class. */
function dealRows(lesson: Lesson, count: number, random: Random): Int32Array {
  const folds = new Int32Array(lesson.rows.length);
  let next = 0;
  for (const positions of listClasses(lesson)) {
    if (positions.length === 1) folds[positions[0] as number] = -1;
    else for (const position of shuffle(positions, random)) folds[position] = next++ % count;
  }
  return folds;
}

/** The fold of each row, so that groups stay together and the folds are of similar size. */
function dealGroups(groups: Float64Array, count: number, random: Random): Int32Array {
  const folds = new Int32Array(groups.length);
  const sizes = new Array<number>(count).fill(0);
  for (const list of listGroups(groups, random).sort((a, b) => b.length - a.length)) {
    const fold = sizes.indexOf(Math.min(...sizes));
    sizes[fold] = (sizes[fold] as number) + list.length;
    for (const position of list) folds[position] = fold;
  }
  return folds;
}

function toOtherFolds(folds: Int32Array, count: number): Split[] {
  return Array.from({ length: count }, (_, fold) => toSplit(Uint8Array.from(folds, (own) => (own === fold ? 1 : 0))));
}

/** The rows in order of time, in one part more than there are folds: each part but the first is judged by those before it. */
function toLaterFolds(times: Float64Array, count: number): Split[] {
  const order = orderByTime(times);
  const cuts = Array.from({ length: count }, (_, fold) =>
    findCut(times, order, Math.round(((fold + 1) * order.length) / (count + 1))),
  );
  const bounds = [...new Set([...cuts, order.length])].sort((a, b) => a - b);
  return bounds.slice(0, -1).map((cut, at) => ({
    training: Int32Array.from(order.slice(0, cut)).sort(),
    test: Int32Array.from(order.slice(cut, bounds[at + 1])).sort(),
  }));
}
