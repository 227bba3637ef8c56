/** A deployment that cannot be served. The problems name files and places in them, never values and never paths. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options: { cause?: unknown } = {}) {
    super(problems.join('; '), 'cause' in options ? { cause: options.cause } : {});
    this.problems = problems;
  }
}
