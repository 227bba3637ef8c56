import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The headers that carry a request id: the common one, and the one of IBM's own runtime. */
export const REQUEST_ID_HEADERS = ['X-Request-Id', 'X-Global-Transaction-Id'] as const;

const WELL_FORMED = /^[A-Za-z0-9._:-]{1,128}$/;

/** The id that the caller sent if it is valid (1 to 128 letters, digits and `._:-`), otherwise a new one. */
export function toRequestId(headers: IncomingHttpHeaders): string {
  for (const name of REQUEST_ID_HEADERS) {
    const value = headers[name.toLowerCase()];
    if (typeof value === 'string' && WELL_FORMED.test(value)) return value;
  }
  return randomUUID();
}
