/** The data of the console: the deployments as they are now, with what the metrics say of them. */
import type {
  Authentication,
  ColumnData,
  DeploymentDetails,
  DeploymentList,
  DeploymentState,
  DeploymentSummary,
  EngineFacts,
  Traffic,
} from '../../console/data.ts';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { EngineError } from '../../errors/engine-error.ts';
import type { Column, DeploymentFile } from '../../models/deployment-file.ts';
import type { Deployment } from '../../models/deployment.ts';
import type { Feature } from '../../models/encoding.ts';
import manifest from '../../package.json' with { type: 'json' };
import type { Configuration } from '../configuration.ts';
import type { Scrape } from '../metrics/scrape.ts';
import { MAX_DEPLOYMENTS } from '../metrics/totals.ts';
import { toQuality, toTrainingReport } from './training-report.ts';

/** What the data is made of. */
export interface ConsoleDataOptions {
  readonly catalogue: Pick<Catalogue, 'list' | 'get' | 'listInvalid' | 'folderProblem'>;
  readonly configuration: Pick<Configuration, 'maxRows' | 'maxBody' | 'credentials' | 'apiKeys' | 'tls'>;
  /** Undefined where nothing is counted. */
  readonly scrape: Scrape | undefined;
  /** Whether the web application of a deployment is served. */
  readonly hasApp: (id: string) => boolean;
}

/** Gives the data of the console. */
export interface ConsoleData {
  list(): Promise<DeploymentList>;
  /** @throws {EngineError} deployment_not_found */
  find(id: string): Promise<DeploymentDetails>;
}

/** Builds what gives the data of the console. */
export function buildConsoleData({ catalogue, configuration, scrape, hasApp }: ConsoleDataOptions): ConsoleData {
  const engine = toFacts(configuration);
  const findTraffic = async (): Promise<(id: string) => Traffic | null> => {
    // The console is of use without it: a first process that does not answer must not take it away.
    const text = await scrape?.('traffic').then(
      (reply) => reply.text,
      () => undefined,
    );
    if (text === undefined) return () => null;
    const byId = new Map(Object.entries(JSON.parse(text) as Record<string, Traffic>));
    const none = catalogue.list().length > MAX_DEPLOYMENTS ? null : NO_TRAFFIC;
    return (id) => byId.get(id) ?? none;
  };
  const summarize = (deployment: Deployment, traffic: Traffic | null, invalid: ReadonlySet<string>) =>
    toSummary(deployment, { traffic, isInvalid: invalid.has(deployment.file.id), hasApp: hasApp(deployment.file.id) });

  return {
    list: async () => {
      const toTraffic = await findTraffic();
      const invalid = catalogue.listInvalid();
      const invalidIds = new Set(invalid.map(({ id }) => id));
      return {
        engine,
        deployments: catalogue
          .list()
          .map((deployment) => summarize(deployment, toTraffic(deployment.file.id), invalidIds)),
        invalid: invalid.map(({ id, problems, served }) => ({ id, problems, isServed: served })),
        folderProblem: catalogue.folderProblem ?? null,
      };
    },
    find: async (id) => {
      const toTraffic = await findTraffic();
      const deployment = catalogue.get(id);
      if (!deployment) throw new EngineError('deployment_not_found', 'No deployment has this id.');
      const { file, hasProbabilities, remote } = deployment;
      const invalid = catalogue.listInvalid().find((one) => one.id === id);
      const { label, result } = file;
      return {
        engine,
        summary: summarize(deployment, toTraffic(id), new Set(invalid ? [id] : [])),
        columns: file.columns.map((column) => toColumn(column, file)),
        label: { name: label.name, type: label.type, ...(label.classes && { classes: label.classes }) },
        result: {
          prediction: result.prediction,
          ...(hasProbabilities && { probability: result.probability }),
          ...(result.class_index !== undefined && { classIndex: result.class_index }),
        },
        unknownCategories: file.unknown_categories,
        example: { fields: file.example.fields, values: file.example.values.slice(0, MAX_EXAMPLE_ROWS) },
        training: toTrainingReport(file.training, label.classes?.length ?? 0),
        problems: invalid?.problems ?? [],
        isRemote: remote !== undefined,
        createdAt: file.created_at,
        modifiedAt: file.modified_at,
      };
    },
  };
}

const NO_TRAFFIC: Traffic = { requests: 0, errors: 0, rows: 0, meanMs: null };

/** Rows of an example that are sent: the form starts with one of them. */
const MAX_EXAMPLE_ROWS = 10;

function toFacts({ maxRows, maxBody, credentials, apiKeys, tls }: ConsoleDataOptions['configuration']): EngineFacts {
  const authentication: Authentication[] = [
    ...(credentials ? (['basic'] as const) : []),
    ...(apiKeys ? (['api-key'] as const) : []),
    ...(tls?.clientCa === undefined ? [] : (['certificate'] as const)),
  ];
  return { version: manifest.version, limits: { maxRows, maxBody }, authentication };
}

interface SummaryOptions {
  readonly traffic: Traffic | null;
  readonly isInvalid: boolean;
  readonly hasApp: boolean;
}

function toSummary({ file, version, remote }: Deployment, { traffic, isInvalid, hasApp }: SummaryOptions) {
  return {
    id: file.id,
    name: file.name,
    description: file.description,
    state: toState(remote, isInvalid),
    kind: file.kind,
    problemType: file.problem_type,
    version,
    quality: toQuality(file.training),
    traffic,
    upstream: remote ? { ...remote.state, isCircuitOpen: remote.isCircuitOpen } : null,
    hasApp,
  } satisfies DeploymentSummary;
}

function toState(remote: Deployment['remote'], isInvalid: boolean): DeploymentState {
  if (isInvalid) return 'invalid';
  if (!remote || remote.state.status === 'ready') return 'served';
  return remote.state.status === 'failing' ? 'upstream failing' : 'upstream unknown';
}

function toColumn(column: Column, { settings }: DeploymentFile): ColumnData {
  const { name, type, nullable, categories, range } = column;
  const dates = listDates(settings);
  const firstDate = dates.get(name);
  return {
    name,
    type,
    nullable,
    ...(categories && { categories }),
    ...(range && { range }),
    isDate: dates.has(name),
    ...(firstDate !== undefined && { firstDate }),
  };
}

/** The columns that the setting `encoding` reads as dates, and the dates from which it counts their days. Every kind that has it checks it. */
function listDates(settings: unknown): ReadonlyMap<string, string | undefined> {
  const { encoding = [] } = settings as { readonly encoding?: readonly Feature[] };
  const dates = new Map<string, string | undefined>();
  for (const { column, date, since } of encoding) if (date) dates.set(column, since ?? dates.get(column));
  return dates;
}
