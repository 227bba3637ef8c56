/**
 * From the URL of a model server to a deployment: inspects the upstream, scores rows, and derives columns, classes and settings.
 * Nothing is written before the last call has succeeded, so an upstream that fails leaves nothing behind.
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
import type { RequestTable } from '../models/table.ts';
import { findFailure } from './find-failure.ts';
import { loadRows, type RowsFormat } from '../csv/load-rows.ts';
import { isSettings, mergeSettings, type Settings } from './merge-settings.ts';
import { planColumns, type ColumnPlan } from './plan-columns.ts';
import type { Class } from './class-labels.ts';
import { planOutcome, type OutcomePlan } from './plan-outcome.ts';
import { scoreChecked, scoreUnchecked, type DraftFile } from './score-rows.ts';
import { describeTrial, FINAL, trySettings } from './try-settings.ts';
import { toCommandError } from './to-command-error.ts';

export interface WrapOptions {
  /** A name in remote/adapters.ts. */
  readonly kind: string;
  readonly url: URL;
  /** The user's settings; they override those from the URL and the upstream. */
  readonly settings: Settings;
  /** The file with the rows. */
  readonly rows: string;
  /** How the file is read, if it is CSV. */
  readonly format?: RowsFormat;
  /** The name of what is predicted. A column of the rows with this name has the true labels. */
  readonly label: string;
  /** The classes, in the order of the probabilities. */
  readonly labels?: readonly Class[];
  readonly problemType?: ProblemType;
  readonly features?: readonly string[];
  readonly drop?: readonly string[];
  readonly categories?: ReadonlyMap<string, readonly string[]>;
  readonly deployment: DeploymentDescription;
  /** The folder of the deployments. */
  readonly out: string;
  readonly force: boolean;
  /** How many of the versions that have been replaced are kept. */
  readonly keep?: number;
  /** Is given the columns of the model before the rows are scored. */
  readonly onPlan?: (columns: ColumnPlan['columns'], rowCount: number, notices: readonly string[]) => void;
}

/** More rows would add nothing, and may cost money. */
const MAX_ROWS = 1000;

type RecordedAnswer = NonNullable<DeploymentFile['example']['answer']>;

export interface WrapResult {
  /** The deployment's folder. */
  readonly folder: string;
  /** The deployment as it was written. */
  readonly file: DeploymentFile;
  /** The scored rows and their answers. */
  readonly scored: RequestTable & { readonly answer: RecordedAnswer };
  /** The true labels of the rows, if there are any. */
  readonly truth: readonly unknown[] | undefined;
  /** Notices for the user, one sentence each. */
  readonly notices: readonly string[];
}

/**
 * Wraps a model and writes its deployment.
 * @throws {CommandError} if the upstream fails or does not fit, or for problems of the rows or the folder
 * @throws {DeploymentError} for problems of the settings
 */
export async function wrap(options: WrapOptions): Promise<WrapResult> {
  const destination = { ...options, id: options.deployment.id };
  const folder = await checkFree(destination);
  const adapter = adapters[options.kind] as RemoteAdapter;
  const rows = await loadRows(options.rows, MAX_ROWS, options.format);
  const fromUrl = adapter.fromUrl?.(options.url) ?? { url: options.url.href.replace(/\/+$/, '') };
  const inspection = await inspect(adapter, mergeSettings(fromUrl, options.settings));
  const complete = (tried: Settings) =>
    mergeSettings(mergeSettings(mergeSettings(fromUrl, inspection.settings ?? {}), tried), options.settings);
  checkSettings(adapter, complete({}), inspection.failure);

  const plan = planColumns(rows, inspection.columns, options);
  const notices = [...rows.notices, ...(inspection.notes ?? []), ...plan.notices];
  options.onPlan?.(plan.columns, rows.count, notices);
  const known = (options.labels ?? inspection.classes)?.length;
  const draft: DraftFile = (settings, width = known === 1 ? undefined : known) =>
    toDeploymentFile(options, settings, plan, toPlaceholder(settings, width));
  const score = (tried: Settings) => scoreUnchecked(adapter, draft, complete(tried));
  const trial = await trySettings(inspection.trials ?? [], options.settings, score);
  const scores = trial?.scores ?? (await score({}));
  const outcome = planOutcome(
    {
      ...options,
      declared: inspection.classes ?? scores.classes,
      label: plan.label,
      output: scores.settings['output'] ?? {},
    },
    scores.answer,
  );
  const settings = mergeSettings(scores.settings, outcome.settings ?? {});
  const { file, answer } = await scoreChecked(adapter, toDeploymentFile(options, settings, plan, outcome), scores);
  await writeDeployment(destination, (folder) => writeJson(join(folder, 'deployment.json'), file));
  return {
    folder,
    file,
    scored: { ...plan.table, answer },
    truth: plan.label?.type && plan.label.toCells(plan.label.type),
    notices: [...describeTrial(trial), ...outcome.notices],
  };
}

/** Inspects the upstream. If it answers but cannot be inspected, rows can still be scored. */
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
    return {
      failure,
      notes: [`The server does not report its columns (${failure.message}); they are taken from the rows.`],
    };
  }
}

/** If settings are only missing because the upstream could not be inspected, the reason for that is the helpful message. */
function checkSettings(adapter: RemoteAdapter, settings: Settings, failure: UpstreamError | undefined): void {
  const parsed = adapter.settings.safeParse(settings);
  if (parsed.success) return;
  if (failure && parsed.error.issues.every(({ path }) => isMissing(settings, path))) throw toCommandError(failure);
  const reason = failure ? [`The server does not report its model: ${failure.message}`] : [];
  throw new DeploymentError([...toProblems(parsed.error, 'deployment.json.settings'), ...reason]);
}

function isMissing(settings: Settings, path: readonly PropertyKey[]): boolean {
  const step = (value: unknown, key: PropertyKey) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return path.reduce(step, settings) === undefined;
}

/** The deployment's file, without the answer of its example. */
function toDeploymentFile(
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

/** A placeholder while the classes are unknown: by default, as many as the settings name probabilities. */
function toPlaceholder({ output }: Settings, width = countProbabilities(output)): OutcomePlan {
  const classes = Array.from({ length: width }, (_, index) => String(index));
  return { problemType: width === 2 ? 'binary' : 'multiclass', type: 'string', classes, notices: [] };
}

function countProbabilities(output: unknown): number {
  const probability = isSettings(output) ? output['probability'] : undefined;
  return Array.isArray(probability) ? probability.length : 2;
}
