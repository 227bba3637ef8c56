/** Checks of the schemas that discovery publishes. */
import type { Check } from '../../check.ts';
import { fail, notApplicable, pass, type Outcome } from '../../outcome.ts';
import { isObject } from '../../client/parse-json.ts';
import { SCHEMA_KEYS, type PublishedDeployment, type SchemaKey } from '../../evidence/published-deployment.ts';

const ROLES = ['feature', 'target', 'prediction', 'probability', 'decoded-target', 'record-id', 'record-timestamp'];
/** The names of Spark's atomic types in JSON, including short forms that are often written by hand. */
const ATOMS =
  /^(string|integer|int|long|bigint|short|smallint|byte|tinyint|float|double|decimal(\(\d+,-?\d+\))?|boolean|binary|date|timestamp|timestamp_ntz)$/;

/** Checks of schemas and column names. */
export const schemaChecks = {
  'schemas-spark': {
    scope: 'published',
    level: 'required',
    statement:
      'Schemas are Spark structs, {type: "struct", fields: [{name, type, nullable}]}, without duplicate names.',
    why: "IBM's SDK builds Spark schemas from them, and fails on anything else.",
    fix: 'Write schemas as `df.schema.json()` does in PySpark.',
    run: (published) => judgeSchemas(published, findSchemaProblem),
  },
  'schemas-no-other': {
    scope: 'published',
    level: 'required',
    statement: 'No field of a schema has the type `other`.',
    why: "IBM's SDK drops an entire schema that contains one.",
    fix: 'Give the field its Spark type.',
    run: (published) =>
      judgeSchemas(published, (schema) => {
        const fields = isObject(schema) && Array.isArray(schema['fields']) ? schema['fields'].filter(isObject) : [];
        const other = fields.findIndex(({ type }) => type === 'other');
        return other < 0 ? undefined : `fields[${other}] has the type other`;
      }),
  },
  'schemas-roles': {
    scope: 'published',
    level: 'recommended',
    statement: 'Every modeling_role is one that OpenScale knows.',
    why: 'A field with an unknown role is ignored by every monitor.',
    fix: `Use one of: ${ROLES.join(', ')}.`,
    run: (published) =>
      judgeSchemas(published, (_, key) => {
        const field = published.schema(key)?.find(({ metadata: { modeling_role: role } }) => {
          return role !== undefined && role !== null && !ROLES.includes(role as string);
        });
        return field && `${JSON.stringify(field.name)} has the role ${JSON.stringify(field.metadata['modeling_role'])}`;
      }),
  },
  'column-names': {
    scope: 'published',
    level: 'required',
    statement: 'No column name contains " or =.',
    why: 'OpenScale builds expressions from the names, and fails on these characters.',
    fix: 'Rename the columns.',
    run: (published) => {
      const wrong = listNames(published).find((name) => /["=]/.test(name));
      return wrong === undefined ? pass() : fail(JSON.stringify(wrong), 'a name without " and =');
    },
  },
} as const satisfies Record<string, Check>;

function judgeSchemas(
  published: PublishedDeployment,
  findProblem: (schema: unknown, key: SchemaKey) => string | undefined,
): Outcome {
  const keys = SCHEMA_KEYS.filter((key) => published.properties[key] !== undefined);
  if (keys.length === 0) return notApplicable('no schema is published');
  for (const key of keys) {
    const problem = findProblem(published.properties[key], key);
    if (problem !== undefined) return fail(`${key}: ${problem}`, 'a valid schema');
  }
  return pass();
}

function findSchemaProblem(schema: unknown): string | undefined {
  if (!isObject(schema)) return 'not an object';
  if (schema['type'] !== 'struct') return `the type is ${JSON.stringify(schema['type'])}, not struct`;
  const { fields } = schema;
  if (!Array.isArray(fields)) return 'fields is not a list';
  const names = new Set<unknown>();
  for (const [index, field] of fields.entries()) {
    const problem = findFieldProblem(field, names);
    if (problem !== undefined) return `fields[${index}]: ${problem}`;
  }
  return undefined;
}

function findFieldProblem(field: unknown, names: Set<unknown>): string | undefined {
  if (!isObject(field)) return 'not an object';
  const { name, type, nullable, metadata } = field;
  if (typeof name !== 'string' || name === '') return 'the name is missing';
  if (names.has(name)) return `the name ${JSON.stringify(name)} is a duplicate`;
  names.add(name);
  // The type `other` has a check of its own.
  if (type !== 'other' && !isSparkType(type)) return `${JSON.stringify(type)} is not a Spark type`;
  if (typeof nullable !== 'boolean') return 'nullable is neither true nor false';
  return metadata === undefined || isObject(metadata) ? undefined : 'metadata is not an object';
}

function isSparkType(type: unknown): boolean {
  if (typeof type === 'string') return ATOMS.test(type);
  if (!isObject(type)) return false;
  switch (type['type']) {
    case 'array':
      return isSparkType(type['elementType']) && typeof type['containsNull'] === 'boolean';
    case 'map':
      return isSparkType(type['keyType']) && isSparkType(type['valueType']);
    case 'struct':
    case 'udt':
      return true;
    default:
      return false;
  }
}

function listNames(published: PublishedDeployment): string[] {
  const lists = [
    ...SCHEMA_KEYS.map((key) => published.schema(key)?.map(({ name }) => name)),
    ...['feature_fields', 'categorical_fields', 'probability_fields'].map((key) => published.list(key)),
    ...['label_column', 'prediction_field', 'prediction_probability_field'].map((key) => [published.text(key) ?? '']),
  ];
  return lists.flatMap((names) => names ?? []);
}
