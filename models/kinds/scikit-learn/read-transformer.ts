/** Reads the steps that turn one matrix into the next. */
import type { Cursor } from './cursor.ts';
import {
  FUNCTION_NAMES,
  NORM_NAMES,
  POWER_METHODS,
  type OneHotFeature,
  type OrdinalFeature,
  type TransformerStep,
} from './program.ts';
import { fail, toChanged, toDerived, toFilled, toKey, type Reader, type Slot } from './reader.ts';

/** A step, and what its output holds. */
export interface ReadStep {
  readonly step: TransformerStep;
  readonly slots: readonly Slot[];
}

const MAX_FEATURES = 2 ** 24;

type ReadTransformer = (reader: Reader, cursor: Cursor, slots: readonly Slot[]) => ReadStep;

const transformers: Readonly<Record<string, ReadTransformer>> = {
  pass: (_reader, _cursor, slots) => ({ step: { type: 'pass' }, slots }),
  pipeline: (reader, cursor, slots) => {
    const { steps, slots: last } = readTransformers(reader, cursor.at('steps').list(), slots);
    return { step: { type: 'pipeline', steps }, slots: last };
  },
  finite: (reader, cursor, slots) => {
    reader.takeNumbers(slots, cursor);
    reader.requireCells(slots);
    return { step: { type: 'finite' }, slots: toFilled(slots) };
  },
  columns: readColumns,
  impute: readImpute,
  scale: readScale,
  one_hot: readOneHot,
  ordinal: readOrdinal,
  bins: readBins,
  function: (reader, cursor, slots) => {
    reader.takeNumbers(slots, cursor);
    return { step: { type: 'function', name: cursor.at('name').oneOf(FUNCTION_NAMES) }, slots: toChanged(slots) };
  },
  binarize: (reader, cursor, slots) => {
    reader.takeNumbers(slots, cursor);
    reader.requireCells(slots);
    return { step: { type: 'binarize', threshold: cursor.at('threshold').number() }, slots: toDerived(slots.length) };
  },
  project: (reader, cursor, slots) => {
    reader.takeNumbers(slots, cursor);
    reader.requireCells(slots);
    const subtract = cursor.at('subtract').numbers(slots.length);
    const { values: components, count } = cursor.at('components').rows(slots.length);
    return { step: { type: 'project', subtract, components }, slots: toDerived(count) };
  },
  products: readProducts,
  normalize: (reader, cursor, slots) => {
    reader.takeNumbers(slots, cursor);
    reader.requireCells(slots);
    return { step: { type: 'normalize', norm: cursor.at('norm').oneOf(NORM_NAMES) }, slots: toDerived(slots.length) };
  },
  power: (reader, cursor, slots) => {
    reader.takeNumbers(slots, cursor);
    const step: TransformerStep = {
      type: 'power',
      method: cursor.at('method').oneOf(POWER_METHODS),
      lambdas: cursor.at('lambdas').numbers(slots.length),
      inverse: readFlag(cursor, 'inverse'),
      precise: readFlag(cursor, 'precise'),
    };
    return { step, slots: toChanged(slots) };
  },
  quantiles: readQuantiles,
};

/** Whether a type of step is one of these. */
export function isTransformer(type: string): boolean {
  return Object.hasOwn(transformers, type);
}

/** Reads a step. */
export function readTransformer(reader: Reader, cursor: Cursor, slots: readonly Slot[]): ReadStep {
  const type = cursor.at('type').oneOf(Object.keys(transformers));
  return reader.nest(cursor, () => (transformers[type] as ReadTransformer)(reader, cursor, slots));
}

/** Reads steps that follow each other. */
export function readTransformers(
  reader: Reader,
  cursors: readonly Cursor[],
  slots: readonly Slot[],
): { readonly steps: readonly TransformerStep[]; readonly slots: readonly Slot[] } {
  const steps: TransformerStep[] = [];
  for (const cursor of cursors) {
    const read = readTransformer(reader, cursor, slots);
    steps.push(read.step);
    ({ slots } = read);
  }
  return { steps, slots };
}

function readColumns(reader: Reader, cursor: Cursor, slots: readonly Slot[]): ReadStep {
  const after: Slot[] = [];
  const parts = cursor
    .at('parts')
    .list()
    .map((part) => {
      const positions = [...part.at('columns').integers(0, slots.length - 1)];
      const chosen = positions.map((position, index) => {
        const slot = slots[position] as Slot;
        if (slot.at < 0) fail(part.at('columns'), `columns that are used, unlike column ${position}`);
        return { ...slot, at: index };
      });
      const read = readTransformer(reader, part.at('step'), chosen);
      for (const slot of read.slots) after.push({ ...slot, at: after.length });
      return { columns: Float64Array.from(positions, (position) => (slots[position] as Slot).at), step: read.step };
    });
  return { step: { type: 'columns', parts }, slots: after };
}

function readImpute(reader: Reader, cursor: Cursor, slots: readonly Slot[]): ReadStep {
  reader.takeAll(slots, cursor);
  const isNull = cursor.at('missing').value === null;
  const missing = Float64Array.from(slots, (slot) => toKey(slot, cursor.at('missing')));
  const columns = Float64Array.from(readPositions(cursor.at('columns'), slots.length));
  const values = cursor
    .at('values')
    .list(columns.length)
    .map((value, index) => toKey(slots[columns[index] as number] as Slot, value));
  if (values.some(Number.isNaN)) fail(cursor.at('values'), 'no null');
  const indicators = cursor.has('indicators')
    ? Float64Array.from(readPositions(cursor.at('indicators'), slots.length))
    : new Float64Array(0);
  if (!isNull) reader.requireCells(slots);
  const filled = toFilled(Array.from(columns, (column) => slots[column] as Slot));
  const after = [...filled, ...toDerived(indicators.length)].map((slot, at) => ({ ...slot, at }));
  return { step: { type: 'impute', missing, columns, values: Float64Array.from(values), indicators }, slots: after };
}

function readFlag(cursor: Cursor, key: string): boolean {
  return cursor.has(key) && cursor.at(key).flag();
}

/** More columns than any product of polynomial features has. */
const MAX_FACTORS = 64;

function readProducts(reader: Reader, cursor: Cursor, slots: readonly Slot[]): ReadStep {
  reader.takeNumbers(slots, cursor);
  reader.requireCells(slots);
  const terms = cursor
    .at('terms')
    .list()
    .map((term) => {
      const columns = readPositions(term, slots.length);
      return columns.length > MAX_FACTORS ? fail(term, `at most ${MAX_FACTORS} columns`) : Float64Array.from(columns);
    });
  return { step: { type: 'products', terms }, slots: toDerived(terms.length) };
}

function readQuantiles(reader: Reader, cursor: Cursor, slots: readonly Slot[]): ReadStep {
  reader.takeNumbers(slots, cursor);
  const references = cursor.at('references').numbers();
  const isAscending = (list: Float64Array) => list.every((value, at) => at === 0 || value >= (list[at - 1] as number));
  if (!isAscending(references)) fail(cursor.at('references'), 'ascending numbers');
  const quantiles = cursor
    .at('quantiles')
    .list(slots.length)
    .map((list) => {
      const column = list.numbers(references.length);
      return isAscending(column) ? column : fail(list, 'ascending numbers');
    });
  const step: TransformerStep = {
    type: 'quantiles',
    quantiles,
    references,
    normal: cursor.at('normal').flag(),
    inverse: readFlag(cursor, 'inverse'),
  };
  return { step, slots: toChanged(slots) };
}

/** Positions, of which there may be none. */
function readPositions(cursor: Cursor, count: number): Int32Array {
  return Array.isArray(cursor.value) && cursor.value.length === 0 ? new Int32Array(0) : cursor.integers(0, count - 1);
}

function readScale(reader: Reader, cursor: Cursor, slots: readonly Slot[]): ReadStep {
  reader.takeNumbers(slots, cursor);
  const read = (key: string, length = slots.length) =>
    cursor.has(key) ? { [key]: cursor.at(key).numbers(length) } : {};
  const { divide, clip } = { ...read('divide'), ...read('clip', 2) };
  const zero = divide?.indexOf(0) ?? -1;
  if (zero >= 0) fail(cursor.at('divide'), `no 0, as there is at index ${zero}`);
  if (clip && (clip[0] as number) > (clip[1] as number)) fail(cursor.at('clip'), 'the minimum before the maximum');
  const step: TransformerStep = {
    type: 'scale',
    ...read('multiply'),
    ...read('add'),
    ...read('subtract'),
    ...read('divide'),
    ...read('clip', 2),
  };
  return { step, slots: toChanged(slots) };
}

function readOneHot(reader: Reader, cursor: Cursor, slots: readonly Slot[]): ReadStep {
  reader.takeAll(slots, cursor);
  let total = 0;
  const features = cursor
    .at('features')
    .list(slots.length)
    .map((feature, index): OneHotFeature => {
      const slot = slots[index] as Slot;
      const keys = readKeys(feature, slot);
      const width = feature.at('width').integer(0, keys.length + 1);
      const outputs = Float64Array.from(feature.at('outputs').integers(-1, width - 1, keys.length));
      const refuses = feature.at('unknown').value === 'error';
      const unknown = refuses ? undefined : feature.at('unknown').integer(-1, width - 1);
      if (refuses && !keys.includes(NaN)) reader.requireCells([slot]);
      total += width;
      return { name: slot.column?.name, keys, outputs, width, unknown };
    });
  return { step: { type: 'one_hot', features, width: total }, slots: toDerived(total) };
}

/** The categories of a feature. */
function readKeys(feature: Cursor, slot: Slot): Float64Array {
  const categories = feature.at('categories');
  const keys = Float64Array.from(categories.list(), (category) => toKey(slot, category));
  if (new Set(keys).size < keys.length) fail(categories, 'categories that are different');
  return keys;
}

function readOrdinal(reader: Reader, cursor: Cursor, slots: readonly Slot[]): ReadStep {
  reader.takeAll(slots, cursor);
  const after: Slot[] = [];
  const features = cursor
    .at('features')
    .list(slots.length)
    .map((feature, index): OrdinalFeature => {
      const slot = slots[index] as Slot;
      const keys = [...readKeys(feature, slot)];
      const codes = feature.at('codes').list(keys.length).map(readCode);
      const missing = feature.at('missing');
      // What the encoder does with a missing cell that is not a category.
      if (!keys.includes(NaN)) {
        if (missing.value === 'error') reader.requireCells([slot]);
        else {
          keys.push(NaN);
          codes.push(readCode(missing));
        }
      }
      const unknown = feature.at('unknown');
      const isMissing = Number.isNaN(codes[keys.findIndex(Number.isNaN)]);
      after.push({ at: index, column: undefined, missing: isMissing ? slot.missing : new Set() });
      return {
        name: slot.column?.name,
        keys: Float64Array.from(keys),
        codes: Float64Array.from(codes),
        unknown: unknown.value === 'error' ? undefined : Float64Array.of(readCode(unknown)),
      };
    });
  return { step: { type: 'ordinal', features }, slots: after };
}

/** The code of a category; null is NaN. */
function readCode(cursor: Cursor): number {
  return cursor.value === null ? NaN : cursor.number();
}

function readBins(reader: Reader, cursor: Cursor, slots: readonly Slot[]): ReadStep {
  reader.takeNumbers(slots, cursor);
  reader.requireCells(slots);
  const counts = cursor.at('bins').integers(1, MAX_FEATURES, slots.length);
  const edges = cursor
    .at('edges')
    .list(slots.length)
    .map((list, index) => {
      const all = list.numbers((counts[index] as number) + 1);
      if (all.some((edge, at) => at > 0 && edge < (all[at - 1] as number))) fail(list, 'edges in ascending order');
      return all.slice(1, -1);
    });
  const oneHot = cursor.at('one_hot').flag() ? Float64Array.from(counts) : undefined;
  const width = oneHot ? oneHot.reduce((sum, count) => sum + count, 0) : slots.length;
  return { step: { type: 'bins', edges, near: cursor.at('near').flag(), oneHot }, slots: toDerived(width) };
}
