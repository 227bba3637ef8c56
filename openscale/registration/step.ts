/** The steps of a registration. */

/** What has been done about one thing; with a dry run, what would be done. */
export interface Step {
  /** `data mart`, `service provider`, `subscription`, `example`, `archive of <monitor>` or `monitor <name>`. */
  readonly what: string;
  readonly outcome: 'found' | 'added' | 'changed' | 'to add' | 'to change' | 'skipped' | 'failed';
  readonly id?: string;
  /** Why it was skipped, or how it failed and what to do. */
  readonly why?: string;
}

/** What is in the way, and the way out. */
export class Obstacle extends Error {}
