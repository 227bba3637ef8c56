/** Builds the functions that run the steps of a program: each turns one matrix into the next, as scikit-learn computes it. */
import { countAtMost } from './count-at-most.ts';
import { buildPower, buildQuantiles } from './run-distribution.ts';
import type { FunctionName, Matrix, TransformerStep } from './program.ts';
import { checkNumbers, refuseRow } from './refuse-row.ts';

type Run = (matrix: Matrix) => Matrix;
type Step<Type extends TransformerStep['type']> = Extract<TransformerStep, { type: Type }>;

/** Builds the function of a step. */
export function buildTransformer(step: TransformerStep): Run {
  switch (step.type) {
    case 'pass':
      return (matrix) => matrix;
    case 'finite':
      return (matrix) => {
        checkNumbers(matrix);
        return matrix;
      };
    case 'pipeline':
      return buildTransformers(step.steps);
    case 'columns':
      return buildColumns(step);
    case 'impute':
      return buildImpute(step);
    case 'scale':
      return buildScale(step);
    case 'one_hot':
      return buildOneHot(step);
    case 'ordinal':
      return buildOrdinal(step);
    case 'bins':
      return buildBins(step);
    case 'function': {
      const apply = FUNCTIONS[step.name];
      return (matrix) => ({ ...matrix, values: matrix.values.map(apply) });
    }
    case 'binarize': {
      const { threshold } = step;
      return (matrix) => {
        checkNumbers(matrix);
        return { ...matrix, values: matrix.values.map((value) => (value > threshold ? 1 : 0)) };
      };
    }
    case 'project':
      return buildProject(step);
    case 'products':
      return buildProducts(step);
    case 'normalize':
      return buildNormalize(step);
    case 'power':
      return buildPower(step);
    case 'quantiles':
      return buildQuantiles(step);
  }
}

/** Builds the function of steps that follow each other. */
export function buildTransformers(steps: readonly TransformerStep[]): Run {
  const runs = steps.map(buildTransformer);
  return (matrix) => runs.reduce((before, run) => run(before), matrix);
}

/** numpy's functions. */
export const FUNCTIONS: Readonly<Record<FunctionName, (x: number) => number>> = {
  absolute: Math.abs,
  cbrt: Math.cbrt,
  ceil: Math.ceil,
  cos: Math.cos,
  exp: Math.exp,
  expm1: Math.expm1,
  fabs: Math.abs,
  floor: Math.floor,
  log: Math.log,
  log10: Math.log10,
  log1p: Math.log1p,
  log2: Math.log2,
  negative: (x) => -x,
  rint: roundHalfToEven,
  sign: Math.sign,
  sin: Math.sin,
  sqrt: Math.sqrt,
  square: (x) => x * x,
  tan: Math.tan,
  tanh: Math.tanh,
  trunc: Math.trunc,
};

function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest < 0.5) return floor;
  return rest > 0.5 || floor % 2 !== 0 ? floor + 1 : floor;
}

function toEmpty({ rowCount }: Matrix, width: number): Matrix {
  return { rowCount, width, values: new Float64Array(rowCount * width) };
}

function buildColumns({ parts }: Step<'columns'>): Run {
  const runs = parts.map(({ columns, step }) => {
    const run = buildTransformer(step);
    return (matrix: Matrix) => run(select(matrix, columns));
  });
  if (runs.length === 1) return runs[0] as Run;
  return (matrix) => join(runs.map((run) => run(matrix)));
}

function select(matrix: Matrix, columns: Float64Array): Matrix {
  const { rowCount, width, values } = matrix;
  if (columns.length === width && columns.every((column, index) => column === index)) return matrix;
  const selected = toEmpty(matrix, columns.length);
  for (let row = 0, to = 0; row < rowCount; row++) {
    for (let index = 0; index < columns.length; index++, to++) {
      selected.values[to] = values[row * width + (columns[index] as number)] as number;
    }
  }
  return selected;
}

/** Puts matrices next to each other. */
export function join(matrices: readonly Matrix[]): Matrix {
  const joined = toEmpty(
    matrices[0] as Matrix,
    matrices.reduce((sum, { width }) => sum + width, 0),
  );
  let offset = 0;
  for (const { rowCount, width, values } of matrices) {
    for (let row = 0, from = 0; row < rowCount; row++) {
      for (let index = 0, to = row * joined.width + offset; index < width; index++, from++, to++) {
        joined.values[to] = values[from] as number;
      }
    }
    offset += width;
  }
  return joined;
}

function buildImpute({ missing, columns, values: fills, indicators }: Step<'impute'>): Run {
  const isMissing = (value: number, column: number) => {
    const mark = missing[column] as number;
    return Number.isNaN(mark) ? Number.isNaN(value) : value === mark;
  };
  return (matrix) => {
    const { rowCount, width, values } = matrix;
    const filled = toEmpty(matrix, columns.length + indicators.length);
    for (let row = 0, to = 0; row < rowCount; row++) {
      for (let index = 0; index < columns.length; index++, to++) {
        const column = columns[index] as number;
        const value = values[row * width + column] as number;
        filled.values[to] = isMissing(value, column) ? (fills[index] as number) : value;
      }
      for (const column of indicators) {
        filled.values[to++] = isMissing(values[row * width + column] as number, column) ? 1 : 0;
      }
    }
    return filled;
  };
}

/** In the order of scikit-learn's operations: its scalers subtract and divide, or multiply and add. */
function buildScale({ multiply, add, subtract, divide, clip }: Step<'scale'>): Run {
  const [min = -Infinity, max = Infinity] = clip ?? [];
  return (matrix) => {
    checkNumbers(matrix, { missing: true });
    const { rowCount, width, values } = matrix;
    const scaled = new Float64Array(values.length);
    for (let column = 0; column < width; column++) {
      const factor = multiply?.[column] ?? 1;
      const divisor = divide?.[column] ?? 1;
      const minus = subtract?.[column] ?? 0;
      const plus = add?.[column] ?? 0;
      for (let row = 0, at = column; row < rowCount; row++, at += width) {
        const value = (((values[at] as number) - minus) / divisor) * factor + plus;
        scaled[at] = value < min ? min : value > max ? max : value;
      }
    }
    return { ...matrix, values: scaled };
  };
}

function buildOneHot({ features, width: total }: Step<'one_hot'>): Run {
  let offset = 0;
  const plans = features.map(({ name, keys, outputs, width, unknown }) => {
    const places = new Map<number, number>();
    keys.forEach((key, index) => places.set(key, outputs[index] as number));
    const plan = { places, unknown, offset, what: toExpected(name) };
    offset += width;
    return plan;
  });
  return (matrix) => {
    const { rowCount, width, values } = matrix;
    const encoded = toEmpty(matrix, total);
    plans.forEach(({ places, unknown, offset: first, what }, column) => {
      for (let row = 0, at = column; row < rowCount; row++, at += width) {
        const place = places.get(values[at] as number) ?? unknown ?? refuseRow(row, what);
        if (place >= 0) encoded.values[row * total + first + place] = 1;
      }
    });
    return encoded;
  };
}

/** What an encoder with handle_unknown='error' expects. */
function toExpected(name: string | undefined): string {
  const of = name === undefined ? '' : `column ${JSON.stringify(name)}: `;
  return `${of}expected one of the categories that the model knows`;
}

function buildOrdinal({ features }: Step<'ordinal'>): Run {
  const plans = features.map(({ name, keys, codes, unknown }) => {
    const places = new Map<number, number>();
    keys.forEach((key, index) => places.set(key, codes[index] as number));
    return { places, unknown: unknown?.[0], what: toExpected(name) };
  });
  return (matrix) => {
    const { rowCount, width, values } = matrix;
    const encoded = toEmpty(matrix, width);
    plans.forEach(({ places, unknown, what }, column) => {
      for (let row = 0, at = column; row < rowCount; row++, at += width) {
        encoded.values[at] = places.get(values[at] as number) ?? unknown ?? refuseRow(row, what);
      }
    });
    return encoded;
  };
}

/** The margin within which older versions count a number as being on an edge: KBinsDiscretizer's rtol and atol. */
const RELATIVE = 1e-5;
const ABSOLUTE = 1e-8;

function buildBins({ edges, near, oneHot }: Step<'bins'>): Run {
  const total = oneHot ? oneHot.reduce((sum, count) => sum + count, 0) : edges.length;
  return (matrix) => {
    checkNumbers(matrix);
    const { rowCount, width, values } = matrix;
    const binned = toEmpty(matrix, total);
    let offset = 0;
    edges.forEach((inner, column) => {
      for (let row = 0, at = column; row < rowCount; row++, at += width) {
        const value = values[at] as number;
        const bin = countAtMost(inner, near ? value + (ABSOLUTE + RELATIVE * Math.abs(value)) : value);
        if (oneHot) binned.values[row * total + offset + bin] = 1;
        else binned.values[at] = bin;
      }
      offset += oneHot?.[column] ?? 0;
    });
    return binned;
  };
}

function buildProject({ subtract, components }: Step<'project'>): Run {
  return (matrix) => {
    checkNumbers(matrix);
    const { rowCount, width, values } = matrix;
    const count = components.length / width;
    const projected = toEmpty(matrix, count);
    for (let row = 0, to = 0; row < rowCount; row++) {
      for (let component = 0; component < count; component++, to++) {
        let sum = 0;
        for (let index = 0; index < width; index++) {
          const centered = (values[row * width + index] as number) - (subtract[index] as number);
          sum += centered * (components[component * width + index] as number);
        }
        projected.values[to] = sum;
      }
    }
    return projected;
  };
}

function buildProducts({ terms }: Step<'products'>): Run {
  return (matrix) => {
    checkNumbers(matrix);
    const { rowCount, width, values } = matrix;
    const products = toEmpty(matrix, terms.length);
    for (let row = 0, to = 0; row < rowCount; row++) {
      for (const columns of terms) {
        let product = 1;
        // scikit-learn multiplies each product of the others by the first column.
        for (let index = columns.length - 1; index >= 0; index--)
          product *= values[row * width + (columns[index] as number)] as number;
        products.values[to++] = product;
      }
    }
    return products;
  };
}

const NORMS: Readonly<Record<Step<'normalize'>['norm'], (row: Float64Array) => number>> = {
  l1: (row) => row.reduce((sum, value) => sum + Math.abs(value), 0),
  l2: (row) => Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)),
  max: (row) => row.reduce((max, value) => Math.max(max, Math.abs(value)), 0),
};

function buildNormalize({ norm }: Step<'normalize'>): Run {
  const measure = NORMS[norm];
  return (matrix) => {
    checkNumbers(matrix);
    const { rowCount, width } = matrix;
    const values = matrix.values.slice();
    for (let row = 0; row < rowCount; row++) {
      const cells = values.subarray(row * width, (row + 1) * width);
      const length = measure(cells);
      if (length > 0) for (let at = 0; at < width; at++) cells[at] = (cells[at] as number) / length;
    }
    return { ...matrix, values };
  };
}
