/**
 * Ends a command: the message is a sentence or two for the person who ran it, printed on standard error. It holds no secret
 * and nothing of a file's data but names of columns and classes.
 */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** 1: it failed. 2: it was used wrongly. */
  readonly exitCode: 1 | 2;

  constructor(message: string, { cause, exitCode = 1 }: { cause?: unknown; exitCode?: 1 | 2 } = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.exitCode = exitCode;
  }
}
