/**
 * From the URL of a model server to a deployment: what the upstream tells of its model, the rows that it is shown, and what it
 * answers to them. Asking ends before writing begins; so an upstream that fails leaves nothing behind.
 */
import { join } from 'node:path';
import { DeploymentError } from '../errors/deployment-error.ts';
import { deploymentFileSchema, type DeploymentFile } from '../models/deployment-file.ts';
import { toProblems } from '../errors/to-problems.ts';
import type { Inspection, RemoteAdapter } from '../remote/adapter.ts';
import { adapters } from '../remote/adapters.ts';
import { inspectUpstream } from '../remote/inspect-upstream.ts';
import type { UpstreamError } from '../upstream/upstream-error.ts';
import type { ProblemType } from '../models/deployment-file.ts';
import type { DeploymentDescription } from '../models/deployment-file.ts';
import { checkFree, writeDeployment, writeJson } from '../catalogue/write-deployment.ts';
import { findFailure } from './find-failure.ts';
import { loadRows } from '../csv/load-rows.ts';
import { mergeSettings, type Settings } from './merge-settings.ts';
import { planColumns, type ColumnPlan } from './plan-columns.ts';
import { planOutcome, type Class, type OutcomePlan } from './plan-outcome.ts';
import { askAll, scoreAll } from './score-rows.ts';
import { FINAL, tellTrial, trySettings } from './try-settings.ts';
import { toCommandError } from './to-command-error.ts';

export interface WrapOptions {
  /** A name of models/remote/adapters.ts. */
  readonly kind: string;
  readonly url: URL;
  /** The settings that the user gives; they come before those that the URL or the upstream tell. */
  readonly settings: Settings;
  /** The file of the rows. */
  readonly rows: string;
  /** The name of what is predicted. A column of the rows that has it holds the true labels. */
  readonly label: string;
  /** The classes, in the order of the probabilities. */
  readonly labels?: readonly Class[];
  readonly problemType?: ProblemType;
  readonly features?: readonly string[];
  readonly drop?: readonly string[];
  readonly deployment: DeploymentDescription;
  /** The folder of the deployments. */
  readonly out: string;
  readonly force: boolean;
  /** Told what the model takes, before the rows are scored. */
  readonly onPlan?: (columns: ColumnPlan['columns'], rowCount: number, notices: readonly string[]) => void;
}

/** More rows show nothing more, and may cost their owner money. */
const MAX_ROWS = 1000;

type RecordedAnswer = NonNullable<DeploymentFile['example']['answer']>;

export interface WrapResult {
  /** The deployment's folder. */
  readonly folder: string;
  /** As it was written. */
  readonly file: DeploymentFile;
  /** The rows that were scored, and what was answered to them. */
  readonly scored: DeploymentFile['example'] & { readonly answer: RecordedAnswer };
  /** The true labels of the rows, where they have them. */
  readonly truth: readonly unknown[] | undefined;
  /** What the user should know, a sentence each. */
  readonly notices: readonly string[];
}

/** More rows of an example prove nothing more. */
const MOST_EXAMPLES = 5;

/**
 * Wraps a model and writes its deployment.
 * @throws {CommandError} where the upstream fails, or does not fit; a DeploymentError with problems of the settings; a
 *   CommandError for what is wrong with a CSV file or the folder
 */
export async function wrap(options: WrapOptions): Promise<WrapResult> {
  const destination = { ...options, id: options.deployment.id };
  const folder = await checkFree(destination);
  const adapter = adapters[options.kind] as RemoteAdapter;
  const rows = await loadRows(options.rows, MAX_ROWS);
  const fromUrl = adapter.fromUrl?.(options.url) ?? { url: options.url.href.replace(/\/+$/, '') };
  const told = await inspect(adapter, mergeSettings(fromUrl, options.settings));
  const complete = (tried: Settings) =>
    mergeSettings(mergeSettings(mergeSettings(fromUrl, told.settings ?? {}), tried), options.settings);
  checkSettings(adapter, complete({}), told.failure);

  const plan = planColumns(rows, told.columns, options);
  const notices = [...rows.notices, ...(told.notes ?? []), ...plan.notices];
  options.onPlan?.(plan.columns, rows.count, notices);
  const ask = (settings: Settings) => askAll(adapter, describe(options, settings, plan, toPlaceholder(settings)));
  const trial = await trySettings(told.trials ?? [], options.settings, (tried) => ask(complete(tried)));
  const settings = complete(trial?.settings ?? {});
  const outcome = await planOutcome(
    { ...options, declared: told.classes, label: plan.label, hasClassIndices: hasClassIndices(settings) },
    async () => trial?.answer ?? ask(settings),
  );
  const scored = await scoreAll(adapter, describe(options, settings, plan, outcome));
  const file = { ...scored, example: cut(scored.example) };
  await writeDeployment(destination, (folder) => writeJson(join(folder, 'deployment.json'), file));
  return {
    folder,
    file,
    scored: scored.example as WrapResult['scored'],
    truth: plan.label?.type && plan.label.toCells(plan.label.type),
    notices: [...tellTrial(trial), ...outcome.notices],
  };
}

/** What the upstream tells. One that answers, but has nothing to tell, can be asked for rows all the same. */
async function inspect(
  adapter: RemoteAdapter,
  given: Settings,
): Promise<Inspection & { readonly failure?: UpstreamError }> {
  try {
    return await inspectUpstream(adapter, given);
  } catch (error) {
    const failure = findFailure(error);
    if (!failure) throw error;
    if (FINAL.includes(failure.failure)) throw toCommandError(error);
    return { failure, notes: [`The upstream tells nothing of its columns (${failure.message}): the rows do.`] };
  }
}

/** Where nothing is wrong but what is missing, and the upstream was to tell it, why it did not is what helps. */
function checkSettings(adapter: RemoteAdapter, settings: Settings, failure: UpstreamError | undefined): void {
  const parsed = adapter.settings.safeParse(settings);
  if (parsed.success) return;
  if (failure && parsed.error.issues.every(({ path }) => isMissing(settings, path))) throw toCommandError(failure);
  const reason = failure ? [`The upstream tells nothing of its model: ${failure.message}`] : [];
  throw new DeploymentError([...toProblems(parsed.error, 'deployment.json.settings'), ...reason]);
}

function isMissing(settings: Settings, path: readonly PropertyKey[]): boolean {
  const step = (value: unknown, key: PropertyKey) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return path.reduce(step, settings) === undefined;
}

/** The deployment's file, but for the answer of its example. */
function describe(
  { kind, deployment, label }: WrapOptions,
  settings: Settings,
  { columns, table }: ColumnPlan,
  { problemType, type, classes }: OutcomePlan,
): DeploymentFile {
  const now = new Date().toISOString();
  const parsed = deploymentFileSchema.safeParse({
    ...deployment,
    kind,
    settings,
    problem_type: problemType,
    columns,
    label: { name: label, type, ...(classes && { classes }) },
    example: table,
    created_at: now,
    modified_at: now,
  });
  if (!parsed.success) throw new DeploymentError(toProblems(parsed.error, 'deployment.json'));
  return parsed.data;
}

function hasClassIndices({ output }: Settings): boolean {
  return (output as Settings | undefined)?.['scalar'] === 'class_index';
}

/** Stands for the classes while they are not known: as many as the settings name probabilities. */
function toPlaceholder({ output }: Settings): OutcomePlan {
  const probability = (output as Settings | undefined)?.['probability'];
  const width = Array.isArray(probability) ? probability.length : 2;
  const classes = Array.from({ length: width }, (_, index) => String(index));
  return { problemType: width === 2 ? 'binary' : 'multiclass', type: 'string', classes, notices: [] };
}

/** The first rows of an example, with their answers. */
function cut({ fields, values, answer }: DeploymentFile['example']): DeploymentFile['example'] {
  const few = <Item>(items: readonly Item[]) => items.slice(0, MOST_EXAMPLES);
  return {
    fields,
    values: few(values),
    ...(answer && {
      answer: {
        predictions: few(answer.predictions),
        ...(answer.probabilities && { probabilities: few(answer.probabilities) }),
      },
    }),
  };
}
