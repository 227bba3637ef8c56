/** Inspects a deployment of Watson Machine Learning: the schemas that its model was stored with, if any. */
import { z } from 'zod';
import { listOf } from '../../../models/list-of.ts';
import type { Column } from '../../../models/deployment-file.ts';
import type { Inspection, RequestJson } from '../../adapter.ts';
import { ReplyError, UpstreamError } from '../../../upstream/upstream-error.ts';

/** The column types of the types of Spark, pandas and SQL, which schemas use. */
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
const schemaSchema = listOf(z.looseObject({ fields: listOf(fieldSchema) })).optional();

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
 * Looks up a deployment and its model.
 * @param deployment its id
 * @param query of both paths
 * @throws {UpstreamError} if there is no such deployment
 */
export async function inspectModel(deployment: string, query: string, request: RequestJson): Promise<Inspection> {
  const found = deploymentSchema.safeParse(await request(`/ml/v4/deployments/${deployment}?${query}`));
  if (!found.success) throw new ReplyError('expected entity.asset.id of the deployment');
  let model: Model;
  try {
    model = modelSchema.parse(await request(`/ml/v4/models/${found.data.entity.asset.id}?${query}`)).entity;
  } catch (error) {
    if (!(error instanceof UpstreamError || error instanceof z.ZodError)) throw error;
    return { notes: ['The server does not report its model: columns and classes are taken from the rows.'] };
  }
  return { ...describeInput(model), ...describeOutput(model) };
}

function describeInput({ schemas, label_column }: Model): Pick<Inspection, 'columns'> {
  const fields = schemas?.input?.[0]?.fields.filter(({ name }) => name !== label_column) ?? [];
  const columns = fields.flatMap(({ name, type }) => {
    const known = typeof type === 'string' ? TYPES.get(type.toLowerCase()) : undefined;
    return known ? [{ name, type: known, nullable: false }] : [];
  });
  // With a field of unknown type, the list would be incomplete, and incomplete rows cannot be scored.
  return columns.length > 0 && columns.length === fields.length ? { columns } : {};
}

/** Spark models declare the roles of their output fields. */
function describeOutput({ schemas }: Model): Omit<Inspection, 'columns'> {
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
