/** The library: everything that a program can import of this package. Its types depend on Node's types only. */
export { SAMPLES } from '../catalogue/samples.ts';
export { CommandError } from '../errors/command-error.ts';
export { ConfigurationError } from '../errors/configuration-error.ts';
export { EngineError, type ErrorCode, type ErrorTarget } from '../errors/engine-error.ts';
export { UsageError } from '../conformance/usage-error.ts';
export {
  check,
  formatReport,
  type CheckFinding,
  type CheckOptions,
  type CheckReport,
  type CheckResult,
  type ReportFormat,
} from './check.ts';
export { createEngine, type Engine, type EngineOptions } from './create-engine.ts';
export type { DeploymentSummary, Deployments, InvalidDeployment } from './deployments.ts';
export { openDeployments, type OpenDeploymentsOptions } from './open-deployments.ts';
export type { ScoredEnvelope, ScoredTable, ScoreOptions, ScoringEnvelope, ScoringTable } from './tables.ts';
export { train, type Metrics, type TrainOptions, type TrainResult } from './train.ts';
