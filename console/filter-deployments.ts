import type { DeploymentSummary } from './data.ts';

/** The deployments whose name, id, kind or problem type contains a text; if there are none, those that contain all of its words. */
export function filterDeployments<Summary extends Pick<DeploymentSummary, 'name' | 'id' | 'kind' | 'problemType'>>(
  deployments: readonly Summary[],
  filter: string,
): readonly Summary[] {
  const text = filter.trim().toLowerCase();
  const toText = ({ name, id, kind, problemType }: Summary) => `${name}\n${id}\n${kind}\n${problemType}`.toLowerCase();
  const found = deployments.filter((one) => toText(one).includes(text));
  if (found.length > 0) return found;
  return deployments.filter((one) => text.split(/\s+/).every((word) => toText(one).includes(word)));
}
