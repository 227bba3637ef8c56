/** What `register` prints: the files that it wrote or the steps that it took, and the commands that come next. */
import { join } from 'node:path';
import { toArgument } from '../errors/quote-text.ts';
import type { DeploymentFile } from '../models/deployment-file.ts';
import type { Applied } from '../openscale/registration/apply-registration.ts';
import type { Step } from '../openscale/registration/step.ts';
import type { AuthScheme } from '../openscale/registration/bodies.ts';
import type { Registration } from '../openscale/registration/registration.ts';
import type { RegisterOptions } from './register-options.ts';

type File = Pick<DeploymentFile, 'id' | 'name' | 'label'>;

/** What the programs need of the engine's credentials. */
const VARIABLES: Readonly<Record<AuthScheme, readonly string[]>> = {
  basic: ['ENGINE_USERNAME', 'ENGINE_PASSWORD'],
  'api-key': ['ENGINE_API_KEY'],
  none: [],
};

/** The text after files were written. */
export function toWrittenText(
  file: File,
  registration: Registration,
  out: string,
  {
    url,
    auth,
    headless,
    hasStatistics,
  }: Pick<RegisterOptions, 'url' | 'auth' | 'headless'> & { hasStatistics: boolean },
): string {
  const secrets = ['IBM_CLOUD_API_KEY', ...(headless ? [] : VARIABLES[auth])];
  const variables = secrets.map((name) => `${name}=…`).join(' ');
  return [
    `The files that OpenScale needs to monitor ${file.name} are in ${out}:`,
    '',
    '  service-provider.json     body of POST /v2/service_providers: the engine (fill in the credentials)',
    '  subscription.json         body of POST /v2/subscriptions: the deployment (fill in the ids)',
    '  monitors.json             bodies of POST /v2/monitor_instances (add the ids)',
    '  register.py               sends them with the Python SDK',
    '  register.sh               sends them with curl and jq',
    hasStatistics
      ? '  training-statistics.json  for fairness and explanations without access to the training data'
      : '  (no training-statistics.json: only deployments made by `train` have one)',
    ...(registration.customMonitors?.length
      ? ['  custom-monitors.json      bodies of the custom monitors, which only --apply sends']
      : []),
    ...Object.keys(registration.archives).map((name) => `  ${name.padEnd(24)}  uploaded before its monitor is created`),
    '',
    ...toMonitorLines(registration),
    'Next steps:',
    '',
    '  pip install "ibm-watson-openscale>=3,<4"',
    `  ${variables} python ${toArgument(join(out, 'register.py'))}`,
    '',
    'or, without Python and without files:',
    '',
    `  ${variables} npx custom-ml-engine register ${file.id} … --apply --dry-run`,
    ...(isLoopback(url) && !headless
      ? ['', `OpenScale cannot reach ${url}: register again with --url, the address of the engine in its network.`]
      : []),
  ].join('\n');
}

function toMonitorLines({ monitors, skipped }: Registration): string[] {
  const names = monitors.map(({ monitor_definition_id: name }) => name).join(', ');
  return [`Monitors: ${names}.`, ...skipped.map(({ name, why }) => `Not ${name}: ${why}.`), ''];
}

/** A step as one line of progress. */
export function toStepText({ what, outcome, id, why }: Step): string {
  return `${outcome.padEnd(9)}  ${what}${id === undefined ? '' : ` (${id})`}${why === undefined ? '' : `: ${why}`}`;
}

/** The text after a registration was applied, or tried. */
export function toAppliedText(
  file: File,
  registration: Registration,
  { steps, subscription }: Applied,
  options: Pick<RegisterOptions, 'dryRun'> & NextStepsOptions,
): string {
  const count = (outcome: Step['outcome']) => steps.filter((step) => step.outcome === outcome).length;
  const outcomes = ['found', 'added', 'changed', 'to add', 'to change', 'skipped', 'failed'] as const;
  const counts = outcomes.filter((outcome) => count(outcome) > 0).map((outcome) => `${count(outcome)} ${outcome}`);
  const failed = steps.filter(({ outcome }) => outcome === 'failed');
  return [
    `${file.name} in OpenScale at ${options.openscale}: ${counts.join(', ')}.`,
    ...failed.map((step) => `  ${toStepText(step)}`),
    ...(options.dryRun ? ['', 'Nothing was changed. To do it, leave out --dry-run.'] : []),
    ...(subscription !== undefined && !options.dryRun && failed.length === 0
      ? toNextSteps(file, registration, subscription, options)
      : []),
  ].join('\n');
}

interface NextStepsOptions extends Pick<RegisterOptions, 'url' | 'headless' | 'preProduction'> {
  /** The URL of OpenScale. */
  readonly openscale: string;
  /** The settings of a sink that sends to it. */
  readonly settings: object;
}

function toNextSteps(
  { id, label }: File,
  { monitors, container, customMonitors = [] }: Registration,
  subscription: string,
  { url, headless, preProduction, settings }: NextStepsOptions,
): string[] {
  const has = (name: string) => monitors.some(({ monitor_definition_id }) => monitor_definition_id === name);
  const deployment = `${url}/v1/deployments/${id}`;
  const records = JSON.stringify({
    sinks: [{ type: 'openscale', ...settings, subscriptions: { [id]: subscription }, ...(container && { container }) }],
  });
  return [
    '',
    'Next steps:',
    '',
    ...(preProduction
      ? ['Upload test data in OpenScale, where the model is evaluated: records of pre-production are not logged.', '']
      : [
          'Send what is scored to OpenScale, with a file payload-log.json (docs/payload-logging.md):',
          '',
          `  ${records}`,
          '',
          '  ENGINE_PAYLOAD_LOG=payload-log.json npx custom-ml-engine serve',
          `  curl ${deployment}/predictions -H 'Content-Type: application/json' -d @rows.json`,
          '',
        ]),
    ...(has('quality') && !preProduction
      ? [
          `Send rows whose ${JSON.stringify(label.name)} is known, because quality is computed of them:`,
          '',
          `  curl ${deployment}/feedback -H 'Content-Type: application/json' -d @rows-with-labels.json`,
          '',
        ]
      : []),
    ...(customMonitors.length > 0
      ? [
          'Have the engine compute the custom metrics, with the same file (docs/custom-metrics.md):',
          '',
          '  ENGINE_METRICS_PROVIDERS=… npx custom-ml-engine serve',
          '',
        ]
      : []),
    ...(isLoopback(url) && !headless
      ? [`OpenScale cannot reach ${url}: register again with --url, the address of the engine in its network.`]
      : [`Check that the engine answers as OpenScale expects: npx custom-ml-engine check ${toArgument(url)}`]),
  ];
}

function isLoopback(url: string): boolean {
  return /^(localhost|127\..*|\[::1\])$/.test(new URL(url).hostname);
}
