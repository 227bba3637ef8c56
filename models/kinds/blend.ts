/**
 * Weighted means of models: the kind `blend`. Each member is a model as its own kind would load it, with its own file, settings and
 * columns; the probabilities of a row, or the predictions of a regression, are averaged (a linear opinion pool: Stone 1961).
 */
import { z } from 'zod';
import { listOf } from '../list-of.ts';
import { DeploymentError } from '../../errors/deployment-error.ts';
import { columnSchema, type DeploymentFile } from '../deployment-file.ts';
import { toPredictions, type Model, type Scores } from '../model.ts';
import { catboost } from './catboost/catboost.ts';
import { parsePart, toShareableKind, type DeploymentSource, type ModelKind, type Shareable } from './kind.ts';
import { lightgbm } from './lightgbm/lightgbm.ts';
import { linearRegression } from './linear-regression.ts';
import { logisticRegression } from './logistic-regression.ts';
import { randomForest } from './random-forest/random-forest.ts';
import { xgboost } from './xgboost/xgboost.ts';

/** The kinds that a member can have: those whose scores are computed at once, and that any thread can build. */
const MEMBER_KINDS = {
  catboost,
  lightgbm,
  'linear-regression': linearRegression,
  'logistic-regression': logisticRegression,
  'random-forest': randomForest,
  xgboost,
} satisfies Readonly<Record<string, ModelKind>>;

const memberSchema = z.strictObject({
  /** Its files are named after it: `<name>.model.json` is its `model.json`. */
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'lower-case letters, digits and `-`, starting with a letter or digit'),
  kind: z.enum(Object.keys(MEMBER_KINDS) as [keyof typeof MEMBER_KINDS]),
  weight: z.number().positive(),
  settings: z.unknown().default({}),
  /** The columns as this member knows them: its categories, and what replaces a null; those of the deployment by default. */
  columns: listOf(columnSchema).optional(),
});
const settingsSchema = z.strictObject({ members: listOf(memberSchema, 1, 20) });
export type BlendMember = z.input<typeof memberSchema>;

/** The file of a member in the deployment's folder. */
export function toMemberFile(member: string, file: string): string {
  return `${member}.${file}`;
}

/** The kind blend. */
export const blend = toShareableKind<Readonly<Record<string, Shareable>>>(
  async (source) => {
    const members = readMembers(source.file);
    const data = await Promise.all(members.map((member, index) => loadMember(source, member, index)));
    return Object.fromEntries(members.map(({ name }, index) => [name, data[index]]));
  },
  (file, data) => {
    const members = readMembers(file);
    const total = members.reduce((sum, { weight }) => sum + weight, 0);
    const models = members.map(({ name, kind, weight, file: own }) => ({
      model: (MEMBER_KINDS[kind].build as NonNullable<ModelKind['build']>)(own, data[name]),
      weight: weight / total,
    }));
    return { score: async (table) => average(await scoreMembers(models, table), file.label.classes?.length) };
  },
);

interface Member extends z.infer<typeof memberSchema> {
  /** The deployment as this member would be deployed alone. */
  readonly file: DeploymentFile;
}

function readMembers(file: DeploymentFile): Member[] {
  const { members } = parsePart(settingsSchema, file.settings, 'deployment.json.settings');
  const problems: string[] = [];
  const own = members.map((member, index) => {
    const { name, kind, settings, columns = file.columns } = member;
    const place = `deployment.json.settings.members[${index}]`;
    if (members.findIndex((other) => other.name === name) < index)
      problems.push(`${place}.name: expected a unique name`);
    const isSame =
      columns.length === file.columns.length && columns.every((column, at) => isLike(column, file.columns[at]));
    if (!isSame)
      problems.push(`${place}.columns: expected the names and types of the deployment's columns, in their order`);
    return { ...member, file: { ...file, kind, settings, columns } };
  });
  if (problems.length > 0) throw new DeploymentError(problems);
  return own;
}

type Column = DeploymentFile['columns'][number];

function isLike(one: Column, other: Column | undefined): boolean {
  return one.name === other?.name && one.type === other.type && one.nullable === other.nullable;
}

/** Loads the data of a member; problems name its files and settings. */
async function loadMember(source: DeploymentSource, { name, kind, file }: Member, index: number): Promise<Shareable> {
  try {
    const { data } = await MEMBER_KINDS[kind].load({
      ...source,
      file,
      readJson: (path) => source.readJson(toMemberFile(name, path)),
      readBytes: (path) => source.readBytes(toMemberFile(name, path)),
      readPieces: (path) => source.readPieces(toMemberFile(name, path)),
    });
    return data;
  } catch (error) {
    if (!(error instanceof DeploymentError)) throw error;
    const toPlace = (problem: string) =>
      problem
        .replace(/^model\./, toMemberFile(name, 'model.'))
        .replace(/^deployment\.json\.settings/, `deployment.json.settings.members[${index}].settings`);
    throw new DeploymentError(error.problems.map(toPlace), { cause: error });
  }
}

interface WeightedScores {
  readonly scores: Scores;
  readonly weight: number;
}

function scoreMembers(
  models: readonly { readonly model: Model; readonly weight: number }[],
  table: Parameters<Model['score']>[0],
): Promise<WeightedScores[]> {
  return Promise.all(models.map(async ({ model, weight }) => ({ scores: await model.score(table), weight })));
}

/**
 * The weighted mean of scores.
 * @param classCount undefined for a regression
 */
export function average(parts: readonly WeightedScores[], classCount: number | undefined): Scores {
  const key = classCount === undefined ? 'predictions' : 'probabilities';
  const lists = parts.map(({ scores }) => scores[key] ?? []);
  const means = new Float64Array(lists[0]?.length ?? 0);
  parts.forEach(({ weight }, index) => {
    const list = lists[index] as ArrayLike<number>;
    for (let at = 0; at < means.length; at++) means[at] = (means[at] as number) + weight * (list[at] as number);
  });
  if (classCount === undefined) return { predictions: means };
  return { predictions: toPredictions(means, classCount), probabilities: means };
}
