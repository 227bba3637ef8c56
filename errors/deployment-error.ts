/** An invalid deployment. The problems name files and places within them, never values or paths of the machine. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options: { cause?: unknown } = {}) {
    super(problems.join('; '), 'cause' in options ? { cause: options.cause } : {});
    this.problems = problems;
  }
}
