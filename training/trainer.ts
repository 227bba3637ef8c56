/** Learns models of a training, writes each into a folder, and loads it from there, so that all are judged as they would be served. */
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { recordExample } from '../catalogue/load-deployment.ts';
import type { Deployment } from '../models/deployment.ts';
import { deploymentFileSchema, type DeploymentFile } from '../models/deployment-file.ts';
import { blendModels, type Member } from './blend-models.ts';
import { crossValidate, type Criterion, type CrossValidation, type Weights } from './cross-validate.ts';
import { evaluate, scoreAll, type Evaluation } from './evaluate.ts';
import type { LearningOptions } from './forest/learn-forest.ts';
import { selectHyperparameters, type LearnedKind } from './hyperparameters.ts';
import { learnModel } from './learn-model.ts';
import type { LearnedModel, Lesson, ModelFile } from './learned-model.ts';
import { toMemberFile } from '../models/kinds/blend.ts';
import { toRequest } from './load-table.ts';
import type { TrainingPlan } from './plan-training.ts';
import type { Split } from './split-rows.ts';
import { TRAINING_DEFAULTS } from './training-defaults.ts';
import type { TrainingOptions } from './training-options.ts';

/** With fewer training rows, a comparison has more folds: the choice is by chance otherwise, and costs little. */
const FEW_ROWS = 1000;
/** Folds whose sizes differ by no more than this share count as of the same size. */
const SAME_SIZE = 0.02;

/** A model that was learned, and loaded as its deployment. */
interface FittedModel {
  readonly learned: LearnedModel;
  readonly recorded: Pick<Deployment, 'file' | 'model'>;
  /** How long learning took. */
  readonly seconds: number;
}

/** What is kept in memory of the final model. The model itself, which can be large, is in its folder. */
export interface TrainedModel extends Pick<LearnedModel, 'hyperparameters' | 'outOfBag'> {
  /** Its deployment.json, with the answer of the example. */
  readonly file: DeploymentFile;
  readonly evaluation: Evaluation;
  /** How long learning took. */
  readonly seconds: number;
}

/** Learns the models of one training. */
export class Trainer {
  readonly #options: TrainingOptions;
  readonly #plan: TrainingPlan;
  readonly #lesson: Lesson;
  readonly #split: Split;
  readonly #draft: string;
  #found: { readonly rows: number; readonly iterations: number } | undefined;

  /** @param draft the folder of the deployment; other models are in folders of their own in there, for a while */
  constructor(options: TrainingOptions, plan: TrainingPlan, lesson: Lesson, split: Split, draft: string) {
    this.#options = options;
    this.#plan = plan;
    this.#lesson = lesson;
    this.#split = split;
    this.#draft = draft;
  }

  /** Cross-validates kinds on the training rows, if there are several, or folds were asked for. */
  async compare(kinds: readonly LearnedKind[]): Promise<CrossValidation | undefined> {
    const { folds, blend, budget, hyperparameters, onComparison, signal } = this.#options;
    if (kinds.length === 1 && folds === undefined) return undefined;
    const limit = budget ?? (kinds.length > 1 ? TRAINING_DEFAULTS.budget : undefined);
    return crossValidate({
      lesson: { ...this.#lesson, rows: this.#split.training },
      kinds,
      folds: folds ?? (this.#split.training.length < FEW_ROWS ? TRAINING_DEFAULTS.foldsOfFew : TRAINING_DEFAULTS.folds),
      blend: blend ?? true,
      criterion: toCriterion(this.#lesson.classCount, hyperparameters.classWeights === 'balanced'),
      ...(limit !== undefined && { budget: 1000 * limit }),
      fit: (kind, lesson, test, stop) =>
        this.#inFolder('compared', async (folder) => {
          const iterations = kind === 'gradient-boosting' ? this.#recallIterations(lesson) : undefined;
          const { recorded, learned } = await this.#learn({ [kind]: 1 }, lesson, folder, { signal: stop, iterations });
          if (kind === 'gradient-boosting')
            this.#found = { rows: lesson.rows.length, iterations: learned.hyperparameters['trees'] as number };
          return scoreAll(recorded, lesson.table, test, lesson.classCount);
        }),
      ...(onComparison && { onProgress: onComparison }),
      ...(signal && { signal }),
    });
  }

  /**
   * Learns from the training rows, evaluates on those held out, and learns once more from all rows if the model is refitted.
   * @param weights of the kinds: one for a single kind, several for a blend
   */
  async train(weights: Weights): Promise<TrainedModel> {
    const lesson = { ...this.#lesson, rows: this.#split.training };
    if (this.#options.refit) {
      const evaluation = await this.#inFolder('evaluated', async (folder) =>
        this.#evaluate(await this.#learn(weights, lesson, folder, this.#options)),
      );
      return summarize(await this.#learn(weights, this.#lesson, this.#draft, this.#options), evaluation);
    }
    const model = await this.#learn(weights, lesson, this.#draft, this.#options);
    return summarize(model, await this.#evaluate(model));
  }

  /** The number of iterations that was found for another fold of the same size: finding it takes most of the time. */
  #recallIterations({ rows }: Lesson): number | undefined {
    const { rows: size, iterations } = this.#found ?? { rows: 0, iterations: 0 };
    return Math.abs(rows.length - size) <= SAME_SIZE * size ? iterations : undefined;
  }

  #evaluate({ recorded, learned: { used } }: FittedModel): Promise<Evaluation> {
    const { seed, onImportance, signal } = this.#options;
    return evaluate(recorded, this.#lesson.table, this.#split, this.#plan, seed, {
      used,
      onProgress: onImportance,
      signal,
    });
  }

  async #inFolder<Result>(name: string, run: (folder: string) => Promise<Result>): Promise<Result> {
    const folder = join(this.#draft, name);
    await mkdir(folder);
    try {
      return await run(folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  async #learn(
    weights: Weights,
    lesson: Lesson,
    folder: string,
    options: Pick<LearningOptions, 'onProgress' | 'signal' | 'iterations'>,
  ): Promise<FittedModel> {
    const { learn } = this.#options;
    const { signal } = options;
    const start = performance.now();
    const learned = learn ? learn(lesson) : await this.#learnKinds(weights, lesson, folder, options);
    const seconds = (performance.now() - start) / 1000;
    signal?.throwIfAborted();
    await writeFiles(folder, learned.files);
    signal?.throwIfAborted();
    return { learned, recorded: await recordExample(folder, this.#describe(learned)), seconds };
  }

  /** Learns a kind; or the members of a blend, whose files it writes one after the other. */
  async #learnKinds(
    weights: Weights,
    lesson: Lesson,
    folder: string,
    { onProgress, signal, iterations }: Pick<LearningOptions, 'onProgress' | 'signal' | 'iterations'>,
  ): Promise<LearnedModel> {
    const { hyperparameters, threads } = this.#options;
    const learn = (kind: LearnedKind) =>
      learnModel(kind, lesson, selectHyperparameters(kind, hyperparameters), {
        ...(threads !== undefined && { threads }),
        ...(onProgress && { onProgress }),
        ...(signal && { signal }),
        iterations,
      });
    const entries = Object.entries(weights) as [LearnedKind, number][];
    const [first, ...others] = entries;
    if (first && others.length === 0) return learn(first[0]);
    const members: Member[] = [];
    for (const [kind, weight] of entries) {
      const model = await learn(kind);
      signal?.throwIfAborted();
      await writeFiles(
        folder,
        model.files.map(({ name, pieces }) => ({ name: toMemberFile(kind, name), pieces })),
      );
      members.push({ kind, weight, model: { ...model, files: [] } });
    }
    return blendModels(members);
  }

  /** The content of deployment.json, without the answer of its example. */
  #describe({ kind, columns, settings }: LearnedModel): DeploymentFile {
    const { deployment, date = new Date() } = this.#options;
    const { problemType, label } = this.#plan;
    const now = date.toISOString();
    const { name, type, classes } = label;
    return deploymentFileSchema.parse({
      ...deployment,
      kind,
      settings,
      problem_type: problemType,
      columns,
      label: { name, type: classes ? type : 'double', ...(classes && { classes }) },
      example: toRequest(this.#lesson.table, chooseExample(this.#split, this.#lesson)),
      created_at: now,
      modified_at: now,
    });
  }
}

function summarize({ learned, recorded: { file }, seconds }: FittedModel, evaluation: Evaluation): TrainedModel {
  const { hyperparameters, outOfBag } = learned;
  return { file, hyperparameters, ...(outOfBag && { outOfBag }), evaluation, seconds };
}

/** Writes the files of a model, which can be larger than a text may be. */
async function writeFiles(folder: string, files: readonly ModelFile[]): Promise<void> {
  for (const { name, pieces } of files) await pipeline(Readable.from(pieces), createWriteStream(join(folder, name)));
}

/** The first held-out row of each class, at most three; for a regression the first two rows. */
function chooseExample({ test }: Split, { table, classCount }: Lesson): number[] {
  if (classCount === 0) return Array.from(test.subarray(0, 2));
  const rows = Array.from({ length: classCount }, (_, index) => test.find((row) => table.target[row] === index));
  return rows.filter((row) => row !== undefined).slice(0, 3);
}

/** Weighted classes count alike, whatever the probabilities are. */
function toCriterion(classCount: number, isBalanced: boolean): Criterion {
  if (classCount === 0) return { metric: 'rmse', isGain: false };
  return isBalanced ? { metric: 'balanced_accuracy', isGain: true } : { metric: 'log_loss', isGain: false };
}
