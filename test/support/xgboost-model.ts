/** Models of XGBoost, small enough to vary in a line, in the form that save_model writes. */

/** A tree of one node that compares feature 0, and two leaves: 1 on the left, 2 on the right. */
export function toTree(keys: object = {}) {
  return {
    base_weights: [0, 0, 0],
    categories: [] as number[],
    categories_nodes: [] as number[],
    categories_segments: [] as number[],
    categories_sizes: [] as number[],
    default_left: [0, 0, 0],
    id: 0,
    left_children: [1, -1, -1],
    loss_changes: [9, 0, 0],
    parents: [2147483647, 0, 0],
    right_children: [2, -1, -1],
    split_conditions: [0.5, 1, 2],
    split_indices: [0, 0, 0],
    split_type: [0, 0, 0],
    sum_hessian: [9, 4, 5],
    tree_param: { num_deleted: '0', num_feature: '2', num_nodes: '3', size_leaf_vector: '1' },
    ...keys,
  };
}

/** A tree of one leaf. */
export function toLeaf(value: number) {
  return toTree({
    default_left: [0],
    left_children: [-1],
    right_children: [-1],
    split_conditions: [value],
    split_indices: [0],
    split_type: [0],
    tree_param: { num_nodes: '1' },
  });
}

export interface ModelKeys {
  readonly version?: readonly number[];
  readonly objective?: string;
  readonly baseScore?: string;
  readonly classCount?: number;
  readonly trees?: readonly object[];
  readonly outputs?: readonly number[];
  readonly attributes?: object;
  readonly learner?: object;
  readonly parameters?: object;
  readonly model?: object;
  readonly booster?: object;
}

/** A model of two features, by default a regression with one tree. */
export function toModel({
  version = [3, 2, 0],
  objective = 'reg:squarederror',
  baseScore = '[0E0]',
  classCount = 0,
  trees = [toTree()],
  outputs = trees.map(() => 0),
  attributes = {},
  learner = {},
  parameters = {},
  model = {},
  booster = {},
}: ModelKeys = {}) {
  return {
    learner: {
      attributes,
      feature_names: ['a', 'b'],
      feature_types: ['float', 'float'],
      gradient_booster: {
        model: {
          gbtree_model_param: { num_parallel_tree: '1', num_trees: String(trees.length) },
          tree_info: outputs,
          trees,
          ...model,
        },
        name: 'gbtree',
        ...booster,
      },
      learner_model_param: {
        base_score: baseScore,
        num_class: String(classCount),
        num_feature: '2',
        num_target: '1',
        ...parameters,
      },
      objective: { name: objective },
      ...learner,
    },
    version,
  };
}

/** Writes a value as XGBoost writes UBJSON: lengths of 64 bits, and typed arrays of integers or of floats of 32 bits. */
export function toUbjson(value: unknown): Buffer {
  if (typeof value === 'string') return Buffer.concat([Buffer.from('S'), toText(value)]);
  if (typeof value === 'number') {
    const bytes = Buffer.from('D00000000');
    bytes.writeDoubleBE(value, 1);
    return bytes;
  }
  if (Array.isArray(value)) {
    const isTyped = value.length > 0 && value.every((element) => typeof element === 'number');
    if (isTyped) return toTyped(value);
    return Buffer.concat([Buffer.from('[#'), toLength(value.length), ...value.map(toUbjson)]);
  }
  const members = Object.entries(value as object).map(([key, member]) =>
    Buffer.concat([toText(key), toUbjson(member)]),
  );
  return Buffer.concat([Buffer.from('{'), ...members, Buffer.from('}')]);
}

function toTyped(numbers: readonly number[]): Buffer {
  const isInteger = numbers.every(Number.isInteger);
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [index, number] of numbers.entries()) {
    if (isInteger) bytes.writeInt32BE(number, 4 * index);
    else bytes.writeFloatBE(number, 4 * index);
  }
  return Buffer.concat([Buffer.from(isInteger ? '[$l#' : '[$d#'), toLength(numbers.length), bytes]);
}

function toText(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([toLength(bytes.length), bytes]);
}

function toLength(length: number): Buffer {
  const bytes = Buffer.from('L00000000');
  bytes.writeBigInt64BE(BigInt(length), 1);
  return bytes;
}
