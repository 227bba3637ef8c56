/** The kinds of metrics providers that are built in: one file and one line each. A kind's name is the `type` in the settings. */
import { calibration } from './kinds/calibration.ts';
import { dataQuality } from './kinds/data-quality.ts';
import { groupFairness } from './kinds/group-fairness.ts';
import { populationStability } from './kinds/population-stability.ts';
import type { ProviderKind } from './provider-kind.ts';

export const providerKinds = {
  calibration,
  'data-quality': dataQuality,
  'group-fairness': groupFairness,
  'population-stability': populationStability,
};

/** A kind by its name; what it computes with, its own schema has checked. */
export function findProviderKind(type: string): ProviderKind<unknown> | undefined {
  return Object.hasOwn(providerKinds, type)
    ? (providerKinds as unknown as Readonly<Record<string, ProviderKind<unknown>>>)[type]
    : undefined;
}
