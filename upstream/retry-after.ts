/** The longest wait that an upstream may ask for, in seconds. */
const MAX_WAIT = 600;

/** The wait in seconds that a `Retry-After` header asks for, as seconds or a date (RFC 9110, 10.2.3); undefined if it is neither. */
export function parseRetryAfter(retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined;
  const seconds = /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.min(MAX_WAIT, Math.max(0, seconds));
}
