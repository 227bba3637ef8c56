/** All checks, in the order in which they are run. */
import type { Check, Group } from '../check.ts';
import { bodyChecks } from './errors/bodies.ts';
import { rejectionChecks } from './errors/rejections.ts';
import { fieldChecks } from './discovery/fields.ts';
import { keyChecks } from './discovery/keys.ts';
import { replyChecks as discoveryReplyChecks } from './discovery/reply.ts';
import { schemaChecks } from './discovery/schemas.ts';
import { urlChecks } from './discovery/urls.ts';
import { valueChecks } from './discovery/values.ts';
import { loadChecks } from './load.ts';
import { loggingChecks } from './logging.ts';
import { envelopeChecks } from './scoring/envelopes.ts';
import { invarianceChecks } from './scoring/invariance.ts';
import { replyChecks as scoringReplyChecks } from './scoring/reply.ts';
import { columnChecks } from './scoring/columns.ts';
import { predictionChecks } from './scoring/predictions.ts';
import { probabilityChecks } from './scoring/probabilities.ts';
import { securityChecks } from './security.ts';

const GROUPED = {
  discovery: { ...discoveryReplyChecks, ...keyChecks, ...valueChecks, ...urlChecks, ...schemaChecks, ...fieldChecks },
  scoring: {
    ...scoringReplyChecks,
    ...predictionChecks,
    ...probabilityChecks,
    ...columnChecks,
    ...invarianceChecks,
    ...envelopeChecks,
  },
  load: loadChecks,
  errors: { ...rejectionChecks, ...bodyChecks },
  security: securityChecks,
  logging: loggingChecks,
} as const satisfies Record<Group, Record<string, Check>>;

type Grouped = typeof GROUPED;
/** The id of a check. Ids are stable, because pipelines refer to them. */
export type CheckId = { [Name in Group]: keyof Grouped[Name] }[Group];

/** A check with its id and group. */
export type NamedCheck = Check & { readonly id: CheckId; readonly group: Group };

export const ALL_CHECKS: readonly NamedCheck[] = Object.entries(GROUPED).flatMap(([group, checks]) =>
  Object.entries(checks as Record<string, Check>).map(([id, check]) => ({
    ...check,
    id: id as CheckId,
    group: group as Group,
  })),
);
