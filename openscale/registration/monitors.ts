/** Which monitors a subscription gets, with the parameters of each, and why it does not get the others. */
import { CommandError } from '../../errors/command-error.ts';
import { formatList } from '../../errors/quote-text.ts';
import type { DeploymentFile } from '../../models/deployment-file.ts';
import { MIN_RECORDS } from '../fairness.ts';
import type { OpenScaleStatistics } from '../training-statistics.ts';
import type { ConfigurationArchive } from './read-archive.ts';

/** The monitors, in the order in which they are created. */
export const MONITOR_NAMES = [
  'performance',
  'model_health',
  'quality',
  'fairness',
  'explainability',
  'drift_v2',
  'mrm',
] as const;
export type MonitorName = (typeof MONITOR_NAMES)[number];

/** Monitors that OpenScale's own client creates with every subscription that can have them. */
const AUTOMATIC: readonly MonitorName[] = ['performance', 'model_health'];

/** How a transaction can be explained; `global` explains the model. */
export const EXPLANATIONS = ['lime', 'shap', 'contrastive', 'global'] as const;
export type Explanation = (typeof EXPLANATIONS)[number];

/** A monitor as `POST /v2/monitor_instances` takes it, without the data mart and the target. */
export interface MonitorBody {
  readonly monitor_definition_id: MonitorName;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly thresholds?: readonly object[];
  /** Whether it is not evaluated by a schedule: explanations are made on demand. */
  readonly skip_scheduler?: true;
}

/** What the user chose, and what is known of the deployment. */
export interface MonitorChoices {
  readonly file: Pick<DeploymentFile, 'id' | 'problem_type' | 'columns'>;
  /** By default all that can be created. */
  readonly names?: readonly MonitorName[] | undefined;
  readonly statistics?: OpenScaleStatistics | undefined;
  readonly archive?: ConfigurationArchive | undefined;
  readonly minRecords?: number | undefined;
  /** Lower limits of quality metrics, or upper limits of errors, by the metric's id. */
  readonly qualityThresholds: ReadonlyMap<string, number>;
  readonly explanations: readonly Explanation[];
  /** Features that contrastive explanations may change; all by default. */
  readonly controllable?: readonly string[] | undefined;
  readonly isPreProduction: boolean;
  readonly isHeadless: boolean;
}

/** A monitor that is not created, and the reason. */
export interface SkippedMonitor {
  readonly name: MonitorName;
  readonly why: string;
}

/** Metrics of quality that are better when they are lower (Watson OpenScale documentation, "Quality metrics"). */
const ERRORS = /^(?:false_positive_rate|weighted_false_positive_rate|log_?loss|brier_score|label_skew|.*_error)$/;

/**
 * Plans the monitors.
 * @throws {CommandError} if one that was asked for by name cannot be created, or if choices contradict the deployment
 */
export function planMonitors(choices: MonitorChoices): {
  readonly monitors: readonly MonitorBody[];
  readonly skipped: readonly SkippedMonitor[];
} {
  checkExplanations(choices);
  const wanted = MONITOR_NAMES.filter((name) => choices.names?.includes(name) ?? true);
  const planned = MONITOR_NAMES.filter((name) => wanted.includes(name) || AUTOMATIC.includes(name)).map((name) => ({
    name,
    plan: PLANS[name](choices),
  }));
  const skipped = planned.flatMap(({ name, plan }) => (typeof plan === 'string' ? [{ name, why: plan }] : []));
  const [missing] = skipped.filter(({ name }) => choices.names?.includes(name));
  if (missing) throw new CommandError(`--monitors: ${missing.name} cannot be created: ${missing.why}.`);
  return {
    monitors: planned.flatMap(({ name, plan }) =>
      typeof plan === 'string' ? [] : [{ monitor_definition_id: name, ...plan }],
    ),
    skipped: skipped.filter(({ name }) => wanted.includes(name)),
  };
}

type Plan = Omit<MonitorBody, 'monitor_definition_id'> | string;

/** The plan of each monitor, or the reason why there is none. */
const PLANS: Readonly<Record<MonitorName, (choices: MonitorChoices) => Plan>> = {
  performance: () => ({ parameters: {} }),
  model_health: ({ isPreProduction }) => (isPreProduction ? 'it is only for models in production' : { parameters: {} }),
  quality: ({ minRecords = MIN_RECORDS, qualityThresholds }) => ({
    parameters: { min_feedback_data_size: minRecords },
    ...(qualityThresholds.size > 0 && { thresholds: [...qualityThresholds].map(toThreshold) }),
  }),
  fairness: planFairness,
  explainability: planExplainability,
  drift_v2: ({ archive, minRecords = MIN_RECORDS, file }) =>
    archive?.members['drift_v2_archive.tar.gz']
      ? { parameters: { train_archive: false, min_samples: minRecords } }
      : `it needs a configuration archive, --archive, with statistics of drift (npx custom-ml-engine archive ${file.id})`,
  mrm: ({ isPreProduction }) => (isPreProduction ? { parameters: {} } : 'it is only for --pre-production'),
};

function planFairness({ statistics, archive, file }: MonitorChoices): Plan {
  const configuration = statistics?.fairness_configuration ?? archive?.fairness;
  if (!configuration) return 'no groups are compared: --fairness and --favourable say which';
  const { parameters, thresholds } = configuration;
  return {
    // As IBM's client adds it when it creates the monitor from training statistics.
    parameters: { ...parameters, model_type: file.problem_type },
    ...(thresholds && { thresholds }),
  };
}

function planExplainability({ statistics, archive, explanations, isHeadless, ...choices }: MonitorChoices): Plan {
  const training_statistics = archive?.explainability ? undefined : statistics?.explainability_configuration;
  if (!archive?.explainability) {
    if (isHeadless) return 'without calling the engine, it needs scored perturbations: --archive';
    if (!training_statistics)
      return 'it needs statistics of the training data, which only deployments made by `train` have, or --archive';
  }
  const chosen = toExplanationParameters(explanations, choices);
  const parameters = {
    enabled: true,
    ...(training_statistics && { training_statistics }),
    ...archive?.explainability,
    ...chosen,
  };
  const isGlobal = (parameters as { global_explanation?: { enabled?: unknown } }).global_explanation?.enabled === true;
  return { parameters, ...(!isGlobal && { skip_scheduler: true }) };
}

function toExplanationParameters(
  explanations: readonly Explanation[],
  { controllable, file: { columns } }: Pick<MonitorChoices, 'controllable' | 'file'>,
): Readonly<Record<string, unknown>> {
  if (explanations.length === 0) return {};
  const isOn = (name: Explanation) => explanations.includes(name);
  const method = isOn('shap') && !isOn('lime') ? 'shap' : 'lime';
  return {
    lime: { enabled: isOn('lime') || method === 'lime' },
    shap: { enabled: isOn('shap') },
    local_explanation_method: method,
    global_explanation: { enabled: isOn('global'), ...(isOn('global') && { explanation_method: method }) },
    ...(isOn('contrastive') && { controllable_features: controllable ?? columns.map(({ name }) => name) }),
  };
}

function checkExplanations({ explanations, controllable, file: { columns, problem_type } }: MonitorChoices): void {
  if (explanations.includes('contrastive') && problem_type === 'regression')
    throw new CommandError('--explanations: OpenScale has no contrastive explanations of a regression.');
  if (controllable && !explanations.includes('contrastive'))
    throw new CommandError('--controllable also needs --explanations with contrastive.');
  const names = columns.map(({ name }) => name);
  if (controllable?.some((name) => !names.includes(name)))
    throw new CommandError(`--controllable: expected features of the deployment: ${formatList(names)}`);
}

function toThreshold([metric_id, value]: readonly [string, number]): object {
  return { metric_id, type: ERRORS.test(metric_id) ? 'upper_limit' : 'lower_limit', value };
}
