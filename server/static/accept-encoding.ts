/** Which encoding of a reply a client is sent (RFC 9110, 12.5.3). */
import type { ServerResponse } from 'node:http';

/** The encodings that replies may have, the better one first. */
export const ENCODINGS = ['br', 'gzip'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/**
 * The encoding that the client prefers; of equals, the better one; undefined for none.
 * @param accepted the header Accept-Encoding
 */
export function chooseEncoding(accepted = '', offered: readonly Encoding[] = ENCODINGS): Encoding | undefined {
  const weights = new Map<string, number>();
  for (const part of accepted.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice('q='.length);
    weights.set(name, weight === undefined ? 1 : /^[01](\.\d*)?$/.test(weight) ? Number(weight) : 0);
  }
  const rank = (encoding: Encoding) => weights.get(encoding) ?? weights.get('*') ?? 0;
  let [best, found]: [number, Encoding | undefined] = [0, undefined];
  for (const encoding of offered) if (rank(encoding) > best) [best, found] = [rank(encoding), encoding];
  return best >= (weights.get('identity') ?? 0) ? found : undefined;
}

/** Says that a reply depends on the encodings that are accepted, beside what it depends on already. */
export function varyByEncoding(response: ServerResponse): void {
  response.appendHeader('Vary', 'Accept-Encoding');
}
