/**
 * Minimises a smooth function of many variables by L-BFGS (Liu and Nocedal 1989; Nocedal and Wright: Numerical Optimization,
 * 2006, algorithms 7.4 and 7.5), with a line search for the strong Wolfe conditions (algorithms 3.5 and 3.6). An approximate
 * inverse of the Hessian, if there is one, takes the place of the identity from which L-BFGS starts at each step.
 */

/** Gives the value of the function at a point, and writes its gradient. */
export type Evaluate = (point: Float64Array, gradient: Float64Array) => number;

export interface MinimizeOptions {
  /** Whether the minimum is close enough, by the gradient there. */
  readonly isDone: (gradient: Float64Array) => boolean;
  readonly maxSteps?: number;
  /** Multiplies a vector by a symmetric positive definite approximation of the inverse Hessian, in place. */
  readonly precondition?: (vector: Float64Array) => void;
}

export interface Minimum {
  readonly point: Float64Array;
  readonly value: number;
  readonly steps: number;
  /** Whether it is as close as was asked; otherwise no further progress could be made. */
  readonly isDone: boolean;
}

/** The number of steps that are remembered. */
const MEMORY = 10;
/** Sufficient decrease and curvature, as usual for quasi-Newton methods (Nocedal and Wright, 3.1). */
const DECREASE = 1e-4;
const CURVATURE = 0.9;
const MAX_TRIALS = 30;
/** A rise of this share of the value is rounding (Hager and Zhang 2005, 2.3). */
const ROUNDING = 1e-14;

/** A point on the line: how far along it is, the value and the slope there. */
interface Trial {
  readonly along: number;
  readonly value: number;
  readonly slope: number;
}

/** Minimises a function from a starting point. */
export function minimize(
  evaluate: Evaluate,
  start: Float64Array,
  { isDone, maxSteps = 1000, precondition = () => undefined }: MinimizeOptions,
): Minimum {
  let point = start.slice();
  let gradient = new Float64Array(point.length);
  let value = evaluate(point, gradient);
  let nextPoint = new Float64Array(point.length);
  let nextGradient = new Float64Array(point.length);
  const memory: Correction[] = [];
  for (let step = 0; step < maxSteps; step++) {
    if (isDone(gradient)) return { point, value, steps: step, isDone: true };
    const direction = toDirection(gradient, memory, precondition);
    const slope = multiply(direction, gradient);
    const at = (along: number): Trial => {
      for (let index = 0; index < point.length; index++)
        nextPoint[index] = (point[index] as number) + along * (direction[index] as number);
      const reached = evaluate(nextPoint, nextGradient);
      return { along, value: reached, slope: multiply(direction, nextGradient) };
    };
    const found = slope < 0 ? searchLine(at, { along: 0, value, slope }) : undefined;
    if (!found) {
      // What is remembered may be misleading; the direction without it is one of descent.
      if (memory.length === 0) return { point, value, steps: step, isDone: false };
      memory.length = 0;
      continue;
    }
    remember(memory, subtract(nextPoint, point), subtract(nextGradient, gradient));
    [point, nextPoint] = [nextPoint, point];
    [gradient, nextGradient] = [nextGradient, gradient];
    value = found.value;
  }
  return { point, value, steps: maxSteps, isDone: isDone(gradient) };
}

/** A step, and the change of the gradient along it. */
interface Correction {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly product: number;
}

function remember(memory: Correction[], step: Float64Array, change: Float64Array): void {
  const product = multiply(step, change);
  if (!(product > 0)) return;
  if (memory.length === MEMORY) memory.shift();
  memory.push({ step, change, product });
}

/** The two-loop recursion. */
function toDirection(
  gradient: Float64Array,
  memory: readonly Correction[],
  precondition: (vector: Float64Array) => void,
): Float64Array {
  const direction = gradient.map((slope) => -slope);
  const factors = new Float64Array(memory.length);
  for (let index = memory.length - 1; index >= 0; index--) {
    const { step, change, product } = memory[index] as Correction;
    const factor = multiply(step, direction) / product;
    factors[index] = factor;
    add(direction, change, -factor);
  }
  precondition(direction);
  const last = memory.at(-1);
  if (last) {
    const conditioned = last.change.slice();
    precondition(conditioned);
    const scale = last.product / multiply(last.change, conditioned);
    for (let index = 0; index < direction.length; index++) direction[index] = scale * (direction[index] as number);
  }
  memory.forEach(({ step, change, product }, index) =>
    add(direction, step, (factors[index] as number) - multiply(change, direction) / product),
  );
  return direction;
}

/** Finds a point with a smaller value and a flatter slope; undefined if rounding leaves none. */
function searchLine(at: (along: number) => Trial, start: Trial): Trial | undefined {
  const tolerance = ROUNDING * Math.abs(start.value);
  const isHigh = ({ along, value }: Trial) => !(value <= start.value + DECREASE * along * start.slope + tolerance);
  const isFlat = ({ slope }: Trial) => Math.abs(slope) <= -CURVATURE * start.slope;
  let [low, high]: [Trial, Trial | undefined] = [start, undefined];
  let along = 1;
  for (let count = 0; count < MAX_TRIALS; count++) {
    const trial = at(along);
    const isWorse = isHigh(trial) || (low !== start && trial.value >= low.value + tolerance);
    if (!isWorse && isFlat(trial)) return trial;
    if (isWorse) high = trial;
    else {
      // The minimum is between the best point and a worse one, or one where the function rises again.
      if (trial.slope * ((high?.along ?? Infinity) - low.along) >= 0) high = low;
      low = trial;
    }
    along = high ? interpolate(low, high) : 4 * along;
    if (along === low.along) return undefined;
  }
  return undefined;
}

/** The minimum of the cubic through two points and their slopes, not too close to either (Nocedal and Wright, 3.59). */
function interpolate(low: Trial, high: Trial): number {
  const length = high.along - low.along;
  const bend = low.slope + high.slope - (3 * (low.value - high.value)) / (low.along - high.along);
  const root = Math.sqrt(bend * bend - low.slope * high.slope) * Math.sign(length);
  const share = 1 - (high.slope + root - bend) / (high.slope - low.slope + 2 * root);
  const safe = share >= 0.1 && share <= 0.9 ? share : Number.isNaN(share) ? 0.5 : Math.min(0.9, Math.max(0.1, share));
  return low.along + safe * length;
}

function multiply(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index] as number) * (b[index] as number);
  return sum;
}

function add(target: Float64Array, other: Float64Array, factor: number): void {
  for (let index = 0; index < target.length; index++)
    target[index] = (target[index] as number) + factor * (other[index] as number);
}

function subtract(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, index) => value - (b[index] as number));
}
