/** What boosting minimises: the derivatives by the margins, the margins to start from, and the loss of held-out rows. */
import type { BoostingData, ObjectiveName } from './boosting-data.ts';

/** Margins are n numbers per output, output by output. */
export interface Objective {
  /** The number of trees per iteration. */
  readonly outputs: number;
  /** The margins of the best constant model, one per output. */
  readonly start: Float64Array;
  /** Called before the trees of an iteration, whose derivatives are all those of the margins at that time. */
  begin(margins: Float64Array, rows: Int32Array): void;
  /**
   * Writes the derivatives of the loss of rows.
   * @param derivatives a gradient and a hessian per row of the table
   */
  derive(output: number, margins: Float64Array, rows: Int32Array, derivatives: Float32Array): void;
  /** The mean loss of rows. */
  measure(margins: Float64Array, rows: Int32Array): number;
}

/** LightGBM's poisson_max_delta_step: it keeps steps small where the mean is. */
const POISSON_STEP = 0.7;
const SMALLEST = 1e-15;

/** Builds an objective; its start is that of the given rows. */
export function buildObjective(name: ObjectiveName, data: BoostingData, rows: Int32Array): Objective {
  switch (name) {
    case 'binary':
      return new Binary(data, rows);
    case 'multiclass':
      return new Multiclass(data, rows);
    case 'squared-error':
      return new SquaredError(data, rows);
    case 'poisson':
      return new Poisson(data, rows);
  }
}

abstract class WithTarget {
  protected readonly target: Float64Array;
  readonly #weights: Float64Array | undefined;

  constructor({ target, weights }: BoostingData) {
    this.target = target;
    this.#weights = weights;
  }

  protected weightOf(row: number): number {
    return this.#weights ? (this.#weights[row] as number) : 1;
  }

  /** The weighted mean of a number of each row. */
  protected mean(rows: Int32Array, toNumber: (row: number) => number): number {
    let sum = 0;
    let weight = 0;
    for (const row of rows) {
      sum += this.weightOf(row) * toNumber(row);
      weight += this.weightOf(row);
    }
    return sum / weight;
  }
}

class SquaredError extends WithTarget implements Objective {
  readonly outputs = 1;
  readonly start: Float64Array;

  constructor(data: BoostingData, rows: Int32Array) {
    super(data);
    this.start = Float64Array.of(this.mean(rows, (row) => data.target[row] as number));
  }

  begin(): void {
    // The derivatives need no more than the margins.
  }

  derive(_: number, margins: Float64Array, rows: Int32Array, derivatives: Float32Array): void {
    for (const row of rows) {
      const weight = this.weightOf(row);
      derivatives[2 * row] = weight * ((margins[row] as number) - (this.target[row] as number));
      derivatives[2 * row + 1] = weight;
    }
  }

  measure(margins: Float64Array, rows: Int32Array): number {
    return this.mean(rows, (row) => ((margins[row] as number) - (this.target[row] as number)) ** 2);
  }
}

class Poisson extends WithTarget implements Objective {
  readonly outputs = 1;
  readonly start: Float64Array;

  constructor(data: BoostingData, rows: Int32Array) {
    super(data);
    this.start = Float64Array.of(Math.log(this.mean(rows, (row) => data.target[row] as number)));
  }

  begin(): void {
    // The derivatives need no more than the margins.
  }

  derive(_: number, margins: Float64Array, rows: Int32Array, derivatives: Float32Array): void {
    for (const row of rows) {
      const weight = this.weightOf(row);
      const mean = Math.exp(margins[row] as number);
      derivatives[2 * row] = weight * (mean - (this.target[row] as number));
      derivatives[2 * row + 1] = weight * Math.exp((margins[row] as number) + POISSON_STEP);
    }
  }

  /** Half the deviance, up to a constant of the rows. */
  measure(margins: Float64Array, rows: Int32Array): number {
    return this.mean(
      rows,
      (row) => Math.exp(margins[row] as number) - (this.target[row] as number) * (margins[row] as number),
    );
  }
}

class Binary extends WithTarget implements Objective {
  readonly outputs = 1;
  readonly start: Float64Array;

  constructor(data: BoostingData, rows: Int32Array) {
    super(data);
    const share = clip(this.mean(rows, (row) => data.target[row] as number));
    this.start = Float64Array.of(Math.log(share / (1 - share)));
  }

  begin(): void {
    // The derivatives need no more than the margins.
  }

  derive(_: number, margins: Float64Array, rows: Int32Array, derivatives: Float32Array): void {
    for (const row of rows) {
      const weight = this.weightOf(row);
      const probability = 1 / (1 + Math.exp(-(margins[row] as number)));
      derivatives[2 * row] = weight * (probability - (this.target[row] as number));
      derivatives[2 * row + 1] = weight * probability * (1 - probability);
    }
  }

  measure(margins: Float64Array, rows: Int32Array): number {
    return this.mean(rows, (row) => {
      const margin = this.target[row] === 1 ? (margins[row] as number) : -(margins[row] as number);
      return margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin;
    });
  }
}

class Multiclass extends WithTarget implements Objective {
  readonly outputs: number;
  readonly start: Float64Array;
  readonly #probabilities: Float64Array;

  constructor(data: BoostingData, rows: Int32Array) {
    super(data);
    this.outputs = data.classCount;
    this.start = Float64Array.from({ length: this.outputs }, (_, output) =>
      Math.log(clip(this.mean(rows, (row) => (data.target[row] === output ? 1 : 0)))),
    );
    this.#probabilities = new Float64Array(this.outputs * data.target.length);
  }

  begin(margins: Float64Array, rows: Int32Array): void {
    const { outputs } = this;
    const count = this.target.length;
    const probabilities = this.#probabilities;
    for (const row of rows) {
      let highest = -Infinity;
      for (let output = 0; output < outputs; output++)
        highest = Math.max(highest, margins[output * count + row] as number);
      let sum = 0;
      for (let output = 0; output < outputs; output++) {
        const power = Math.exp((margins[output * count + row] as number) - highest);
        probabilities[output * count + row] = power;
        sum += power;
      }
      for (let output = 0; output < outputs; output++) {
        const at = output * count + row;
        probabilities[at] = (probabilities[at] as number) / sum;
      }
    }
  }

  derive(output: number, _: Float64Array, rows: Int32Array, derivatives: Float32Array): void {
    const offset = output * this.target.length;
    const factor = this.outputs / (this.outputs - 1);
    for (const row of rows) {
      const weight = this.weightOf(row);
      const probability = this.#probabilities[offset + row] as number;
      derivatives[2 * row] = weight * (probability - (this.target[row] === output ? 1 : 0));
      derivatives[2 * row + 1] = weight * factor * probability * (1 - probability);
    }
  }

  measure(margins: Float64Array, rows: Int32Array): number {
    const { outputs, target } = this;
    const count = target.length;
    return this.mean(rows, (row) => {
      let highest = -Infinity;
      for (let output = 0; output < outputs; output++)
        highest = Math.max(highest, margins[output * count + row] as number);
      let sum = 0;
      for (let output = 0; output < outputs; output++)
        sum += Math.exp((margins[output * count + row] as number) - highest);
      return highest + Math.log(sum) - (margins[(target[row] as number) * count + row] as number);
    });
  }
}

function clip(share: number): number {
  return Math.min(1 - SMALLEST, Math.max(SMALLEST, share));
}
