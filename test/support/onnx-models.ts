/** Models in ONNX format that the tests share. The operators Count, Describe, Crash and Hang are those of test/fixtures/onnx-runtime. */
import { fileURLToPath } from 'node:url';
import type { FileOptions, NodeOptions } from './onnx-file.ts';

/** A folder for NODE_PATH, with a package that stands in for onnxruntime-node. */
export const FAKE_RUNTIME = fileURLToPath(new URL('../fixtures/onnx-runtime', import.meta.url));

/** A deployment of the model LOANS. */
export const LOANS_FOLDER = fileURLToPath(new URL('../fixtures/onnx-deployments/loans', import.meta.url));

/** A linear classifier of two numbers and the code of a color, as scikit-learn's converter writes it: with a ZipMap. */
export const LOANS: FileOptions = {
  inputs: [{ name: 'X', type: 'float32', shape: ['N', 3] }],
  outputs: [{ name: 'output_label', type: 'int64', shape: ['N'] }, { name: 'output_probability' }],
  nodes: [
    {
      operator: 'LinearClassifier',
      domain: 'ai.onnx.ml',
      inputs: ['X'],
      outputs: ['label', 'probabilities'],
      attributes: {
        coefficients: { floats: [0.25, -0.5, 1, -0.25, 0.5, 0.5, 0, 0.125, -2] },
        intercepts: { floats: [0.5, 0, 0.25] },
        classlabels_ints: [-1, 0, 5],
        post_transform: 'SOFTMAX',
      },
    },
    { operator: 'Identity', inputs: ['label'], outputs: ['output_label'] },
    {
      operator: 'ZipMap',
      domain: 'ai.onnx.ml',
      inputs: ['probabilities'],
      outputs: ['output_probability'],
      attributes: { classlabels_int64s: [-1, 0, 5] },
    },
  ],
};

interface GraphOptions {
  readonly width?: number;
  readonly columns?: number;
  readonly batch?: number | string;
  readonly domain?: string;
}

/** A graph of one matrix whose only node makes one number per row, or as many as there are columns. */
export function toGraph(
  operator: string,
  { width = 1, columns = 1, batch = 'N', domain = '' }: GraphOptions = {},
): FileOptions {
  const node: NodeOptions = { operator, domain, inputs: ['x'], outputs: ['y'] };
  return {
    inputs: [{ name: 'x', type: 'float32', shape: [batch, columns] }],
    outputs: [{ name: 'y', type: 'float32', shape: [batch, width] }],
    nodes: [node],
  };
}
