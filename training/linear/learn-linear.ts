/** Linear regression by least squares, with a ridge just large enough for collinear inputs (Hastie et al., 3.4.1). */
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import type { DesignMatrix } from './design-matrix.ts';

const RIDGE = 1e-8;

/**
 * Learns the weights of the standardised inputs, followed by the intercept.
 * @param target one number per row of the matrix
 */
export function learnLinear({ values, width }: DesignMatrix, target: Float64Array): Float64Array {
  const rows = target.length;
  const squares = Matrix.zeros(width, width);
  const products = Matrix.zeros(width, 1);
  const mean = target.reduce((sum, value) => sum + value, 0) / rows;
  for (let row = 0; row < rows; row++) {
    const at = row * width;
    const difference = (target[row] as number) - mean;
    for (let i = 0; i < width; i++) {
      const value = values[at + i] as number;
      if (value === 0) continue;
      products.set(i, 0, products.get(i, 0) + value * difference);
      for (let j = 0; j <= i; j++) squares.set(i, j, squares.get(i, j) + value * (values[at + j] as number));
    }
  }
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < i; j++) squares.set(j, i, squares.get(i, j));
    squares.set(i, i, squares.get(i, i) + RIDGE * rows);
  }
  const weights = new CholeskyDecomposition(squares).solve(products);
  return Float64Array.from([...weights.getColumn(0), mean]);
}
