/** A deployment as discovery publishes it, in any shape. It is read leniently; judging it is up to the checks. */
import { isObject } from '../client/parse-json.ts';

type Json = Readonly<Record<string, unknown>>;

/** The schemas that a deployment may publish, under their keys in `asset_properties`. */
export const SCHEMA_KEYS = ['input_data_schema', 'output_data_schema', 'training_data_schema'] as const;
export type SchemaKey = (typeof SCHEMA_KEYS)[number];

/** A field of a Spark schema; its type may be invalid. */
export interface PublishedField {
  readonly name: string;
  readonly type: unknown;
  readonly nullable: boolean;
  readonly metadata: Json;
}

/** The values of an entry of `resources`; what is missing or of the wrong type is undefined or empty. */
export class PublishedDeployment {
  /** Its position in `resources`, for messages. */
  readonly place: string;
  readonly id: string | undefined;
  readonly metadata: Json;
  readonly entity: Json;
  readonly asset: Json;
  readonly properties: Json;
  /** The columns that the model takes, where they are published: by name, or by the input schema. */
  readonly features: readonly string[] | undefined;
  // Schemas may be long, and are read often.
  readonly #schemas = new Map<SchemaKey, { fields: PublishedField[]; byName: Map<string, PublishedField> }>();

  constructor(resource: unknown, index: number) {
    this.place = `resources[${index}]`;
    this.metadata = toPresent(toObject(resource)['metadata']);
    this.entity = toPresent(toObject(resource)['entity']);
    this.asset = toPresent(this.entity['asset']);
    this.properties = toPresent(this.entity['asset_properties']);
    this.id = toString(this.metadata['guid']);
    this.features = this.#readFeatures();
  }

  /** Its name in reports: its id, or its position if it has none. */
  get label(): string {
    return this.id ?? this.place;
  }

  /** The scoring URLs with their keys: one or two, of shape A and shape B. */
  get scoringUrls(): (readonly [key: string, url: unknown])[] {
    const endpoint = toPresent(this.entity['scoring_endpoint']);
    return [
      ...('scoring_url' in this.entity ? [['entity.scoring_url', this.entity['scoring_url']] as const] : []),
      ...('url' in endpoint ? [['entity.scoring_endpoint.url', endpoint['url']] as const] : []),
    ];
  }

  /** The ids of the asset with their keys. */
  get assetIds(): (readonly [key: string, id: unknown])[] {
    return (['guid', 'asset_id'] as const)
      .filter((key) => key in this.asset)
      .map((key) => [`entity.asset.${key}`, this.asset[key]] as const);
  }

  /** The valid fields of a schema; undefined if it is not published. */
  schema(key: SchemaKey): readonly PublishedField[] | undefined {
    const known = this.#schemas.get(key);
    if (known) return known.fields;
    const fields = readFields(this.properties[key]);
    if (fields) this.#schemas.set(key, { fields, byName: new Map(fields.map((field) => [field.name, field])) });
    return fields;
  }

  /** A field of a schema by its name. */
  findField(key: SchemaKey, name: string): PublishedField | undefined {
    return this.schema(key) && this.#schemas.get(key)?.byName.get(name);
  }

  /** A property that is a string. */
  text(key: string): string | undefined {
    return toString(this.properties[key]);
  }

  /** The strings of a property that is a list. */
  list(key: string): string[] | undefined {
    const value = this.properties[key];
    return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : undefined;
  }

  #readFeatures(): string[] | undefined {
    const named = this.list('feature_fields');
    if (named && named.length > 0) return [...new Set(named)];
    const fields = this.schema('input_data_schema');
    const marked = fields?.filter(({ metadata }) => metadata['modeling_role'] === 'feature');
    const taken = (marked && marked.length > 0 ? marked : fields)?.map(({ name }) => name);
    return taken && [...new Set(taken)];
  }

  /** A column of the input, as the schemas describe it. */
  findInput(name: string): PublishedField | undefined {
    return this.findField('input_data_schema', name) ?? this.findField('training_data_schema', name);
  }

  /** The field of a schema with a modeling role. */
  findRole(key: SchemaKey, role: string): PublishedField | undefined {
    return this.schema(key)?.find(({ metadata }) => metadata['modeling_role'] === role);
  }

  /** The classes, if they are published. */
  get labels(): (string | number)[] | undefined {
    return toLabels(this.properties['labels']);
  }
}

function readFields(schema: unknown): PublishedField[] | undefined {
  const { fields } = toObject(schema);
  if (!Array.isArray(fields)) return undefined;
  return fields.filter(isObject).flatMap((field) => {
    const name = toString(field['name']);
    if (name === undefined) return [];
    const nullable = field['nullable'] === true;
    return [{ name, type: field['type'], nullable, metadata: toObject(field['metadata']) }];
  });
}

/** A list of distinct strings and numbers, or undefined. */
export function toLabels(value: unknown): (string | number)[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const labels = value.filter((item) => typeof item === 'string' || typeof item === 'number');
  return labels.length === value.length && new Set(labels).size === labels.length ? labels : undefined;
}

/** The contract's scoring path of a deployment. Lone surrogates cannot be part of a URL, and are replaced. */
export function toScoringPath(id: string): string {
  return `/v1/deployments/${encodeURIComponent(Buffer.from(id).toString())}/online`;
}

/** Whether a problem type can have this many labels. */
export function isLabelCount(count: number, problem: unknown): boolean {
  return problem !== 'binary' || count === 2;
}

function toObject(value: unknown): Json {
  return isObject(value) ? value : {};
}

/** Null counts as not published: some engines write every key that they know. */
function toPresent(value: unknown): Json {
  return Object.fromEntries(Object.entries(toObject(value)).filter(([, item]) => item !== null));
}

function toString(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
