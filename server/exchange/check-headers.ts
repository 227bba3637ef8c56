import type { IncomingMessage } from 'node:http';
import { EngineError } from '../../errors/engine-error.ts';

/** Headers of which a request may have one only; of several, proxies and servers may choose different ones. */
const SINGLE = ['Host', 'Authorization', 'Content-Type', 'X-API-Key'] as const;
const NAMES: ReadonlyMap<string, (typeof SINGLE)[number]> = new Map(SINGLE.map((name) => [name.toLowerCase(), name]));
const LENGTHS: ReadonlySet<number> = new Set(SINGLE.map(({ length }) => length));

/**
 * Checks the headers whose meaning must be unambiguous. A request names one host (RFC 9112, 3.2), which HTTP/1.0 need not; and a
 * body is sent in chunks or not, and has no other transfer coding (RFC 9112, 6.1), which would not be undone.
 * @throws {EngineError} malformed_request
 */
export function checkHeaders({ rawHeaders, headers, httpVersion }: IncomingMessage): void {
  let seen: string[] | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const header = rawHeaders[index] as string;
    if (!LENGTHS.has(header.length)) continue;
    const name = NAMES.get(header.toLowerCase());
    if (name === undefined) continue;
    if (seen?.includes(name)) throw malformed(name, 'exactly one');
    (seen ??= []).push(name);
  }
  if (headers.host === undefined && httpVersion !== '1.0') throw malformed('Host', 'exactly one');
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && (coding.trim().toLowerCase() !== 'chunked' || httpVersion === '1.0'))
    throw malformed('Transfer-Encoding', httpVersion === '1.0' ? 'none in HTTP/1.0' : 'chunked or none');
}

function malformed(name: string, expected: string): EngineError {
  return new EngineError('malformed_request', `${name}: expected ${expected}.`, { target: { type: 'header', name } });
}
