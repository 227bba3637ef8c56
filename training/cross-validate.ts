/** Cross-validation: how models of one kind, or of several, do on rows that they have not learned from. */
import { CommandError } from '../errors/command-error.ts';
import type { Scores } from '../models/model.ts';
import { average } from '../models/kinds/blend.ts';
import { fitBlend } from './fit-blend.ts';
import { toFigures, toSpreads, type Figures, type Spread } from './evaluation/figures.ts';
import { Random, shuffle } from './forest/random.ts';
import type { LearnedKind, TrainedKind } from './hyperparameters.ts';
import type { Lesson } from './learned-model.ts';
import { measureClasses, measureRegression } from './metrics.ts';
import { takeRows, toFolds, type Split } from './split-rows.ts';

/** The shares that the members of a blend have; of a mean of 1. */
export type Weights = Readonly<Partial<Record<LearnedKind, number>>>;

/** The weights of a blend, for people: "0.6 × linear-regression + 0.4 × random-forest". */
export function describeWeights(weights: Weights): string {
  return Object.entries(weights)
    .sort(([, one], [, other]) => other - one)
    .map(([kind, weight]) => `${Number(weight.toFixed(2))} × ${kind}`)
    .join(' + ');
}

/** A kind that was measured. */
export interface Candidate {
  readonly kind: TrainedKind;
  /** Of a blend: the weights of its members. */
  readonly weights?: Weights;
  /** The spread over the folds, by the keys of METRIC_NAMES; empty if the kind was not measured. */
  readonly metrics: Readonly<Record<string, Spread>>;
  /** How many folds were measured: the budget can end before the last. */
  readonly folds: number;
  /** How long they took. */
  readonly seconds: number;
  /** Why it was not measured: one sentence. */
  readonly note?: string;
}

/** The metric that decides, and whether more is better. */
export interface Criterion {
  readonly metric: 'log_loss' | 'balanced_accuracy' | 'rmse';
  readonly isGain: boolean;
}

/** The result of a cross-validation of the training rows. */
export interface CrossValidation {
  readonly metric: Criterion['metric'];
  /** How many folds there were to be. */
  readonly folds: number;
  /** How many rows they had in all: a budget can do with a part of them. */
  readonly rows: number;
  /** In the order of the kinds; then their blend, if it does better than each. */
  readonly candidates: readonly Candidate[];
  /** The kind that did best. */
  readonly chosen: TrainedKind;
}

export interface CrossValidationTask {
  readonly lesson: Lesson;
  readonly kinds: readonly LearnedKind[];
  readonly folds: number;
  readonly criterion: Criterion;
  /** Whether a weighted mean of the kinds may be chosen. */
  readonly blend: boolean;
  /** How long it may take, in milliseconds; as long as it takes if this is undefined. */
  readonly budget?: number;
  /** Learns a kind, and scores other rows. */
  readonly fit: (kind: LearnedKind, lesson: Lesson, test: Int32Array, signal: AbortSignal) => Promise<Scores>;
  /** Called after each model of the folds that count, with their number so far and of all. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
  /** The time in milliseconds. */
  readonly now?: () => number;
}

/** With a budget, the first round has at most this many rows, so that there is a result soon; fewer, but at least … */
const FIRST_ROWS = 6000;
/** … this many, if … */
const MIN_FIRST_ROWS = 1000;
/** … rows × features × outputs are more than this. */
const FIRST_CELLS = 600_000;
/** The answers of at most so many rows are kept for a blend. */
const MAX_ANSWERS = 50_000;
/** From one round to the next, the number of rows grows by at most this factor … */
const GROWTH = 4;
/** … and at least this one; otherwise there are further folds of the same rows. */
const MIN_GROWTH = 1.5;
/** Time grows a little faster than the number of rows. */
const MARGIN = 1.3;

/** What the kinds did in one fold. */
type Round = ReadonlyMap<LearnedKind, Result>;

interface Result {
  readonly figures: Figures;
  readonly seconds: number;
  /** To some of the rows: those that `thin` keeps. */
  readonly answers: Scores;
}

/** The folds of some rows, and what has been measured of them. */
interface Stage {
  readonly lesson: Lesson;
  readonly splits: readonly Split[];
  readonly rounds: Round[];
}

/**
 * Cross-validates kinds of models, on the same folds. With a budget, they are compared on a part of the rows first, and then on as
 * many rows and folds as the time allows; what they did on the most rows decides.
 * @throws {CommandError} if no kind can be learned; the signal's reason if it is aborted
 */
export async function crossValidate(task: CrossValidationTask): Promise<CrossValidation> {
  const { lesson, budget = Infinity } = task;
  const count = lesson.rows.length;
  const race = new Race(task);
  let stage = await race.begin(budget === Infinity ? count : Math.min(chooseFirstSize(lesson), count));
  while (stage.lesson.rows.length < count) {
    const next = race.chooseSize(stage, count);
    if (next < MIN_GROWTH * stage.lesson.rows.length) break;
    const larger = await race.begin(next);
    if (!race.isComplete(larger)) break;
    stage = larger;
  }
  for (const split of stage.splits.slice(1)) {
    if (!race.affords(stage)) break;
    const round = await race.run(stage, split);
    if (!race.hasAll(round)) break;
    stage.rounds.push(round);
  }
  return race.finish(stage);
}

/** Rounds against the clock. */
class Race {
  readonly #task: CrossValidationTask;
  readonly #now: () => number;
  readonly #deadline: number;
  /** The kinds that cannot be learned, and why. */
  readonly #failures = new Map<LearnedKind, CommandError>();

  constructor(task: CrossValidationTask) {
    this.#task = task;
    this.#now = task.now ?? (() => performance.now());
    this.#deadline = this.#now() + (task.budget ?? Infinity);
  }

  /** Measures the first fold of a number of rows. */
  async begin(size: number): Promise<Stage> {
    const { lesson: all, folds } = this.#task;
    const lesson = size < all.rows.length ? sampleRows(all, size) : all;
    const splits = toFolds(lesson, folds);
    const stage: Stage = { lesson, splits, rounds: [] };
    const [first] = splits;
    if (first) stage.rounds.push(await this.run(stage, first));
    return stage;
  }

  /** Measures all kinds that can be learned on one fold; fewer if the time is over. */
  async run({ lesson, splits }: Stage, { training, test }: Split): Promise<Round> {
    const { kinds, folds, fit, signal, onProgress } = this.#task;
    const round = new Map<LearnedKind, Result>();
    for (const kind of kinds) {
      signal?.throwIfAborted();
      if (this.#failures.has(kind)) continue;
      const left = this.#deadline - this.#now();
      if (left <= 0) break;
      const limit = Number.isFinite(left) ? AbortSignal.timeout(Math.ceil(left)) : undefined;
      const start = this.#now();
      try {
        const part = takeRows(lesson, training);
        const held = takeRows(lesson, test).rows;
        const scores = await fit(kind, part, held, AbortSignal.any([signal, limit].filter((one) => one !== undefined)));
        round.set(kind, {
          figures: measure(lesson, held, scores),
          seconds: (this.#now() - start) / 1000,
          answers: takeScores(scores, thin(test, folds), lesson.classCount),
        });
      } catch (error) {
        signal?.throwIfAborted();
        if (limit?.aborted) break;
        if (!(error instanceof CommandError)) throw error;
        this.#failures.set(kind, error);
      }
      onProgress?.(
        splits.findIndex((split) => split.test === test) * kinds.length + kinds.indexOf(kind) + 1,
        folds * kinds.length,
      );
    }
    return round;
  }

  isComplete({ rounds: [first] }: Stage): boolean {
    return first !== undefined && this.hasAll(first);
  }

  /** Whether a round has every kind that can be learned. */
  hasAll(round: Round): boolean {
    return round.size > 0 && this.#task.kinds.every((kind) => round.has(kind) || this.#failures.has(kind));
  }

  /** Whether there is time for another round of the same rows. */
  affords(stage: Stage): boolean {
    return this.isComplete(stage) && this.#deadline - this.#now() > toMilliseconds(stage.rounds);
  }

  /** The number of rows for which there is time. */
  chooseSize(stage: Stage, count: number): number {
    const { length } = stage.lesson.rows;
    if (!this.isComplete(stage)) return 0;
    const affordable = (length * (this.#deadline - this.#now())) / (MARGIN * toMilliseconds(stage.rounds));
    return Math.floor(Math.min(count, GROWTH * length, affordable));
  }

  finish({ lesson, rounds, splits }: Stage): CrossValidation {
    const { kinds, folds, criterion } = this.#task;
    const [failure] = this.#failures.values();
    if (failure && this.#failures.size === kinds.length) throw failure;
    const singles = kinds.map((kind) => this.#toCandidate(kind, rounds, splits));
    const { metric, isGain } = criterion;
    const blend = isGain || !this.#task.blend ? undefined : this.#blend({ lesson, rounds, splits });
    const candidates = blend ? [...singles, blend] : singles;
    const toLoss = ({ metrics }: Candidate) => {
      const mean = metrics[metric]?.mean ?? NaN;
      return Number.isNaN(mean) ? Infinity : isGain ? -mean : mean;
    };
    const measured = candidates.filter((candidate) => toLoss(candidate) < Infinity);
    const possible = kinds.filter((kind) => !this.#failures.has(kind));
    const best = blend ?? measured.sort((a, b) => toLoss(a) - toLoss(b))[0];
    // Where nothing could be measured, trees are the safest choice.
    const fallback = (['gradient-boosting', ...possible] as const).find((kind) =>
      possible.includes(kind),
    ) as LearnedKind;
    return { metric, folds, rows: lesson.rows.length, candidates, chosen: best?.kind ?? fallback };
  }

  /** The blend of the kinds, if it does better than each. */
  #blend({ lesson, rounds, splits }: Stage): Candidate | undefined {
    const { classCount } = lesson;
    const [first] = rounds;
    const kinds = [...(first?.keys() ?? [])].filter((kind) => rounds.every((round) => round.has(kind)));
    if (kinds.length < 2) return undefined;
    const held = rounds.map((_, index) => {
      const { test } = splits[index] as Split;
      return takeRows(
        lesson,
        thin(test, this.#task.folds).map((at) => test[at] as number),
      ).rows;
    });
    const fitted = fitBlend({
      answers: kinds.map((kind) => joinAnswers(rounds.map((round) => (round.get(kind) as Result).answers))),
      truth: Float64Array.from(
        held.flatMap((rows) => Array.from(rows)),
        (row) => lesson.table.target[row] as number,
      ),
      classCount,
    });
    if (!fitted) return undefined;
    const weights = Object.fromEntries(
      kinds.map((kind, index) => [kind, fitted[index] as number]).filter(([, weight]) => weight !== 0),
    ) as Weights;
    const figures = rounds.map((round, index) => {
      const parts = (Object.entries(weights) as [LearnedKind, number][]).map(([kind, weight]) => ({
        scores: (round.get(kind) as Result).answers,
        weight,
      }));
      return measure(lesson, held[index] as Int32Array, average(parts, classCount === 0 ? undefined : classCount));
    });
    const seconds = rounds.map((round) => toMilliseconds([round]) / 1000).reduce((total, one) => total + one, 0);
    return { kind: 'blend', weights, metrics: toSpreads(figures), folds: rounds.length, seconds };
  }

  #toCandidate(kind: LearnedKind, rounds: readonly Round[], splits: readonly Split[]): Candidate {
    const failure = this.#failures.get(kind);
    const own = failure ? [] : rounds.map((round) => round.get(kind)).filter((fold) => fold !== undefined);
    const missing =
      splits.length === 0 ? 'The rows cannot be divided into folds.' : 'The time was over before it was learned.';
    return {
      kind,
      metrics: toSpreads(own.map(({ figures }) => figures)),
      folds: own.length,
      seconds: own.reduce((sum, { seconds }) => sum + seconds, 0),
      ...(own.length === 0 && { note: failure?.message ?? missing }),
    };
  }
}

function measure({ table, classCount }: Lesson, rows: Int32Array, scores: Scores): Figures {
  const truth = Float64Array.from(rows, (row) => table.target[row] as number);
  return toFigures(
    classCount > 0 ? measureClasses(truth, scores, classCount) : measureRegression(truth, scores.predictions),
  );
}

function chooseFirstSize({ table, classCount }: Lesson): number {
  const cells = table.columns.length * (classCount > 2 ? classCount : 1);
  return Math.min(FIRST_ROWS, Math.max(MIN_FIRST_ROWS, Math.floor(FIRST_CELLS / cells)));
}

/** The positions of the rows of a fold whose answers are kept. */
function thin(test: Int32Array, folds: number): Int32Array {
  const step = Math.ceil((test.length * folds) / MAX_ANSWERS);
  return Int32Array.from(test.keys()).filter((at) => at % step === 0);
}

/** The scores of some rows. */
function takeScores({ predictions, probabilities }: Scores, rows: Int32Array, classCount: number): Scores {
  const taken = Float64Array.from(rows, (row) => predictions[row] as number);
  if (!probabilities) return { predictions: taken };
  const vectors = new Float64Array(rows.length * classCount);
  rows.forEach((row, at) => {
    for (let index = 0; index < classCount; index++)
      vectors[at * classCount + index] = probabilities[row * classCount + index] as number;
  });
  return { predictions: taken, probabilities: vectors };
}

/** The probabilities of all folds, or the predictions, one after the other. */
function joinAnswers(scores: readonly Scores[]): Float64Array {
  const lists = scores.map(({ predictions, probabilities }) => probabilities ?? predictions);
  const joined = new Float64Array(lists.reduce((total, list) => total + list.length, 0));
  let at = 0;
  for (const list of lists) {
    joined.set(list, at);
    at += list.length;
  }
  return joined;
}

/** How long the last round takes. */
function toMilliseconds(rounds: readonly Round[]): number {
  const last = rounds.at(-1) as Round;
  return 1000 * [...last.values()].reduce((sum, { seconds }) => sum + seconds, 0);
}

/** Some of the rows, drawn at random. */
function sampleRows(lesson: Lesson, size: number): Lesson {
  const drawn = shuffle(Int32Array.from(lesson.rows.keys()), new Random(lesson.seed, SAMPLE_STREAM));
  return takeRows(lesson, drawn.subarray(0, size).sort());
}

/** Samples are drawn independently of the folds, trees and categories. */
const SAMPLE_STREAM = -20_000;
