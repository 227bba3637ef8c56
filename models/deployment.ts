import type { DeploymentFile } from './deployment-file.ts';
import type { Shareable } from './kinds/kind.ts';
import type { Model } from './model.ts';
import type { Readiness } from './readiness.ts';
import type { Elsewhere } from './split-model.ts';

/** A deployment in service: what its file says and the model that scores its tables. */
export interface Deployment {
  readonly file: DeploymentFile;
  /** A hash of its files, twelve hexadecimal digits. */
  readonly version: string;
  readonly model: Model;
  /** Whether the model returns probabilities, as seen when its example was scored. */
  readonly hasProbabilities: boolean;
  /** What another thread needs to score with it; missing where the kind is not shareable. */
  readonly shared?: SharedDeployment;
  /** How another thread can prepare what the model is sent; missing where the model runs in this process. */
  readonly relayed?: RelayedDeployment;
  /** Whether the upstream of a remote model is ready. */
  readonly remote?: Readiness;
  /** Releases what the model holds besides memory. Called when no new request will be scored with it. */
  readonly close?: () => void;
}

/** What another thread needs to score with a deployment; large parts are in shared memory. */
export interface SharedDeployment {
  readonly id: string;
  /** The deployment file, serialized by node:v8. */
  readonly file: Uint8Array;
  readonly version: string;
  readonly hasProbabilities: boolean;
  /** What the kind builds its model from. */
  readonly data: Shareable;
  /** The steps that scoring one row takes, see countWork. */
  readonly work: number;
}

/** A deployment whose model runs elsewhere: what another thread needs to prepare what it is sent, and how that is sent from here. */
export interface RelayedDeployment extends Omit<Elsewhere, 'data'> {
  readonly shared: PreparingDeployment;
}

/** What another thread needs to prepare what the model of a deployment is sent. */
export interface PreparingDeployment extends Omit<SharedDeployment, 'data' | 'work'> {
  /** What its kind prepares from besides the file. */
  readonly data: unknown;
}
