/** Rows as the forest kernel takes them. */
import type { Frame, Getter } from './frame.ts';
import type { ForestPlan, Value } from './plan.ts';

export interface ForestMatrix {
  /** rows × features */
  readonly numbers: Float64Array;
  /** For each row, 1 if a value is missing. */
  readonly hasMissing: Uint8Array;
}

/** Builds what encodes rows as a matrix: NaN is missing, and a category is its code. */
export function buildMatrix(
  { features }: ForestPlan,
  getters: readonly Getter[],
): (frames: readonly Frame[]) => ForestMatrix {
  const plans = features.map(({ slot, values }) => ({
    get: getters[slot] as Getter,
    codes: values && new Map<Value, number>(values.map((value, code) => [value, code])),
  }));
  const width = plans.length;
  return (frames) => {
    const numbers = new Float64Array(frames.length * width);
    const hasMissing = new Uint8Array(frames.length);
    for (let feature = 0; feature < width; feature++) {
      const { get, codes } = plans[feature] as (typeof plans)[number];
      for (let row = 0, at = feature; row < frames.length; row++, at += width) {
        const value = get(frames[row] as Frame);
        if (value === null) {
          numbers[at] = NaN;
          hasMissing[row] = 1;
        } else if (codes) numbers[at] = codes.get(value) ?? -1;
        // A text without codes is only asked whether it is missing.
        else numbers[at] = typeof value === 'number' ? value : 0;
      }
    }
    return { numbers, hasMissing };
  };
}
