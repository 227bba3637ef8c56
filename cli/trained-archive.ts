/** The archive that `train` writes of the model that it has just learned: the same as `archive` would write afterwards. */
import type { CellRules } from '../csv/survey-columns.ts';
import { CommandError } from '../errors/command-error.ts';
import { EngineError } from '../errors/engine-error.ts';
import { loadDeployment } from '../catalogue/load-deployment.ts';
import { fillArchive, type ArchiveContent } from '../openscale/archive/write-archive.ts';
import { toFairnessParameters, type FairnessChoices } from '../openscale/fairness.ts';
import type { TrainingPlan } from '../training/plan-training.ts';
import type { ThreadOptions } from '../training/train-in-thread.ts';

/** What the thread is told of the archive. */
export interface TrainedArchive {
  /** The file that it fills. */
  readonly draft: string;
  readonly fairness: FairnessChoices;
  readonly rules: CellRules;
}

/** What the command shows meanwhile: what the user should know, and how much of a phase is done. */
export type ArchiveNews =
  { readonly notice: string } | { readonly unit: 'rows' | 'features'; readonly done: number; readonly total: number };

/**
 * Checks the groups and outcomes before a model is learned. Which categories the model knows is not certain yet.
 * @throws {CommandError} if the file does not have them
 */
export function checkArchive({ fairness }: Pick<TrainedArchive, 'fairness'>, { label, features }: TrainingPlan): void {
  const columns = features.map(({ name, type, nullable, categorical, survey: { counts } }) => ({
    name,
    type,
    nullable,
    ...(categorical && counts && { categories: [...counts.keys()] }),
  }));
  const { name, type, classes } = label;
  toFairnessParameters(fairness, { columns, label: { name, type, ...(classes && { classes: [...classes] }) } });
}

/**
 * Fills the archive of the deployment in a draft folder. The file is read once more, as `archive` reads it: dates as texts, and rows only if
 * they are complete. What is wrong with it does not undo the training, and is returned.
 */
export async function fillTrainedArchive(
  { draft: archive, fairness, rules }: TrainedArchive,
  { file, format, choices: { label } }: ThreadOptions,
  draft: string,
  send: (news: ArchiveNews) => void,
): Promise<ArchiveContent | { readonly problem: string }> {
  const deployment = await loadDeployment(draft, { allowModules: false });
  const source = {
    deployment,
    data: { path: file, ...(format && { format }), rules, label },
    fairness,
    explainability: true,
    drift: true,
    onNotices: (notices: readonly string[]) => notices.forEach((notice) => send({ notice })),
    onProgress: (unit: 'rows' | 'features', done: number, total: number) => send({ unit, done, total }),
  };
  try {
    return await fillArchive(source, archive);
  } catch (error) {
    if (error instanceof CommandError) return { problem: error.message };
    if (error instanceof EngineError) return { problem: `the rows cannot be scored: ${error.message}` };
    throw error;
  } finally {
    deployment.close?.();
  }
}
