/** A deployment as discovery publishes it, in whichever shape: read leniently, because the checks are what judges it. */
import { isObject } from '../client/parse-json.ts';

type Json = Readonly<Record<string, unknown>>;

/** The schemas that a deployment may publish, under their keys in `asset_properties`. */
export const SCHEMA_KEYS = ['input_data_schema', 'output_data_schema', 'training_data_schema'] as const;
export type SchemaKey = (typeof SCHEMA_KEYS)[number];

/** A field of a Spark schema, as far as it is one. */
export interface PublishedField {
  readonly name: string;
  readonly type: unknown;
  readonly nullable: boolean;
  readonly metadata: Json;
}

export class PublishedDeployment {
  /** Its place in `resources`, for messages. */
  readonly place: string;
  readonly id: string | undefined;
  readonly metadata: Json;
  readonly entity: Json;
  readonly asset: Json;
  readonly properties: Json;
  /** The fields that the model takes, where they are published: by name, or by the schema of the input. */
  readonly features: readonly string[] | undefined;
  // Schemas may be long, and are asked for often.
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

  /** What people call it: its id, or its place where it has none. */
  get label(): string {
    return this.id ?? this.place;
  }

  /** The scoring URLs by the keys that hold them; one or two, of shape A and shape B. */
  get scoringUrls(): (readonly [key: string, url: unknown])[] {
    const endpoint = toPresent(this.entity['scoring_endpoint']);
    return [
      ...('scoring_url' in this.entity ? [['entity.scoring_url', this.entity['scoring_url']] as const] : []),
      ...('url' in endpoint ? [['entity.scoring_endpoint.url', endpoint['url']] as const] : []),
    ];
  }

  /** The ids of the asset by the keys that hold them. */
  get assetIds(): (readonly [key: string, id: unknown])[] {
    return (['guid', 'asset_id'] as const)
      .filter((key) => key in this.asset)
      .map((key) => [`entity.asset.${key}`, this.asset[key]] as const);
  }

  /** The well-formed fields of a schema; undefined where it is not published. */
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

  /** A property that is a text. */
  text(key: string): string | undefined {
    return toString(this.properties[key]);
  }

  /** The texts of a property that is a list. */
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

  /** The type of a column of the input, as the schemas have it. */
  findInput(name: string): PublishedField | undefined {
    return this.findField('input_data_schema', name) ?? this.findField('training_data_schema', name);
  }

  /** The field of a schema that has a modelling role. */
  findRole(key: SchemaKey, role: string): PublishedField | undefined {
    return this.schema(key)?.find(({ metadata }) => metadata['modeling_role'] === role);
  }

  /** The classes, as far as they are published. */
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

/** A list of distinct texts and numbers, or undefined. */
export function toLabels(value: unknown): (string | number)[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const labels = value.filter((item) => typeof item === 'string' || typeof item === 'number');
  return labels.length === value.length && new Set(labels).size === labels.length ? labels : undefined;
}

/** The path of the contract that scores a deployment. Half a letter (a lone surrogate) is no part of a URL, and is replaced. */
export function toScoringPath(id: string): string {
  return `/v1/deployments/${encodeURIComponent(Buffer.from(id).toString())}/online`;
}

/** Whether there may be so many labels for a problem. */
export function isLabelCount(count: number, problem: unknown): boolean {
  return problem !== 'binary' || count === 2;
}

function toObject(value: unknown): Json {
  return isObject(value) ? value : {};
}

/** What is null is not published: some engines write every key that they know of. */
function toPresent(value: unknown): Json {
  return Object.fromEntries(Object.entries(toObject(value)).filter(([, item]) => item !== null));
}

function toString(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
