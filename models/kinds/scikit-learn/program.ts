/**
 * A model of scikit-learn as a program: steps that turn one matrix into the next, and at the end an estimator. A program is
 * read and checked once, packed into shared memory, and run in any thread.
 */
import { checkEnsemble } from '../../forest/check-ensemble.ts';
import { compileForest, type CompiledForest } from '../../forest/compile-forest.ts';
import type { TreeEnsemble } from '../../forest/tree-ensemble.ts';
import { toSharedFloats } from '../../to-shared.ts';
import type { Shareable } from '../kind.ts';

/** Numbers row by row. */
export interface Matrix {
  readonly rowCount: number;
  readonly width: number;
  readonly values: Float64Array;
}

/** How one feature is one-hot encoded: the key of each category (NaN for a missing cell) and the place of its 1, or -1. */
export interface OneHotFeature {
  /** For messages: the column, if the feature is one. */
  readonly name: string | undefined;
  readonly keys: Float64Array;
  readonly outputs: Float64Array;
  readonly width: number;
  /** The place of the 1 of any other value; -1 for none, undefined if such a value is refused. */
  readonly unknown: number | undefined;
}

/** How one feature becomes a code. */
export interface OrdinalFeature {
  readonly name: string | undefined;
  readonly keys: Float64Array;
  readonly codes: Float64Array;
  /** One number: the code of any other value; undefined if such a value is refused. */
  readonly unknown: Float64Array | undefined;
}

/** A step that turns a matrix into another. */
export type TransformerStep =
  | { readonly type: 'pass' }
  /** Refuses numbers that are missing or infinite. */
  | { readonly type: 'finite' }
  | { readonly type: 'pipeline'; readonly steps: readonly TransformerStep[] }
  | {
      readonly type: 'columns';
      readonly parts: readonly { readonly columns: Float64Array; readonly step: TransformerStep }[];
    }
  | {
      readonly type: 'impute';
      /** One number per column of the input: what counts as missing; NaN for missing cells. */
      readonly missing: Float64Array;
      readonly columns: Float64Array;
      readonly values: Float64Array;
      readonly indicators: Float64Array;
    }
  | {
      readonly type: 'scale';
      readonly multiply?: Float64Array;
      readonly add?: Float64Array;
      readonly subtract?: Float64Array;
      readonly divide?: Float64Array;
      readonly clip?: Float64Array;
    }
  | { readonly type: 'one_hot'; readonly features: readonly OneHotFeature[]; readonly width: number }
  | { readonly type: 'ordinal'; readonly features: readonly OrdinalFeature[] }
  | {
      readonly type: 'bins';
      /** The inner edges of each feature. */
      readonly edges: readonly Float64Array[];
      readonly near: boolean;
      /** The number of bins of each feature if they are one-hot encoded. */
      readonly oneHot: Float64Array | undefined;
    }
  | { readonly type: 'function'; readonly name: FunctionName }
  | { readonly type: 'binarize'; readonly threshold: number }
  | { readonly type: 'project'; readonly subtract: Float64Array; readonly components: Float64Array }
  /** Each output is the product of some columns, which may occur repeatedly; of none, 1. */
  | { readonly type: 'products'; readonly terms: readonly Float64Array[] }
  /** Each row is divided by its norm. */
  | { readonly type: 'normalize'; readonly norm: (typeof NORM_NAMES)[number] }
  | {
      readonly type: 'power';
      readonly method: (typeof POWER_METHODS)[number];
      readonly lambdas: Float64Array;
      readonly inverse: boolean;
      /** Whether the formula is the one that keeps the digits of numbers near 0. */
      readonly precise: boolean;
    }
  | {
      readonly type: 'quantiles';
      /** The quantiles of each column. */
      readonly quantiles: readonly Float64Array[];
      /** Their shares, from 0 to 1. */
      readonly references: Float64Array;
      /** Whether the outputs are normally distributed, or else uniformly. */
      readonly normal: boolean;
      readonly inverse: boolean;
    };

export const NORM_NAMES = ['l1', 'l2', 'max'] as const;
export const POWER_METHODS = ['yeo-johnson', 'box-cox'] as const;

/** numpy's functions that a FunctionTransformer may apply. */
export const FUNCTION_NAMES = [
  'absolute', 'cbrt', 'ceil', 'cos', 'exp', 'expm1', 'fabs', 'floor', 'log', 'log10', 'log1p', 'log2', 'negative', 'rint',
  'sign', 'sin', 'sqrt', 'square', 'tan', 'tanh', 'trunc',
] as const; // prettier-ignore
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/**
 * How the outputs of an estimator become its answer. For a regression `identity` or `exp`. For a classification:
 * `probabilities`, the outputs themselves; `sigmoid`, one output, the second class's; `softmax_pair`, one output d, the softmax
 * of -d and d; `softmax` and `sigmoids` (divided by their sum), one output per class; `huber`, SGD's modified Huber loss;
 * `none`, only the class.
 */
export const LINKS = [
  'identity',
  'exp',
  'probabilities',
  'sigmoid',
  'softmax_pair',
  'softmax',
  'sigmoids',
  'huber',
  'none',
] as const;
export type Link = (typeof LINKS)[number];

/** What every estimator has. */
interface Estimator {
  /** The number of classes; 0 for a regression. */
  readonly classes: number;
}

interface Linked {
  readonly link: Link;
  /** The outputs are multiplied by it before the link. */
  readonly scale: number;
  /** Whether an output of 0 is the second class. */
  readonly tie: boolean;
}

/** A transformation of one number: a sigmoid, or lines between points, constant outside of them. */
export type Calibrator =
  | { readonly type: 'sigmoid'; readonly slope: number; readonly offset: number }
  | {
      readonly type: 'isotonic';
      readonly x: Float64Array;
      readonly y: Float64Array;
      /** Whether the arithmetic is that of 32 bits. */
      readonly single: boolean;
    };

export const METHODS = ['predict_proba', 'decision_function', 'predict'] as const;
export type Method = (typeof METHODS)[number];

export type ForestStep<Forest> = Estimator &
  Linked & {
    readonly type: 'forest';
    readonly forest: Forest;
    readonly single: boolean;
    readonly missing: boolean;
    /** Features whose numbers are codes below 256. */
    readonly codes: Float64Array;
    readonly divide: number;
    /** Two outputs become one: the second minus the first. */
    readonly difference: boolean;
    /** The weights of the trees, whose weighted median is the answer; undefined where they are summed. */
    readonly median: Float64Array | undefined;
  };

export type LinearStep = Estimator &
  Linked & {
    readonly type: 'linear';
    readonly coefficients: Float64Array;
    readonly intercepts: Float64Array;
    /** Whether negative numbers are refused. */
    readonly positive: boolean;
  };

export type SvmStep = Estimator & {
  readonly type: 'svm';
  readonly kernel: 'linear' | 'poly' | 'rbf' | 'sigmoid';
  readonly gamma: number;
  readonly coef0: number;
  readonly degree: number;
  readonly vectors: Float64Array;
  readonly vectorCount: number;
  readonly coefficients: Float64Array;
  readonly intercepts: Float64Array;
  /** The number of vectors of each class. */
  readonly counts: Float64Array;
  readonly ovr: boolean;
  readonly breakTies: boolean;
  readonly probability: { readonly a: Float64Array; readonly b: Float64Array } | undefined;
};

export type NeighborsStep = Estimator & {
  readonly type: 'neighbors';
  readonly metric: 'euclidean' | 'manhattan' | 'chebyshev' | 'minkowski';
  readonly p: number;
  readonly k: number;
  readonly weighted: boolean;
  readonly points: Float64Array;
  readonly targets: Float64Array;
  readonly tree: SearchTree | undefined;
};

/** The tree that scikit-learn searches: it decides which of equally near neighbors count. */
export interface SearchTree {
  readonly isBall: boolean;
  readonly order: Float64Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  readonly leaf: Float64Array;
  readonly radius: Float64Array;
  /** The lower bounds of each node, or its center. */
  readonly low: Float64Array;
  /** The upper bounds of each node; empty for a ball tree. */
  readonly high: Float64Array;
}

export type NetworkStep = Estimator & {
  readonly type: 'network';
  readonly layers: readonly { readonly weights: Float64Array; readonly biases: Float64Array }[];
  readonly activation: 'identity' | 'logistic' | 'tanh' | 'relu';
  readonly output: 'identity' | 'logistic' | 'softmax';
};

/** The mean of probabilities or numbers, or a vote of classes. */
export type AverageStep<Forest = CompiledForest> = Estimator & {
  readonly type: 'average' | 'vote';
  readonly members: readonly EstimatorStep<Forest>[];
  readonly weights: Float64Array;
};

/** Libraries whose models a pipeline of scikit-learn may end with. */
export const LIBRARIES = ['xgboost', 'lightgbm', 'catboost'] as const;

/** A model of another library, in its own format. */
export type EmbeddedStep = Estimator & {
  readonly type: 'embedded';
  readonly library: (typeof LIBRARIES)[number];
  /** Whether numbers that are 0 are missing: XGBoost takes what a sparse matrix leaves out for missing. */
  readonly missingZeros: boolean;
  /** Whether its probabilities of a row do not sum to 1. */
  readonly isUnnormalized: boolean;
  /** What the library's kind compiles; a ReadPart before. */
  readonly data: Shareable | ReadPart;
};

/** The last step. */
export type EstimatorStep<Forest = CompiledForest> =
  | EmbeddedStep
  | ForestStep<Forest>
  | LinearStep
  | SvmStep
  | NeighborsStep
  | NetworkStep
  | (Estimator & {
      readonly type: 'estimate';
      readonly steps: readonly TransformerStep[];
      readonly last: EstimatorStep<Forest>;
    })
  | (Estimator & {
      readonly type: 'gaussian_bayes';
      readonly priors: Float64Array;
      readonly means: Float64Array;
      readonly variances: Float64Array;
    })
  | (Estimator & { readonly type: 'isotonic'; readonly calibrator: Calibrator })
  | AverageStep<Forest>
  | (Estimator & {
      readonly type: 'stack';
      readonly members: readonly {
        readonly estimator: EstimatorStep<Forest>;
        readonly method: Method;
        /** What the final estimator gets for each predicted class; undefined unless the method is `predict`. */
        readonly values: Float64Array | undefined;
      }[];
      readonly pass: boolean;
      readonly final: EstimatorStep<Forest>;
    })
  | (Estimator & {
      readonly type: 'calibrated';
      readonly members: readonly {
        readonly estimator: EstimatorStep<Forest>;
        readonly method: Method;
        readonly classes: Float64Array;
        readonly calibrators: readonly Calibrator[];
      }[];
    })
  | (Estimator & {
      readonly type: 'target';
      readonly estimator: EstimatorStep<Forest>;
      /** What is applied to the predictions. */
      readonly inverse: readonly TransformerStep[];
    });

/** A forest that is read but not compiled. */
export class ReadForest {
  readonly ensemble: TreeEnsemble;
  readonly place: string;

  constructor(ensemble: TreeEnsemble, place: string) {
    this.ensemble = ensemble;
    this.place = place;
  }

  /** @throws {DeploymentError} with the first problem of the trees */
  check(): void {
    checkEnsemble(this.ensemble, this.place);
  }

  compile(): CompiledForest {
    return compileForest(this.ensemble, this.place);
  }
}

/** A model of another library that is read but not compiled. */
export class ReadPart {
  readonly compile: () => Shareable;

  constructor(compile: () => Shareable) {
    this.compile = compile;
  }

  /** @throws {DeploymentError} with the first problem of the model */
  check(): void {
    this.compile();
  }
}

/** A program in shared memory: its steps as JSON, in which numbers and compiled models are replaced by their places. */
export type PackedProgram = Readonly<{
  /** The number of columns of the matrix that it takes. */
  width: number;
  steps: string;
  numbers: Float64Array;
  parts: Readonly<Record<string, Shareable>>;
}>;

/**
 * Checks what is otherwise checked when a program is packed: its trees, and its models of other libraries.
 * @throws {DeploymentError} with the first problem
 */
export function checkParts(step: EstimatorStep<ReadForest>): void {
  JSON.stringify(step, (_key, value: unknown) => {
    if (value instanceof Float64Array) return undefined;
    if (!(value instanceof ReadForest || value instanceof ReadPart)) return value;
    value.check();
    return undefined;
  });
}

/**
 * Packs a program into shared memory.
 * @param width the number of columns of the matrix that it takes
 * @throws {DeploymentError} if a forest is not one
 */
export function packProgram(step: EstimatorStep<ReadForest>, width: number): PackedProgram {
  const arrays: Float64Array[] = [];
  const parts: Record<string, Shareable> = {};
  let length = 0;
  let partCount = 0;
  const steps = JSON.stringify(step, (_key, value: unknown) => {
    if (value instanceof Float64Array) {
      arrays.push(value);
      length += value.length;
      return { numbers: [length - value.length, length] };
    }
    if (!(value instanceof ReadForest || value instanceof ReadPart)) return value;
    parts[partCount] = value.compile();
    return { part: partCount++ };
  });
  const numbers = toSharedFloats(new Float64Array(length));
  let at = 0;
  for (const array of arrays) {
    numbers.set(array, at);
    at += array.length;
  }
  return { width, steps, numbers, parts };
}

/** The inverse of packProgram; nothing large is copied. */
export function unpackProgram({ steps, numbers, parts }: PackedProgram): EstimatorStep {
  return JSON.parse(steps, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    if ('numbers' in value) {
      const [from, to] = value.numbers as [number, number];
      return numbers.subarray(from, to);
    }
    return 'part' in value ? parts[value.part as number] : value;
  }) as EstimatorStep;
}
