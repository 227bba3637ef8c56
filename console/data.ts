/** What the console is sent by the engine, as JSON: the types of both sides. */

/** The value of a category or a class. */
export type Scalar = string | number | boolean;

/** `invalid` if an older version is in service beside an invalid one; the other states are those of the upstream. */
export type DeploymentState = 'served' | 'invalid' | 'upstream unknown' | 'upstream failing';

export type ProblemType = 'binary' | 'multiclass' | 'regression';

/** A figure of the training report, with its display name. */
export interface Figure {
  readonly key: string;
  readonly name: string;
  readonly value: number;
}

/** What has been counted since the engine was started. */
export interface Traffic {
  /** Scoring requests that have ended, through whichever API. */
  readonly requests: number;
  /** Those that were answered with an error, or whose client went. */
  readonly errors: number;
  readonly rows: number;
  /** The mean time of a request, in milliseconds; null if there was none. */
  readonly meanMs: number | null;
}

/** Whether the upstream of a remote deployment answers. */
export interface UpstreamState {
  readonly status: 'unknown' | 'ready' | 'failing';
  readonly problem?: string;
  /** Set when the answer to the example differs from the recorded one. */
  readonly example?: 'differs';
  /** Whether calls are paused at present, because the upstream failed repeatedly. */
  readonly isCircuitOpen: boolean;
}

/** A deployment in service, as the list shows it. */
export interface DeploymentSummary {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly state: DeploymentState;
  readonly kind: string;
  readonly problemType: ProblemType;
  readonly version: string;
  /** The two figures that say most about the quality; empty without a training report. */
  readonly quality: readonly Figure[];
  /** Null where the engine does not count, or counts it together with others. */
  readonly traffic: Traffic | null;
  readonly upstream: UpstreamState | null;
  /** Whether it has a web application that is served. */
  readonly hasApp: boolean;
}

/** A folder whose deployment cannot be served. */
export interface InvalidSummary {
  readonly id: string;
  readonly problems: readonly string[];
  /** Whether an older version is still in service. */
  readonly isServed: boolean;
}

/** What a request may be like. */
export interface Limits {
  readonly maxRows: number;
  /** In bytes. */
  readonly maxBody: number;
}

/** How a caller can authenticate; empty if nobody has to. */
export type Authentication = 'basic' | 'api-key' | 'certificate';

/** The reply to `console/data/deployments`. */
export interface DeploymentList {
  readonly engine: EngineFacts;
  readonly deployments: readonly DeploymentSummary[];
  readonly invalid: readonly InvalidSummary[];
  /** Why the folder of the deployments cannot be read at present, a code; null if it can. */
  readonly folderProblem: string | null;
}

/** What is the same for all deployments. */
export interface EngineFacts {
  readonly version: string;
  readonly limits: Limits;
  readonly authentication: readonly Authentication[];
}

/** A column of the model. */
export interface ColumnData {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'long' | 'double' | 'boolean';
  readonly nullable: boolean;
  readonly categories?: readonly Scalar[];
  /** The minimum and the maximum in the training data. */
  readonly range?: readonly [number, number];
  /** Whether its texts are dates. */
  readonly isDate: boolean;
  /** The first date in the training data, such as `2026-11-23`, if its dates are known to begin there. */
  readonly firstDate?: string;
}

/** A mean with its spread. */
export interface ImportanceData {
  readonly feature: string;
  readonly mean: number;
  readonly std: number;
}

/** How often a class was taken for another. */
export interface ConfusionData {
  readonly actual: Scalar;
  readonly predicted: Scalar;
  readonly rows: number;
}

/** What is measured of each class: one value per class, in the order of the classes. */
export interface ClassFigures {
  readonly name: string;
  readonly values: readonly number[];
}

/** What a training has recorded, as far as it is understood; whatever is missing was not recorded. */
export interface TrainingReport {
  readonly command?: string;
  readonly kind?: string;
  readonly seed?: number;
  readonly rows?: { readonly training: number; readonly test: number };
  /** Whether the model that is served was learned once more, from all rows. */
  readonly isRefitted?: boolean;
  readonly hyperparameters: readonly { readonly name: string; readonly value: string }[];
  /** On rows that were held out. */
  readonly figures: readonly (Figure & {
    /** Of always predicting the most frequent class, or the mean. */
    readonly baseline?: number;
    readonly outOfBag?: number;
  })[];
  readonly classes: readonly ClassFigures[];
  /** Rows by actual, then predicted class. */
  readonly confusion?: readonly (readonly number[])[];
  readonly largestConfusions?: readonly ConfusionData[];
  readonly importances: readonly ImportanceData[];
}

/** The reply to `console/data/deployments/<id>`. */
export interface DeploymentDetails {
  readonly engine: EngineFacts;
  readonly summary: DeploymentSummary;
  readonly columns: readonly ColumnData[];
  readonly label: { readonly name: string; readonly type: string; readonly classes?: readonly Scalar[] };
  /** The names of the result columns. */
  readonly result: { readonly prediction: string; readonly probability?: string; readonly classIndex?: string };
  readonly unknownCategories: 'accept' | 'refuse';
  readonly example: { readonly fields: readonly string[]; readonly values: readonly (readonly unknown[])[] };
  readonly training: TrainingReport | null;
  /** Problems of a newer version that could not be loaded. */
  readonly problems: readonly string[];
  /** Whether another system scores its rows. */
  readonly isRemote: boolean;
  readonly createdAt: string;
  readonly modifiedAt: string;
}
