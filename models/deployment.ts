/** A deployment in service. */
import type { DeploymentFile } from './deployment-file.ts';
import type { Shareable } from './kinds/kind.ts';
import type { Model } from './model.ts';
import type { Readiness } from './readiness.ts';

/** A deployment in service: what its file says and the model that scores its tables. */
export interface Deployment {
  readonly file: DeploymentFile;
  readonly model: Model;
  /** Whether the model gives probabilities, as seen when its example was scored. */
  readonly hasProbabilities: boolean;
  /** What another thread needs to serve it as well; missing where the kind keeps its models to their thread. */
  readonly shared?: SharedDeployment;
  /** Whether the model can be asked, where it lives elsewhere. */
  readonly remote?: Readiness;
}

/** What another thread needs to serve a deployment as well; big parts lie in shared memory. */
export interface SharedDeployment {
  readonly id: string;
  /** The deployment's file, as node:v8 serializes it. */
  readonly file: Uint8Array;
  readonly hasProbabilities: boolean;
  /** What the kind builds its model of. */
  readonly data: Shareable;
}
