/**
 * The operations of a drift archive: how often each value or bin of a column occurs, alone and for each value of another column
 * (ibm-metrics-plugin, drift_v2/entity/operation).
 */
import { randomUUID } from 'node:crypto';
import { MIN_SOURCE_SHARE, type ContinuousCells, type DiscreteCells, type DriftColumn } from './drift-column.ts';
import { estimateDensity } from './densities.ts';
import { toPythonText } from './python-text.ts';
import { round } from './round.ts';
import { toSamplingBuffer } from './sampling-buffer.ts';

/** What is counted: a column, alone or for each value of a source. */
export interface Operation {
  readonly target: DriftColumn;
  readonly source?: DriftColumn;
}

type Cells = DiscreteCells | ContinuousCells;

/** What summary.json says of an operation. */
export function toOperationSummary({ target, source }: Operation) {
  const kind = toKind(target, source);
  const name = [kind, ...(source ? [source.name] : []), target.name].join('_');
  return {
    name,
    kind,
    target_column: target.name,
    file_name: `${name}.json`,
    ...(source && { source_column: source.name }),
  };
}

function toKind({ cells }: DriftColumn, source: DriftColumn | undefined) {
  const kind = cells?.kind ?? 'discrete';
  return source ? (`discrete_${kind}_feature_counts` as const) : (`${kind}_feature_counts` as const);
}

/** The file of an operation. Both columns have cells. */
export function executeOperation(operation: Operation, dataSetId: string): object {
  const { target, source } = operation;
  const { name, kind } = toOperationSummary(operation);
  const isDiscrete = target.cells?.kind === 'discrete';
  const each = source ? ` for each feature value of ${source.name}` : '';
  return {
    name,
    display_name: `${isDiscrete ? 'Discrete' : 'Continuous'} Feature Counts for ${target.name}${each}${source ? '.' : ''}`,
    description: isDiscrete
      ? `This operation counts the number of times each value in the column ${target.name} occurs${each}.`
      : `This operation divides the column ${target.name} into bins${each} and counts the number of times each bin occurs.`,
    kind,
    computed_on: {
      data_set_name: 'baseline',
      data_set_id: dataSetId,
      target_column: target.name,
      ...(source && { source_column: source.name }),
    },
    statistics: Object.fromEntries(source ? countPairs(target, source, dataSetId) : [countOne(target, dataSetId)]),
  };
}

function countOne(target: DriftColumn, dataSetId: string): [string, object] {
  const cells = target.cells as Cells;
  const counts = new Int32Array(cells.fields.length);
  for (const code of cells.codes) counts[code] = (counts[code] as number) + 1;
  const statistics = toStatistics(target, cells, counts, cells.codes.length, dataSetId);
  return [`${cells.kind}_statistics_${target.name}`, { ...statistics, ...toBuffers(cells, counts) }];
}

function countPairs(target: DriftColumn, source: DriftColumn, dataSetId: string): [string, object][] {
  const [cells, { fields, codes }] = [target.cells as Cells, source.cells as DiscreteCells];
  const rows = new Int32Array(fields.length);
  for (const code of codes) rows[code] = (rows[code] as number) + 1;
  const min = MIN_SOURCE_SHARE * codes.length;
  const kept = [...fields.keys()].filter((code) => (rows[code] as number) >= min);
  const countsOf = new Map(kept.map((code) => [code, new Int32Array(cells.fields.length)]));
  const targetCodes = cells.kind === 'discrete' ? cells.codes : cells.pairedCodes;
  for (let row = 0; row < codes.length; row++) {
    const counts = countsOf.get(codes[row] as number);
    const code = targetCodes[row] as number;
    if (counts) counts[code] = (counts[code] as number) + 1;
  }
  // A number that is in one bin only has no density.
  const described =
    cells.kind === 'discrete' ? kept : kept.filter((code) => hasSeveral(countsOf.get(code) as Int32Array));
  return described.map((code) => {
    const value = fields[code] as string | number | boolean;
    const text = toPythonText(value, source.dataType === 'float');
    const statistics = toStatistics(target, cells, countsOf.get(code) as Int32Array, rows[code] as number, dataSetId);
    return [
      `${cells.kind}_statistics_${target.name}_${source.name}_${text}`,
      { ...statistics, source_column: source.name, source_value: value },
    ];
  });
}

function hasSeveral(counts: Int32Array): boolean {
  const first = counts.findIndex((count) => count > 0);
  return counts.findLastIndex((count) => count > 0) > first;
}

/** Statistics of the codes that occur. */
function toStatistics(target: DriftColumn, cells: Cells, counts: Int32Array, count: number, dataSetId: string): object {
  const codes = [...counts.keys()].filter((code) => counts[code] !== 0);
  const frequencies = codes.map((code) => counts[code] as number);
  const fields = codes.map((code) => cells.fields[code] as string | number | boolean);
  const { summary, densities } =
    cells.kind === 'discrete'
      ? summarizeValues(fields, frequencies, count)
      : summarizeBins(fields as number[], frequencies, count, cells);
  return {
    id: randomUUID(),
    kind: `${cells.kind}_statistics`,
    count,
    summary,
    frequency_counts: { fields, values: frequencies },
    percentages_densities: densities,
    target_column: target.name,
    drift_data_set_id: dataSetId,
    drift_data_set_type: 'baseline',
  };
}

function summarizeValues(
  fields: readonly (string | number | boolean)[],
  frequencies: readonly number[],
  count: number,
) {
  return {
    summary: { distinct_count: fields.length, min: fields[0], max: fields.at(-1) },
    densities: { fields, values: frequencies.map((frequency) => round(frequency / count)) },
  };
}

function summarizeBins(
  starts: readonly number[],
  frequencies: readonly number[],
  count: number,
  { binWidth, isInteger }: ContinuousCells,
) {
  const [min, last] = [starts[0] as number, starts.at(-1) as number];
  const max = last + binWidth - (isInteger ? (binWidth > 1 ? 1 : 0) : binWidth / 1000);
  const sum = starts.reduce((total, start, index) => total + start * (frequencies[index] as number), 0);
  const density = estimateDensity(Float64Array.from(starts), Float64Array.from(frequencies), [min, max], binWidth);
  return {
    summary: { min, max: round(max), mean: round(sum / count), bin_width: binWidth, is_integer: isInteger },
    densities: { fields: Array.from(density.points, round), values: Array.from(density.values, round) },
  };
}

/** By how much the counts of discrete values change by chance. */
function toBuffers(cells: Cells, counts: Int32Array): object {
  if (cells.kind === 'continuous') return {};
  const total = cells.codes.length;
  const values = Array.from(counts, (count) => round(toSamplingBuffer(count, total)));
  return { statistical_buffers: { fields: cells.fields, values } };
}
