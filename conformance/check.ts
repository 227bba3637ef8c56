/**
 * A check is one rule of the contract, and a function that decides whether an engine follows it. A check never fails because of
 * something that another check covers: then it is not run, and names that check. So each fault is reported once.
 */
import type { DeploymentEvidence } from './evidence/deployment-evidence.ts';
import type { EngineEvidence } from './evidence/engine-evidence.ts';
import type { EngineProbe } from './evidence/engine-probes.ts';
import type { Outcome } from './outcome.ts';
import type { PublishedDeployment } from './evidence/published-deployment.ts';
import type { ScoringProbe } from './evidence/scoring-probes.ts';

/** `required`: OpenScale fails without it. `recommended`: OpenScale works less well. `informative`: worth knowing. */
export const LEVELS = ['required', 'recommended', 'informative'] as const;
export type Level = (typeof LEVELS)[number];

export const GROUPS = ['discovery', 'scoring', 'load', 'errors', 'security', 'logging'] as const;
export type Group = (typeof GROUPS)[number];

interface CheckBase {
  /** Its level, unless it depends on the engine. */
  readonly level: Level;
  /** A level that depends on the engine, with the condition in words. */
  readonly raised?: {
    readonly level: Level;
    readonly when: string;
    readonly applies: (engine: EngineEvidence) => boolean;
  };
  /** The rule, as one sentence that is true of a conforming engine. */
  readonly statement: string;
  /** Why it matters to OpenScale, or to the operator of the engine. */
  readonly why: string;
  /** How to fix an engine that fails. */
  readonly fix: string;
  /** The requests whose responses it uses, besides discovery and the first scoring call. The request budget is computed from them. */
  readonly engineProbes?: readonly EngineProbe[];
  readonly probes?: readonly ScoringProbe[];
}

/** Judges the engine as a whole, each deployment as it is published, or each deployment by its scores. */
export type Check = CheckBase &
  (
    | {
        readonly scope: 'engine';
        readonly run: (
          engine: EngineEvidence,
          deployments: readonly DeploymentEvidence[],
        ) => Outcome | Promise<Outcome>;
      }
    | {
        readonly scope: 'published';
        readonly run: (deployment: PublishedDeployment, engine: EngineEvidence) => Outcome;
      }
    | { readonly scope: 'deployment'; readonly run: (deployment: DeploymentEvidence) => Outcome | Promise<Outcome> }
  );
