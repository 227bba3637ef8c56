/**
 * What a graph takes: one matrix, one input per column, or several matrices, which take the columns one after another.
 */
import { DeploymentError } from '../../../errors/deployment-error.ts';
import type { Column } from '../../deployment-file.ts';
import type { FileFeature } from '../model-file.ts';
import type { ElementType, OnnxModel } from './read-model.ts';

/** An input of a graph that takes a number of columns. */
export interface Input {
  readonly name: string;
  readonly type: ElementType;
  /** The number of columns. */
  readonly width: number;
  /** Whether its tensors have the dimensions rows × width, and not only rows. */
  readonly isMatrix: boolean;
}

export interface InputPlan {
  readonly inputs: readonly Input[];
  /** Whether the graph takes one row at a time. */
  readonly isRowByRow: boolean;
}

/** A model with more inputs would need more columns than a deployment may have. */
const MAX_FEATURES = 4096;

/**
 * Plans the inputs of a graph.
 * @throws {DeploymentError} with every input that a table cannot feed
 */
export function planInputs({ inputs }: Pick<OnnxModel, 'inputs'>, place: string): InputPlan {
  const problems: string[] = [];
  const planned: Input[] = [];
  let isRowByRow = false;
  for (const [index, { name, type, shape }] of inputs.entries()) {
    const refuse = (problem: string) => problems.push(`${place}.graph.input[${index}] (${quote(name)}): ${problem}`);
    const [batch, width = 1] = shape ?? [];
    if (type === undefined) {
      refuse('expected a tensor of float, double, int32, int64, string or bool');
    } else if (!shape || shape.length === 0 || shape.length > 2) {
      refuse('expected one or two dimensions, rows and columns: other models than those of tables are not served');
    } else if (shape.length === 2 && shape[1] === undefined) {
      refuse('expected a fixed number of columns; save the model with its shape, such as [None, 20]');
    } else if (batch !== undefined && batch !== 1) {
      refuse(`expected any number of rows, or 1, not ${batch}; save the model with a dynamic first dimension`);
    } else {
      planned.push({ name, type, width, isMatrix: shape.length === 2 });
      isRowByRow ||= batch === 1;
    }
  }
  if (inputs.length === 0) problems.push(`${place}.graph.input: expected inputs`);
  if (planned.reduce((sum, { width }) => sum + width, 0) > MAX_FEATURES)
    problems.push(`${place}.graph.input: expected at most ${MAX_FEATURES} columns`);
  if (problems.length > 0) throw new DeploymentError(problems);
  return { inputs: planned, isRowByRow };
}

/** The features of a graph: a name where an input takes one column. */
export function toFeatures({ inputs }: InputPlan): FileFeature[] {
  return inputs.flatMap(({ name, type, width }) => {
    const feature: FileFeature = {
      // The name of the only input is that of the matrix, such as X.
      ...(width === 1 && inputs.length > 1 && { name }),
      ...(FEATURE_TYPES[type] && { type: FEATURE_TYPES[type] }),
      isCategorical: false,
      nullable: HAS_MISSING.includes(type),
    };
    return Array.from({ length: width }, () => feature);
  });
}

/** Where the type of a tensor determines that of the column. */
const FEATURE_TYPES: Readonly<Partial<Record<ElementType, Column['type']>>> = {
  int32: 'integer',
  int64: 'long',
  string: 'string',
  bool: 'boolean',
};

/** Types that have a value for a missing cell: NaN, or the empty text. */
export const HAS_MISSING: readonly ElementType[] = ['float32', 'float64', 'string'];

/** A name as a message has it: a file may contain anything. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
}
