/**
 * Ends a command. The message, a sentence or two for the person who ran it, is printed on standard error; it never contains
 * secrets or data of a file, other than names of columns and classes.
 */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** 1: the command failed. 2: wrong usage. */
  readonly exitCode: 1 | 2;

  constructor(message: string, { cause, exitCode = 1 }: { cause?: unknown; exitCode?: 1 | 2 } = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.exitCode = exitCode;
  }
}
