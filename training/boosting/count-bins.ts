/** Histograms of gradients and hessians over the bins of features: where most of the time of boosting goes. */

/** The rows of a leaf: `rows` from `start` to `end`, with their gradients and hessians at the same positions. */
export interface LeafRows {
  readonly rows: Int32Array;
  readonly gradients: Float32Array;
  readonly hessians: Float32Array;
  readonly start: number;
  readonly end: number;
}

/**
 * Counts four features at once: their additions do not wait for each other, and each gradient is read once.
 * @param histogram where the sums are added, in place
 * @param offsets where each feature's bins start in it
 */
export function countFour(
  histogram: Float64Array,
  bins: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array],
  offsets: readonly [number, number, number, number],
  { rows, gradients, hessians, start, end }: LeafRows,
): void {
  const [bins0, bins1, bins2, bins3] = bins;
  const [offset0, offset1, offset2, offset3] = offsets;
  for (let at = start; at < end; at++) {
    const row = rows[at] as number;
    const gradient = gradients[at] as number;
    const hessian = hessians[at] as number;
    const at0 = offset0 + ((bins0[row] as number) << 1);
    const at1 = offset1 + ((bins1[row] as number) << 1);
    const at2 = offset2 + ((bins2[row] as number) << 1);
    const at3 = offset3 + ((bins3[row] as number) << 1);
    histogram[at0] = (histogram[at0] as number) + gradient;
    histogram[at0 + 1] = (histogram[at0 + 1] as number) + hessian;
    histogram[at1] = (histogram[at1] as number) + gradient;
    histogram[at1 + 1] = (histogram[at1 + 1] as number) + hessian;
    histogram[at2] = (histogram[at2] as number) + gradient;
    histogram[at2 + 1] = (histogram[at2 + 1] as number) + hessian;
    histogram[at3] = (histogram[at3] as number) + gradient;
    histogram[at3 + 1] = (histogram[at3 + 1] as number) + hessian;
  }
}

/** Counts one feature. */
export function countOne(
  histogram: Float64Array,
  bins: Uint8Array,
  offset: number,
  { rows, gradients, hessians, start, end }: LeafRows,
): void {
  for (let at = start; at < end; at++) {
    const place = offset + ((bins[rows[at] as number] as number) << 1);
    histogram[place] = (histogram[place] as number) + (gradients[at] as number);
    histogram[place + 1] = (histogram[place + 1] as number) + (hessians[at] as number);
  }
}
