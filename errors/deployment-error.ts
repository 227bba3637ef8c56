/** An invalid deployment. The problems name files and places within them, never values or paths of the machine. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
  readonly problems: readonly string[];
  /** The model's own answer to the example, if it differs from the recorded one: for the log only. */
  readonly answer: object | undefined;

  constructor(problems: readonly string[], options: { cause?: unknown; answer?: object | undefined } = {}) {
    super(problems.join('; '), 'cause' in options ? { cause: options.cause } : {});
    this.problems = problems;
    this.answer = options.answer;
  }
}
