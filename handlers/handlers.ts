/** The operations of the contract and their handlers: one file and one line per operation. */
import type { operations } from '../generated/api.ts';
import type { HandlerTable } from './contract.ts';
import { getDeployment } from './get-deployment.ts';
import { listDeployments } from './list-deployments.ts';
import { scoreDeployment } from './score-deployment.ts';

export const handlers = { getDeployment, listDeployments, scoreDeployment } satisfies HandlerTable<operations>;
