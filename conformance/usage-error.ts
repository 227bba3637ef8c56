/** The checks cannot start: invalid options, unreadable rows, or an engine that cannot be reached. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
