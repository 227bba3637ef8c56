/** Where a model is below the URL of its server: the protocols of KServe and the Open Inference Protocol name it alike. */
import { z } from 'zod';

/** A segment of a path: dots alone would lead to another one. */
const segment = z
  .string()
  .regex(/^(?!\.{1,2}$)/, 'a name, not dots alone')
  .min(1);

/** The settings that name a model. */
export const modelNameShape = {
  model: segment,
  version: z.union([segment, z.int().min(0).transform(String)]).optional(),
};

export interface ModelName {
  readonly model: string;
  readonly version?: string | undefined;
}

/** What a URL of a model holds. */
export interface ModelUrl extends Partial<ModelName> {
  /** That of the server. */
  readonly url: string;
  /** What follows the model after a colon, as in `:predict`. */
  readonly verb?: string;
}

/**
 * The path of a model.
 * @param protocol its first segment
 */
export function toModelPath(protocol: 'v1' | 'v2', { model, version }: ModelName): string {
  const path = `/${protocol}/models/${encode(model)}`;
  return version === undefined ? path : `${path}/versions/${encode(version)}`;
}

/** A half of a surrogate pair has no encoding of its own; as in all UTF-8 that is made of texts, U+FFFD stands for it. */
function encode(segment: string): string {
  return encodeURIComponent(Buffer.from(segment).toString());
}

/** Splits a URL of a model, or of what is below it; of any other URL it is that of the server. */
export function splitModelUrl(protocol: 'v1' | 'v2', { origin, pathname }: URL): ModelUrl {
  const pattern = new RegExp(`^(.*?)/${protocol}/models/([^/:]+)(?:/versions/([^/:]+))?(?::(\\w+))?`);
  const [whole, before = '', model = '', version, verb] = pattern.exec(pathname) ?? [];
  if (whole === undefined)
    return { url: `${origin}${pathname.replace(new RegExp(`(/${protocol}(/models)?)?/*$`), '')}` };
  return {
    url: `${origin}${before}`,
    model: decode(model),
    ...(version !== undefined && { version: decode(version) }),
    ...(verb !== undefined && { verb }),
  };
}

/** A segment of a path that is not encoded well stands for itself. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
