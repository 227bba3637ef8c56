/** The options of `register`, and how each is read. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { FAIRNESS_METRICS, parseItems, type ComparedGroups } from '../openscale/fairness.ts';
import { addFairnessOptions } from './fairness-options.ts';
import type { AuthScheme, Container } from '../openscale/registration/bodies.ts';
import { EXPLANATIONS, MONITOR_NAMES, type Explanation, type MonitorName } from '../openscale/registration/monitors.ts';

export interface RegisterOptions {
  readonly deployments: string;
  readonly url: string;
  readonly auth: AuthScheme;
  readonly out?: string;
  readonly favourable?: string[];
  readonly unfavourable?: string[];
  readonly fairness: ComparedGroups[];
  readonly fairnessThreshold?: NonNullable<FairnessThresholds>;
  readonly fairnessMetrics?: string[];
  readonly minRecords?: number;
  readonly qualityThreshold?: Map<string, number>;
  readonly explanations?: Explanation[];
  readonly controllable?: string[];
  readonly monitors?: MonitorName[];
  readonly archive?: string;
  readonly metricsProviders?: string;
  readonly preProduction?: boolean;
  readonly headless?: boolean;
  readonly container?: Container;
  readonly providerName?: string;
  readonly transactionId?: string;
  readonly probabilityColumns?: string[];
  readonly tokenCounts?: string[];
  readonly apply?: boolean;
  readonly dryRun?: boolean;
  readonly dataMart?: string;
  readonly replaceArchive?: boolean;
  readonly sendExample?: boolean;
  readonly allowModules?: boolean;
  readonly json?: boolean;
}

interface FairnessThresholds {
  readonly all?: number | undefined;
  readonly of: ReadonlyMap<string, number>;
}

const LOCAL_URL = 'http://127.0.0.1:8080';

/** Adds the options to a command. */
export function addRegisterOptions(command: Command): Command {
  command
    .option('--deployments <folder>', 'folder of the deployments', './deployments')
    .option('--url <url>', 'URL at which OpenScale reaches the engine', parseUrl, LOCAL_URL)
    .addOption(
      new Option('--auth <scheme>', 'authentication of the engine')
        .choices(['basic', 'api-key', 'none'])
        .env('ENGINE_AUTH')
        .default('basic'),
    )
    .option('--headless', 'OpenScale cannot call the engine, which sends it what is scored')
    .option('--pre-production', 'the model is evaluated before it goes into production, with model risk management')
    .option('--container <type:id>', 'space or project that everything belongs to', parseContainer)
    .option('--provider-name <name>', 'name of the engine in OpenScale (default: after the host of --url)')
    .option('--transaction-id <column>', 'column that names a transaction in what is logged')
    .option(
      '--probability-columns <names>',
      'columns of probabilities, one per class, that are logged in place of a vector',
      parseItems,
    )
    .option('--token-counts <names>', 'columns that count the tokens of the input and of the output', parsePair)
    .option('--monitors <names>', `monitors to create: ${MONITOR_NAMES.join(', ')} (default: all that apply)`, (text) =>
      parseNames(text, MONITOR_NAMES),
    )
    .option('--min-records <count>', 'records that an evaluation needs (default: 100)', parseCount)
    .option(
      '--quality-threshold <metric=value>',
      'when OpenScale warns of a metric of quality; can be repeated',
      collectValue,
    );
  return addFairnessOptions(command)
    .option(
      '--fairness-threshold <share>',
      'least disparate impact, or <attribute>=<share>; can be repeated (default: 0.8)',
      collectShare,
    )
    .option('--fairness-metrics <ids>', `metrics of fairness: ${FAIRNESS_METRICS.join(', ')}`, (text) =>
      parseNames(text, FAIRNESS_METRICS),
    )
    .option(
      '--explanations <methods>',
      `explanations: ${EXPLANATIONS.join(', ')} (default: what OpenScale does)`,
      (text) => parseNames(text, EXPLANATIONS),
    )
    .option('--controllable <features>', 'features that contrastive explanations may change (default: all)', parseItems)
    .option(
      '--archive <file>',
      'configuration_archive.tar.gz, which drift needs, and fairness and explanations may use',
    )
    .addOption(
      new Option(
        '--metrics-providers <file>',
        'the file of the engine with the metrics that it computes: a custom monitor for each provider',
      ).env('ENGINE_METRICS_PROVIDERS'),
    )
    .option('--apply', 'register now, through the API, and write no files')
    .option('--dry-run', 'with --apply: change nothing, and show what would be done')
    .option('--data-mart <id>', 'with --apply: the data mart, if there are several', parseDataMart)
    .option(
      '--send-example',
      "with --apply: log the deployment's example if nothing has been logged; quality may need it",
    )
    .option('--replace-archive', 'with --apply: upload the archive again, although the monitors exist')
    .option('--out <folder>', 'output folder (default: "./registration/<id>")')
    .option('--allow-modules', 'allow deployments of kind `module`, which run their own JavaScript')
    .option('--json', 'print one JSON object, and write nothing');
}

function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url && !url.search && !url.hash && !url.username && !url.password;
  if (!plain || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError('Expected an http or https URL without credentials, query or fragment.');
  return url.href.replace(/\/+$/, '');
}

function parseContainer(text: string): Container {
  const [, type, id] = /^(space|project):([\w-]+)$/.exec(text) ?? [];
  if (!type || !id) throw new InvalidArgumentError('Expected space:<id> or project:<id>.');
  return { type: type as Container['type'], id };
}

function parseDataMart(text: string): string {
  if (!/^[\w-]+$/.test(text)) throw new InvalidArgumentError('Expected an id.');
  return text;
}

function parsePair(text: string): string[] {
  const items = parseItems(text);
  if (items.length !== 2 || items[0] === items[1]) throw new InvalidArgumentError('Expected two columns.');
  return items;
}

function parseNames<Name extends string>(text: string, known: readonly Name[]): Name[] {
  const names = text.split(',').map((name) => name.trim());
  if (!names.every((name): name is Name => (known as readonly string[]).includes(name)))
    throw new InvalidArgumentError(`Expected some of ${known.join(', ')}, separated by commas.`);
  return names;
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Expected a positive whole number.');
  return Number(text);
}

function parseNumber(text: string): number | undefined {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

function collectValue(text: string, before: ReadonlyMap<string, number> = new Map()): Map<string, number> {
  const [, metric, value] = /^([a-z][a-z0-9_]*)=(.+)$/.exec(text) ?? [];
  const number = parseNumber(value ?? '');
  if (metric === undefined || number === undefined)
    throw new InvalidArgumentError('Expected <metric>=<value>, such as area_under_roc=0.8.');
  return new Map(before).set(metric, number);
}

function collectShare(text: string, before: FairnessThresholds = { of: new Map() }): FairnessThresholds {
  const [, attribute, share = ''] = /^(?:(.+)=)?([^=]+)$/s.exec(text) ?? [];
  const number = parseNumber(share.trim());
  if (number === undefined || number <= 0 || number > 1)
    throw new InvalidArgumentError('Expected a share such as 0.8, or <attribute>=<share>.');
  return attribute === undefined
    ? { ...before, all: number }
    : { ...before, of: new Map(before.of).set(attribute, number) };
}
