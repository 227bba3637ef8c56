/** Texts that stand for a missing value. */

/** What pandas takes for missing in any column, and the question mark of older data sets. */
const USUAL =
  '#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a|nan|null|?'.split('|');

/**
 * What else stands for a missing value among numbers or dates, in any case. Among texts these can be values: "unknown" is
 * a category of its own in many a data set.
 */
const AMONG_NUMBERS = [
  ...'- -- --- – — . .. ... _ * ? ?? n.a. n.a na n/a nan nil none null (null) [null] <null> \\n'.split(' '),
  ...'unknown undefined missing unavailable empty blank (blank) tbd tba n.d. nd n.v. k.a.'.split(' '),
  // MySQL's dates without a value.
  '0000-00-00',
  '0000-00-00 00:00:00',
  'not available',
  'not applicable',
  'no data',
  'keine angabe',
  // Models take finite numbers only.
  ...'inf +inf -inf infinity +infinity -infinity ∞ -∞ 1.#inf -1.#inf'.split(' '),
  ...'#div/0! #value! #ref! #name? #num! #null! #n/v #nv #wert! #bezug! #zahl!'.split(' '),
];

/** Which trimmed texts stand for a missing value. The empty text always does. */
export interface MissingMarkers {
  /** In every column: the user's markers, or else the usual ones. */
  isMissing(text: string): boolean;
  /** In a column of numbers or dates, where a marker cannot be a value. */
  isMissingNumber(text: string): boolean;
  /** Whether a number stands for a missing value, in whatever spelling: -999 and -999.0. */
  isSentinel(value: number): boolean;
}

/**
 * The markers.
 * @param given the user's, in place of the usual ones
 */
export function toMissingMarkers(given?: readonly string[]): MissingMarkers {
  const everywhere = new Set(['', ...(given ?? USUAL).map((text) => text.trim())]);
  const numbers = new Set([...USUAL, ...AMONG_NUMBERS].map((text) => text.toLowerCase()));
  const sentinels = new Set(
    [...everywhere]
      .filter((text) => text !== '')
      .map(Number)
      .filter(Number.isFinite),
  );
  return {
    isMissing: (text) => everywhere.has(text),
    isMissingNumber: (text) => everywhere.has(text) || numbers.has(text.toLowerCase()),
    isSentinel: (value) => sentinels.size > 0 && sentinels.has(value),
  };
}
