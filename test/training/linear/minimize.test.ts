import { expect } from 'chai';
import { minimize, type Evaluate } from '../../../training/linear/minimize.ts';

const isFlat = (gradient: Float64Array) => gradient.every((slope) => Math.abs(slope) < 1e-8);

/** The valley of Rosenbrock 1960, whose lowest point is (1, 1). */
const rosenbrock: Evaluate = (point, gradient) => {
  const [x, y] = [point[0] as number, point[1] as number];
  gradient[0] = -2 * (1 - x) - 400 * x * (y - x * x);
  gradient[1] = 200 * (y - x * x);
  return (1 - x) ** 2 + 100 * (y - x * x) ** 2;
};

describe('minimize', () => {
  it('finds the end of a curved valley', () => {
    for (const start of [
      [-1.2, 1],
      [0, 0],
      [30, -40],
    ]) {
      const { point, value, isDone, steps } = minimize(rosenbrock, Float64Array.from(start), { isDone: isFlat });
      expect(isDone).to.equal(true);
      expect(steps).to.be.below(150);
      expect(value).to.be.below(1e-12);
      for (const coordinate of point) expect(coordinate).to.be.closeTo(1, 1e-6);
    }
  });

  it('takes longer steps where the function is almost flat', () => {
    const slow: Evaluate = (point, gradient) => {
      const x = (point[0] as number) - 1e6;
      gradient[0] = 1e-6 * x;
      return 0.5e-6 * x * x;
    };
    const { point, isDone } = minimize(slow, new Float64Array(1), { isDone: isFlat });
    expect(isDone).to.equal(true);
    expect(point[0]).to.be.closeTo(1e6, 1e-2);
  });

  it('needs one step with the exact inverse of the Hessian', () => {
    const scales = [1e-3, 1, 1e4];
    const bowl: Evaluate = (point, gradient) =>
      scales.reduce((sum, scale, index) => {
        const x = (point[index] as number) - index;
        gradient[index] = scale * x;
        return sum + 0.5 * scale * x * x;
      }, 0);
    const precondition = (vector: Float64Array) =>
      scales.forEach((scale, index) => (vector[index] = (vector[index] as number) / scale));
    const { point, steps } = minimize(bowl, Float64Array.of(5, 5, 5), { isDone: isFlat, precondition });
    expect(steps).to.equal(1);
    expect([...point]).to.deep.equal([0, 1, 2]);
  });

  it('ends where no further progress can be made, and after the last step', () => {
    const never = { isDone: () => false };
    const wall: Evaluate = (point, gradient) => {
      gradient[0] = 1;
      return (point[0] as number) < 0 ? Infinity : (point[0] as number);
    };
    expect(minimize(wall, Float64Array.of(0), never)).to.deep.include({ isDone: false, value: 0 });
    const { isDone, value } = minimize(rosenbrock, Float64Array.of(-1.2, 1), never);
    expect(isDone).to.equal(false);
    expect(value).to.be.below(1e-20);
    expect(minimize(rosenbrock, Float64Array.of(-1.2, 1), { ...never, maxSteps: 3 }).steps).to.equal(3);
  });
});
