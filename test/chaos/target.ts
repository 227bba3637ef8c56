/** The engine that a fault is made against. */
export interface Target {
  /** For example http://127.0.0.1:8080. */
  readonly url: string;
  /** The id of a deployment that takes part. */
  readonly deployment: string;
}
