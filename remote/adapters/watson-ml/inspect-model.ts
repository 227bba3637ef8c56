/** What Watson Machine Learning tells of a deployment's model: the schemas that it was stored with, where it was stored with any. */
import { z } from 'zod';
import type { Column } from '../../../models/deployment-file.ts';
import type { Ask, Inspection } from '../../adapter.ts';
import { ReplyError, UpstreamError } from '../../../upstream/upstream-error.ts';

/** The types of Spark, pandas and SQL, as schemas have them. */
const TYPES = new Map<string, Column['type']>([
  ...['string', 'other', 'object', 'varchar', 'char', 'category'].map((name) => [name, 'string'] as const),
  ...['integer', 'int', 'int32', 'int16', 'int8', 'short', 'byte'].map((name) => [name, 'integer'] as const),
  ...['long', 'int64', 'bigint'].map((name) => [name, 'long'] as const),
  ...['double', 'float', 'float64', 'float32', 'decimal', 'numeric'].map((name) => [name, 'double'] as const),
  ...['boolean', 'bool'].map((name) => [name, 'boolean'] as const),
]);

const fieldSchema = z.looseObject({
  name: z.string(),
  type: z.unknown(),
  metadata: z.looseObject({ modeling_role: z.string().optional(), values: z.array(z.unknown()).optional() }).optional(),
});
const schemaSchema = z.array(z.looseObject({ fields: z.array(fieldSchema) })).optional();

const deploymentSchema = z.looseObject({
  entity: z.looseObject({ asset: z.looseObject({ id: z.string().regex(/^[\w-]{1,128}$/) }) }),
});
const modelSchema = z.looseObject({
  entity: z.looseObject({
    label_column: z.string().optional(),
    schemas: z.looseObject({ input: schemaSchema, output: schemaSchema }).optional(),
  }),
});

type Field = z.infer<typeof fieldSchema>;
type Model = z.infer<typeof modelSchema>['entity'];

/**
 * Asks for a deployment and its model.
 * @param deployment its id
 * @param query of both paths
 * @throws {UpstreamError} where there is no such deployment
 */
export async function inspectModel(deployment: string, query: string, ask: Ask): Promise<Inspection> {
  const found = deploymentSchema.safeParse(await ask(`/ml/v4/deployments/${deployment}?${query}`));
  if (!found.success) throw new ReplyError('expected entity.asset.id of the deployment');
  let model: Model;
  try {
    model = modelSchema.parse(await ask(`/ml/v4/models/${found.data.entity.asset.id}?${query}`)).entity;
  } catch (error) {
    if (!(error instanceof UpstreamError || error instanceof z.ZodError)) throw error;
    return { notes: ['It does not tell of its model: columns and classes are taken from the rows.'] };
  }
  return { ...learnInput(model), ...learnOutput(model) };
}

function learnInput({ schemas, label_column }: Model): Pick<Inspection, 'columns'> {
  const fields = schemas?.input?.[0]?.fields.filter(({ name }) => name !== label_column) ?? [];
  const columns = fields.flatMap(({ name, type }) => {
    const known = typeof type === 'string' ? TYPES.get(type.toLowerCase()) : undefined;
    return known ? [{ name, type: known, nullable: false }] : [];
  });
  // Some of the columns are none: a row without the others cannot be scored.
  return columns.length > 0 && columns.length === fields.length ? { columns } : {};
}

/** Models of Spark say which of their fields is what. */
function learnOutput({ schemas }: Model): Omit<Inspection, 'columns'> {
  const fields = schemas?.output?.[0]?.fields ?? [];
  const find = (role: string) => fields.find(({ metadata }) => metadata?.modeling_role === role);
  const [label, probability] = [find('decoded-target'), find('probability')];
  const classes = label && listClasses(label);
  const output = { ...(label && { prediction: label.name }), ...(probability && { probability: probability.name }) };
  return {
    ...(Object.keys(output).length > 0 && { settings: { output } }),
    ...(classes && { classes }),
  };
}

function listClasses({ metadata }: Field): (string | number)[] | undefined {
  const values = metadata?.values?.filter((value) => typeof value === 'string' || typeof value === 'number');
  return values && values.length > 1 && values.length === metadata?.values?.length ? values : undefined;
}
