/** Records of a data set, column by column. */

export interface RecordTable {
  readonly rowCount: number;
  /** The cells of each column; null where a record has none. */
  readonly columns: ReadonlyMap<string, readonly unknown[]>;
}

/** How values are compared and named: numbers as JSON writes them, so that 1, 1.0 and "1" are the same label. */
export function toKey(value: unknown): string {
  return typeof value === 'string' ? value : String(value);
}

/** A number, also where it is kept as text; undefined for anything else. */
export function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** A vector of numbers, also where it is kept as JSON; undefined for anything else. */
export function toVector(value: unknown): readonly number[] | undefined {
  let vector = value;
  if (typeof value === 'string') {
    try {
      vector = JSON.parse(value);
    } catch {
      return undefined;
    }
  }
  const isVector = Array.isArray(vector) && vector.every((item) => typeof item === 'number' && Number.isFinite(item));
  return isVector ? (vector as number[]) : undefined;
}
