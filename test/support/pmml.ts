/** PMML files that are small enough to be written in a test, and what the kind makes of them. */
import { pmml } from '../../models/kinds/pmml/pmml.ts';
import type { FileDescription } from '../../models/kinds/model-file.ts';
import { deploymentFileSchema, type DeploymentFile } from '../../models/deployment-file.ts';
import { score } from '../../models/score-table.ts';
import { toJson } from './deployment.ts';

/** The text of a file. */
export function toPmml(fields: string, model: string, { version = '4.4', dictionary = '' } = {}): string {
  const namespace = `http://www.dmg.org/PMML-${version.slice(0, 3).replace('.', '_')}`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<PMML xmlns="${namespace}" version="${version}">
<Header/>
<DataDictionary>
${fields}
</DataDictionary>
${dictionary}
${model}
</PMML>`;
}

/** A continuous DataField. */
export function toNumber(name: string, type = 'double', content = ''): string {
  return `<DataField name="${name}" optype="continuous" dataType="${type}">${content}</DataField>`;
}

/** A categorical DataField with its values. */
export function toCategories(name: string, ...values: readonly string[]): string {
  return `<DataField name="${name}" optype="categorical" dataType="string">${values.map((value) => `<Value value="${value}"/>`).join('')}</DataField>`;
}

/** A MiningSchema: the target, and fields, each a name or the attributes of a MiningField. */
export function toSchema(target: string, ...fields: readonly string[]): string {
  const list = fields.map((field) => `<MiningField ${field.includes('=') ? field : `name="${field}"`}/>`);
  return `<MiningSchema><MiningField name="${target}" usageType="target"/>${list.join('')}</MiningSchema>`;
}

/** Describes a file. */
export async function describeFile(text: string | Uint8Array): Promise<FileDescription> {
  return pmml.describe(typeof text === 'string' ? Buffer.from(text) : text, 'model.pmml');
}

/** The deployment.json that fits a file; each column may be null, so that the model sees missing cells. */
export async function toDeployment(text: string, keys: object = {}): Promise<DeploymentFile> {
  const { problemType, classes, features } = await describeFile(text);
  const columns = features.map(({ name, type = 'double' }) => ({ name, type, nullable: true }));
  const label = {
    name: 'the target',
    type: classes && typeof classes[0] === 'string' ? 'string' : 'double',
    ...(classes && { classes }),
  };
  const example = { fields: columns.map(({ name }) => name), values: [columns.map(() => null)] };
  return deploymentFileSchema.parse(
    toJson({ kind: 'pmml', problem_type: problemType, columns, label, example, ...keys }),
  );
}

/** What a file's model says about rows, whose cells are in the order of its features; the classes by name. */
export async function scoreRows(
  text: string,
  values: readonly (readonly unknown[])[],
): Promise<{ predictions: (string | number)[]; probabilities?: number[][] }> {
  const file = await toDeployment(text);
  const readBytes = () => Promise.resolve(Buffer.from(text));
  const readJson = () => Promise.reject(new Error('not JSON'));
  const { model } = await pmml.load({
    file,
    folder: '/nowhere',
    readJson,
    readBytes,
    readPieces: () => [],
    allowModules: false,
  });
  const fields = file.columns.map(({ name }) => name);
  const { predictions, probabilities } = await score({ file, model }, { fields, values });
  const { classes } = file.label;
  const names = Array.from(predictions, (prediction) => classes?.[prediction] ?? prediction);
  if (!probabilities || !classes) return { predictions: names };
  const flat = Array.from(probabilities);
  const rows = names.map((_, row) => flat.slice(row * classes.length, (row + 1) * classes.length));
  return { predictions: names, probabilities: rows };
}
