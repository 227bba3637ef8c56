/** The operations of the contract and their handlers: one file and one line per operation. */
import type { operations } from '../generated/api.ts';
import type { HandlerTable } from './contract.ts';
import { computeMetrics } from './compute-metrics.ts';
import { getDeployment } from './get-deployment.ts';
import { listDeployments } from './list-deployments.ts';
import { logFeedback } from './log-feedback.ts';
import { scoreAndLog } from './score-and-log.ts';
import { scoreDeployment } from './score-deployment.ts';

export const handlers = {
  computeMetrics,
  getDeployment,
  listDeployments,
  logFeedback,
  scoreAndLog,
  scoreDeployment,
} satisfies HandlerTable<operations>;
