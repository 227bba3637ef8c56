/** The digits after the point of every number in a drift archive. */
const SCALE = 1e4;

/** Rounds to four digits as numpy does: the scaled number to the nearest integer, halves to the even one. */
export function round(value: number): number {
  const scaled = value * SCALE;
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const nearest = rest === 0.5 ? floor + (floor % 2 === 0 ? 0 : 1) : rest > 0.5 ? floor + 1 : floor;
  return nearest / SCALE;
}
