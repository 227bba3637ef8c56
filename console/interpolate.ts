/** The value of a line between its points. */
export function interpolate(xs: readonly number[], ys: readonly number[], at: number): number {
  const next = xs.findIndex((x) => x >= at);
  if (next < 0) return ys.at(-1) ?? NaN;
  const [x, y] = [xs[next] as number, ys[next] as number];
  if (next === 0 || x === at) return y;
  const [x0, y0] = [xs[next - 1] as number, ys[next - 1] as number];
  return y0 + ((y - y0) * (at - x0)) / (x - x0);
}
