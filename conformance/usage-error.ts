/** The kit was asked for what it cannot do: wrong options, rows that cannot be read, an engine that is not there. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
