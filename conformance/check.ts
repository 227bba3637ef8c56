/**
 * What a check is: one rule of the contract, and a function that says of an engine whether it holds. A check never fails
 * for want of what another check is about: then it is not run, and says why. So a fault has one name.
 */
import type { DeploymentEvidence } from './evidence/deployment-evidence.ts';
import type { EngineEvidence } from './evidence/engine-evidence.ts';
import type { EngineProbe } from './evidence/engine-probes.ts';
import type { Outcome } from './outcome.ts';
import type { PublishedDeployment } from './evidence/published-deployment.ts';
import type { ScoringProbe } from './evidence/scoring-probes.ts';

/** `required`: OpenScale fails without it. `recommended`: it works worse. `informative`: worth knowing. */
export const LEVELS = ['required', 'recommended', 'informative'] as const;
export type Level = (typeof LEVELS)[number];

export const GROUPS = ['discovery', 'scoring', 'load', 'errors', 'security'] as const;
export type Group = (typeof GROUPS)[number];

interface CheckBase {
  readonly level: Level;
  /** The rule, as one sentence that is true of an engine that conforms. */
  readonly statement: string;
  /** Why OpenScale, or whoever runs the engine, cares. */
  readonly why: string;
  /** How to mend an engine that fails. */
  readonly mend: string;
  /** The requests that it looks at, besides discovery and the first scoring call. The budget is counted from them. */
  readonly engineProbes?: readonly EngineProbe[];
  readonly probes?: readonly ScoringProbe[];
}

/** Judges the engine as a whole, each deployment as it is published, or each deployment as it scores. */
export type Check = CheckBase &
  (
    | {
        readonly scope: 'engine';
        readonly run: (
          engine: EngineEvidence,
          deployments: readonly DeploymentEvidence[],
        ) => Outcome | Promise<Outcome>;
      }
    | { readonly scope: 'published'; readonly run: (deployment: PublishedDeployment, engine: EngineEvidence) => Outcome }
    | { readonly scope: 'deployment'; readonly run: (deployment: DeploymentEvidence) => Outcome | Promise<Outcome> }
  );
