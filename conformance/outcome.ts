/** What came of a check in one place. `note` is what was measured or assumed. */
export type Outcome =
  | { readonly verdict: 'passed'; readonly note?: string }
  | { readonly verdict: 'failed'; readonly came: string; readonly expected: string; readonly note?: string }
  | { readonly verdict: 'not-run'; readonly reason: string }
  | { readonly verdict: 'not-applicable'; readonly reason: string };
export type Verdict = Outcome['verdict'];

/** Thrown where the evidence that a check needs is not there: the check is not run. */
export class NotRun extends Error {
  override readonly name = 'NotRun';
}

/** Thrown where the rule is not about such an engine. */
export class NotApplicable extends Error {
  override readonly name = 'NotApplicable';
}

/** The rule holds. */
export function pass(note?: string): Outcome {
  return { verdict: 'passed', ...(note !== undefined && { note }) };
}

/** The rule is broken: what came, and what was expected. */
export function fail(came: string, expected: string, note?: string): Outcome {
  return { verdict: 'failed', came, expected, ...(note !== undefined && { note }) };
}

/** The rule is not about such an engine. */
export function notApplicable(reason: string): Outcome {
  return { verdict: 'not-applicable', reason };
}
