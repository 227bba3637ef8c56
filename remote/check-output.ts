import { DeploymentError } from '../errors/deployment-error.ts';
import type { DeploymentFile } from '../models/deployment-file.ts';
import type { OutputSettings } from './remote-settings.ts';

/**
 * Checks the settings `output` against the classes of the deployment.
 * @throws {DeploymentError} with every problem
 */
export function checkOutput({ label: { classes } }: DeploymentFile, output: OutputSettings): void {
  const place = 'deployment.json.settings.output';
  const problems: string[] = [];
  const names = classes?.map(String) ?? [];
  for (const [label, name] of Object.entries(output.labels ?? {})) {
    if (!names.includes(String(name)))
      problems.push(`${place}.labels[${JSON.stringify(label)}]: expected one of the classes`);
  }
  if (output.labels && output.scalar === 'class_index')
    problems.push(`${place}.labels: expected no value, because class indices are not labels`);
  if (output.confidence !== undefined && names.length !== 2)
    problems.push(
      `${place}.confidence: expected no value, because only two classes have probabilities that follow from one`,
    );
  if (output.confidence !== undefined && output.probability !== undefined)
    problems.push(`${place}: expected either confidence or probability`);
  if (problems.length > 0) throw new DeploymentError(problems);
}
