/** Every check there is, in the order in which they are run and reported. */
import type { Check, Group } from './check.ts';
import { bodyChecks } from './checks/errors/bodies.ts';
import { refusalChecks } from './checks/errors/refusals.ts';
import { fieldChecks } from './checks/discovery/fields.ts';
import { keyChecks } from './checks/discovery/keys.ts';
import { replyChecks as discoveryReplyChecks } from './checks/discovery/reply.ts';
import { schemaChecks } from './checks/discovery/schemas.ts';
import { urlChecks } from './checks/discovery/urls.ts';
import { valueChecks } from './checks/discovery/values.ts';
import { loadChecks } from './checks/load.ts';
import { invarianceChecks } from './checks/scoring/invariance.ts';
import { replyChecks as scoringReplyChecks } from './checks/scoring/reply.ts';
import { columnChecks } from './checks/scoring/columns.ts';
import { predictionChecks } from './checks/scoring/predictions.ts';
import { probabilityChecks } from './checks/scoring/probabilities.ts';
import { securityChecks } from './checks/security.ts';

const GROUPED = {
  discovery: { ...discoveryReplyChecks, ...keyChecks, ...valueChecks, ...urlChecks, ...schemaChecks, ...fieldChecks },
  scoring: { ...scoringReplyChecks, ...predictionChecks, ...probabilityChecks, ...columnChecks, ...invarianceChecks },
  load: loadChecks,
  errors: { ...refusalChecks, ...bodyChecks },
  security: securityChecks,
} as const satisfies Record<Group, Record<string, Check>>;

type Grouped = typeof GROUPED;
/** The id of a check; ids are stable, because people write them into their pipelines. */
export type CheckId = { [Name in Group]: keyof Grouped[Name] }[Group];

/** A check with its name. */
export type CatalogueEntry = Check & { readonly id: CheckId; readonly group: Group };

export const CATALOGUE: readonly CatalogueEntry[] = Object.entries(GROUPED).flatMap(([group, checks]) =>
  Object.entries(checks as Record<string, Check>).map(([id, check]) => ({
    ...check,
    id: id as CheckId,
    group: group as Group,
  })),
);
