/** The result of a check, for the engine or for one deployment. `note` is what was measured or assumed. */
export type Outcome =
  | { readonly verdict: 'passed'; readonly note?: string }
  | { readonly verdict: 'failed'; readonly actual: string; readonly expected: string; readonly note?: string }
  | { readonly verdict: 'not-run'; readonly reason: string }
  | { readonly verdict: 'not-applicable'; readonly reason: string };
export type Verdict = Outcome['verdict'];

/** Thrown where the evidence that a check needs is missing: the check is not run. */
export class NotRun extends Error {
  override readonly name = 'NotRun';
}

/** Thrown where the rule does not apply to the engine. */
export class NotApplicable extends Error {
  override readonly name = 'NotApplicable';
}

/** The engine follows the rule. */
export function pass(note?: string): Outcome {
  return { verdict: 'passed', ...(note !== undefined && { note }) };
}

/** The engine breaks the rule. */
export function fail(actual: string, expected: string, note?: string): Outcome {
  return { verdict: 'failed', actual, expected, ...(note !== undefined && { note }) };
}

/** The rule does not apply to the engine. */
export function notApplicable(reason: string): Outcome {
  return { verdict: 'not-applicable', reason };
}
