/**
 * Writes configuration_archive.tar.gz, from which OpenScale sets up its monitors without access to the training data: what IBM's
 * ConfigurationUtility (ibm-watson-openscale 3.1) makes in a notebook, without LIME's perturbations and without model-quality drift.
 */
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { createGzip, gzipSync } from 'node:zlib';
import { CommandError } from '../../errors/command-error.ts';
import { quoteText } from '../../errors/quote-text.ts';
import type { Deployment } from '../../models/deployment.ts';
import { isCategorical, toExplainabilityStatistics } from '../../training/explainability-statistics.ts';
import type { TypedTable } from '../../training/load-table.ts';
import { countOutcomes } from '../../training/outcomes.ts';
import { toFairnessParameters, type FairnessChoices, type FairnessParameters } from '../fairness.ts';
import { toOpenScaleStatistics, type OpenScaleStatistics } from '../training-statistics.ts';
import type { WrittenStatistics } from '../written-statistics.ts';
import { MAX_COUNTED, rankFeatures, toDriftArchive } from './drift/drift-archive.ts';
import { findImportances } from './find-importances.ts';
import { loadTrainingRows, type TrainingFile } from './load-training-rows.ts';
import { placeArchive, type PlacedArchive } from './place-archive.ts';
import { scoreRows, toStoppable } from './score-rows.ts';
import { packTar, type TarEntry } from './tar.ts';
import { toDriftColumns } from './to-drift-columns.ts';

/** What an archive is made of. */
export interface ArchiveSource {
  readonly deployment: Deployment;
  readonly data: TrainingFile;
  readonly fairness: FairnessChoices;
  /** Whether the archive has the parts for explanations, and for drift. */
  readonly explainability: boolean;
  readonly drift: boolean;
  readonly onNotices?: (notices: readonly string[]) => void;
  readonly onProgress?: (unit: 'rows' | 'features', done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** What is asked for. */
export interface ArchiveOptions extends ArchiveSource {
  readonly out: string;
  /** Whether an existing file is replaced. */
  readonly force: boolean;
}

/** What an archive has. */
export interface ArchiveContent {
  /** The rows that it describes, and those that were left out. */
  readonly rows: number;
  readonly incomplete: number;
  /** The files in it. */
  readonly members: readonly string[];
}

/** A written archive. */
export type ArchiveResult = PlacedArchive<ArchiveContent>;

/** The version of IBM's notebook whose archives have the same form. */
const NOTEBOOK_VERSION = '5.0';

/**
 * Writes an archive. Nothing is left behind, and nothing replaced, unless it is complete.
 * @throws {CommandError} for options, rows or a file that do not fit, with the way out; {EngineError} if the model cannot score the
 * rows; the signal's reason when it is aborted
 */
export function writeArchive(options: ArchiveOptions): Promise<ArchiveResult> {
  return placeArchive(options, (draft) => fillArchive(options, draft));
}

/**
 * Writes an archive into a draft folder.
 * @param draft the file; parts are written beside it
 * @throws as writeArchive does
 */
export async function fillArchive(source: ArchiveSource, draft: string): Promise<ArchiveContent> {
  const { deployment, signal } = source;
  checkDeployment(source);
  const parameters = toFairnessParameters(source.fairness, deployment.file);
  const { table, incomplete, notices } = await loadTrainingRows(source.data, deployment.file, signal);
  source.onNotices?.(notices);
  const members = await toMembers(toStatistics(source, table, parameters));
  if (source.drift) {
    const name = 'drift_v2_archive.tar.gz';
    members.push({ name, content: await writeDrift(source, table, `${draft}.${name}`) });
  }
  await writeTar(members, draft, signal);
  return { rows: table.rowCount, incomplete, members: members.map(({ name }) => name) };
}

function checkDeployment({ deployment: { file, hasProbabilities }, drift, explainability }: ArchiveSource): void {
  if (file.input_data_type !== 'structured')
    throw new CommandError(
      `Deployment ${file.id} has ${file.input_data_type} data; OpenScale evaluates only structured data of custom engines.`,
    );
  // Files of the drift part are named after columns.
  const odd = [...file.columns, file.label].find(({ name }) => drift && name.includes('/../'));
  if (odd)
    throw new CommandError(
      `Column ${quoteText(odd.name)} has /../ in its name, which leads out of the archive; rename it and train again, or leave drift out with --no-drift.`,
    );
  if (file.label.classes && !hasProbabilities && (drift || explainability))
    throw new CommandError(
      `Deployment ${file.id} answers classes without probabilities, which drift and explanations need; leave those parts out with --no-drift --no-explainability.`,
    );
}

/** The statistics of the rows, in the form of training_distribution.json. */
function toStatistics(
  { deployment, explainability, drift }: ArchiveSource,
  table: TypedTable,
  parameters: FairnessParameters | undefined,
): OpenScaleStatistics {
  const { file } = deployment;
  const compared = new Set(parameters?.features.map(({ feature }) => feature));
  const columns = table.columns.filter(({ plan }) => compared.has(plan.name));
  const written: WrittenStatistics = {
    common_configuration: {
      problem_type: file.problem_type,
      label_column: file.label.name,
      feature_fields: table.columns.map(({ plan }) => plan.name),
      categorical_fields: table.columns.filter(isCategorical).map(({ plan }) => plan.name),
    },
    ...(explainability && {
      explainability_configuration: { ...toExplainabilityStatistics(table, file.label.classes ?? []) },
    }),
    // Groups may end anywhere, so all values are told apart.
    outcomes: countOutcomes({ ...table, columns }, file.label.classes, Infinity) as WrittenStatistics['outcomes'],
  };
  // What is taken of the deployment has no URL in it.
  const statistics = toOpenScaleStatistics(written, deployment, '', parameters);
  return { ...statistics, common_configuration: { ...statistics.common_configuration, enable_drift_v2: drift } };
}

/** The parts of an archive other than drift, in the order in which IBM's tool writes them. */
async function toMembers({
  common_configuration,
  explainability_configuration,
  fairness_configuration,
}: OpenScaleStatistics): Promise<TarEntry[]> {
  return [
    ...(fairness_configuration ? [toJsonEntry('fairness_statistics.json', fairness_configuration)] : []),
    toJsonEntry('common_configuration.json', { common_configuration, notebook_version: NOTEBOOK_VERSION }),
    ...(explainability_configuration
      ? [
          {
            name: 'explainability.tar.gz',
            content: await packInMemory(
              toJsonEntry('training_statistics.json', { training_statistics: explainability_configuration }),
            ),
          },
        ]
      : []),
  ];
}

function toJsonEntry(name: string, value: object): TarEntry {
  return { name, content: JSON.stringify(value, null, 4) };
}

async function packInMemory(...entries: TarEntry[]): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of packTar(entries, new Date())) chunks.push(chunk);
  return gzipSync(Buffer.concat(chunks));
}

/** Scores the rows, and writes what the drift monitor compares with them; only the compressed archive is kept in memory. */
async function writeDrift(
  { deployment: given, onProgress, signal }: ArchiveSource,
  table: TypedTable,
  path: string,
): Promise<Uint8Array> {
  const deployment = { ...given, model: toStoppable(given.model, signal) };
  const { file } = deployment;
  const scores = await scoreRows(deployment, table, {
    onProgress: (rows) => onProgress?.('rows', rows, table.rowCount),
    signal,
  });
  const importances = await findImportances(deployment, table, {
    onProgress: (features, total) => onProgress?.('features', features, total),
    signal,
  });
  const counted = new Set(rankFeatures(importances).slice(0, MAX_COUNTED));
  const { classes } = file.label;
  const entries = toDriftArchive({
    problemType: file.problem_type,
    rows: table.rowCount,
    columns: toDriftColumns(file, table, scores, counted),
    probability: scores.probabilities && file.result.probability,
    classes,
    labels: classes ? [...new Set(table.target)].map((index) => classes[index] as string | number) : [],
    importances,
  });
  await writeTar(entries, path, signal);
  return readFile(path);
}

/** Writes a compressed archive. Between its files, signals have their turn. */
async function writeTar(entries: Iterable<TarEntry>, path: string, signal: AbortSignal | undefined): Promise<void> {
  async function* take(): AsyncGenerator<TarEntry> {
    for (const entry of entries) {
      await setImmediate();
      signal?.throwIfAborted();
      yield entry;
    }
  }
  await pipeline(Readable.from(packTar(take(), new Date())), createGzip(), createWriteStream(path));
}
