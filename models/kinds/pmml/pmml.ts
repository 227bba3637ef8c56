/**
 * Models in PMML 3.0 to 4.4 (https://dmg.org/pmml/v4-4-1/GeneralStructure.html): the file is served as it is. Fields are
 * treated, transformed and scored as the file says; what is not supported exactly is refused with its line.
 */
import { z } from 'zod';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import type { DeploymentFile } from '../../deployment-file.ts';
import { parsePart, toShareableKind } from '../kind.ts';
import { toFileSetting, type FileDescription, type FileKind } from '../model-file.ts';
import { unpackPlan, type PackedPlan } from './pack-plan.ts';
import { isPmml } from './parse-document.ts';
import type { Plan } from './plan.ts';
import { readFile } from './read-file.ts';
import { buildScore } from './score-rows.ts';

const FILE_NAME = 'model.pmml';

const settingsSchema = z.strictObject({ file: toFileSetting(FILE_NAME) });

const kind = toShareableKind<PackedPlan>(
  async ({ file, readBytes }) => {
    const { file: name } = parsePart(settingsSchema, file.settings, 'deployment.json.settings');
    const { description, pack } = readFile(await readBytes(name), name);
    checkDeployment(file, description, name);
    return pack();
  },
  (file, data) => ({ score: buildScore(unpackPlan(data) as Plan, file) }),
);

/** The kind pmml. */
export const pmml: FileKind = {
  hasEncoding: false,
  ...kind,
  fileName: FILE_NAME,
  recognizes: isPmml,
  describe: (bytes, place) => readFile(bytes, place).description,
};

/** Which types of columns a type of a field takes. */
const COLUMN_TYPES = {
  string: ['string'],
  boolean: ['boolean'],
  integer: ['integer', 'long', 'double'],
  long: ['integer', 'long', 'double'],
  double: ['integer', 'long', 'double'],
} as const;

/**
 * Checks that a deployment.json fits the file.
 * @throws {DeploymentError} with every difference
 */
function checkDeployment(
  { problem_type, label, columns }: DeploymentFile,
  { problemType, classes, features }: FileDescription,
  place: string,
): void {
  const problems: string[] = [];
  if (problem_type !== problemType)
    problems.push(`deployment.json.problem_type: expected "${problemType}", as ${place} says`);
  else if (label.classes?.length !== classes?.length || classes?.some((name, index) => label.classes?.[index] !== name))
    problems.push(`deployment.json.label.classes: expected the classes of ${place}, in its order`);
  for (const { name, type = 'double' } of features) {
    const index = columns.findIndex((column) => column.name === name);
    const column = columns[index];
    if (!column) problems.push(`deployment.json.columns: expected the column ${JSON.stringify(name)}, as ${place} has`);
    else if (!(COLUMN_TYPES[type] as readonly string[]).includes(column.type))
      problems.push(`deployment.json.columns[${index}].type: expected ${type}, as ${place} has`);
  }
  for (const [index, { name }] of columns.entries())
    if (!features.some((feature) => feature.name === name))
      problems.push(`deployment.json.columns[${index}].name: expected an active MiningField of ${place}`);
  if (problems.length > 0) throw new DeploymentError(problems);
}
