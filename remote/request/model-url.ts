/** The paths of models below a server's URL, which KServe's first protocol and the Open Inference Protocol have in common. */
import { z } from 'zod';

/** A segment of a path: `.` and `..` would lead to another one. */
const segment = z
  .string()
  .regex(/^(?!\.{1,2}$)/, 'a name other than "." and ".."')
  .min(1);

/** The settings that identify a model. */
export const modelNameShape = {
  model: segment,
  version: z.union([segment, z.int().min(0).transform(String)]).optional(),
};

export interface ModelName {
  readonly model: string;
  readonly version?: string | undefined;
}

/** The parts of a model's URL. */
export interface ModelUrl extends Partial<ModelName> {
  /** The URL of the server. */
  readonly url: string;
  /** The verb after a colon, as in `:predict`. */
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

/** encodeURIComponent throws for a lone surrogate; Buffer replaces it by U+FFFD. */
function encode(segment: string): string {
  return encodeURIComponent(Buffer.from(segment).toString());
}

/** Splits the URL of a model, or of a path below it; any other URL is taken for the server's. */
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

/** A segment with invalid percent-encoding is taken literally. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
