/**
 * What a PMML file is read into: plain data and typed arrays, with every name resolved, every type known and every number
 * parsed. A plan can be posted to another thread (pack-plan.ts), where evaluators are built from it.
 */
import type { CompiledForest } from '../../forest/compile-forest.ts';

/** Data types of PMML that the engine knows. A date is its day since 1970, a time and a dateTime are seconds. */
export const DATA_TYPES = ['string', 'integer', 'float', 'double', 'boolean', 'date', 'time', 'dateTime'] as const;
export type DataType = (typeof DATA_TYPES)[number];

/** The value of a field; null is a missing one. */
export type Value = string | number | boolean | null;

/** How a value that comes from outside, or from an outer model, is treated (MiningField). */
export interface Treatment {
  readonly outliers: 'asIs' | 'asMissingValues' | 'asExtremeValues';
  readonly low: number;
  readonly high: number;
  readonly missing: 'replace' | 'keep' | 'reject';
  readonly replacement: Value;
}

/** An input of the model: a cell of the table becomes a value. */
export interface InputPlan {
  readonly name: string;
  readonly slot: number;
  readonly type: DataType;
  /** Values that stand for a missing one. */
  readonly missingValues: readonly Value[];
  /** Values that are invalid although they have the type. */
  readonly invalidValues: readonly Value[];
  /** If there are some, all other values are invalid. */
  readonly validValues: readonly Value[];
  /** Pairs of bounds; if there are some, numbers outside them are invalid. */
  readonly intervals: readonly IntervalPlan[];
  readonly invalid: 'reject' | 'keep' | 'missing' | 'replace';
  readonly invalidReplacement: Value;
  readonly treatment: Treatment;
}

export interface IntervalPlan {
  readonly low: number;
  readonly high: number;
  readonly openLow: boolean;
  readonly openHigh: boolean;
}

/** How the value of a slot comes about; inputs and outputs of segments are written into their slots. */
export type SlotPlan =
  | { readonly kind: 'written' }
  | { readonly kind: 'treated'; readonly source: number; readonly treatment: Treatment }
  | { readonly kind: 'derived'; readonly name: string; readonly expression: Expression };

export interface Branch {
  readonly interval: IntervalPlan;
  readonly value: Value;
}

export type Expression =
  | { readonly op: 'constant'; readonly value: Value }
  | { readonly op: 'field'; readonly slot: number }
  | { readonly op: 'argument'; readonly index: number }
  | { readonly op: 'cast'; readonly from: DataType; readonly to: DataType; readonly of: Expression }
  /** The value where the other is missing. */
  | { readonly op: 'orElse'; readonly of: Expression; readonly value: Value }
  | {
      readonly op: 'norm';
      readonly of: Expression;
      readonly orig: Float64Array;
      readonly norm: Float64Array;
      readonly outliers: 'asIs' | 'asMissingValues' | 'asExtremeValues';
    }
  | { readonly op: 'discretize'; readonly of: Expression; readonly bins: readonly Branch[]; readonly other: Value }
  | {
      readonly op: 'map';
      readonly of: readonly Expression[];
      /** One list of values per row of the table: those of the columns, and the result. */
      readonly rows: readonly (readonly Value[])[];
      readonly other: Value;
      readonly missing: Value;
    }
  | {
      readonly op: 'apply';
      readonly name: string;
      readonly types: readonly DataType[];
      readonly of: readonly Expression[];
      readonly float: boolean;
      /** What the value is if an argument is missing. */
      readonly missing: Value;
      readonly invalid: 'reject' | 'missing';
    }
  | { readonly op: 'call'; readonly function: number; readonly of: readonly Expression[] };

/** An expression and its type. */
export interface Typed {
  readonly expression: Expression;
  readonly type: DataType;
  /** The text of a constant without a declared type, which takes that of what it is compared with. */
  readonly text?: string;
}

/** Predicates by index, in arrays; the meaning of the operands depends on the operator (OPERATOR). */
export interface PredicatesPlan {
  readonly operator: Uint8Array;
  readonly slot: Int32Array;
  /** The value that is compared with: a number. */
  readonly number: Float64Array;
  /** The index of a value, a set or an order. */
  readonly index: Int32Array;
  readonly firstChild: Int32Array;
  readonly nextSibling: Int32Array;
  readonly values: readonly Value[];
  readonly sets: readonly (readonly Value[])[];
  /** For an ordinal field, its values in order. */
  readonly orders: readonly (readonly Value[])[];
}

/** The operators of PredicatesPlan. */
export const OPERATOR = {
  false: 0,
  true: 1,
  equal: 2,
  notEqual: 3,
  less: 4,
  atMost: 5,
  greater: 6,
  atLeast: 7,
  isMissing: 8,
  isNotMissing: 9,
  isIn: 10,
  isNotIn: 11,
  and: 12,
  or: 13,
  xor: 14,
  surrogate: 15,
  /** As 2 and 3, with a value that is no number. */
  equalValue: 16,
  notEqualValue: 17,
  /** As 4 to 7, by the rank in an order: `number` is a rank. */
  lessRank: 18,
  atMostRank: 19,
  greaterRank: 20,
  atLeastRank: 21,
} as const;

/** What all models have. */
export interface ModelCommon {
  readonly isClassifier: boolean;
  /** The index of the list of classes in Plan.classes; -1 for a regression. */
  readonly classes: number;
  readonly target: TargetPlan | undefined;
  readonly outputs: readonly OutputPlan[];
  /** The vendor attribute x-mathContext: arithmetic in 32 bits. */
  readonly float: boolean;
  /** Whether predictions are rounded to 32 bits, because the target is a float. */
  readonly rounds: boolean;
}

/** What happens to a prediction (Target). */
export interface TargetPlan {
  readonly factor: number;
  readonly constant: number;
  readonly min: number;
  readonly max: number;
  readonly cast: 'none' | 'round' | 'ceiling' | 'floor';
  /** For a missing prediction; NaN for none. */
  readonly defaultValue: number;
  /** The same for a classification, one per class; empty for none. */
  readonly priors: Float64Array;
}

/** A result that a later segment of a chain takes. */
export interface OutputPlan {
  readonly slot: number;
  /** The name, for messages. */
  readonly name: string;
  readonly feature: 'predictedValue' | 'probability' | 'expression' | 'entityId';
  /** For a probability, the index of the class; -1 for that of the prediction. */
  readonly classIndex: number;
  readonly expression: Expression | undefined;
  readonly type: DataType;
  /** The type of predictions. */
  readonly from: DataType;
}

/** Flat arrays of a tree's nodes. */
export interface TreePlan {
  readonly firstChild: Int32Array;
  readonly nextSibling: Int32Array;
  readonly predicate: Int32Array;
  /** A number, or the index of a class; NaN without. */
  readonly score: Float64Array;
  /** The node that missing values go to; -1 for none. */
  readonly defaultChild: Int32Array;
  /** Of classifiers: the index of the node's shares in `probabilities`, in units of the number of classes; -1 without. */
  readonly shares: Int32Array;
  /** How many classes the arrays below have per node: the later ones of the list are 0. */
  readonly width: number;
  readonly probabilities: Float64Array;
  /** Only for weightedConfidence and aggregateNodes. */
  readonly confidences: Float64Array;
  readonly records: Float64Array;
  readonly recordCount: Float64Array;
  readonly ids: readonly string[];
}

export const MISSING_STRATEGIES = [
  'none',
  'lastPrediction',
  'nullPrediction',
  'defaultChild',
  'weightedConfidence',
  'aggregateNodes',
] as const;
export type MissingStrategy = (typeof MISSING_STRATEGIES)[number];

/** A tree, or trees, as the forest kernel takes them. */
export interface ForestPlan {
  readonly forest: CompiledForest;
  readonly features: readonly {
    readonly slot: number;
    /** For categories, their values, whose codes are their indexes. */
    readonly values?: readonly Value[];
  }[];
  /** Whether rows with missing values can be scored with it. */
  readonly takesMissing: boolean;
}

export interface TreeModelPlan extends ModelCommon {
  readonly kind: 'tree';
  readonly tree: TreePlan;
  readonly predicates: PredicatesPlan;
  readonly missing: MissingStrategy;
  readonly returnsLast: boolean;
  /** Finds the node; undefined where the kernel cannot express the tree. */
  readonly forest: ForestPlan | undefined;
}

export const METHODS = [
  'majorityVote',
  'weightedMajorityVote',
  'average',
  'weightedAverage',
  'median',
  'weightedMedian',
  'max',
  'sum',
  'weightedSum',
  'selectFirst',
  'modelChain',
] as const;
export type Method = (typeof METHODS)[number];

export interface MiningModelPlan extends ModelCommon {
  readonly kind: 'mining';
  readonly method: Method;
  readonly predicates: PredicatesPlan;
  readonly segments: readonly {
    readonly predicate: number;
    readonly weight: number;
    readonly model: ModelPlan;
    /** Whether its result can be that of this model; in a chain, some results are only for later segments. */
    readonly gives: boolean;
  }[];
  readonly missing: 'continue' | 'returnMissing' | 'skipSegment';
  readonly missingThreshold: number;
  /** All segments at once; undefined where the kernel cannot express them. */
  readonly forest: ForestPlan | undefined;
}

/** A linear combination of terms; a term is a coefficient times powers of fields. */
export interface TermsPlan {
  readonly intercept: number;
  readonly slots: Int32Array;
  readonly coefficients: Float64Array;
  readonly exponents: Float64Array;
  /** Coefficients of categories. */
  readonly categories: readonly { readonly slot: number; readonly values: readonly (readonly [Value, number])[] }[];
  readonly products: readonly { readonly coefficient: number; readonly slots: readonly number[] }[];
}

export type Link = 'none' | 'simplemax' | 'softmax' | 'logit' | 'probit' | 'cloglog' | 'exp' | 'loglog' | 'cauchit';

export interface RegressionPlan extends ModelCommon {
  readonly kind: 'regression';
  readonly link: Link;
  readonly isOrdinal: boolean;
  readonly tables: readonly { readonly classIndex: number; readonly terms: TermsPlan }[];
}

export interface GeneralRegressionPlan extends ModelCommon {
  readonly kind: 'general-regression';
  readonly type: 'linear' | 'generalized' | 'multinomial' | 'ordinal';
  readonly link: string;
  /** linkParameter or distParameter. */
  readonly parameter: number;
  readonly offset: { readonly slot: number; readonly value: number };
  readonly trials: { readonly slot: number; readonly value: number };
  /** Per parameter, its factors: a slot, and an exponent or a category. */
  readonly parameters: readonly (readonly {
    readonly slot: number;
    readonly exponent: number;
    readonly category: Value | undefined;
  }[])[];
  /** Per list, the coefficients of parameters: pairs of an index and a beta. One list per class, or one. */
  readonly cells: readonly {
    readonly classIndex: number;
    readonly parameters: Int32Array;
    readonly betas: Float64Array;
  }[];
  readonly reference: number;
}

export interface ScorecardPlan extends ModelCommon {
  readonly kind: 'scorecard';
  readonly initial: number;
  readonly predicates: PredicatesPlan;
  readonly characteristics: readonly {
    readonly attributes: readonly {
      readonly predicate: number;
      readonly score: number;
      readonly expression: Expression | undefined;
    }[];
  }[];
}

export const ACTIVATIONS = [
  'threshold',
  'logistic',
  'tanh',
  'identity',
  'exponential',
  'reciprocal',
  'square',
  'Gauss',
  'sine',
  'cosine',
  'Elliott',
  'arctan',
  'rectifier',
  'radialBasis',
] as const;
export type Activation = (typeof ACTIVATIONS)[number];

export interface NetworkPlan extends ModelCommon {
  readonly kind: 'network';
  readonly inputs: readonly Expression[];
  readonly layers: readonly {
    readonly activation: Activation;
    readonly normalization: 'none' | 'simplemax' | 'softmax';
    readonly threshold: number;
    /** Per neuron, where its connections start in `from` and `weight`; one more at the end. */
    readonly starts: Int32Array;
    readonly from: Int32Array;
    readonly weight: Float64Array;
    readonly bias: Float64Array;
    readonly width: Float64Array;
    readonly altitude: Float64Array;
  }[];
  readonly neuronCount: number;
  /** For a classification: a class and its neuron; for a regression one output, scaled back with line segments. */
  readonly ends: readonly {
    readonly neuron: number;
    readonly classIndex: number;
    readonly orig: Float64Array;
    readonly norm: Float64Array;
    readonly outliers: 'asIs' | 'asMissingValues' | 'asExtremeValues';
  }[];
}

export interface RuleSetPlan extends ModelCommon {
  readonly kind: 'rule-set';
  readonly method: 'firstHit' | 'weightedSum' | 'weightedMax';
  readonly predicates: PredicatesPlan;
  readonly rules: readonly {
    /** All must be true. */
    readonly predicates: readonly number[];
    readonly classIndex: number;
    readonly weight: number;
  }[];
  readonly defaultClass: number;
}

export interface NaiveBayesPlan extends ModelCommon {
  readonly kind: 'naive-bayes';
  readonly threshold: number;
  readonly counts: Float64Array;
  readonly inputs: readonly (
    | {
        readonly of: Expression;
        readonly values: readonly Value[];
        /** values × classes */
        readonly counts: Float64Array;
      }
    | {
        readonly of: Expression;
        readonly distribution: 'gaussian' | 'poisson';
        readonly mean: Float64Array;
        readonly variance: Float64Array;
      }
  )[];
}

export interface SupportVectorsPlan extends ModelCommon {
  readonly kind: 'support-vectors';
  readonly kernel: 'linear' | 'polynomial' | 'radialBasis' | 'sigmoid';
  readonly gamma: number;
  readonly coef0: number;
  readonly degree: number;
  /** The elements of a vector. */
  readonly inputs: readonly Expression[];
  /** vectors × inputs */
  readonly vectors: Float64Array;
  readonly machines: readonly {
    readonly classIndex: number;
    readonly alternate: number;
    readonly threshold: number;
    readonly vectors: Int32Array;
    readonly coefficients: Float64Array;
    readonly intercept: number;
  }[];
  /** Without vectors, a coefficient per input. */
  readonly isLinear: boolean;
  readonly method: 'OneAgainstAll' | 'OneAgainstOne';
  readonly maxWins: boolean;
}

export type ModelPlan =
  | TreeModelPlan
  | MiningModelPlan
  | RegressionPlan
  | GeneralRegressionPlan
  | ScorecardPlan
  | NetworkPlan
  | RuleSetPlan
  | NaiveBayesPlan
  | SupportVectorsPlan;

/** A whole file. */
export interface Plan {
  readonly inputs: readonly InputPlan[];
  readonly slots: readonly SlotPlan[];
  readonly functions: readonly { readonly name: string; readonly expression: Expression }[];
  readonly classes: readonly (readonly Value[])[];
  readonly model: ModelPlan;
  /** Whether predictions are always the most probable class, so that probabilities can be given. */
  readonly hasProbabilities: boolean;
}
